"""Make a backup: the rows of one moment, and after them every file that they refer to."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from app.keeping.archives import Writer
from app.keeping.copying import lines_of
from app.keeping.files import FileStore, flush, flush_folder
from app.keeping.manifests import Files, Manifest, Table
from app.keeping.progress import Progress
from app.keeping.refusals import Refused
from app.keeping.snapshots import Snapshot, Told, snapshot
from app.work import clock

_HASH_LINE = 65  # bytes: a SHA-256 in hex, and the end of the line


def backup(url: str, file: Path, files: FileStore, told: Told, progress: Progress) -> Manifest:
    """Back up the database at URL, and of FILES those that it refers to, into the new FILE.

    FILE is whole and durable once it is there, and only its owner may read it: it holds every secret.
    Raises Refused.
    """
    if file.exists():
        raise Refused(f"{file} is there already, and a backup overwrites none: name another file")
    with _draft(file) as draft, tempfile.TemporaryFile(dir=file.parent) as hashes:
        writer = Writer(draft)
        with snapshot(url, told, file.parent) as moment:
            made_at, dialect, revision = clock(), moment.dialect, moment.revision
            tables = tuple(_tables(moment, writer, progress))
            hashes.writelines(f"{hash}\n".encode() for hash in moment.hashes())
        kept = _add_files(hashes, files, writer, progress)
        manifest = Manifest(
            postil=_version(),
            made_at=made_at,
            database=dialect,
            revision=revision,
            tables=tables,
            files=kept,
        )
        writer.finish(manifest)
    return manifest


@contextmanager
def _draft(file: Path) -> Iterator[IO[bytes]]:
    """A file beside FILE, which takes its name, durably, once what is written into it is whole."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as draft:
            yield draft
            draft.flush()
            flush(draft.fileno())
        os.rename(name, file)
        flush_folder(file.parent)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _tables(moment: Snapshot, writer: Writer, progress: Progress) -> Iterator[Table]:
    progress.begin("rows", sum(moment.count(shape) for shape in moment.shapes))
    for shape in moment.shapes:
        table = writer.add_table(shape, lines_of(moment, shape))
        progress.advance(table.rows)
        yield table


def _add_files(hashes: IO[bytes], files: FileStore, writer: Writer, progress: Progress) -> Files:
    progress.begin("files", hashes.seek(0, os.SEEK_END) // _HASH_LINE)
    hashes.seek(0)
    count = size = 0
    for line in hashes:
        hash = line.decode().rstrip("\n")
        try:
            its_size = files.size(hash)
            writer.add_file(hash, its_size, files.read(hash))
        except FileNotFoundError:
            raise Refused(f"the file {hash} is missing: bring it back, then back up again") from None
        count, size = count + 1, size + its_size
        progress.advance(1)
    return Files(count, size)


def _version() -> str:
    try:
        return version("postil")
    except PackageNotFoundError:  # it runs from its source
        return "source"
