"""Projects and datasets, and which project works on which dataset."""

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Conflict
from app.formats.datagym_words import Refused
from app.operations import records
from app.resources.owners import organization_of
from app.web.vendors.calls import Call, told
from app.web.vendors.datagym import finding
from app.web.vendors.datagym.answering import PATIENCE, empty, streamed
from app.web.vendors.datagym.telling import told_dataset, told_media, told_project
from app.work import Work

_NAME = re.compile(r"[a-zA-Z0-9_ ]{1,128}")
_DESCRIPTION = re.compile(r"[a-zA-Z0-9_ -]{0,128}")
_PAGE = 1000  # media that are told at once
_encode = msgspec.json.Encoder().encode


async def list_projects(call: Call) -> Response:
    return told(await call.read(_projects))


def _projects(work: Work) -> list[Any]:
    owner = organization_of(work).name
    names = {one.id: one.name for one in finding.datasets(work)}
    by_project: dict[str, list[Any]] = {}
    for one in finding.rows_of(work, "datasets"):
        by_project.setdefault(one.project_id, []).append(one)
    found = []
    for project in finding.projects(work):
        datasets = by_project.get(project.id, [])
        known = {one.id: names[one.library_id] for one in datasets if one.library_id in names}
        found.append(told_project(project, datasets, known, owner))
    return found


# ---- datasets


async def list_datasets(call: Call) -> Response:
    datasets, owner = await call.read(lambda work: (finding.datasets(work), organization_of(work).name))

    async def pieces() -> AsyncIterator[bytes]:
        before = b"["
        for dataset in datasets:
            async for piece in _pieces(call, dataset, owner):
                yield before + piece
                before = b""
            before = b","
        yield b"[]" if before == b"[" else b"]"

    return await streamed(call, pieces())


async def show_dataset(call: Call) -> Response:
    id = call.path["dataset"]
    dataset, owner = await call.read(lambda work: (finding.dataset(work, id), organization_of(work).name))
    return await streamed(call, _pieces(call, dataset, owner))


async def _pieces(call: Call, dataset: Any, owner: str) -> AsyncIterator[bytes]:
    """DATASET with its media, which are told under both of their names."""
    start = _encode(told_dataset(dataset, owner))[:-1]
    for name, end in (("media", b""), ("images", b"}")):
        yield start + b',"%b":[' % name.encode()
        start, after = b"", ""
        while True:
            media = await call.read(lambda work, after=after: _media(work, dataset.id, after))  # type: ignore[misc]
            listed = _encode(told_media(media))[1:-1]
            yield (b"," if after and listed else b"") + listed
            if len(media) < _PAGE:
                break
            after = media[-1].id
        yield b"]" + end


def _media(work: Work, dataset_id: str, after: str) -> list[Any]:
    return finding.page_of(work, "entries", after, _PAGE, dataset_id=dataset_id, status=finding.THERE)


async def create_dataset(call: Call) -> Response:
    body = await call.object()
    name, description = body.get("name"), body.get("shortDescription")
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise Refused("validation", (), "/name", "a name has 1 to 128 letters, digits, spaces and _")
    is_text = isinstance(description, str) and _DESCRIPTION.fullmatch(description)
    if description is not None and not is_text:
        detail = "a description has at most 128 letters, digits, spaces, _ and -"
        raise Refused("validation", (), "/shortDescription", detail)
    kind = body.get("mediaType") or finding.IMAGE
    if kind not in (finding.IMAGE, finding.VIDEO):
        raise Refused("validation", (), "/mediaType", "mediaType is IMAGE or VIDEO")
    return told(await call.write(lambda work: _created(work, name, description, kind)))


def _created(work: Work, name: str, description: str | None, kind: str) -> Any:
    if any(one.name == name for one in finding.rows_of(work, "datasets", library_id=None, name=name)):
        detail = f"a dataset is called {name} already"
        raise Refused("alreadyexists", ("Dataset", "name", name), "", detail)
    values = {
        "organization_id": work.actor.organization_id,
        "name": name,
        "description": description,
        "modality": "video" if kind == finding.VIDEO else "image",
        "workflow_configuration": '{"sample_rate":0}',  # nothing is reviewed there unless somebody says so
    }
    made = records.create(work, RESOURCES["datasets"], values).row
    return told_dataset(made, organization_of(work).name) | {"media": [], "images": []}


# ---- which project works on which


async def add_dataset(call: Call) -> Response:
    job_id = await call.write(lambda work: _attached(work, call.path))
    await call.ended(job_id, PATIENCE)
    return empty()


def _attached(work: Work, path: Any) -> str:
    """The job that attaches the dataset to the project."""
    project, library = finding.project(work, path["project"]), finding.dataset(work, path["dataset"])
    there = finding.within(work, project.id)
    if any(finding.id_of(one) == library.id for one in there):
        raise _contained()
    wanted = finding.media_type_of(project, there)
    if wanted not in (None, finding.media_type(library)):
        detail = f"the project is of {wanted}, and the dataset is not"
        raise Refused("gen_mediatype_missmatch", (), "", detail)
    card = RESOURCES["datasets"]
    (attach,) = (one for one in card.actions if one.name == "attach")
    try:
        job = records.act(work, card, library.id, attach, {"project_id": project.id})
    except Conflict as error:
        if error.code == "already_attached":
            raise _contained() from None
        raise Refused("forbidden", (), "", error.detail) from None
    if project.label_configuration_id and library.label_configuration_id is None:
        labels = {"label_configuration_id": project.label_configuration_id}
        records.update(work, card, job.dataset_id, labels)
    return str(job.id)


def _contained() -> Refused:
    return Refused("already_contains", ("project", "dataset"), "", "the project has the dataset already")


async def remove_dataset(call: Call) -> Response:
    await call.write(lambda work: _detach(work, call.path))
    return empty()


def _detach(work: Work, path: Any) -> None:
    project, library = finding.project(work, path["project"]), finding.dataset(work, path["dataset"])
    found = [one for one in finding.within(work, project.id) if finding.id_of(one) == library.id]
    if not found:
        params = ("project", "dataset")
        raise Refused("gen_does_not_contain", params, "", "the project has no such dataset")
    if found[0].library_id is None:
        raise Refused("forbidden", (), "", "the dataset is the project's own, and goes nowhere else")
    records.delete(work, RESOURCES["datasets"], found[0].id, is_forced=True)
