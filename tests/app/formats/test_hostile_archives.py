"""Archives from strangers are refused with a code, early, and in little memory."""

import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import archives
from app.formats.archive_writer import ArchiveWriter
from app.formats.archives import Archive, Limits
from app.formats.catalog import FORMATS
from app.formats.errors import BadArchive, FormatError
from app.formats.zip_ends import Directory, directory_of
from app.formats.zip_records import CENTRAL as CENTRAL_RECORD
from app.formats.zip_records import Entry, central_bytes, central_record, end_bytes, entry_of, local_bytes
from tests.app.formats.samples import PNG, box, item, mark, written

MEMORY = 32 << 20  # bytes beyond what was there before


@contextmanager
def little_memory(most: int = MEMORY) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content, compress_type=method)
    return bytearray(out.getvalue())


def refusal(content: bytes | bytearray, limits: Limits | None = None) -> str:
    """The code with which CONTENT is refused, when all of it is read."""
    with little_memory(), pytest.raises(BadArchive) as refused:
        read_all(content, limits or archives.LIMITS)
    assert refused.value.detail
    return refused.value.code


def read_all(content: bytes | bytearray, limits: Limits) -> None:
    archive = Archive(BytesIO(content), limits)
    for entry in archive.entries():
        with archive.open(entry) as member:
            while member.read(1 << 16):
                pass


def patched(content: bytearray, mark: bytes, offset: int, value: bytes) -> bytearray:
    """CONTENT with VALUE at OFFSET after each MARK."""
    at = content.find(mark)
    while at >= 0:
        content[at + offset : at + offset + len(value)] = value
        at = content.find(mark, at + 1)
    return content


def linked() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def renamed(name: bytes) -> bytearray:
    """An archive of one member, of that NAME in both places."""
    content = packed(("x" * len(name), b"content"))
    return bytearray(bytes(content).replace(b"x" * len(name), name))


def bomb() -> bytearray:
    return packed(("bomb", bytes(40_000_000)))


def lying_bomb() -> bytearray:
    """A member of 40 MB that says it has 1000 bytes."""
    content = patched(bomb(), b"PK\x01\x02", 24, struct.pack("<I", 1000))
    return patched(content, b"PK\x03\x04", 22, struct.pack("<I", 1000))


def overlapping() -> bytearray:
    """Two names for one content, as in a bomb of quoted or shared members."""
    content = packed(("a", b"x" * 5000), ("b", b"y" * 5000))
    start = content.rfind(b"PK\x01\x02")
    content[start + 42 : start + 46] = struct.pack("<I", 0)
    return content


def quoting() -> bytes:
    """A member that holds another one, header and all, as in bombs whose members share what they unpack."""
    inner = Entry("b", 0, zlib.crc32(b"inner"), 5, 5, 0)
    quoted = local_bytes(inner) + b"inner"
    outer = Entry("a", 0, zlib.crc32(quoted), len(quoted), len(quoted), 0)
    start = local_bytes(outer)
    directory = central_bytes(outer) + central_bytes(replace(inner, offset=len(start)))
    return start + quoted + directory + end_bytes(2, len(directory), len(start + quoted))


def polyglot() -> bytes:
    """A document of another kind, after which an archive comes that counts from the document's start."""
    out = BytesIO(b"%PDF-1.7\n%%EOF\n")
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("a", b"b")
    return out.getvalue()


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
HOSTILE: dict[str, tuple[Callable[[], bytes | bytearray], str]] = {
    "a bomb": (bomb, "archive_too_large"),
    "a bomb that lies about its size": (lying_bomb, "archive_invalid"),
    "members in one place": (overlapping, "archive_invalid"),
    "a link": (lambda: packed((linked(), b"/etc/passwd")), "archive_link"),
    "a name that climbs": (lambda: renamed(b"../../etc/passwd"), "archive_name_refused"),
    "a name that climbs inside": (lambda: renamed(b"a/../../b"), "archive_name_refused"),
    "an absolute name": (lambda: renamed(b"/etc/passwd"), "archive_name_refused"),
    "a name with backslashes": (lambda: renamed(b"..\\..\\boot.ini"), "archive_name_refused"),
    "a name with a drive": (lambda: renamed(b"C:boot.ini"), "archive_name_refused"),
    "a name with NUL": (lambda: renamed(b"a.png\0.exe"), "archive_name_refused"),
    "a name with a line end": (lambda: renamed(b"a\nb"), "archive_name_refused"),
    "a name of 300 bytes": (lambda: renamed(b"n" * 300), "archive_name_refused"),
    "a path of 2000 bytes": (lambda: renamed(b"/".join([b"n" * 100] * 20)), "archive_name_refused"),
    "a name twice": (lambda: renamed_twice(), "archive_name_repeated"),
    "an encrypted member": (lambda: patched(packed(("a", b"b")), CENTRAL, 8, b"\1\0"), "archive_encrypted"),
    "an unknown method": (
        lambda: packed(("a", b"b" * 99), method=zipfile.ZIP_LZMA),
        "archive_method_unknown",
    ),
    "no end": (lambda: packed(("a", b"b"))[:-5], "archive_invalid"),
    "half of it": (lambda: packed(("a", b"b" * 99), ("c", b"d"))[:60], "archive_invalid"),
    "a member in a member": (quoting, "archive_invalid"),
    "another document before": (polyglot, "archive_invalid"),
    "something before": (lambda: b"%PDF-1.7\n" + packed(("a", b"b")), "archive_invalid"),
    "something after": (lambda: packed(("a", b"b")) + b"<script>", "archive_invalid"),
    "another checksum": (lambda: patched(packed(("a", b"b")), CENTRAL, 16, b"\1\2\3\4"), "archive_invalid"),
    "another name where it lies": (lambda: patched(packed(("a", b"b")), LOCAL, 30, b"z"), "archive_invalid"),
    "fewer members than said": (
        lambda: patched(packed(("a", b"b")), b"PK\5\6", 8, b"\2\0\2\0"),
        "archive_invalid",
    ),
    "more members than said": (
        lambda: patched(packed(("a", b"b"), ("c", b"d")), b"PK\5\6", 8, b"\1\0\1\0"),
        "archive_invalid",
    ),
    "no archive": (lambda: b"GIF89a" * 100, "archive_invalid"),
    "nothing": (lambda: b"", "archive_invalid"),
}


