"""What comes over from another system, in our own words. It knows no system, and no database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from app.resources.files import Content
from app.work import Sources

Values = dict[str, Any]


@dataclass(slots=True)
class Item:
    """An entry that is to be there: its VALUES, and its LABELS as `entries/label` takes them, by label set.

    CONTENT is its picture, where we have it.
    """

    name: str
    values: Values
    labels: Mapping[str, Values]
    content: Content | None = None


@dataclass(slots=True)
class Problem:
    """What could not be brought: ITEM names it."""

    item: str
    code: str
    detail: str


@dataclass(slots=True)
class Project:
    """What one file holds: VALUES of the dataset, its LABEL_SETS with words, and its items.

    They are gone through once, and PROBLEMS grow on the way.
    """

    values: Values
    label_sets: Mapping[str, str]
    items: Iterator[Item]
    problems: list[Problem] = field(default_factory=list)


class Vendor(Protocol):
    """Reads the files of one system."""

    def __call__(
        self, file: BinaryIO, configuration: Mapping[str, Any] | None, sources: Sources, download: bool
    ) -> Project:
        """What FILE holds. Raises FormatError.

        CONFIGURATION is that of the dataset it comes into, None for a new one. With DOWNLOAD pictures are
        fetched, and kept by SOURCES.
        """
