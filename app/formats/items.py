"""The words in which every format speaks: what is written, and what was read. It must not know a format.

Pixels count from the upper left corner of the picture; docs/formats.md says what each member means.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, Self

MOST_PROBLEMS = 10_000  # of one file; what comes after them is counted
MOST_TOLD = 1_000  # characters of a name or a detail


@dataclass(frozen=True, slots=True)
class Class:
    """One class of a label set. SKELETON holds pairs of numbers of KEYPOINTS, the first of which is 0."""

    id: str
    name: str
    color: str | None = None
    number: int = 0
    parent: str | None = None
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    has_instances: bool = True
    with_text: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is kept: HASH names its content, SIZE is in bytes."""

    hash: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Mark:
    """One annotation of an item: where (DIMENSIONS) and what (ANNOTATION)."""

    id: str
    dimensions: dict[str, Any]
    annotation: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    created_at: str | None = None
    created_by: str | None = None  # an account's id


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was annotated, with its MARKS. WIDTH and HEIGHT in pixels, None where it has none."""

    id: str
    name: str
    external_id: str | None
    resource: str
    split: str | None
    width: int | None
    height: int | None
    metadata: dict[str, Any]
    status: str
    picture: Picture | None
    marks: tuple[Mark, ...]
    layer_status: str | None = None
    priority: float = 0.0
    score: float | None = None
    created_at: str | None = None
    media: dict[str, Any] | None = None  # where it is more than one file
    vendor: dict[str, Any] = field(default_factory=dict)  # what other systems say of it
    layer_vendor: dict[str, Any] = field(default_factory=dict)  # and of its marks


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as other systems tell it; VENDOR is what they say of it."""

    name: str
    description: str
    owner: str
    modality: str
    vendor: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What holds for all items of an export. LABEL_SET is its name; CREATED_AT is written as it is.

    CONFIGURATION is all that was declared of the labels: CLASSES are what most formats need of it.
    """

    name: str
    description: str
    created_at: str
    classes: tuple[Class, ...]
    label_set: str
    configuration: dict[str, Any] = field(default_factory=dict)
    dataset: Dataset | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was left out. ITEM is the item's id when writing, its name or file when reading."""

    item: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture inside of what is read: NAME of the member, SIZE in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ReadMark:
    """A mark as it was read; the label is the `id` of one of the reading's classes."""

    dimensions: dict[str, Any]
    annotation: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    created_at: str | None = None
    created_by: str | None = None


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item as it was read; what stands below its picture is told by few formats."""

    name: str
    external_id: str | None
    split: str | None
    width: int | None
    height: int | None
    metadata: Mapping[str, Any]
    marks: tuple[ReadMark, ...]
    picture: PictureRef | None
    resource: str | None = None
    priority: float = 0.0
    layer_status: str | None = None
    score: float | None = None
    created_at: str | None = None
    media: Mapping[str, Any] | None = None
    vendor: Mapping[str, Any] = field(default_factory=dict)
    layer_vendor: Mapping[str, Any] = field(default_factory=dict)


class Problems(list[Problem]):
    """What was left out: the first MOST_PROBLEMS of them, and the number of the others."""

    def __init__(self) -> None:
        super().__init__()
        self.unlisted = 0

    def add(self, item: str, code: str, detail: str) -> None:
        if len(self) < MOST_PROBLEMS:
            self.append(Problem(item[:MOST_TOLD], code, detail[:MOST_TOLD]))
            return
        self.unlisted += 1
        last = Problem("", "more_problems", f"{self.unlisted} more problems are not listed")
        self[MOST_PROBLEMS:] = [last]


@dataclass(slots=True)
class Reading:
    """What a file holds. ITEMS can be gone through once; PROBLEMS grow on the way.

    Going through them raises FormatError where the file turns out to be broken further on.

    `open` gives the content of a picture of this file. Close the reading, or use it in a `with`: it may hold
    temporary files. The file itself stays the caller's.
    """

    classes: Sequence[Class]
    items: Iterator[ReadItem]
    problems: list[Problem]
    open: Callable[[PictureRef], BinaryIO]
    close: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
