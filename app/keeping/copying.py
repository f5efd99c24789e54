"""Rows on their way from one database into another, or from an archive: checked by what they amount to."""

from collections.abc import Iterator

from app.keeping.lines import Digest, Row, writer_of
from app.keeping.manifests import Table
from app.keeping.places import Place
from app.keeping.progress import Progress
from app.keeping.refusals import Refused
from app.keeping.shapes import Shape
from app.keeping.snapshots import Snapshot


def lines_of(snapshot: Snapshot, shape: Shape) -> Iterator[bytes]:
    """The rows of the table as lines."""
    write = writer_of(shape)
    for rows in snapshot.rows(shape):
        yield from map(write, rows)


def digested(shape: Shape, batches: Iterator[list[Row]], digest: Digest) -> Iterator[list[Row]]:
    """BATCHES, while DIGEST takes in the lines of their rows."""
    write = writer_of(shape)
    for rows in batches:
        digest.add(list(map(write, rows)))
        yield rows


def told(batches: Iterator[list[Row]], progress: Progress) -> Iterator[list[Row]]:
    """BATCHES, of which PROGRESS is told."""
    for rows in batches:
        yield rows
        progress.advance(len(rows))


def table_of(shape: Shape, digest: Digest) -> Table:
    """What a table that was read amounts to; it lies in no chunks."""
    return Table(shape.name, shape.columns, digest.rows, digest.bytes, 0, digest.sha256)


def digests(snapshot: Snapshot, progress: Progress) -> dict[str, Table]:
    """What every table amounts to, by name."""
    found = {}
    for shape in snapshot.shapes:
        digest = Digest()
        for rows in told(snapshot.rows(shape), progress):
            digest.add(list(map(writer_of(shape), rows)))
        found[shape.name] = table_of(shape, digest)
    return found


def check(place: Place, tables: tuple[Table, ...], progress: Progress) -> None:
    """Raise Refused where PLACE has not exactly the rows of TABLES."""
    progress.begin("checking rows", sum(table.rows for table in tables))
    kept = digests(place.kept, progress)
    if set(kept) != {table.name for table in tables}:
        raise Refused("a table was left out: nothing was kept")
    for table in tables:
        found = kept[table.name]
        if (found.rows, found.sha256) != (table.rows, table.sha256):
            raise Refused(
                f"the rows of {table.name} do not read as they were written ({found.rows} of {table.rows}): "
                "nothing was kept. `postil check` on what they come from tells whether it is sound"
            )
