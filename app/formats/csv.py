"""CSV: a row for each mark, with the whole of it as JSON and what is asked most in columns of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from app.formats.bundle import Frame, write_bundle
from app.formats.csv_cells import row_of
from app.formats.csv_reading import DOCUMENT, WHOLE, read
from app.formats.encoding import encoded
from app.formats.export import Content, Items, Tell
from app.formats.items import Head, Item, Mark, Problem
from app.formats.left_out import LeftOut
from app.formats.numbering import names_of
from app.geometry import BadGeometry, area_of, bounds_of, shape_of

__all__ = ["read", "write"]

ITEM = (
    "item",
    "name",
    "external_id",
    "resource",
    "split",
    "item_width",
    "item_height",
    "status",
    "item_metadata",
)
MARK = ("mark", "label", "class", "type", "left", "top", "right", "bottom", "area", "score")
COLUMNS = (*ITEM, "picture", *MARK, *WHOLE)


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT: as rows, or with pictures as a zip archive."""
    names = names_of(head.classes)

    def told(item: Item, file: str | None) -> list[bytes]:
        of_item = [*_item_cells(item), file or ""]
        marks = [_mark_cells(mark, names) for mark in item.marks] or [[""] * len((*MARK, *WHOLE))]
        try:
            return [row_of(*of_item, *cells) for cells in marks]
        except UnicodeEncodeError as error:
            raise LeftOut("value_not_writable", f"it holds what UTF-8 cannot: {error}") from None

    return write_bundle(DOCUMENT, Frame(row_of(*COLUMNS)), told, items, out, content, tell)


def _item_cells(item: Item) -> list[str]:
    texts = [item.id, item.name, item.external_id or "", item.resource, item.split or ""]
    return [*texts, _figure(item.width), _figure(item.height), item.status, _json(item.metadata)]


def _mark_cells(mark: Mark, names: Mapping[str, str]) -> list[str]:
    label = mark.annotation.get("label")
    label = label if isinstance(label, str) else ""
    kind = mark.dimensions.get("type")
    texts = [mark.id, label, names.get(label, ""), kind if isinstance(kind, str) else ""]
    whole = [_json(one) for one in (mark.dimensions, mark.annotation, mark.metadata)]
    return [*texts, *map(_figure, _figures(mark)), _figure(mark.score), *whole]


def _figures(mark: Mark) -> list[float | None]:
    """Left, top, right, bottom and area, where the mark's geometry has them."""
    try:
        shape = shape_of(mark.dimensions)
    except BadGeometry:
        return [None] * 5
    return [*(bounds_of(shape) or [None] * 4), area_of(shape)]


def _figure(value: float | None) -> str:
    return "" if value is None else repr(value).removesuffix(".0")


def _json(value: Mapping[str, Any]) -> str:
    return encoded(value).decode()
