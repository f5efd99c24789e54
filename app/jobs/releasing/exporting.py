"""write_export: a release as one file, in a format. It reads the release's parts, and no record."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from app.contents import Blobs
from app.declare import RESOURCES
from app.errors import NotFound
from app.formats.catalog import FORMATS
from app.formats.items import Class, Dataset, Head, Item, Picture, Problem
from app.jobs.kinds import ItemError, Kind, Step, Study, Watch, arguments_of
from app.jobs.releasing.addressing import ExportPlaces
from app.operations import changes
from app.operations.rows import living
from app.released import items_in
from app.resources import exports, releases
from app.resources.exports import Pictures
from app.resources.files import Content, add
from app.resources.jobs import Job
from app.resources.owners import organization_of
from app.resources.releases import ReleaseStatus
from app.work import Work
from workflow.labels.known import labels_of

MOST_CLASSES = 10_000  # of what was labelled without a configuration


class Asked(NamedTuple):
    """What is to be written: the format, the release with its parts, and whether pictures come along.

    DATASET is told to formats of other systems, by the export's ID and the VERSION of its addresses.
    """

    id: str
    format: str
    release: Any
    parts: Sequence[str]  # their hashes
    has_pictures: bool
    dataset: Dataset
    version: int


class Written(NamedTuple):
    """The file that was written."""

    name: str
    content: Content
    problems: int


class Stopped(Exception):
    """The job is to end: what was written so far is thrown away."""


def _look(work: Work, job: Job) -> Asked | None:
    export = _row(work, "exports", arguments_of(job)["export_id"])
    release = _row(work, "releases", export.release_id) if export is not None else None
    dataset = _row(work, "datasets", release.dataset_id) if release is not None else None
    if export is None or release is None or dataset is None:
        return None
    parts = [hash for _, hash, _ in releases.parts_of(work, release.id)]
    has_pictures = export.pictures == Pictures.WITH.value
    told = _dataset_of(work, dataset)
    return Asked(export.id, export.format, release, parts, has_pictures, told, dataset.addresses_version)


def _dataset_of(work: Work, dataset: Any) -> Dataset:
    """DATASET as other systems tell it."""
    mine = work._replace(actor=replace(work.actor, organization_id=dataset.organization_id))
    account = _row(work, "accounts", dataset.owner_id) if dataset.owner_id else None
    return Dataset(
        dataset.name,
        dataset.description or "",
        account.username or account.email if account else organization_of(mine).name,
        dataset.modality,
        msgspec.json.decode(dataset.vendor),
    )


def _think(asked: Asked | None, watch: Watch) -> Written | None:
    if asked is None:
        return None
    format, blobs = FORMATS[asked.format], watch.sources.blobs
    told = _Told(watch, asked.release.entries_count)
    addresses = watch.sources.addresses
    places = {"places": ExportPlaces(addresses, asked.id, asked.version)} if format.is_addressed else {}

    def items() -> Iterator[Item]:
        for hash in asked.parts:
            if not watch.go_on():
                raise Stopped
            yield from items_in(blobs.get(hash))

    head = _head(asked.release, items, asked.dataset if format.is_addressed else None)
    try:
        with blobs.writer() as draft:
            content = _reader(blobs) if asked.has_pictures else None
            problems = format.write(head, items, draft, content=content, tell=told, **places)
    except Stopped:
        return None
    _report(watch, problems)
    suffix, media_type = format.file_type(asked.has_pictures)
    name = f"{asked.release.name}-{asked.format}{suffix}"
    return Written(name, Content(draft.hash, media_type, draft.size), len(problems))


class _Told:
    """Adds up how many items are through: a format may go over all of them more than once."""

    def __init__(self, watch: Watch, total: int) -> None:
        self._watch = watch
        self._total = total
        self._done = 0

    def __call__(self, more: int) -> None:
        self._done = min(self._done + more, self._total)
        self._watch.tell(self._done, self._total)


def _reader(blobs: Blobs) -> Callable[[Picture], Iterable[bytes]]:
    def content(picture: Picture) -> Iterator[bytes]:
        try:
            yield from blobs.read(picture.hash)
        except NotFound as error:  # as formats know it: it concerns that item alone
            raise LookupError(error.detail) from None

    return content


def _report(watch: Watch, problems: Sequence[Problem]) -> None:
    for problem in problems:
        watch.miss(ItemError(problem.item, problem.code, problem.detail))


def _head(release: Any, items: Callable[[], Iterator[Item]], dataset: Dataset | None) -> Head:
    labels = labels_of(release.classes)
    classes = tuple(
        Class(
            one.id,
            one.name,
            one.color,
            number,
            one.parent,
            one.keypoints,
            one.skeleton,
            one.has_instances,
            one.has_text,
        )
        for number, one in enumerate(labels.classes.values())
    )
    if not classes:
        classes = _found_in(items())
    configuration = msgspec.json.decode(release.classes)
    about = release.name, release.description or "", release.as_of
    return Head(*about, classes, release.label_set, configuration, dataset)


def _found_in(items: Iterable[Item]) -> tuple[Class, ...]:
    """A class for each label of ITEMS, by name: they were labelled without a configuration."""
    found: set[str] = set()
    for item in items:
        for mark in item.marks:
            label = mark.annotation.get("label")
            if isinstance(label, str) and mark.dimensions and len(found) < MOST_CLASSES:
                found.add(label)
    return tuple(Class(label, label, number=number) for number, label in enumerate(sorted(found)))


def _run(work: Work, job: Job, cursor: str, found: Written | None = None) -> Step:
    export = _row(work, "exports", arguments_of(job)["export_id"])
    if export is None or found is None:  # it was deleted meanwhile
        return Step(None)
    add(work, export.organization_id, found.content)
    values = {
        "status": ReleaseStatus.SUCCEEDED.value,
        "file_name": found.name,
        "media_type": found.content.media_type,
        "content_hash": found.content.hash,
        "size": found.content.size,
        "errors_count": found.problems,
    }
    changes.change(work, RESOURCES["exports"], export, values, "finish")
    return Step(None, result={"export_id": export.id, "content_hash": found.content.hash})


def _failed(work: Work, job: Job) -> None:
    export = _row(work, "exports", arguments_of(job)["export_id"])
    if export is not None:
        changes.change(work, RESOURCES["exports"], export, {"status": ReleaseStatus.FAILED.value}, "fail")


def _row(work: Work, type: str, id: str) -> Any:
    """The record, be it beneath one in the trash; None where it is itself there."""
    return next(iter(living(work, RESOURCES[type], "id", [id])), None)


EXPORTING = Kind(exports.KIND, _run, study=Study(_look, _think), failed=_failed)
