"""What was labelled, as DataGym exports it: finished tasks, the bitmaps of segmentations, videos.

An export is written as it is read, some tasks at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from app.addresses import Address
from app.filenames import disposition
from app.formats.datagym_entries import Entry
from app.formats.datagym_labels import entries_of
from app.formats.datagym_videos import video_told
from app.formats.datagym_words import Refused
from app.formats.datagym_writing import Writer, classes_told
from app.formats.items import Mark
from app.resources.owners import owners_of
from app.web.vendors import files
from app.web.vendors.calls import Call, told
from app.web.vendors.datagym import finding
from app.web.vendors.datagym.answering import streamed
from app.web.vendors.datagym.configs import config_named
from app.web.vendors.datagym.tasks import labeler_of
from app.web.vendors.datagym.telling import milliseconds, name_of
from app.work import SYSTEM, Work

AT_ONCE = 200  # tasks that are looked at
VIDEOS = "video_tasks"  # what addresses call the labels of videos
_BEGUN = ("in_progress", "completed", "errored")
_encode = msgspec.json.Encoder().encode
Json = dict[str, Any]


class Labels(NamedTuple):
    """What there is to be told of a project: its DATASETS by id, and how the marks of each are written."""

    project: Any
    datasets: dict[str, Any]
    roots: tuple[Entry, ...]
    writers: dict[str, Writer]
    people: Any
    versions: dict[str, int]
    is_of_videos: bool


class Place(NamedTuple):
    """Where what is told is found: the API, and what makes addresses that need no key."""

    api: str
    addresses: Any


# ---- a project


async def export_labels(call: Call) -> Response:
    labels = await call.read(lambda work: _labels(work, call.path["project"]))
    name = f"datagym_export_{milliseconds(await call.read(lambda work: work.now))}_{labels.project.name}.json"
    headers = {"Content-Disposition": disposition(name, is_attachment=True)}
    place = Place(f"{call.base}/api/v1", call.service.database.sources.addresses)
    return await streamed(call, _pieces(call, labels, place), headers)


async def _pieces(call: Call, labels: Labels, place: Place) -> AsyncIterator[bytes]:
    before, after = b"[" + _encode({"label_classes": classes_told(labels.roots)}), ""
    while True:
        looked = await call.read(lambda work, after=after: _looked_at(work, labels.project.id, after))  # type: ignore[misc]
        finished = [one for one in looked if finding.state_of(one) in finding.FINISHED]
        if finished:
            items = await call.read(lambda work, some=finished: _items(work, labels, some, place))  # type: ignore[misc]
            yield before + b"".join(b",\n" + one for one in items)
            before = b""
        if len(looked) < AT_ONCE:
            break
        after = looked[-1].id
    yield b"[]" if before else b"]"


def _looked_at(work: Work, project_id: str, after: str) -> list[Any]:
    return finding.page_of(work, "entries", after, AT_ONCE, project_id=project_id, status=_BEGUN)


def _labels(work: Work, project_id: str) -> Labels:
    project = finding.project(work, project_id)
    datasets = finding.within(work, project.id)
    declared = {one.labeling_configuration for one in datasets}
    config = config_named(work, project.id)
    if config.configuration is not None:
        declared = {config.configuration.configuration}
    roots = [entry for text in sorted(declared) for entry in entries_of(msgspec.json.decode(text))]
    return Labels(
        project,
        {one.id: one for one in datasets},
        tuple(roots),
        {one.id: Writer(finding.roots_of(one)) for one in datasets},
        owners_of(work),
        {one.id: one.addresses_version for one in datasets},
        finding.media_type_of(project, datasets) == finding.VIDEO,
    )


def _items(work: Work, labels: Labels, entries: Sequence[Any], place: Place) -> list[bytes]:
    marks = {} if labels.is_of_videos else _marks(work, [one.id for one in entries])
    return [_encode(_item(labels, one, marks.get(one.id, []), place)) for one in entries]


def _item(labels: Labels, entry: Any, marks: Sequence[Mark], place: Place) -> Json:
    item: Json = {
        "internal_media_ID": finding.medium_id(entry),
        "external_media_ID": name_of(entry),
        "labeler": labeler_of(entry, labels.people),
        "status": finding.state_of(entry).lower(),
    }
    if labels.is_of_videos:
        return item | _of_video(labels, entry, place)
    said = labels.writers[entry.dataset_id].told(marks)
    if said.segmented:
        bitmaps = f"{place.api}/export/bitmap/{entry.id}"
        item["segmentations"] = [f"{bitmaps}/{quote(key, safe='')}" for key in said.segmented]
    return item | {"global_classifications": said.classifications, "labels": said.labels}


def _marks(work: Work, entry_ids: Sequence[str]) -> dict[str, list[Mark]]:
    """The annotations of the ground truth of each entry, in their order."""
    found: dict[str, list[Mark]] = {}
    for one in finding.rows_of(work, "annotations", layer_id=tuple(entry_ids)):
        found.setdefault(one.layer_id, []).append(_mark_of(one))
    return found


def _mark_of(annotation: Any) -> Mark:
    parts = (annotation.dimensions, annotation.annotation, annotation.metadata_)
    return Mark(annotation.id, *map(msgspec.json.decode, parts))


# ---- a bitmap


async def show_bitmap(call: Call) -> Response:
    """The segmentations of a class in the picture of a finished task."""
    bitmaps = import_module("app.formats.datagym_bitmaps")  # pillow and numpy: few need them
    id, key = call.path["task"], call.path["key"]
    entry, writer, marks = await call.read(lambda work: _of_task(work, id))
    if finding.state_of(entry) not in finding.FINISHED:
        raise Refused("gen_wrong_label_task_state", (), "", "the task is not finished")
    content = None
    if entry.width and entry.height:
        size = entry.width, entry.height
        content = await asyncio.to_thread(bitmaps.bitmap_of, marks, key, writer, *size)
    if content is None:
        raise Refused("notfound", ("Segmentation", "key", key[:64]), "", "the task has no such segmentation")
    headers = {"Vary": "Authorization", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=bitmaps.MEDIA_TYPE, headers=headers)


def _of_task(work: Work, id: str) -> tuple[Any, Writer, list[Mark]]:
    entry, _ = finding.task(work, id)
    dataset = finding.record(work, "datasets", entry.dataset_id, "Dataset")
    return entry, Writer(finding.roots_of(dataset)), _marks(work, [entry.id]).get(entry.id, [])


# ---- videos


def _of_video(labels: Labels, entry: Any, place: Place) -> Json:
    """Where the labels are, which DataGym's client gets without a key; and what is known of the video."""
    path = place.addresses.path(VIDEOS, entry.id, labels.versions[entry.dataset_id], "labels.json")
    token = path.split("/")[3]
    said = msgspec.json.decode(entry.media) if entry.media else {}
    known = {"height": entry.height, "width": entry.width} | (said if isinstance(said, dict) else {})
    figures = {
        f"video_{name}": "" if known.get(name) is None else str(known[name])
        for name in ("height", "width", "total_frames", "frame_rate", "duration")
    }
    return {"task_export_url": f"{place.api}/exportVideoTask/{entry.id}/{token}"} | figures


async def export_video(call: Call) -> Response:
    return told(await call.read(lambda work: _video(work, call.path["task"])))


async def export_video_at_address(call: Call) -> Response:
    """The same without a key, at the address that an export tells."""
    said = Address(VIDEOS, call.path["task"].lower(), call.path["token"], "")
    read = call.service.database.read

    def job(work: Work) -> Json:
        files.of_dataset(work, "entries", said)
        return _video(work, said.id)

    return told(await read(SYSTEM, job))


def _video(work: Work, id: str) -> Json:
    entry, writer, marks = _of_task(work, id)
    dataset = finding.record(work, "datasets", entry.dataset_id, "Dataset")
    if finding.media_type(dataset) != finding.VIDEO:
        raise Refused("gen_mediatype_missmatch", (), "", "the task is about a picture, and no video")
    return video_told(marks, writer)
