"""What is told where a file as a whole cannot be read. What is wrong with one item is a Problem."""


class FormatError(ValueError):
    """A file that cannot be read. CODE is stable, DETAIL says what is wrong and where, and what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class BadArchive(FormatError):
    """An archive that is broken, hostile or too large."""


class BadDocument(FormatError):
    """A document (JSON, YAML, CSV, XML) that breaks its own grammar, or lacks what it is read for."""


class BadMember(FormatError):
    """A value from a vendor's client that is wrong at POINTER (RFC 6901); "" is the whole."""

    def __init__(self, code: str, pointer: str, detail: str) -> None:
        super().__init__(code, f"{pointer}: {detail}" if pointer else detail)
        self.pointer = pointer
        self.fault = detail  # without the place
