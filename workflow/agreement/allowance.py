"""How much work a comparison may take, in steps and not in time. It must not know what the work is."""

from workflow.agreement.errors import TooMuch

MOST_STEPS = (
    5_000_000  # a step is an edge in a band, a pair of marks or a column of a row: 1 to 2 microseconds
)


class Allowance:
    """What is left of STEPS. One is handed through all the work that has to stay within it together."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Raises TooMuch where STEPS are more than what is left."""
        self.left -= steps
        if self.left < 0:
            raise TooMuch("the shapes are too many, or cross one another too often, to be compared exactly")
