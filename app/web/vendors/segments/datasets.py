"""Datasets: lists of them, making and changing them. One that is made here gets a project of its own."""

from typing import Any

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES, Values
from app.errors import Conflict, NotFound
from app.formats.segments.categories import configuration_of
from app.json import text_of
from app.operations import records
from app.operations.statements import Hold
from app.query import Filter, Query
from app.resources.owners import organization_of, owner_named
from app.web.vendors.calls import Call, Route, nothing, told
from app.web.vendors.segments import bodies, issues
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.dataset_objects import OPTIONAL_FLAGS, told_all, told_one
from app.web.vendors.segments.finding import dataset_named, only, some_of
from app.web.vendors.segments.pages import paging
from app.web.vendors.segments.schemas import DATASET, DATASET_BODY, FLAGS, ISSUE, many
from app.web.vendors.segments.task_types import KNOWN, USUAL, modality_of
from app.web.vendors.segments.vendor import changed, corner
from app.work import Work, as_service

_PAGES = {"page": "which page, from 1", "per_page": "how many on it, to 1000"}
_SWITCHES = (*FLAGS, *OPTIONAL_FLAGS, "archived")


# ---- reading


async def show_all(call: Call) -> Response:
    """Those that the actor may see, or of them those of the owner who is named."""
    page = paging(call.query)

    def job(work: Work) -> list[Json]:
        filters: tuple[Filter, ...] = ()
        if "owner" in call.path:
            filters = (only("owner_id", owner_named(work, call.path["owner"]).account_id),)
        query = Query(filters=filters, number=page.number, size=page.size)
        found = page.checked(some_of(work, RESOURCES["datasets"], query))
        return told_all(work, found, call.request.headers)

    return told(await call.read(job))


def of_call(work: Work, call: Call) -> Any:
    """The dataset that the path names. Raises NotFound."""
    return dataset_named(work, call.path["owner"], call.path["dataset"])


async def show(call: Call) -> Response:
    if call.path["dataset"] == "issues":  # one method of the SDK names a sample in place of a dataset
        try:
            return told(await call.read(lambda work: issues.told_of_sample(work, call.path["owner"])))
        except NotFound:
            pass
    return told(await call.read(lambda work: told_one(work, of_call(work, call), call.request.headers)))


# ---- making and changing


async def create_own(call: Call) -> Response:
    return await _create(call, lambda work: work.actor.account_id)


async def create_organizations(call: Call) -> Response:
    def owner(work: Work) -> None:
        if organization_of(work).name != call.path["organization"]:
            raise NotFound("The organization does not exist, or is not yours.")

    return await _create(call, owner)


async def _create(call: Call, owner: Any) -> Response:
    body = await call.object()

    def job(work: Work) -> Json:
        owner_id = owner(work)
        values = values_of(body, None) | {"owner_id": owner_id}
        values["name"] = _name(body)
        values["modality"] = modality_of(bodies.one_of(body, "task_type", KNOWN) or USUAL)
        return told_one(work, add(work, values), call.request.headers)

    return told(await call.write(job), 201)


def add(work: Work, values: Values) -> Any:
    """The new dataset of VALUES, in a new project. Raises Conflict where its owner has one of that name."""
    _check_free(work, values["owner_id"], values["name"])
    project = {"organization_id": work.actor.organization_id, "name": values["name"]}
    made = records.create(work, RESOURCES["projects"], project).row
    dataset = records.create(work, RESOURCES["datasets"], values | {"project_id": made.id}).row
    vendor = changed(made.vendor, dataset_id=dataset.id)  # the project goes when the dataset does
    records.update(work, RESOURCES["projects"], made.id, {"vendor": vendor})
    return dataset


def _check_free(work: Work, owner_id: str | None, name: str) -> None:
    # Held, so that of two who take a name at once one waits for the other.
    service, organization_id = as_service(work), work.actor.organization_id
    records.find(service, RESOURCES["organizations"], organization_id, hold=Hold.CHANGED)
    # The service sees every organization, and what is owned by none of its people is owned by nobody's.
    filters = (only("organization_id", organization_id), only("name", name), only("owner_id", owner_id))
    if some_of(service, RESOURCES["datasets"], Query(filters=filters, size=1)):
        raise Conflict(f"The dataset {name[:64]} already exists.", code="value_taken")


