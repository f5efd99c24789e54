"""The words of COCO's documents, as they are read: with their types; others are left alone."""

from typing import Any

import msgspec

from app.formats.errors import BadDocument
from app.formats.items import Class
from app.formats.json_stream import decoded

MOST_CATEGORIES = 100_000
MOST_BYTES = 2 << 20  # of all categories of a document


class Category(msgspec.Struct, rename={"class_": "class"}):
    id: int
    name: str
    supercategory: str | None = None
    class_: str | None = None
    color: str | list[int] | None = None
    keypoints: list[str] = []
    skeleton: list[tuple[int, int]] = []
    isthing: int | bool | None = None


class Image(msgspec.Struct):
    id: int
    file_name: str
    width: int | None = None
    height: int | None = None
    external_id: str | None = None
    attributes: dict[str, Any] = {}
    metadata: dict[str, Any] = {}


class Segment(msgspec.Struct):
    id: int
    category_id: int
    iscrowd: int | bool = 0
    attributes: dict[str, Any] = {}
    text: str | None = None
    score: float | None = None


class Annotation(msgspec.Struct):
    category_id: int = -1
    bbox: list[float] | None = None
    segmentation: msgspec.Raw = msgspec.Raw(b"null")
    keypoints: list[float] | None = None
    iscrowd: int | bool = 0
    attributes: dict[str, Any] = {}
    text: str | None = None
    score: float | None = None
    file_name: str | None = None
    segments_info: list[Segment] = []


class RunLengths(msgspec.Struct):
    size: list[int]
    counts: list[int] | str


class OfImage(msgspec.Struct):
    image_id: int


rings = msgspec.json.Decoder(list[list[float] | float])
run_lengths = msgspec.json.Decoder(RunLengths)
category = msgspec.json.Decoder(Category)
image = msgspec.json.Decoder(Image)
annotation = msgspec.json.Decoder(Annotation)
of_image = msgspec.json.Decoder(OfImage)


class Categories:
    """The categories of one document, as classes. LABELS: category id -> class id."""

    def __init__(self) -> None:
        self.labels: dict[int, str] = {}
        self.classes: dict[str, Class] = {}
        self._size = 0

    def add(self, content: bytes) -> None:
        """Adds a category as it is written. Raises BadDocument where it is none."""
        try:
            found: Category = decoded(content, category)
        except ValueError as error:
            raise BadDocument("category_invalid", f"a category of the document is wrong: {error}") from None
        self._size += len(content)
        is_full = len(self.labels) >= MOST_CATEGORIES or self._size > MOST_BYTES
        if is_full or found.id in self.labels:
            raise BadDocument(
                "category_invalid",
                f"category {found.id} is there twice, or there are too many",
            )
        label = found.class_ or found.name
        label = label if label and label not in self.classes else f"{label} ({found.id})"
        self.labels[found.id] = label
        self.classes[label] = _class_of(found, label)


def _class_of(found: Category, label: str) -> Class:
    return Class(
        id=label,
        name=found.name,
        color=found.color if isinstance(found.color, str) else _color(found.color),
        number=max(0, found.id - 1),
        parent=found.supercategory or None,
        keypoints=tuple(found.keypoints),
        skeleton=tuple((a - 1, b - 1) for a, b in found.skeleton),
        has_instances=found.isthing is None or bool(found.isthing),
    )


def _color(parts: list[int] | None) -> str | None:
    if not parts or len(parts) != 3 or not all(0 <= part <= 255 for part in parts):
        return None
    return "#{:02x}{:02x}{:02x}".format(*parts)
