"""What a client asks of a collection, whatever wire it came by. Values are read and typed; no SQL."""

from dataclasses import dataclass, field
from typing import Any

PAGE_SIZE = 1000  # records, both the default and the most
MOST_VALUES = 1000  # of one filter
MOST_OFFSET = 1_000_000  # records skipped by page[number]; deeper pages go by cursor


@dataclass(frozen=True)
class Filter:
    """NAME is an attribute or one of the card's own filters. A None among the values matches null."""

    name: str
    operator: str  # eq in gt gte lt lte match contains, or own
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Cursor:
    """A place in a sorted list: the sort keys of a record, its id last."""

    keys: tuple[Any, ...]
    is_before: bool = False  # whether the page ends here, and does not start


@dataclass(frozen=True)
class Query:
    filters: tuple[Filter, ...] = ()
    sort: tuple[str, ...] = ()  # attribute names; a leading - is descending; id is always the last
    number: int = 1  # page, counted from 1
    size: int = PAGE_SIZE
    cursor: Cursor | None = None
    by_cursor: bool = False  # whether the client pages by cursor
    count: bool = False  # whether to count the whole collection
    included: tuple[str, ...] = ()  # relationship paths
    fields: dict[str, frozenset[str]] = field(default_factory=dict)  # plain type -> fields to return


@dataclass(frozen=True)
class Page:
    """One page of records, each a tuple of the columns that were selected."""

    rows: list[tuple[Any, ...]]
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None  # of the whole collection, where it was asked for
