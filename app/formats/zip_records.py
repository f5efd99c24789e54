"""The records of a zip archive, as bytes and back (APPNOTE 6.3, with ZIP64). It must not open files.

The standard library keeps about 1 kB for each member while an archive is written or read; here a member costs
the memory of what is done with it at the time, so archives may have any number of them.
"""

from dataclasses import dataclass
from struct import Struct

from app.formats.errors import BadArchive

LOCAL = Struct("<4sHHHHHIIIHH")
CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
END = Struct("<4sHHHHIIH")
END64 = Struct("<4sQHHIIQQQQ")
LOCATOR64 = Struct("<4sIQI")
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64_MARK, LOCATOR64_MARK = b"PK\x06\x06", b"PK\x06\x07"

STORED, DEFLATED = 0, 8
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
UTF8 = 0x800
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_EPOCH = (0, 33)  # midnight of 1 January 1980: the same content gives the same archive
_UNIX, _FILE = 3 << 8, 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One member: PACKED and SIZE in bytes as it lies there and as it is, OFFSET of its local header."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class CentralRecord:
    """A record of the directory, without what follows it: the name, the extra field and the comment."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    name_length: int
    extra_length: int
    comment_length: int
    disk: int
    mode: int
    offset: int

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & _ENCRYPTED)


def local_bytes(entry: Entry) -> bytes:
    """The local header of ENTRY, with its name."""
    name, extra = entry.name.encode(), b""
    packed, size = entry.packed, entry.size
    if max(packed, size) >= FULL32:
        extra = Struct("<HHQQ").pack(1, 16, size, packed)
        packed = size = FULL32
    need = 45 if extra else 20
    head = (LOCAL_MARK, need, UTF8, entry.method, *_EPOCH, entry.crc, packed, size, len(name), len(extra))
    return LOCAL.pack(*head) + name + extra


def central_bytes(entry: Entry) -> bytes:
    """The record of ENTRY in the directory."""
    name, large, shown = entry.name.encode(), [], []
    for value in (entry.size, entry.packed, entry.offset):
        large += [value] if value >= FULL32 else []
        shown.append(min(value, FULL32))
    extra = Struct(f"<HH{len(large)}Q").pack(1, 8 * len(large), *large) if large else b""
    need = 45 if extra else 20
    size, packed, offset = shown
    return (
        CENTRAL.pack(
            *(CENTRAL_MARK, _UNIX | need, need, UTF8, entry.method, *_EPOCH, entry.crc, packed, size),
            *(len(name), len(extra), 0, 0, 0, _FILE, offset),
        )
        + name
        + extra
    )


def end_bytes(count: int, size: int, offset: int) -> bytes:
    """The end of an archive whose directory has COUNT records in SIZE bytes from OFFSET on."""
    large = b""
    if count >= FULL16 or max(size, offset) >= FULL32:
        large = END64.pack(END64_MARK, 44, _UNIX | 45, 45, 0, 0, count, count, size, offset)
        large += LOCATOR64.pack(LOCATOR64_MARK, 0, offset + size, 1)
    few = min(count, FULL16)
    return large + END.pack(END_MARK, 0, 0, few, few, min(size, FULL32), min(offset, FULL32), 0)


def central_record(content: bytes) -> CentralRecord:
    """The record of which CONTENT is the fixed part. Raises BadArchive."""
    if len(content) < CENTRAL.size or content[:4] != CENTRAL_MARK:
        raise BadArchive("archive_invalid", "the archive's directory is broken; pack it again")
    (_, _, _, flags, method, _, _, crc, packed, size, *rest) = CENTRAL.unpack(content)
    name, extra, comment, disk, _, mode, offset = rest
    return CentralRecord(flags, method, crc, packed, size, name, extra, comment, disk, mode >> 16, offset)


def entry_of(record: CentralRecord, name: str, extra: bytes) -> Entry:
    """The member that RECORD tells of; sizes of ZIP64 are read from EXTRA. Raises BadArchive."""
    figures = [record.size, record.packed, record.offset]
    missing = [index for index, figure in enumerate(figures) if figure == FULL32]
    if missing:
        body = _extra64(extra)
        if len(body) < 8 * len(missing):
            raise BadArchive("archive_invalid", f"{name!r} lacks its size; pack the archive again")
        for index, value in zip(missing, Struct(f"<{len(missing)}Q").unpack_from(body), strict=True):
            figures[index] = value
    size, packed, offset = figures
    return Entry(name, record.method, record.crc, packed, size, offset)


def _extra64(extra: bytes) -> bytes:
    while len(extra) >= 4:
        kind, length = Struct("<HH").unpack_from(extra)
        if kind == 1:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return b""
