"""Samples: the entries of a dataset, one by one and in bulk."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from app.attributes import is_id
from app.declare import RESOURCES, Values
from app.errors import Conflict, Fault, Invalid, NotFound
from app.json import text_of
from app.operations import records
from app.web.vendors.calls import Call, Route, nothing, told
from app.web.vendors.segments import bodies, label_objects, sample_lists, sample_media
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.datasets import of_call, of_id
from app.web.vendors.segments.finding import all_with, one, only
from app.web.vendors.segments.people import account_named
from app.web.vendors.segments.sample_objects import many_told, shown_by
from app.web.vendors.segments.sample_objects import told as told_sample
from app.web.vendors.segments.schemas import COUNT, SAMPLE, SAMPLE_BODY, UUID, many, shape
from app.web.vendors.segments.vendor import changed
from app.web.vendors.words import priority_of
from app.work import Work

MOST_AT_ONCE = 5000  # samples of one request
MOST_DELETED = 1000


# ---- reading


async def show_all(call: Call) -> Response:
    wanted = sample_lists.asked(call.query)
    labelset = call.query.get("labelset")
    is_full = call.query.get("include_full_label") in ("1", "true", "True")

    def job(work: Work) -> list[Json]:
        dataset = of_call(work, call)
        entries = sample_lists.entries_of(work, dataset, wanted)
        shown = shown_by(work, dataset, call.host)
        labels = {}
        if labelset is not None:
            labels = label_objects.labels_of(work, shown, entries, labelset, is_full=is_full)
        return many_told(shown, entries, labels)

    return told(await call.read(job))


async def show(call: Call) -> Response:
    # One method of the SDK begins its second parameter with a question mark.
    labelset = call.query.get("labelset", "").partition("?")[0]

    def job(work: Work) -> Json:
        entry = one(work, "entries", call.path["sample"])
        shown = shown_by(work, of_id(work, entry.dataset_id), call.host)
        labels = {}
        if labelset:
            labels = label_objects.labels_of(work, shown, [entry], labelset, is_full=True)
        return told_sample(shown, entry, labels.get(entry.id))

    return told(await call.read(job))


# ---- making


async def create(call: Call) -> Response:
    body = await call.object()

    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        (made,) = _added(work, dataset, [body])
        return told_sample(shown_by(work, dataset, call.host), made)

    return told(await call.write(job), 201)


async def create_many(call: Call) -> Response:
    """Those whose names are there already are told as they are."""
    given = await call.json()
    if not isinstance(given, list) or len(given) > MOST_AT_ONCE:
        raise Invalid(Fault("body_invalid", f"the body is a list of at most {MOST_AT_ONCE} samples", ""))

    def job(work: Work) -> list[Json]:
        dataset = of_call(work, call)
        names = [_name_in(_object(body)) for body in given]
        there = _named(work, dataset, names)
        new = {name: body for name, body in zip(names, given, strict=True) if name not in there}
        made = _added(work, dataset, list(new.values()))
        there |= {entry.external_id: entry for entry in made}
        shown = shown_by(work, dataset, call.host)
        return many_told(shown, [there[name] for name in names], {})

    return told(await call.write(job), 201)


def _object(body: Any) -> Json:
    if not isinstance(body, dict):
        raise Invalid(Fault("body_invalid", "a sample is an object with its name and attributes", ""))
    return body


def _name_in(body: Json) -> str:
    return bodies.required(body, "name", most=512)


def _named(work: Work, dataset: Any, names: Sequence[str]) -> dict[str, Any]:
    """The samples of those NAMES that are there, by name."""
    unique = list(dict.fromkeys(names))
    found = all_with(work, RESOURCES["entries"], "external_id", unique, only("dataset_id", dataset.id))
    return {entry.external_id: entry for entry in found}


def _added(work: Work, dataset: Any, given: Sequence[Json]) -> list[Any]:
    """The new entries of DATASET. Raises Conflict where one of a name is there, and Invalid."""
    card = RESOURCES["entries"]
    values = [_new(work, dataset, body) for body in given]
    try:
        if dataset.assignment in ("round_robin", "by_load"):  # who is dealt one counts for the next
            made = [records.create(work, card, one).row for one in values]
        else:
            made = [one.row for one in records.create_many(work, card, values)] if values else []
    except Conflict as error:
        if error.code != "value_taken":
            raise
        raise Conflict("A sample of that name already exists.", code="value_taken") from None
    return [
        _assigned(work, entry, account_named(work, body["assigned_labeler"]).account_id)
        if body.get("assigned_labeler")
        else entry
        for entry, body in zip(made, given, strict=True)
    ]


def _new(work: Work, dataset: Any, body: Json) -> Values:
    name = _name_in(body)
    if body.get("attributes") is None:
        raise bodies.invalid("attributes", "This field is required.")
    values = _values_of(work, body)
    values |= sample_media.values_of(work, body["attributes"], name)
    values |= {"dataset_id": dataset.id, "external_id": name}
    said = {"created_by": work.actor.account_id, "readme": _readme(body) or None}
    return values | {"vendor": changed(None, **said)}


# ---- changing


async def update(call: Call) -> Response:
    body = await call.object()

    def job(work: Work) -> Json:
        entry = one(work, "entries", call.path["sample"])
        dataset = of_id(work, entry.dataset_id)
        values = _values_of(work, body)
        if body.get("name") is not None:
            values["external_id"] = _name_in(body)
        if body.get("attributes") is not None:
            name = values.get("external_id") or entry.external_id or entry.resource
            values |= sample_media.values_of(work, body["attributes"], name)
        if body.get("readme") is not None:
            values["vendor"] = changed(entry.vendor, readme=_readme(body) or None)
        if values:
            entry = records.update(work, RESOURCES["entries"], entry.id, values)
        if "assigned_labeler" in body:
            name = bodies.text(body, "assigned_labeler")
            entry = _assigned(work, entry, account_named(work, name).account_id if name else None)
        return told_sample(shown_by(work, dataset, call.host), entry)

    return told(await call.write(job))


def _values_of(work: Work, body: Json) -> Values:
    """What BODY says that a new sample may say and an old one be given."""
    values: Values = {}
    if (metadata := bodies.object_of(body, "metadata")) is not None:
        values["metadata_"] = text_of(metadata)
    if (priority := bodies.number(body, "priority")) is not None:
        values["priority"] = priority_of(float(priority))
    if "assigned_reviewer" in body:
        name = bodies.text(body, "assigned_reviewer")
        values["reviewer_id"] = account_named(work, name).account_id if name else None
    return values


def _readme(body: Json) -> str:
    return bodies.text(body, "readme", most=100_000) or ""


def _assigned(work: Work, entry: Any, account_id: str | None) -> Any:
    """ENTRY, put into the hands of who is to label it, or out of anybody's."""
    vendor = changed(entry.vendor, labeler=account_id)
    if vendor != (entry.vendor or "{}"):
        entry = records.update(work, RESOURCES["entries"], entry.id, {"vendor": vendor})
    if entry.assigned_to_id == account_id or entry.status not in ("ready", "in_progress"):
        return entry
    if entry.label_status not in (None, "prelabeled", "rejected"):  # it is a reviewer's turn
        return entry
    card = RESOURCES["entries"]
    action = next(one for one in card.actions if one.name == "assign")
    return records.act(work, card, entry.id, action, {"assigned_to_id": account_id})


