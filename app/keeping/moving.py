"""Move a database: from SQLite to PostgreSQL, and back. Files stay where they are."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.keeping.copying import check, digested, table_of, told
from app.keeping.lines import Digest
from app.keeping.manifests import Table
from app.keeping.places import Place, place
from app.keeping.progress import Progress
from app.keeping.restoring import refuse_newer
from app.keeping.snapshots import Snapshot, Told, refuse_absent, still
from app.storage import postgresql, sqlite
from app.storage.opening import sqlite_path


def move(url: str, to: str, columns: Told, progress: Progress) -> tuple[Table, ...]:
    """Bring all that is in the database at URL into the empty one TO; the tables, alike on both sides.

    What is at URL stays as it is. Raises Locked while either is in use, and Refused where URL has no
    database, or TO has one.
    """
    with _held(url), still(url, columns) as source:
        refuse_newer(source.revision)
        with place(to, source.revision, columns) as target:
            tables = tuple(_copied(source, target, progress))
            check(target, tables, progress)
    return tables


@contextmanager
def _held(url: str) -> Iterator[None]:
    """Nobody serves the database at URL meanwhile."""
    path = sqlite_path(url)
    if path:
        refuse_absent(path)
    lock: AbstractContextManager[Any] = sqlite.lock(path) if path else postgresql.hold(url)
    with lock:
        yield


def _copied(source: Snapshot, target: Place, progress: Progress) -> Iterator[Table]:
    progress.begin("rows", sum(source.count(shape) for shape in source.shapes))
    for shape in source.shapes:
        digest = Digest()
        rows = digested(shape, source.rows(shape), digest)
        target.load(target.shape_of(shape.name, shape.columns), told(rows, progress))
        yield table_of(shape, digest)
