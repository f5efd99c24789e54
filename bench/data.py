"""What is measured on: a database that was filled, and the ids that requests are made of.

`for_measures` is what a team has after some months, in one project: 100,000 entries; a queue of half as
many that wait for somebody; a thousand with five annotations each; one with a thousand large ones.
`for_sizes` is one dataset of any size.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Table, func, select

import app.catalog  # noqa: F401 - every table is to be known before a migration
from app.resources.annotations import Annotation
from app.resources.dataset_rows import Dataset
from app.resources.entry_rows import Entry
from app.resources.layer_rows import Layer
from app.web.jsonapi import cursors
from bench.rows import Batch

MAIN, QUEUE, CROWDED, HEAVY = "Left eyes", "Right eyes", "Marked five times", "Outlined"
SAMPLE = 1_000  # ids
FEED = 20_000  # events
PAGE = 1_000
STATUSES = ("ready", "completed")  # those of a page
HEAVY_BYTES = 20_000  # of an annotation

Told = Callable[[int], None]  # how many entries are there

FREE = ("annotate", "in_progress", "annotator")  # and in nobody's hands
_WORKED = {
    ("start", "ready", "annotator"): 48,
    FREE: 4,
    ("review", "in_progress", "reviewer"): 2,
    ("done", "completed", None): 45,
    ("error", "errored", None): 1,
}


def for_measures(entries: int) -> list[Batch]:
    return [
        Batch(MAIN, entries, _WORKED, marks=(1, 1, 2), events=min(FEED, entries)),
        Batch(QUEUE, entries // 2, {FREE: 1}),
        Batch(CROWDED, min(1_000, entries // 10), {FREE: 1}, marks=(5,)),
        Batch(HEAVY, 1, {FREE: 1}, marks=(PAGE,), mark_bytes=HEAVY_BYTES),
    ]


def for_sizes(entries: int) -> list[Batch]:
    states = {
        ("start", "ready", "annotator"): 10,
        FREE: 40,
        ("review", "in_progress", "reviewer"): 2,
        ("done", "completed", None): 47,
        ("error", "errored", None): 1,
    }
    return [Batch(MAIN, entries, states)]


@dataclass(frozen=True)
class Filled:
    """A filled database's ids. Lists are samples."""

    entries: int  # of the main dataset
    main: str
    queue: str
    crowded: str
    heavy: str  # an entry
    entry_ids: list[str] = field(repr=False)
    open_ids: list[str] = field(repr=False)  # of entries that may be annotated
    deep_at: int  # how many entries of STATUSES are before the deep page
    deep_after: str  # the cursor of the last of them

    @cached_property
    def deep_number(self) -> int:
        """The number of the deep page."""
        return self.deep_at // PAGE + 1


def filled_of(connection: Connection) -> Filled:
    """What the database behind CONNECTION was filled with."""
    entry, dataset = table_of(Entry), table_of(Dataset)
    rows: Any = connection.execute(select(dataset.c.name, dataset.c.id)).all()
    datasets: dict[str, str] = dict(rows)
    main = datasets[MAIN]
    of_main = entry.c.dataset_id == main
    count = connection.scalar(select(func.count()).select_from(entry).where(of_main)) or 0
    chosen = connection.execute(
        select(entry.c.id, entry.c.status).where(of_main).order_by(entry.c.id).limit(20 * SAMPLE)
    ).all()
    some = random.Random(2).sample(chosen, min(SAMPLE, len(chosen)))
    heavy = connection.scalar(select(entry.c.id).where(entry.c.dataset_id == datasets.get(HEAVY, "")))
    deep = count * 9 // 10 // PAGE * PAGE
    at = connection.execute(
        select(entry.c.priority, entry.c.id)
        .where(of_main, entry.c.status.in_(STATUSES))
        .order_by(entry.c.priority.desc(), entry.c.id.desc())
        .limit(1)
        .offset(max(0, deep - 1))
    ).first()
    return Filled(
        count,
        main,
        datasets.get(QUEUE, main),
        datasets.get(CROWDED, main),
        heavy or "",
        [id for id, _ in some],
        [id for id, status in some if status not in ("completed", "errored")],
        deep,
        cursors.write("-priority", tuple(at)) if at else "",
    )


def table_of(model: Any) -> Table:
    table: Table = model.__table__
    return table


def tuples_of(table: Table, rows: Iterable[dict[str, Any]]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns of TABLE that are written, and of each row their values, the tables' defaults included."""
    columns = [column for column in table.columns if column.computed is None]
    defaults = [(column.name, _default_of(column)) for column in columns]
    return [column.name for column in columns], [
        tuple(row.get(name, default) for name, default in defaults) for row in rows
    ]


def _default_of(column: Any) -> Any:
    return column.default.arg if column.default is not None else None


INDEXED = (Entry, Layer, Annotation)  # whose indexes are made once their rows are there
