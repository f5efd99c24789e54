"""How a picture is to be turned before it is shown: one number in its EXIF data (CIPA DC-008, 4.6.5.1.6)."""

from typing import Literal

TURNED = frozenset({5, 6, 7, 8})  # a quarter turn: width and height change places
_ORIENTATION = 0x0112
_SHORT = 3
_MOST = 500  # entries that are looked at


def orientation_of(exif: bytes) -> int:
    """The orientation, 1 to 8, that EXIF, a TIFF header and what follows, asks for; 1 where it says none."""
    order: Literal["little", "big"] = "little" if exif[:2] == b"II" else "big"
    if exif[:4] not in (b"II*\0", b"MM\0*"):
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], order)

    start = number(4, 4)
    for n in range(min(number(start, 2), _MOST)):
        at = start + 2 + 12 * n
        if number(at, 2) == _ORIENTATION and number(at + 2, 2) == _SHORT:
            value = number(at + 8, 2)
            return value if 1 <= value <= 8 else 1
    return 1
