"""An archive may be anybody's: one that is damaged or made up is refused, and leaves nothing behind."""

import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.keeping import archives, manifests, restoring, tar
from app.keeping.archives import MANIFEST_SIZE, Reader, Writer
from app.keeping.lines import Digest, reader_of, writer_of
from app.keeping.manifests import Files, Manifest, Table
from app.keeping.progress import Silence
from app.keeping.refusals import Damaged, Refused
from app.keeping.shapes import Kind, Shape
from tests.app.keeping.conftest import Empty
from tests.app.keeping.scenes import Scene, restored

SHAPE = Shape("things", ("id", "n", "x", "note"), (Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.TEXT), ("id",))
ROW = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.integers(-(2**63), 2**63 - 1),
    st.one_of(st.none(), st.floats()),
    st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
)


@given(ROW)
def test_every_value_comes_back_as_it_was(row: Any) -> None:
    line = writer_of(SHAPE)(row)

    assert repr(reader_of(SHAPE)(line)) == repr(row)
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'["a"]',
        b'["a",1,1.5,null,1]',
        b'["a",1,"many",null]',
        b'["a",9223372036854775808,1.5,null]',
        b'["a",1.5,1.5,null]',
        b'["a",true,1.5,null]',
        b'["a",1,1e999,null]',
        b"[1,1,1.5,null]",
        b'["\\u0000",1,1.5,null]',
        b'["\\ud800",1,1.5,null]',
        b'["\xff",1,1.5,null]',
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_row_is_refused(line: bytes) -> None:
    with pytest.raises(Damaged):
        reader_of(SHAPE)(line + b"\n")


def content_of(archive: Path) -> bytes:
    return archive.read_bytes()


def read_whole(content: bytes) -> list[Any]:
    """All that a restore would take from the archive. Raises Refused."""
    manifest = restoring.examine(io.BytesIO(content), Silence())
    reader = Reader(io.BytesIO(content))
    rows = [list(reader.lines(table)) for table in manifest.tables]
    return [
        manifest,
        rows,
        [b"".join(reader.file(manifest.files.bytes)) for _ in range(manifest.files.count)],
    ]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_no_flipped_bit_goes_unseen(archive: Path, data: st.DataObject) -> None:
    """It is refused, or it is of no matter, such as a packer's mark: then all that is read is the same."""
    content = content_of(archive)
    written = len(manifests.write(Reader(io.BytesIO(content)).manifest)) + tar.BLOCK
    places = st.one_of(
        st.integers(0, written),
        st.integers(MANIFEST_SIZE, len(content) - 1),
        st.integers(0, len(content) - 1),
    )
    at, bit = data.draw(places), data.draw(st.integers(0, 7))
    flipped = bytearray(content)
    flipped[at] ^= 1 << bit

    try:
        read = read_whole(bytes(flipped))
    except Refused:
        return
    assert read == read_whole(content)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_what_was_cut_off_is_refused(archive: Path, data: st.DataObject) -> None:
    content = content_of(archive)
    size = data.draw(st.integers(0, len(content) - 1))

    with pytest.raises(Damaged):
        read_whole(content[:size])


def test_what_follows_the_end_is_refused(archive: Path) -> None:
    with pytest.raises(Damaged):
        read_whole(content_of(archive) + b"\0")


def test_a_backup_that_was_broken_off_is_refused() -> None:
    file = io.BytesIO()
    Writer(file).add_table(SHAPE, [b'["a",1,1.5,null]\n'])

    with pytest.raises(Damaged, match="never came to its end"):
        read_whole(file.getvalue())


# ---- made up

Edit = Callable[[dict[str, Any]], None]