def renamed_twice() -> bytearray:
    return bytearray(bytes(packed(("aaaa", b"1"), ("bbbb", b"2"))).replace(b"bbbb", b"aaaa"))


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_with_its_code(case: str) -> None:
    made, code = HOSTILE[case]
    content = made()

    assert refusal(content) == code


def test_a_member_that_lies_about_its_size_is_not_unpacked_further() -> None:
    archive = Archive(BytesIO(lying_bomb()))
    (entry,) = archive.entries()
    given: list[int] = []

    with archive.open(entry) as member, pytest.raises(BadArchive):
        given.extend(len(chunk) for chunk in iter(partial(member.read, 1 << 16), b""))

    assert sum(given) <= 1 << 17


def test_no_more_members_and_bytes_than_the_limits() -> None:
    three = packed(("a", b"1" * 100), ("b", b"2" * 100), ("c", b"3" * 100))

    assert refusal(three, Limits(members=2)) == "archive_too_many_members"
    assert refusal(three, Limits(total=250)) == "archive_too_large"


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("postil", "csv")])
def test_every_format_refuses_what_is_no_archive(name: str) -> None:
    reader = FORMATS[name].read
    assert reader

    with pytest.raises(FormatError):
        reader(BytesIO(b"\x89PNG\r\n"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_refuses_a_hostile_archive(name: str) -> None:
    reader = FORMATS[name].read
    assert reader

    with pytest.raises(BadArchive):
        reader(BytesIO(renamed(b"../../etc/passwd")))


def test_an_archive_in_an_archive_is_not_unpacked() -> None:
    file, _ = written("yolo_detect", [item(mark(box(1, 1, 2, 2)))], with_pictures=True)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("images/inner.zip", bytes(bomb()))
        archive.writestr("images/inner.png", bytes(packed(("x.png", PNG))))
    reader = FORMATS["yolo_detect"].read
    assert reader

    with little_memory():
        reading = reader(file)
        found = list(reading.items)

    assert [one.name for one in found] == ["a.png"]
    assert [one.code for one in reading.problems] == ["picture_invalid"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_bytes_that_were_changed_or_cut_never_do_more_than_be_refused(data: st.DataObject) -> None:
    content = packed(("a.txt", b"x" * 300), ("b/c.txt", bytes(range(256))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content

    try:
        archive = Archive(BytesIO(content))
        for entry in archive.entries():
            archive.read(entry, 10_000)
    except BadArchive:
        pass


def test_what_packs_well_is_packed_so_that_we_read_it_again() -> None:
    out = BytesIO()
    with ArchiveWriter(out) as archive:
        archive.put("black.bmp", [bytes(1 << 20)] * 20)

    with little_memory():
        found = Archive(out)
        (entry,) = found.entries()
        with found.open(entry) as content:
            crc = size = 0
            while chunk := content.read(1 << 16):
                crc, size = zlib.crc32(chunk, crc), size + len(chunk)

    assert (size, crc) == (20 << 20, zlib.crc32(bytes(20 << 20)))
    with zipfile.ZipFile(out) as other:
        assert other.testzip() is None


def test_an_archive_of_many_members_costs_little_memory() -> None:
    out = BytesIO()
    with little_memory(3 << 20), ArchiveWriter(Nowhere()) as archive:
        for number in range(2_000):
            archive.put(f"folder/{number}.txt", [b"x"])
    with ArchiveWriter(out) as archive:
        for number in range(2_000):
            archive.put(f"folder/{number}.txt", [b"x"])

    with little_memory(1 << 20):
        found = Archive(out)
        entry = found.find("folder/1234.txt")

    assert entry
    assert found.read(entry, 10) == b"x"
    with zipfile.ZipFile(out) as other:
        assert len(other.namelist()) == 2_000


class Nowhere(BytesIO):
    def write(self, content: object) -> int:
        return 0


def test_more_members_than_sixteen_bits_count_are_written_and_read() -> None:
    record = central_bytes(Entry("a", 0, 0, 0, 0, 0))
    file = BytesIO(record * 66_000 + end_bytes(66_000, 66_000 * len(record), 0))

    with zipfile.ZipFile(file) as other:
        assert len(other.infolist()) == 66_000
    assert directory_of(file) == Directory(0, 66_000 * len(record), 66_000)


def test_sizes_beyond_four_gigabytes_are_told_as_zip64_has_it() -> None:
    large = Entry("a", 0, 1, 5 << 30, 5 << 30, 6 << 30)
    record = central_bytes(large)

    with zipfile.ZipFile(BytesIO(record + end_bytes(1, len(record), 0))) as other:
        (info,) = other.infolist()
    parsed = central_record(record[: CENTRAL_RECORD.size])

    assert (info.file_size, info.compress_size, info.header_offset) == (5 << 30, 5 << 30, 6 << 30)
    assert entry_of(parsed, "a", record[CENTRAL_RECORD.size + 1 :]) == large


def test_members_whose_sizes_stand_in_extra_fields_are_read() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"content")

    found = Archive(out)

    assert [found.read(entry, 100) for entry in found.entries()] == [b"content"]
