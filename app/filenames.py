"""Names of files: labels that people gave, never a part of a path. It knows no file."""

import re
import unicodedata
from urllib.parse import quote

from app.errors import Fault, Invalid

LONGEST = 255  # bytes of UTF-8
# What turns a line's direction makes `gpj.exe` read `exe.jpg`.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PLAIN = re.compile(r"[A-Za-z0-9 ._()+-]*")


def checked(name: str, pointer: str | None = None) -> str:
    """NAME in Unicode's normal form C. Raises Invalid `filename_invalid`, with POINTER, for what is no label.

    That is: nothing, `.`, `..`, more than 255 bytes, slashes, control characters, changes of direction.
    """
    normal = unicodedata.normalize("NFC", name[: LONGEST + 1])
    if name in ("", ".", "..") or len(normal.encode("utf-8", "surrogatepass")) > LONGEST:
        raise _invalid(f"a file's name has 1 to {LONGEST} bytes, and is neither . nor ..", pointer)
    for one in normal:
        if one in "/\\" or one in _TURNS or unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp"):
            raise _invalid(f"a file's name has no U+{ord(one):04X}", pointer)
    return normal


def disposition(name: str, *, is_attachment: bool) -> str:
    """The Content-Disposition of a file called NAME, which may be empty (RFC 6266, RFC 8187)."""
    how = "attachment" if is_attachment else "inline"
    if not name:
        return how
    plain = name if _PLAIN.fullmatch(name) else re.sub(r"[^A-Za-z0-9 ._()+-]", "_", name)
    told = f'{how}; filename="{plain}"'
    return told if plain == name else f"{told}; filename*=UTF-8''{quote(name, safe='')}"


def _invalid(detail: str, pointer: str | None) -> Invalid:
    return Invalid(Fault("filename_invalid", detail, pointer))
