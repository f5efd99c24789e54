"""What the mathematics of agreement refuses. It knows no caller."""


class BadShape(Exception):
    """The geometry breaks a rule, at the member POINTER (RFC 6901) of its `dimensions`."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


class TooMuch(Exception):
    """What was given is sound, but to compare it exactly would take longer than is allowed."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
