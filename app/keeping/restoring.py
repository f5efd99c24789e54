"""Restore a backup into an empty place: all of it, or nothing."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from app.keeping.archives import Reader
from app.keeping.copying import check, told
from app.keeping.files import FileStore
from app.keeping.lines import Row, reader_of
from app.keeping.manifests import Manifest
from app.keeping.places import Place, place
from app.keeping.progress import Progress
from app.keeping.refusals import Damaged, Refused
from app.keeping.shapes import Shape
from app.keeping.snapshots import Told
from app.storage.opening import sqlite_path
from app.storage.revisions import revisions


def restore(
    file: Path, url: str, files: FileStore, folder: Path, columns: Told, progress: Progress
) -> Manifest:
    """Restore the backup FILE into the empty database at URL, and its files into FILES. Raises Refused.

    Every hash, row and figure is checked before anything is written, and again as it is. FOLDER is where one
    file at a time is put down. COLUMNS are read as in `snapshot`.
    """
    with file.open("rb") as archive:
        manifest = examine(archive, progress)
        _refuse_unfit(manifest, url, folder)
        archive.seek(0)
        reader = Reader(archive)
        if reader.manifest != manifest:
            raise Damaged("it changed while it was read")
        with place(url, manifest.revision, columns) as target:
            _load(reader, target, progress)
            check(target, manifest.tables, progress)
            _put_files(reader, target, files, folder, progress)
    return manifest


def examine(archive: IO[bytes], progress: Progress) -> Manifest:
    """The manifest of ARCHIVE, all of which is as it says. Nothing is written. Raises Damaged, Refused."""
    reader = Reader(archive)
    manifest = reader.manifest
    refuse_newer(manifest.revision, manifest.postil)
    progress.begin("checking the archive", sum(table.rows for table in manifest.tables))
    for table in manifest.tables:
        for lines in reader.lines(table):
            progress.advance(len(lines))
    left = manifest.files.bytes
    progress.begin("checking its files", left)
    for _ in range(manifest.files.count):
        for piece in reader.file(left):
            left -= len(piece)
            progress.advance(len(piece))
    if left:
        raise Damaged("its files have fewer bytes than its manifest says")
    reader.end()
    return manifest


def refuse_newer(revision: str, postil: str = "at") -> None:
    """Raise Refused where this Postil does not know REVISION, that of POSTIL's tables."""
    if revision not in revisions():
        raise Refused(
            f"it was made by a newer Postil ({postil[:40]} revision {revision[:40]}) than this one: "
            "use that version, or a newer one"
        )


def _refuse_unfit(manifest: Manifest, url: str, folder: Path) -> None:
    """Raise Refused where there is not as much room as what is to come will take."""
    needed = manifest.files.bytes
    if sqlite_path(url):
        needed += sum(table.bytes for table in manifest.tables)
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise Refused(f"{folder} has {free >> 20} MiB free, and the backup needs {needed >> 20}: make room")


def _load(reader: Reader, target: Place, progress: Progress) -> None:
    progress.begin("rows", sum(table.rows for table in reader.manifest.tables))
    for table in reader.manifest.tables:
        shape = target.shape_of(table.name, table.columns)
        target.load(shape, told(_rows(shape, reader.lines(table)), progress))


def _rows(shape: Shape, batches: Iterator[list[bytes]]) -> Iterator[list[Row]]:
    read: Callable[[bytes], Row] = reader_of(shape)
    for lines in batches:
        yield [read(line) for line in lines]


def _put_files(reader: Reader, target: Place, files: FileStore, folder: Path, progress: Progress) -> None:
    """Put the files of READER into FILES: exactly those that the rows in TARGET refer to."""
    count, left = 0, reader.manifest.files.bytes
    progress.begin("files", left)
    for hash in target.kept.hashes():
        count += 1
        if count > reader.manifest.files.count:
            raise Damaged("it lacks files that its rows refer to")
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".restoring-") as draft:
            for piece in reader.file(left, hash):
                draft.write(piece)
                left -= len(piece)
                progress.advance(len(piece))
            draft.flush()
            files.put_file(Path(draft.name))
        _refuse_other(files, hash)
    if count != reader.manifest.files.count:
        raise Damaged("it has files that no row refers to")
    reader.end()


def _refuse_other(files: FileStore, hash: str) -> None:
    """Raise Refused where the file that is kept is not that of HASH: one was there before, and is damaged."""
    found = hashlib.sha256()
    for piece in files.read(hash):
        found.update(piece)
    if found.hexdigest() != hash:
        raise Refused(f"the file {hash} was there already, and is damaged: move it away, and restore again")