async def update(call: Call) -> Response:
    body = await call.object()

    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        values = values_of(body, dataset)
        if "name" in body and body["name"] != dataset.name:
            values["name"] = _name(body)
            records.find(work, RESOURCES["datasets"], dataset.id, RESOURCES["datasets"].access.update)
            _check_free(work, dataset.owner_id, values["name"])
        records.update(work, RESOURCES["datasets"], dataset.id, values)
        return told_one(work, of_id(work, dataset.id), call.request.headers)

    return told(await call.write(job))


def of_id(work: Work, id: str) -> Any:
    return some_of(work, RESOURCES["datasets"], Query(filters=(only("id", id),), size=1))[0]


async def delete(call: Call) -> Response:
    await call.write(lambda work: remove(work, of_call(work, call)))
    return nothing()


def remove(work: Work, dataset: Any) -> None:
    """DATASET to the trash, with the project that was made for it where nothing else is in that."""
    records.delete(work, RESOURCES["datasets"], dataset.id, is_forced=True)
    project = records.find(work, RESOURCES["projects"], dataset.project_id, hold=Hold.KEPT)
    is_own = corner(project.vendor).get("dataset_id") == dataset.id
    left = some_of(work, RESOURCES["datasets"], Query(filters=(only("project_id", project.id),), size=1))
    if is_own and not left:
        records.delete(work, RESOURCES["projects"], project.id, is_forced=True)


def _name(body: Json) -> str:
    name = bodies.required(body, "name")
    if "/" in name or name in (".", ".."):
        raise bodies.invalid("name", "it stands in a URL: it has no slash, and is neither . nor ..")
    return name


def values_of(body: Json, dataset: Any) -> Values:
    """What BODY sets of DATASET, or of a new one. Raises Invalid, BadMember."""
    values: Values = {}
    for name, most in (("description", 10_000), ("readme", 100_000), ("category", 64)):
        if (given := bodies.text(body, name, most=most)) is not None:
            values[name] = given
    if (public := bodies.flag(body, "public")) is not None:
        values["visibility"] = "public" if public else "private"
    if body.get("task_attributes") is not None:
        before = msgspec.json.decode(dataset.labeling_configuration) if dataset else {}
        values["labeling_configuration"] = text_of(configuration_of(body["task_attributes"], before))
    said = ({"task_type": USUAL} if dataset is None else {}) | _said(body)
    if said or dataset is None:
        values["vendor"] = changed(dataset.vendor if dataset else None, **said)
    return values


def _said(body: Json) -> Json:
    """What only Segments' clients read back."""
    said: Json = {name: bodies.flag(body, name) for name in _SWITCHES if body.get(name) is not None}
    for name in ("metadata", "region_of_interest"):
        if body.get(name) is not None:
            said[name] = bodies.object_of(body, name)
    seconds = body.get("labeling_inactivity_timeout_seconds")
    if seconds is not None:
        if type(seconds) is not int or not 0 <= seconds <= 1_000_000:
            raise bodies.invalid("labeling_inactivity_timeout_seconds", "it is a whole number of seconds")
        said["labeling_inactivity_timeout_seconds"] = seconds
    if body.get("task_type") is not None:
        said["task_type"] = bodies.one_of(body, "task_type", KNOWN)
    return said


_ONE = {200: DATASET}
_OR_ISSUES = {200: {"oneOf": [DATASET, many(ISSUE)]}}
ROUTES = (
    Route(
        "GET",
        "/user/datasets/",
        show_all,
        "Datasets that one may see.",
        query=_PAGES,
        answers={200: many(DATASET)},
    ),
    Route(
        "GET",
        "/users/{owner}/datasets/",
        show_all,
        "Those of an owner.",
        query=_PAGES,
        answers={200: many(DATASET)},
    ),
    Route("POST", "/user/datasets/", create_own, "Make one.", DATASET_BODY, {201: DATASET}),
    Route(
        "POST",
        "/organizations/{organization}/datasets/",
        create_organizations,
        "Make one that is the organization's.",
        DATASET_BODY,
        {201: DATASET},
    ),
    Route(
        "GET",
        "/datasets/{owner}/{dataset}/",
        show,
        "A dataset; the issues of a sample, where its uuid and `issues` are named in place of those.",
        answers=_OR_ISSUES,
    ),
    Route("PATCH", "/datasets/{owner}/{dataset}/", update, "Change it.", DATASET_BODY, _ONE),
    Route("DELETE", "/datasets/{owner}/{dataset}/", delete, "Delete it, with all in it.", answers={204: {}}),
)
