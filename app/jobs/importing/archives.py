"""Items out of a file in one of the formats: with their annotations, and their pictures where it has them."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import Invalid, Malformed, Problem
from app.formats.catalog import FORMATS
from app.formats.errors import FormatError
from app.formats.items import Class, PictureRef, Reading, ReadItem
from app.jobs.importing.items import Bad, Content, Item, Mark, item_from
from app.jobs.kinds import Watch
from app.pictures import LARGEST_BYTES
from app.resources import files
from workflow.labels.declared import Labels


def items_of_archive(
    format: str, hash: str, defaults: Mapping[str, Any], labels: Labels, watch: Watch
) -> Iterator[Item | Bad]:
    """The items of the file HASH, which is in FORMAT, their labels by LABELS. Raises Malformed."""
    read = FORMATS[format].read
    if read is None:
        raise Malformed(f"{format} is written alone, and not read", code="format_not_read")
    try:
        with watch.sources.blobs.open(hash) as file, read(file) as reading:
            yield from _items(reading, defaults, labels, watch)
    except FormatError as error:
        raise Malformed(error.detail, code=error.code) from None


def _items(
    reading: Reading, defaults: Mapping[str, Any], labels: Labels, watch: Watch
) -> Iterator[Item | Bad]:
    known = _labels_by_class(reading.classes, labels)
    told = 0
    for one in reading.items:
        yield _item(reading, one, defaults, known, watch)
        yield from _left_out(reading, told)
        told = len(reading.problems)
    yield from _left_out(reading, told)  # what stood behind the last item


def _left_out(reading: Reading, told: int) -> Iterator[Bad]:
    return (Bad(one.item, one.code, one.detail) for one in reading.problems[told:])


def _labels_by_class(classes: Any, labels: Labels) -> dict[str, str]:
    """The id of a class that is read -> the id of the dataset's class of that id, or of that name."""
    by_name = {one.name: one.id for one in labels.classes.values()}
    return {one.id: _label(one, labels, by_name) for one in classes}


def _label(one: Class, labels: Labels, by_name: Mapping[str, str]) -> str:
    if not labels.classes:
        return one.name
    return one.id if one.id in labels.classes else by_name.get(one.name, one.id)


def _item(
    reading: Reading, one: ReadItem, defaults: Mapping[str, Any], known: Mapping[str, str], watch: Watch
) -> Item | Bad:
    given = {
        "resource": one.resource or one.name,
        "priority": one.priority,
        "label_status": one.layer_status,
        "score": one.score,
        "created_at": one.created_at,
        "external_id": one.external_id,
        "split": one.split,
        "metadata": dict(one.metadata),
        "width": one.width,
        "height": one.height,
    }
    item = item_from(given, one.name, defaults)
    if isinstance(item, Bad):
        return item
    item.annotations = [
        Mark(
            mark.dimensions,
            _named(mark.annotation, known),
            mark.metadata,
            mark.created_at,
            mark.created_by,
        )
        for mark in one.marks
    ]
    item.media = dict(one.media) if one.media is not None else None
    item.vendor, item.layer_vendor = dict(one.vendor), dict(one.layer_vendor)
    if one.picture is None:
        return item
    try:
        return _with_picture(item, reading, one.picture, watch)
    except FormatError as error:
        return Bad(one.name, error.code, error.detail)
    except Invalid as error:
        return Bad(one.name, error.faults[0].code, error.faults[0].detail)
    except Problem as error:
        return Bad(one.name, error.code, error.detail)


def _with_picture(item: Item, reading: Reading, ref: PictureRef, watch: Watch) -> Item:
    with reading.open(ref) as file:
        content = file.read(LARGEST_BYTES + 1)
    kept = files.put(watch.sources, content, only_pictures=True)
    item.content = Content(kept.hash, kept.media_type, kept.size)
    if kept.header is not None:
        item.width, item.height = kept.header.width, kept.header.height
    return item


def _named(annotation: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    label = annotation.get("label")
    return {**annotation, "label": known.get(label, label)} if isinstance(label, str) else dict(annotation)
