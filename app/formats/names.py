"""Names of files in archives, made of what people called things: safe on every system, and never twice.

It must not know what the files hold. What it remembers is 8 bytes a name, whatever their number.
"""

import re
import unicodedata
from array import array

MOST_BYTES = 200  # of a name: file systems end at 255, and unpackers add to it
MOST_LABEL = 1_000  # characters of a label that are looked at
_REFUSED = re.compile(r'[<>:"/\\|?*]')  # the separators, and what Windows does not take
_DEVICES = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE
)  # names that Windows opens as devices


def safe_name(label: str) -> str:
    """LABEL as a name of a file: one part of a path, of 1 to MOST_BYTES bytes of UTF-8."""
    label = unicodedata.normalize("NFC", label[:MOST_LABEL])
    is_plain = label.isascii() and label.isprintable()  # as most are
    plain = label if is_plain else "".join("_" if _is_bad(one) else one for one in label)
    name = _REFUSED.sub("_", plain).strip(" .")
    if not name or _DEVICES.match(name):
        name = f"_{name}"
    return shortened(name, MOST_BYTES)


def shortened(name: str, most: int) -> str:
    """NAME in at most MOST bytes of UTF-8, with its suffix where there is room for it."""
    if len(name.encode()) <= most:
        return name
    stem, suffix = split_suffix(name)
    if len(suffix.encode()) > most // 2:
        stem, suffix = name, ""
    kept = stem.encode()[: most - len(suffix.encode())].decode(errors="ignore")
    return kept.rstrip(" .") + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """NAME as a stem, which is not empty, and a suffix with its dot, which may be."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem else (name, "")


def _is_bad(one: str) -> bool:
    # Controls, formats (bidi overrides and the like), surrogates, separators of lines.
    return unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class Names:
    """Gives every name once, also where upper and lower case count as one."""

    def __init__(self) -> None:
        self._seen = _Hashes()

    def unique(self, stem: str, suffix: str, number: int) -> str:
        """STEM, or where that was given before, STEM with NUMBER (the item's); without its SUFFIX.

        Stems are told apart, not whole names: the labels of `a.jpg` and of `a.png` are both called `a.txt`.
        """
        first, tail, tries = stem, f"-{number}", 1
        while not self._seen.add(unicodedata.normalize("NFC", stem.casefold())):
            stem = shortened(first, MOST_BYTES - len(tail) - len(suffix.encode())) + tail
            tries += 1
            tail = f"-{number}-{tries}"
        return stem


class _Hashes:
    """A set of hashes in 16 bytes for each: a set of texts would take ten times as much."""

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 * 1024))
        self._filled = 0

    def add(self, key: str) -> bool:
        """Whether KEY was new."""
        if 2 * self._filled >= len(self._slots):
            self._grow()
        if is_new := self._place(hash(key) or 1):
            self._filled += 1
        return is_new

    def _place(self, value: int) -> bool:
        mask = len(self._slots) - 1
        slot = value & mask
        while (held := self._slots[slot]) != 0:
            if held == value:
                return False
            slot = (slot + 1) & mask
        self._slots[slot] = value
        return True

    def _grow(self) -> None:
        held = self._slots
        self._slots = array("q", bytes(16 * len(held)))
        for value in held:
            if value:
                self._place(value)
