"""Projects out of DataGym's exports, alone or in an archive with their pictures. It knows no database."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from app.commands.arriving import Item, Problem, Project, Values
from app.errors import Problem as Refusal
from app.formats.datagym import read
from app.formats.datagym_seen import configuration_in
from app.formats.items import Reading, ReadItem, ReadMark
from app.json import text_of
from app.resources import files
from app.resources.files import Content
from app.resources.imports import SPLITS
from app.resources.layer_statuses import GROUND_TRUTH, LayerStatus
from app.work import Sources

LONGEST_OF_ITEM = 512  # characters of an id, as our records have them
LONGEST_NAME = 255
_MOST = 64 << 20  # bytes of a picture


def project_in(
    file: BinaryIO, configuration: Mapping[str, Any] | None, sources: Sources, download: bool
) -> Project:
    """What FILE, an export or an archive with one, holds: see `arriving.Vendor`.

    An export tells no addresses: pictures are those of the archive, whether they are to be fetched or not.
    """
    problems: list[Problem] = []
    labels = configuration_in(file)
    reading = read(file)
    values = {
        "name": Path(str(getattr(file, "name", ""))).stem[:LONGEST_NAME] or "DataGym",
        "labeling_configuration": text_of(labels),
    }
    return Project(values, {}, _items(reading, sources, problems), problems)


def _items(reading: Reading, sources: Sources, problems: list[Problem]) -> Iterator[Item]:
    seen = 0
    for one in reading.items:
        yield _item(reading, one, sources, problems)
        problems += [Problem(told.item, told.code, told.detail) for told in reading.problems[seen:]]
        seen = len(reading.problems)
    problems += [Problem(told.item, told.code, told.detail) for told in reading.problems[seen:]]


def _item(reading: Reading, read_item: ReadItem, sources: Sources, problems: list[Problem]) -> Item:
    id = (read_item.external_id or read_item.name)[:LONGEST_OF_ITEM]
    values: Values = {
        "resource": read_item.name,
        "external_id": id,
        "split": read_item.split if read_item.split in SPLITS else None,
        "width": read_item.width,
        "height": read_item.height,
    }
    label = {
        "annotations": [_annotation(mark) for mark in read_item.marks],
        "status": read_item.layer_status or LayerStatus.PRELABELED.value,
    }
    item = Item(id, values, {GROUND_TRUTH: label} if read_item.marks or read_item.layer_status else {})
    try:
        item.content = _content(reading, read_item, sources)
    except Refusal as error:
        problems.append(Problem(id, "picture_missing", str(error)))
    return item


def _annotation(mark: ReadMark) -> Values:
    return {"dimensions": mark.dimensions, "annotation": mark.annotation, "metadata": mark.metadata}


def _content(reading: Reading, read: ReadItem, sources: Sources) -> Content | None:
    """The picture of an item, kept, where the archive has it."""
    if read.picture is None:
        return None
    with reading.open(read.picture) as file:
        return files.put(sources, file.read(_MOST + 1), only_pictures=True)
