"""DataGym's export: what its own client gives, as a file. docs/formats.md says what is lost.

Members of our own, which others leave alone, keep what DataGym does not tell: `external_id`, `split`,
`width`, `height`, and `file`, the member of the archive that holds the picture.
"""

from collections.abc import Sequence
from typing import Any, BinaryIO

from app.formats.bundle import Frame, write_bundle
from app.formats.datagym_entries import Entry
from app.formats.datagym_exports import DOCUMENT, read
from app.formats.datagym_labels import entries_of
from app.formats.datagym_words import STATES
from app.formats.datagym_writing import Writer, classes_told
from app.formats.encoding import encoded
from app.formats.export import Content, Items, Tell
from app.formats.items import Head, Item, Mark, Problem, Problems
from app.formats.still import drawn
from app.geometry import Box, Mask, Point, Polygon, Polyline, RotatedBox

__all__ = ["read", "write"]

HELD = (Box, RotatedBox, Polygon, Mask, Polyline, Point)


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT: as one document, or with pictures as a zip archive."""
    roots = _roots_of(head)
    writer = Writer(roots)
    classes = {one.id: one for one in head.classes}
    problems = Problems()

    def told(item: Item, file: str | None) -> list[bytes]:
        marks = [one.mark for one in drawn(item, HELD, classes, problems, with_answers=True)]
        answers = [mark for mark in item.marks if not mark.dimensions]
        return [b",\n", encoded(_told(item, file, writer, [*marks, *answers]))]

    start = b"[\n" + encoded({"label_classes": classes_told(roots)})
    for left in write_bundle(DOCUMENT, Frame(start, end=b"\n]\n"), told, items, out, content, tell):
        problems.add(left.item, left.code, left.detail)
    return problems


def _roots_of(head: Head) -> tuple[Entry, ...]:
    """What may be marked: as it was declared, else the classes by their names alone."""
    return entries_of(
        head.configuration or {"classes": [{"id": one.id, "name": one.name} for one in head.classes]}
    )


def _told(item: Item, file: str | None, writer: Writer, marks: Sequence[Mark]) -> dict[str, Any]:
    told = writer.told(marks)
    own = {
        "external_id": item.external_id,
        "split": item.split,
        "width": item.width,
        "height": item.height,
        "file": file,
    }
    return {
        "internal_media_ID": item.id,
        "external_media_ID": item.name,
        "labeler": next((mark.created_by for mark in item.marks if mark.created_by), None),
        "status": STATES.get(item.layer_status, STATES[None]),
        "global_classifications": told.classifications,
        "labels": told.labels,
        **{name: value for name, value in own.items() if value},
    }
