"""Who is told how far a backup, a restore or a move is. It knows no terminal."""

from typing import Protocol


class Progress(Protocol):
    """Is told of one part after the other."""

    def begin(self, part: str, total: int) -> None:
        """PART begins, of so many rows or bytes."""

    def advance(self, by: int) -> None:
        """BY more of them are done."""


class Silence:
    """Tells nobody."""

    def begin(self, part: str, total: int) -> None: ...

    def advance(self, by: int) -> None: ...
