"""Labels: what a label set holds of a sample, read, set, changed and deleted."""

from typing import Any

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES, Values
from app.errors import NotFound
from app.formats.segments import labels as codec
from app.operations import records
from app.operations.records import Told
from app.query import Query
from app.resources.layer_statuses import GROUND_TRUTH
from app.web.vendors.calls import Call, Route, nothing, told
from app.web.vendors.segments import bodies
from app.web.vendors.segments.bitmaps import masks_of
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.configurations import configuration_of
from app.web.vendors.segments.datasets import of_id
from app.web.vendors.segments.finding import one, only, some_of
from app.web.vendors.segments.label_objects import labels_of, status_in
from app.web.vendors.segments.sample_objects import shown_by
from app.web.vendors.segments.schemas import LABEL, LABEL_BODY
from app.web.vendors.segments.task_types import task_type_of
from app.web.vendors.segments.vendor import corner, with_corner
from app.work import Work

STATUSES = {  # Segments' word -> what is asked of the entry
    "UNLABELED": None,
    "PRELABELED": "prelabeled",
    "LABELING_IN_PROGRESS": "in_progress",
    "LABELED": "labeled",
    "REVIEWING_IN_PROGRESS": "in_review",
    "REVIEWED": "reviewed",
    "REJECTED": "rejected",
    "SKIPPED": "skipped",
    "VERIFIED": "verified",
}
USUAL = "PRELABELED"  # of a new label, where nothing is said


async def show(call: Call) -> Response:
    def job(work: Work) -> Json:
        entry = one(work, "entries", call.path["sample"])
        return _told(work, call, entry)

    return told(await call.read(job))


def _told(work: Work, call: Call, entry: Any) -> Json:
    shown = shown_by(work, of_id(work, entry.dataset_id), call.host)
    labelset = call.path["labelset"]
    found = labels_of(work, shown, [entry], labelset, is_full=True)
    if entry.id not in found:
        raise NotFound(f"The sample has no label in {labelset[:64]}.")
    return found[entry.id]


async def put(call: Call) -> Response:
    """Set it: 201 where there was none."""
    return await _write(call, is_new_taken=True)


async def patch(call: Call) -> Response:
    return await _write(call, is_new_taken=False)


async def _write(call: Call, *, is_new_taken: bool) -> Response:
    body = await call.object()
    masks = await masks_of(call, body.get("attributes"))

    def job(work: Work) -> tuple[Json, bool]:
        entry = one(work, "entries", call.path["sample"])
        layer = _layer(work, entry, call.path["labelset"])
        is_new = layer is None or status_in(entry, layer) is None
        if is_new and not is_new_taken:
            raise NotFound("The sample has no such label.")
        values = _values(work, entry, layer, body, masks, is_new=is_new)
        entry = _label(work, entry, values | _place(work, entry, layer, call.path["labelset"]))
        return _told(work, call, entry), is_new

    shown, is_new = await call.write(job)
    return told(shown, 201 if is_new else 200)


def _label(work: Work, entry: Any, values: Values) -> Any:
    card = RESOURCES["entries"]
    action = next(one for one in card.actions if one.name == "label")
    after = records.act(work, card, entry.id, action, values)
    if isinstance(after, Told):
        raise after.problem
    return after


def _give_up(work: Work, entry: Any) -> None:
    """ENTRY out of anybody's hands: to have labelled it again is nobody's work yet."""
    card = RESOURCES["entries"]
    action = next(one for one in card.actions if one.name == "lease" and "DELETE" in one.methods)
    if entry.assigned_to_id is not None:
        records.act(work, card, entry.id, action, {})


def _layer(work: Work, entry: Any, labelset: str) -> Any:
    """The layer of the label set; None where the entry has none."""
    filters = (only("entry_id", entry.id), only("label_set", labelset))
    return next(iter(some_of(work, RESOURCES["layers"], Query(filters=filters, size=1))), None)


def _place(work: Work, entry: Any, layer: Any, labelset: str) -> Values:
    """Which label set is meant. Raises NotFound where the dataset has none of that name."""
    if labelset == GROUND_TRUTH:
        return {}
    if layer is None:
        filters = (only("dataset_id", entry.dataset_id), only("name", labelset))
        if not some_of(work, RESOURCES["label_sets"], Query(filters=filters, size=1)):
            raise NotFound(f"The labelset {labelset[:64]} does not exist.")
    return {"label_set": labelset}


def _values(work: Work, entry: Any, layer: Any, body: Json, masks: codec.Masks, *, is_new: bool) -> Values:
    """What the entry is to be labelled with. Raises Invalid, BadMember."""
    values: Values = {}
    word = bodies.one_of(body, "label_status", tuple(STATUSES)) or (USUAL if is_new else None)
    if word is not None:
        values["status"] = STATUSES[word]
    score = bodies.number(body, "score")
    if score is not None:
        values["score"] = float(score)
    said = corner(layer.vendor) if layer is not None else {}
    me = work.actor.account_id
    said |= {"created_by": me, "created_at": work.now} if is_new else {"updated_by": me}
    if (attributes := bodies.object_of(body, "attributes")) is not None:
        read = _read(work, entry, attributes, masks)
        values["annotations"] = read.annotations
        said["label"] = read.vendor
    elif is_new:
        values["annotations"] = []
        said.pop("label", None)
    values["vendor"] = msgspec.json.decode(with_corner(layer.vendor if layer is not None else None, said))
    return values


def _read(work: Work, entry: Any, attributes: Json, masks: codec.Masks) -> codec.Read:
    dataset = of_id(work, entry.dataset_id)
    classes = codec.Classes(configuration_of(dataset))
    size = (entry.height or 1, entry.width or 1)
    return codec.read(attributes, task_type_of(dataset), classes, masks, size=size)


async def delete(call: Call) -> Response:
    def job(work: Work) -> None:
        entry = one(work, "entries", call.path["sample"])
        layer = _layer(work, entry, call.path["labelset"])
        if layer is None or status_in(entry, layer) is None:
            raise NotFound("The sample has no such label.")
        if layer.label_set != GROUND_TRUTH:
            records.delete(work, RESOURCES["layers"], layer.id)
            return
        vendor = msgspec.json.decode(with_corner(layer.vendor, {}))
        values = {"annotations": [], "score": None, "vendor": vendor, "status": None}
        _give_up(work, _label(work, entry, values))

    await call.write(job)
    return nothing()


_AT = "/labels/{sample}/{labelset}/"
ROUTES = (
    Route("GET", _AT, show, "A label.", answers={200: LABEL}),
    Route("PUT", _AT, put, "Set it.", LABEL_BODY, {200: LABEL, 201: LABEL}),
    Route("PATCH", _AT, patch, "Change it.", LABEL_BODY, {200: LABEL}),
    Route("DELETE", _AT, delete, "Delete it.", answers={204: {}}),
)