# ---- deleting


async def delete(call: Call) -> Response:
    def job(work: Work) -> None:
        entry = one(work, "entries", call.path["sample"])
        records.delete(work, RESOURCES["entries"], entry.id, is_forced=True)

    await call.write(job)
    return nothing()


async def delete_many(call: Call) -> Response:
    """Those that are not there, or not of the dataset, are passed over."""
    body = await call.object()
    given = body.get("uuids")
    if not isinstance(given, list) or len(given) > MOST_DELETED:
        raise bodies.invalid("uuids", f"it is a list of at most {MOST_DELETED}")
    ids = list(dict.fromkeys(one.lower() for one in given if is_id(one)))

    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        card = RESOURCES["entries"]
        found = all_with(work, card, "id", ids, only("dataset_id", dataset.id)) if ids else []
        for entry in found:
            records.delete(work, card, entry.id, is_forced=True)
        return {"deleted_count": len(found)}

    return told(await call.write(job))


def not_there() -> NotFound:
    return NotFound("The sample does not exist.")


_AT = "/datasets/{owner}/{dataset}"
_ONE = {200: SAMPLE}
_QUERY = {
    "page": "which page, from 1",
    "per_page": "how many on it, to 1000",
    "labelset": "whose labels to tell with each",
    "include_full_label": "1: whole labels",
    "name__contains": "a part of the name",
    "filters": "of metadata: key:value, by comma",
    "label_status": "one or more, by comma",
    "sort": "name, created_at, priority or gt_label__updated_at; - before it turns it round",
}
ROUTES = (
    Route("GET", _AT + "/samples/", show_all, "Samples.", query=_QUERY, answers={200: many(SAMPLE)}),
    Route("POST", _AT + "/samples/", create, "Add one.", SAMPLE_BODY, {201: SAMPLE}),
    Route("POST", _AT + "/samples_bulk/", create_many, "Add many.", many(SAMPLE_BODY), {201: many(SAMPLE)}),
    Route(
        "DELETE",
        _AT + "/samples_bulk/",
        delete_many,
        "Delete many.",
        shape({"uuids": many(UUID)}),
        {200: shape({"deleted_count": COUNT})},
    ),
    Route(
        "GET",
        "/samples/{sample}/",
        show,
        "A sample.",
        query={"labelset": "whose label to tell with it", "include_signed_urls": "is not looked at"},
        answers=_ONE,
    ),
    Route("PATCH", "/samples/{sample}/", update, "Change it.", SAMPLE_BODY, _ONE),
    Route("DELETE", "/samples/{sample}/", delete, "Delete it.", answers={204: {}}),
)
