"""What is raised inside of a format where an item cannot be written. It never leaves the package."""


class LeftOut(Exception):
    """The item at hand cannot be written; CODE and DETAIL go into its Problem."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
