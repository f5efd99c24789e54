"""Postil's records by DataGym's ids, under the caller's own access. It must not know how they are told.

A dataset of DataGym is a library, or a dataset that stands in a project alone; a medium is an entry of it.
Its tasks are the entries of the datasets that are attached to it, or the medium's own entry.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from app.attributes import is_id
from app.declare import RESOURCES
from app.errors import NotFound
from app.formats.datagym_entries import Entry
from app.formats.datagym_labels import entries_of
from app.formats.datagym_words import Refused
from app.operations.reading import index, show
from app.query import Cursor, Filter, Query
from app.resources.projects import ProjectKind
from app.web.vendors.words import WORDS, Standing, standing_of
from app.work import Work
from workflow.entry import UNDONE, Status

AT_ONCE = 1000  # rows
MOST_VALUES = 1000  # of one attribute, in one statement
VIDEO, IMAGE = "VIDEO", "IMAGE"
FINISHED = frozenset({"COMPLETED", "SKIPPED", "REVIEWED"})  # what an export tells
THERE = tuple(status.value for status in Status if status not in UNDONE)
_VENDOR = "datagym"


def record(work: Work, type: str, id: str, named: str) -> Any:
    """The record ID of TYPE, which DataGym calls NAMED. Raises Refused where there is none to be seen."""
    card = RESOURCES[type]
    try:
        if is_id(id):
            return card.of(show(work, card, id.lower(), card.fields))
    except NotFound:
        pass
    raise unknown(named, id)


def unknown(named: str, id: str) -> Refused:
    detail = f"there is no {named} with the id {id[:64]}, or you may not see it"
    return Refused("notfound", (named, "id", id[:64]), "", detail)


def rows_of(work: Work, type: str, **equal: Any) -> Iterator[Any]:
    """The records of TYPE whose attributes are EQUAL to these values, by id; a tuple is any of its values.

    They are read some at a time, each by a statement of its own: whoever takes them may ask others meanwhile.
    Of very many values some are asked for at a time, and the order is that of these.
    """
    for some in _parted(equal):
        after: str | None = ""
        while after is not None:
            found = page_of(work, type, after, AT_ONCE, **some)
            yield from found
            after = found[-1].id if len(found) == AT_ONCE else None


def page_of(work: Work, type: str, after: str, size: int, **equal: Any) -> list[Any]:
    """The next SIZE of them behind the id AFTER."""
    card = RESOURCES[type]
    cursor = Cursor((after,)) if after else None
    query = Query(filters=filters_of(equal), size=size, cursor=cursor)
    return [card.of(row) for row in index(work, card, query, card.fields).rows]


def count_of(work: Work, type: str, **equal: Any) -> int:
    count = 0
    for some in _parted(equal):
        query = Query(filters=filters_of(some), size=1, count=True)
        count += index(work, RESOURCES[type], query, ("id",)).total or 0
    return count


def _parted(equal: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """EQUAL, with as many of its values as one statement takes."""
    for name, values in equal.items():
        if isinstance(values, tuple) and len(values) > MOST_VALUES:
            for at in range(0, len(values), MOST_VALUES):
                yield from _parted({**equal, name: values[at : at + MOST_VALUES]})
            return
    yield equal


def filters_of(equal: Mapping[str, Any]) -> tuple[Filter, ...]:
    return tuple(
        Filter(name, "in", value if isinstance(value, tuple) else (value,)) for name, value in equal.items()
    )


# ---- projects and datasets


def projects(work: Work) -> list[Any]:
    return list(rows_of(work, "projects", kind=ProjectKind.PROJECT.value))


def project(work: Work, id: str) -> Any:
    found = record(work, "projects", id, "Project")
    if found.kind != ProjectKind.PROJECT:
        raise unknown("Project", id)
    return found


def datasets(work: Work) -> list[Any]:
    """All that are no attachments."""
    return list(rows_of(work, "datasets", library_id=None))


def dataset(work: Work, id: str) -> Any:
    found = record(work, "datasets", id, "Dataset")
    if found.library_id is not None:
        raise unknown("Dataset", id)
    return found


def within(work: Work, project_id: str) -> list[Any]:
    """The datasets of the project: attachments, and those that are its own."""
    return list(rows_of(work, "datasets", project_id=project_id))


def attachments(work: Work, library_id: str) -> list[Any]:
    return list(rows_of(work, "datasets", library_id=library_id))


def id_of(dataset: Any) -> str:
    """The id by which DataGym knows the DATASET of a project."""
    id: str = dataset.library_id or dataset.id
    return id


def media_type(dataset: Any) -> str:
    return VIDEO if dataset.modality == "video" else IMAGE


def media_type_of(project: Any, datasets: Iterable[Any]) -> str | None:
    """What PROJECT is about, which has DATASETS: what is said of it, else what they hold; None: not known."""
    said = msgspec.json.decode(project.vendor).get(_VENDOR)
    if isinstance(said, Mapping) and said.get("mediaType") in (IMAGE, VIDEO):
        return str(said["mediaType"])
    return next((media_type(one) for one in datasets), None)


# ---- media and tasks


def medium(work: Work, id: str) -> Any:
    """The entry of a dataset that is no attachment."""
    found = record(work, "entries", id, "Media")
    if found.library_entry_id is not None or found.status in UNDONE:
        raise unknown("Media", id)
    return found


def task(work: Work, id: str) -> tuple[Any, Any]:
    """The entry that is worked on, and its project."""
    entry = record(work, "entries", id, "Label Task")
    found = record(work, "projects", entry.project_id, "Label Task")
    if found.kind != ProjectKind.PROJECT or entry.status in UNDONE:
        raise unknown("Label Task", id)
    return entry, found


def tasks_about(work: Work, project_id: str, media_ids: Iterable[str]) -> dict[str, Any]:
    """Medium -> its task in the project."""
    ids = tuple(dict.fromkeys(id.lower() for id in media_ids if is_id(id)))
    if not ids:
        return {}
    own = rows_of(work, "entries", project_id=project_id, id=ids, library_entry_id=None)
    attached = twins(work, [one.id for one in within(work, project_id)], ids)
    return {one.id: one for one in own} | {one.library_entry_id: one for one in attached}


def twins(work: Work, dataset_ids: Iterable[str], media_ids: tuple[str, ...]) -> list[Any]:
    """The tasks about the media in the attachments."""
    asked = tuple(dataset_ids)
    return list(rows_of(work, "entries", dataset_id=asked, library_entry_id=media_ids)) if asked else []


def medium_id(entry: Any) -> str:
    """The medium that the task ENTRY is about."""
    id: str = entry.library_entry_id or entry.id
    return id


def state_of(entry: Any) -> str:
    """How far the task ENTRY is, in DataGym's word."""
    return WORDS[standing(entry)].datagym


def standing(entry: Any) -> Standing:
    return standing_of(entry.status, entry.label_status, is_assigned=entry.assigned_to_id is not None)


# ---- label configurations


def roots_of(dataset: Any) -> tuple[Entry, ...]:
    """What may be marked in DATASET."""
    return entries_of(msgspec.json.decode(dataset.labeling_configuration))