def made_up(edit: Edit = lambda manifest: None, **parts: Any) -> bytes:
    """An archive that somebody has made by hand: its hashes fit, whatever EDIT makes of its manifest."""
    lines: bytes = parts.get("lines", b'["a",1,1.5,null]\n')
    chunk: bytes = parts.get("chunk", gzip.compress(lines))
    content: bytes = parts.get("content", b"content")
    digest = Digest()
    digest.add(lines.splitlines(keepends=True))
    table = Table("things", SHAPE.columns, digest.rows, digest.bytes, 1, digest.sha256)
    manifest = Manifest(
        postil="0", made_at="2026", database="sqlite", revision="0005", tables=(table,), files=Files(1, 7)
    )
    told = json.loads(manifests.write(manifest).partition(b"\n")[0])
    edit(told)
    line = json.dumps(told).encode()
    head = (line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n").ljust(MANIFEST_SIZE, b"\0")
    members = {
        archives.MANIFEST: head,
        parts.get("chunk_name", "tables/things/000001.ndjson.gz"): chunk,
        parts.get("file_name", "files/" + hashlib.sha256(content).hexdigest()): content,
    }
    written = [tar.header(name, len(one)) + one + tar.padding(len(one)) for name, one in members.items()]
    return b"".join(written) + tar.end()


def set_to(**values: Any) -> Edit:
    return lambda manifest: manifest.update(values)


def of_table(**values: Any) -> Edit:
    return lambda manifest: manifest["tables"][0].update(values)


def test_what_is_made_up_as_it_should_be_is_read() -> None:
    assert len(read_whole(made_up())) == 3


@pytest.mark.parametrize(
    "content",
    [
        made_up(set_to(format="other")),
        made_up(set_to(version=2)),
        made_up(set_to(revision="9999")),
        made_up(set_to(more=1)),
        made_up(set_to(tables=None)),
        made_up(set_to(files={"count": 2, "bytes": 7})),
        made_up(set_to(files={"count": 1, "bytes": 6})),
        made_up(set_to(files={"count": 1, "bytes": 8})),
        made_up(set_to(files={"count": -1, "bytes": 7})),
        made_up(set_to(files={"count": 2**62, "bytes": 7})),
        made_up(of_table(rows=0)),
        made_up(of_table(rows=2)),
        made_up(of_table(bytes=1)),
        made_up(of_table(chunks=0)),
        made_up(of_table(chunks=2**62)),
        made_up(of_table(sha256="0" * 64)),
        made_up(of_table(sha256="../../etc/passwd")),
        made_up(of_table(name="../../things")),
        made_up(of_table(name="others")),
        made_up(file_name="files/../../../etc/cron.d/mine"),
        made_up(file_name="/etc/passwd"),
        made_up(file_name="files/" + "0" * 64),
        made_up(content=b"c" * 8),
        made_up(chunk_name="tables/things/../../x"),
        made_up(chunk=b"no gzip at all"),
        made_up(chunk=gzip.compress(b'["a",1,1.5,null]\n') * 2),
        made_up(lines=b'["a",1,1.5,null]'),
        b"",
        b"\0" * 2048,
        b"PK\x03\x04" + b"\0" * 4096,
    ],
)
def test_what_is_made_up_otherwise_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        read_whole(content)


def test_what_unpacks_to_much_more_than_is_said_is_refused_before_it_is_there() -> None:
    bomb = gzip.compress(b'["a",1,1.5,null]\n' * 4_000_000)

    with pytest.raises(Damaged, match="more rows than its manifest says"):
        read_whole(made_up(chunk=bomb))


def test_a_row_without_an_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LONGEST_LINE", 4 << 20)
    bomb = gzip.compress(b" " * (64 << 20))

    with pytest.raises(Damaged, match="a row has more than"):
        read_whole(made_up(of_table(bytes=2**40), chunk=bomb))


def test_a_link_or_a_folder_in_an_archive_is_refused() -> None:
    for kind in (b"1", b"2", b"5", b"x", b"L"):
        content = bytearray(made_up())
        content[156:157] = kind
        total = sum(content[:148]) + 8 * 32 + sum(content[156:512])
        content[148:156] = f"{total:06o}\0 ".encode()

        with pytest.raises(Damaged, match="no plain file"):
            read_whole(bytes(content))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "made up"])
def test_what_is_refused_leaves_nothing_behind(
    kind: str, damage: str, scenes: dict[str, Scene], archive: Path, empty: Empty, tmp_path: Path
) -> None:
    content = bytearray(content_of(archive))
    content[-3000] ^= 1
    bad = {"cut": content_of(archive)[:-2000], "flipped": bytes(content), "made up": made_up()}[damage]
    (tmp_path / "bad.tar").write_bytes(bad)
    url, folder = empty(kind), tmp_path / "folder"

    with pytest.raises(Refused):
        restored(scenes["sqlite"], tmp_path / "bad.tar", url, folder)

    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert [path.name for path in left] == ["bad.tar"]
    restored(scenes["sqlite"], archive, url, folder)  # the place is as empty as before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rows_that_break_a_rule_of_their_table_are_refused(
    kind: str, scenes: dict[str, Scene], archive: Path, empty: Empty, tmp_path: Path
) -> None:
    """Somebody has taken out the accounts: every hash fits, and keys are nobody's."""
    (tmp_path / "bad.tar").write_bytes(rewritten(archive, "accounts", lambda lines: []))

    with pytest.raises(Damaged, match="break a rule"):
        restored(scenes["sqlite"], tmp_path / "bad.tar", empty(kind), tmp_path / "folder")


def rewritten(archive: Path, name: str, edit: Callable[[list[bytes]], list[bytes] | None]) -> bytes:
    """ARCHIVE, its table NAME edited as by somebody who has our own writer; None: without the table."""
    file = io.BytesIO()
    with archive.open("rb") as old:
        reader, writer = Reader(old), Writer(file)
        tables = []
        for table in reader.manifest.tables:
            lines = [line for some in reader.lines(table) for line in some]
            kept = edit(lines) if table.name == name else lines
            if kept is not None:
                shape = Shape(table.name, table.columns, (), ())
                tables.append(writer.add_table(shape, kept))
        for _ in range(reader.manifest.files.count):
            content = b"".join(reader.file(reader.manifest.files.bytes))
            writer.add_file(hashlib.sha256(content).hexdigest(), len(content), [content])
        told = {field: getattr(reader.manifest, field) for field in Manifest.__struct_fields__}
    writer.finish(Manifest(**{**told, "tables": tuple(tables)}))
    return file.getvalue()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_checker_detects_a_table_that_was_left_out(
    kind: str, scenes: dict[str, Scene], archive: Path, empty: Empty, tmp_path: Path
) -> None:
    (tmp_path / "bad.tar").write_bytes(rewritten(archive, "leases", lambda lines: None))

    with pytest.raises(Refused, match="a table was left out"):
        restored(scenes["sqlite"], tmp_path / "bad.tar", empty(kind), tmp_path / "folder")


@pytest.mark.parametrize("edit", [lambda lines: [], lambda lines: lines[:-1]])
def test_checker_detects_files_that_no_row_refers_to(
    edit: Any, scenes: dict[str, Scene], archive: Path, empty: Empty, tmp_path: Path
) -> None:
    (tmp_path / "bad.tar").write_bytes(rewritten(archive, "files", edit))

    with pytest.raises(Damaged, match=r"files that no row refers to|another file"):
        restored(scenes["sqlite"], tmp_path / "bad.tar", empty("sqlite"), tmp_path / "folder")
