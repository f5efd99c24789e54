"""What the header of a picture says, read in place: nothing is decoded, so that no picture can cost anything.

JPEG (ITU-T T.81, B.2), PNG (https://www.w3.org/TR/png-3/) and WEBP
(https://developers.google.com/speed/webp/docs/riff_container). Everything else is no picture here: SVG and
HTML run scripts, and the other formats are seldom seen, and each is a decoder more to be attacked.
"""

from collections.abc import Callable
from typing import NamedTuple

from app.pictures.orientation import TURNED, orientation_of
from app.pictures.refusals import not_an_image, too_large

LARGEST_PIXELS = 50_000_000
LARGEST_SIDE = 16_384  # pixels
MOST_PARTS = 10_000  # segments or chunks that are looked at: a picture has some dozens

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class Header(NamedTuple):
    """A picture's type, and its size in pixels as it is shown: turned as its EXIF data say.

    Whoever marks something sees it turned, in every browser, and so are the coordinates.
    """

    media_type: str
    width: int
    height: int
    orientation: int = 1  # as EXIF counts: how the file's own rows are to be turned


class _Stored(NamedTuple):
    width: int
    height: int
    orientation: int = 1  # as EXIF counts


def is_like_a_picture(start: bytes) -> bool:
    """Whether a content that begins with START, of 16 bytes, claims to be a picture of ours."""
    return _kind_of(start) is not None


def header_of(content: bytes) -> Header:
    """What the header of CONTENT says. Raises Invalid: `not_an_image`, `image_too_large`."""
    kind = _kind_of(content)
    if kind is None:
        raise not_an_image()
    media_type, read = kind
    stored = read(content)
    if stored is None or not stored.width or not stored.height:
        raise not_an_image()
    check_size(stored.width, stored.height)
    width, height, orientation = stored
    if orientation in TURNED:
        width, height = height, width
    return Header(media_type, width, height, orientation)


def stored_size(header: Header) -> tuple[int, int]:
    """Width and height of the picture that HEADER tells of, as the file has it."""
    width, height = header.width, header.height
    return (height, width) if header.orientation in TURNED else (width, height)


def check_size(width: int, height: int) -> None:
    """Raises Invalid `image_too_large` for what would take too much memory."""
    if max(width, height) > LARGEST_SIDE or width * height > LARGEST_PIXELS:
        raise too_large(
            f"a picture has at most {LARGEST_PIXELS:,} pixels and {LARGEST_SIDE:,} on a side:"
            f" this one is {width} x {height}"
        )


def _kind_of(start: bytes) -> tuple[str, Callable[[bytes], _Stored | None]] | None:
    if start.startswith(_PNG):
        return "image/png", _png
    if start.startswith(_JPEG):
        return "image/jpeg", _jpeg
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp", _webp
    return None


def _number(content: bytes, at: int, size: int, order: str = "big") -> int:
    return int.from_bytes(content[at : at + size], "little" if order == "little" else "big")


def _png(content: bytes) -> _Stored | None:
    if content[12:16] != b"IHDR" or len(content) < 33:
        return None
    width, height = _number(content, 16, 4), _number(content, 20, 4)
    at = 8
    for _ in range(MOST_PARTS):
        length, name = _number(content, at, 4), content[at + 4 : at + 8]
        if name == b"eXIf":
            return _Stored(width, height, orientation_of(content[at + 8 : at + 8 + length]))
        if name in (b"IEND", b"") or at > len(content):
            break
        at += 12 + length
    return _Stored(width, height)


# Frames: all SOFs but DHT (C4), JPG (C8) and DAC (CC), which stand between them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1


def _jpeg(content: bytes) -> _Stored | None:
    at, orientation = 2, 1
    for _ in range(MOST_PARTS):
        if content[at : at + 1] != b"\xff":
            return None
        marker = _number(content, at + 1, 1)
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        length = _number(content, at + 2, 2)
        if marker in (_SCAN, _END) or length < 2:
            return None
        if marker in _FRAMES:
            return _Stored(_number(content, at + 7, 2), _number(content, at + 5, 2), orientation)
        if marker == _APP1 and content[at + 4 : at + 10] == b"Exif\0\0":
            orientation = orientation_of(content[at + 10 : at + 2 + length])
        at += 2 + length
    return None


def _webp(content: bytes) -> _Stored | None:
    name, start = content[12:16], 20
    if name == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = (_number(content, at, 2, "little") & 0x3FFF for at in (26, 28))
        return _Stored(width, height)
    if name == b"VP8L" and content[20:21] == b"\x2f":
        bits = _number(content, 21, 4, "little")
        return _Stored((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if name == b"VP8X" and len(content) >= start + 10:
        width, height = (_number(content, at, 3, "little") + 1 for at in (24, 27))
        return _Stored(width, height, _webp_orientation(content))
    return None


def _webp_orientation(content: bytes) -> int:
    at = 12
    for _ in range(MOST_PARTS):
        name, length = content[at : at + 4], _number(content, at + 4, 4, "little")
        if name == b"EXIF":
            return orientation_of(content[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0"))
        if len(name) < 4:
            break
        at += 8 + length + length % 2
    return 1
