"""What geometry refuses. It knows no caller."""


class BadGeometry(ValueError):
    """A geometry breaks a rule, at the member POINTER (RFC 6901) of its `dimensions`; DETAIL says which."""

    code = "bad_geometry"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}" if pointer else detail)
        self.pointer = pointer
        self.detail = detail
