"""Reads zip archives from strangers within limits. It must not write files, nor know what the members are.

Everything is checked before anything is unpacked, and again while it is: sizes, names, kinds, places.
"""

import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.formats import zip_records as zips
from app.formats.errors import BadArchive
from app.formats.inflating import Unpacking
from app.formats.zip_ends import Directory, directory_of
from app.formats.zip_records import CENTRAL, DEFLATED, STORED, Entry

MOST_NAME = 1024  # bytes of a member's name; a part between slashes has 255 at most
_DIRECTORY, _FILE, _KIND = 0o040000, 0o100000, 0o170000
_BUFFER = 1 << 16

Figures = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may have: MEMBERS, bytes in TOTAL, RATIO of size to packed size from SMALL bytes on."""

    members: int = 200_000
    total: int = 64 << 30
    ratio: int = 100
    small: int = 1 << 20


LIMITS = Limits()


class Archive:
    """The members of SOURCE, which has to be seekable and stays the caller's.

    Raises BadArchive if anything in it is broken, hostile or beyond LIMITS. It keeps 24 bytes a member.
    """

    def __init__(self, source: BinaryIO, limits: Limits = LIMITS) -> None:
        self._source = source
        self._limits = limits
        self._directory = directory_of(source)
        self._check_size(self._directory)
        self._index()

    def entries(self) -> Iterator[Entry]:
        """The members that are files, in the order of the archive's directory."""
        for entry, _ in self._records():
            if not entry.name.endswith("/"):
                yield entry

    def find(self, name: str) -> Entry | None:
        """The member that is called NAME; None where there is none."""
        wanted = hash(name)
        at = int(np.searchsorted(self._hashes, wanted))
        while at < len(self._hashes) and self._hashes[at] == wanted:
            entry, _ = self._record(int(self._places[at]))
            if entry.name == name:
                return entry
            at += 1
        return None

    def open(self, entry: Entry) -> BinaryIO:
        """The content of ENTRY. Reading raises BadArchive where it is not what the directory said."""
        return io.BufferedReader(Unpacking(self._source, entry, self._directory.offset), _BUFFER)

    def read(self, entry: Entry, most: int) -> bytes:
        """The whole content of ENTRY. Raises BadArchive if it has more than MOST bytes."""
        if entry.size > most:
            raise BadArchive("archive_member_too_large", f"{entry.name!r} has more than {most} bytes")
        with self.open(entry) as content:
            return content.read()

    def _check_size(self, directory: Directory) -> None:
        if directory.count > self._limits.members:
            raise _too_many(self._limits)
        if directory.size > (directory.count + 100) * (CENTRAL.size + MOST_NAME + 512):
            raise BadArchive("archive_invalid", "the archive's directory is longer than its members ask for")

    def _index(self) -> None:
        hashes, places, offsets, ends = array("q"), array("q"), array("q"), array("q")
        total = 0
        for entry, place in self._records():
            total += self._checked(entry)
            if total > self._limits.total:
                raise BadArchive("archive_too_large", f"unpacked it has more than {self._limits.total} bytes")
            hashes.append(hash(entry.name))
            places.append(place)
            offsets.append(entry.offset)
            ends.append(entry.offset + zips.LOCAL.size + len(entry.name.encode()) + entry.packed)
        self._check_places(np.asarray(offsets), np.asarray(ends))
        order = np.argsort(np.asarray(hashes), kind="stable")
        self._hashes, self._places = np.asarray(hashes)[order], np.asarray(places)[order]
        self._check_names()

    def _checked(self, entry: Entry) -> int:
        """The size of ENTRY, which is what its packed size allows."""
        if entry.method not in (STORED, DEFLATED):
            raise BadArchive(
                "archive_method_unknown", f"{entry.name!r} is packed in an unknown way; use deflate"
            )
        if entry.method == STORED and entry.size != entry.packed:
            raise BadArchive("archive_invalid", f"{entry.name!r} is not packed, yet has two sizes")
        if entry.size > max(self._limits.small, self._limits.ratio * entry.packed):
            raise BadArchive(
                "archive_too_large",
                f"{entry.name!r} is said to unpack to more than {self._limits.ratio} times its size",
            )
        return entry.size

    def _check_places(self, offsets: Figures, ends: Figures) -> None:
        order = np.argsort(offsets, kind="stable")
        starts = np.append(offsets[order], self._directory.offset)
        if len(offsets) and (starts[0] != 0 or bool((ends[order] > starts[1:]).any())):
            raise BadArchive("archive_invalid", "members overlap, or something else lies before them")

    def _check_names(self) -> None:
        for at in np.flatnonzero(self._hashes[1:] == self._hashes[:-1]).tolist():
            one, _ = self._record(int(self._places[at]))
            other, _ = self._record(int(self._places[at + 1]))
            if one.name == other.name:
                raise BadArchive("archive_name_repeated", f"two members are called {one.name!r}")

    def _records(self) -> Iterator[tuple[Entry, int]]:
        place, count = self._directory.offset, 0
        end = place + self._directory.size
        while place < end:
            count += 1
            if count > self._directory.count:
                raise BadArchive("archive_invalid", "the archive has more members than it says")
            entry, after = self._record(place)
            yield entry, place
            place = after
        if place != end or count != self._directory.count:
            raise BadArchive("archive_invalid", "the archive's directory does not end where it says")

    def _record(self, place: int) -> tuple[Entry, int]:
        """The member whose record is at PLACE, and the place after it."""
        self._source.seek(place)
        record = zips.central_record(self._source.read(CENTRAL.size))
        lengths = record.name_length, record.extra_length, record.comment_length
        tail = self._source.read(lengths[0] + lengths[1])
        name = checked_name(tail[: lengths[0]], bool(record.flags & zips.UTF8))
        if record.is_encrypted:
            raise BadArchive("archive_encrypted", f"{name!r} is encrypted; pack it without a password")
        if record.mode & _KIND not in (0, _FILE, _DIRECTORY):
            raise BadArchive("archive_link", f"{name!r} is a link or a device; pack plain files only")
        entry = zips.entry_of(record, name, tail[lengths[0] :])
        return entry, place + CENTRAL.size + sum(lengths)


def checked_name(given: bytes, is_utf8: bool) -> str:
    """The name that GIVEN spells. Raises BadArchive if it could lead out of a folder, or cannot be one."""
    try:
        name = given.decode("utf-8" if is_utf8 or given.isascii() else "cp437")
    except UnicodeDecodeError:
        raise BadArchive("archive_name_refused", f"a name is no UTF-8: {given[:40]!r}") from None
    parts = name.removesuffix("/").split("/")
    is_bad = any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts)
    has_bad = "\\" in name or ":" in parts[0][1:2] or any(ord(one) < 32 or ord(one) == 127 for one in name)
    if is_bad or has_bad or len(given) > MOST_NAME:
        raise BadArchive(
            "archive_name_refused",
            f"a member may not be called {name[:80]!r}: names are relative, of parts of at most 255 bytes"
            " without backslashes and control characters",
        )
    return name


def _too_many(limits: Limits) -> BadArchive:
    return BadArchive("archive_too_many_members", f"an archive has at most {limits.members} members")
