"""Issues: note feeds on samples. An issue is closed where its feed is settled."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES, Values
from app.errors import Conflict
from app.json import text_of
from app.operations import records
from app.resources.note_feeds import LONGEST_NOTE
from app.resources.owners import owners_of
from app.web.vendors.calls import Call, Route, nothing, told
from app.web.vendors.segments import bodies
from app.web.vendors.segments.anchors import check_anchor
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.finding import all_of, all_with, dataset_named, one, only
from app.web.vendors.segments.people import Names, name_of
from app.web.vendors.segments.sample_objects import name_of_sample
from app.web.vendors.segments.schemas import ANY, ISSUE, TEXT, many, shape
from app.web.vendors.segments.vendor import OURS
from app.work import Work
from workflow.note_feed import NoteStatus

OPEN, CLOSED = "OPEN", "CLOSED"


async def show_all(call: Call) -> Response:
    def job(work: Work) -> list[Json]:
        dataset = dataset_named(work, call.path["owner"], call.path["dataset"])
        return _told(work, all_of(work, RESOURCES["note_feeds"], only("dataset_id", dataset.id)))

    return told(await call.read(job))


def told_of_sample(work: Work, id: str) -> list[Json]:
    """The issues of the sample. Raises NotFound."""
    entry = one(work, "entries", id)
    return _told(work, all_of(work, RESOURCES["note_feeds"], only("entry_id", entry.id)))


async def show_of_sample(call: Call) -> Response:
    return told(await call.read(lambda work: told_of_sample(work, call.path["sample"])))


async def create(call: Call) -> Response:
    body = await call.object()
    status = bodies.one_of(body, "status", (OPEN, CLOSED))
    values = _values_of(body, "{}")
    values.setdefault("content_md", "")

    def job(work: Work) -> Json:
        entry = one(work, "entries", call.path["sample"])
        feed = records.create(work, RESOURCES["note_feeds"], values | {"entry_id": entry.id}).row
        if status == CLOSED:
            feed = _resolved(work, feed)
        return _told(work, [feed])[0]

    return told(await call.write(job), 201)


async def update(call: Call) -> Response:
    body = await call.object()
    status = bodies.one_of(body, "status", (OPEN, CLOSED))

    def job(work: Work) -> Json:
        feed = one(work, "note_feeds", call.path["issue"])
        values = _values_of(body, feed.position)
        if values:
            feed = records.update(work, RESOURCES["note_feeds"], feed.id, values)
        if status == CLOSED:
            feed = _resolved(work, feed)
        elif status == OPEN and feed.status == NoteStatus.RESOLVED:
            raise Conflict("an issue that is closed stays closed: open another", code="note_resolved")
        return _told(work, [feed])[0]

    return told(await call.write(job))


async def delete(call: Call) -> Response:
    def job(work: Work) -> None:
        feed = one(work, "note_feeds", call.path["issue"])
        records.delete(work, RESOURCES["note_feeds"], feed.id)

    await call.write(job)
    return nothing()


def _values_of(body: Json, position: str) -> Values:
    values: Values = {}
    if (description := bodies.text(body, "description", most=LONGEST_NOTE)) is not None:
        values["content_md"] = description
    if (anchor := bodies.object_of(body, "anchor")) is not None:
        check_anchor(anchor)
        place: Json = msgspec.json.decode(position) | {OURS: anchor}
        location = anchor.get("location")
        if isinstance(location, dict):
            place |= {axis: location[axis] for axis in "xyz" if isinstance(location.get(axis), int | float)}
        values["position"] = text_of(place)
    return values


def _resolved(work: Work, feed: Any) -> Any:
    card = RESOURCES["note_feeds"]
    action = next(one for one in card.actions if one.name == "resolve")
    return records.act(work, card, feed.id, action, {})


def _told(work: Work, feeds: Sequence[Any]) -> list[Json]:
    names = owners_of(work)
    ids = list({feed.entry_id for feed in feeds})
    entries = {entry.id: entry for entry in all_with(work, RESOURCES["entries"], "id", ids)}
    comments: dict[str, list[Any]] = {}
    for comment in all_with(work, RESOURCES["note_comments"], "note_feed_id", [feed.id for feed in feeds]):
        comments.setdefault(comment.note_feed_id, []).append(comment)
    return [_one(names, feed, entries.get(feed.entry_id), comments.get(feed.id, ())) for feed in feeds]


def _one(names: Names, feed: Any, entry: Any, comments: Sequence[Any]) -> Json:
    author = name_of(names, feed.created_by_id)
    shown = {
        "uuid": feed.id,
        "description": feed.content_md,
        "created_at": feed.created_at,
        "updated_at": feed.updated_at,
        "created_by": author,
        "updated_by": author,
        "status": CLOSED if feed.status == NoteStatus.RESOLVED else OPEN,
        "comments": [
            {
                "created_at": comment.created_at,
                "created_by": name_of(names, comment.created_by_id),
                "text": comment.content_md,
            }
            for comment in comments
        ],
        "sample_uuid": feed.entry_id,
        "sample_name": name_of_sample(entry) if entry is not None else "",
    }
    anchor = _anchor(msgspec.json.decode(feed.position))
    return shown if anchor is None else shown | {"anchor": anchor}


def _anchor(position: Json) -> Json | None:
    if isinstance(position.get(OURS), dict):
        anchor: Json = position[OURS]
        return anchor
    axes = [axis for axis in "xyz" if isinstance(position.get(axis), int | float)]
    if axes not in (["x", "y"], ["x", "y", "z"]):
        return None
    location = {"type": f"{len(axes)}d"} | {axis: position[axis] for axis in axes}
    return {"type": "location", "location": location}


_BODY = shape({}, {"description": TEXT, "status": TEXT, "anchor": ANY})
_OF_SAMPLE = "/samples/{sample}/issues/"
ROUTES = (
    Route("GET", "/datasets/{owner}/{dataset}/issues/", show_all, "Issues.", answers={200: many(ISSUE)}),
    Route("GET", _OF_SAMPLE, show_of_sample, "Those of a sample.", answers={200: many(ISSUE)}),
    Route("POST", _OF_SAMPLE, create, "Open one.", _BODY, {201: ISSUE}),
    Route("PATCH", "/issues/{issue}/", update, "Change it.", _BODY, {200: ISSUE}),
    Route("DELETE", "/issues/{issue}/", delete, "Delete it.", answers={204: {}}),
)
