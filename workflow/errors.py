"""What a flow can refuse. Codes are stable."""


class Refused(Exception):
    """The event cannot happen to a record in this state. STEP is where it is, where that is the reason."""

    def __init__(self, code: str, detail: str, step: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.step = step


class Missing(Exception):
    """The event needs a fact that was not given."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"{fact} is required at this step")
        self.fact = fact
