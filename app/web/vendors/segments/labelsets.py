"""Label sets of a dataset. That of the ground truth is always there, and stays."""

from typing import Any

from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Conflict, NotFound
from app.json import text_of
from app.operations import records
from app.query import Query
from app.resources.layer_statuses import GROUND_TRUTH
from app.web.vendors.calls import Call, Route, nothing, told
from app.web.vendors.segments import bodies
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.dataset_objects import ground_truth, told_label_set
from app.web.vendors.segments.datasets import of_call
from app.web.vendors.segments.finding import all_of, only, some_of
from app.web.vendors.segments.schemas import LABELSET, TEXT, many, shape
from app.work import Work


async def show_all(call: Call) -> Response:
    def job(work: Work) -> list[Json]:
        dataset = of_call(work, call)
        found = all_of(work, RESOURCES["label_sets"], only("dataset_id", dataset.id))
        return [ground_truth(dataset), *(told_label_set(one) for one in found)]

    return told(await call.read(job))


async def show(call: Call) -> Response:
    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        if call.path["name"] == GROUND_TRUTH:
            return ground_truth(dataset)
        return told_label_set(_named(work, dataset, call.path["name"]))

    return told(await call.read(job))


def _named(work: Work, dataset: Any, name: str) -> Any:
    filters = (only("dataset_id", dataset.id), only("name", name))
    found = some_of(work, RESOURCES["label_sets"], Query(filters=filters, size=1))
    if not found:
        raise NotFound(f"The labelset {name[:64]} does not exist.")
    return found[0]


async def create(call: Call) -> Response:
    body = await call.object()
    values = {
        "name": bodies.required(body, "name", most=128),
        "description": bodies.text(body, "description") or "",
    }
    if isinstance(body.get("attributes"), str | dict) and body["attributes"] not in ("", "{}", {}):
        values["vendor"] = text_of({"segments": {"attributes": body["attributes"]}})
    if "/" in values["name"]:
        raise bodies.invalid("name", "it stands in a URL: it has no slash")

    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        card = RESOURCES["label_sets"]
        try:
            return told_label_set(records.create(work, card, values | {"dataset_id": dataset.id}).row)
        except Conflict:
            name = values["name"][:64]
            raise Conflict(f"The labelset {name} already exists.", code="value_taken") from None

    return told(await call.write(job), 201)


async def delete(call: Call) -> Response:
    """It goes with all labels in it."""
    name = call.path["name"]
    if name == GROUND_TRUTH:
        raise Conflict("the ground truth stays: delete its labels, or the dataset", code="layer_of_entry")

    def job(work: Work) -> None:
        found = _named(work, of_call(work, call), name)
        records.delete(work, RESOURCES["label_sets"], found.id, is_forced=True)

    await call.write(job)
    return nothing()


_AT = "/datasets/{owner}/{dataset}/labelsets"
_BODY = shape({"name": TEXT}, {"description": TEXT, "attributes": TEXT})
ROUTES = (
    Route("GET", _AT + "/", show_all, "Label sets.", answers={200: many(LABELSET)}),
    Route("POST", _AT + "/", create, "Add one.", _BODY, {201: LABELSET}),
    Route("GET", _AT + "/{name}/", show, "A label set.", answers={200: LABELSET}),
    Route("DELETE", _AT + "/{name}/", delete, "Delete it.", answers={204: {}}),
)
