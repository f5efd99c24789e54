"""Projects by their keys, datasets and examples by their numbers, as Theos' clients name them in paths."""

import re
from typing import Any

from app.attributes import is_id
from app.declare import RESOURCES
from app.errors import NotFound
from app.operations import reading, records
from app.operations.records import Told
from app.operations.statements import Hold
from app.query import Filter, Query
from app.resources import numbers
from app.web.uploads.names import name_in_part
from app.web.uploads.parts import Wanted
from app.web.vendors.calls import Call
from app.work import Work
from workflow.entry import UNDONE, Status

Row = dict[str, Any]
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_FILES = Wanted(lambda said: False, name_in_part)  # labels=@labels.json is a field, too
# What has no image yet is no example.
STATUSES = tuple(status.value for status in Status if status not in UNDONE)
EXAMPLE = (
    *("id", "external_id", "resource", "split", "status", "label_status", "assigned_to_id"),
    *("width", "height", "content_hash", "dataset_id"),
)


async def fields_of(call: Call) -> dict[str, str]:
    """What the request says: in its query, and in its form, of whatever method it is."""
    return {**call.query, **(await call.form(_NO_FILES))[0]}


def project_of(work: Work, call: Call) -> str:
    """The id of the project whose key (or id) stands in the path. Raises NotFound."""
    key, card = call.path["project_key"], RESOURCES["projects"]
    missing = NotFound("the project key is none that your token may use", code="project_not_found")
    if is_id(key):
        asked = Filter("id", "eq", (key.lower(),))
    elif _KEY.fullmatch(key):
        asked = Filter("key", "eq", (key,))
    else:
        raise missing
    rows = reading.index(work, card, Query((asked,), size=1), ("id",)).rows
    if not rows:
        raise missing
    return str(rows[0][0])


def dataset_of(work: Work, call: Call) -> Row:
    """The dataset that the path names, which is of the project that it names. Raises NotFound."""
    project_id = project_of(work, call)
    try:
        id = numbers.id_of(work, call.path["dataset_id"])
        row = shown(work, "datasets", id, RESOURCES["datasets"].fields)
    except NotFound:
        row = {}
    if row.get("project_id") != project_id:
        raise NotFound("the project has no dataset with this id", code="dataset_not_found")
    return row


def dataset_held(work: Work, call: Call) -> Any:
    """The same as a record, which nobody else changes meanwhile."""
    id = dataset_of(work, call)["id"]
    return records.find(work, RESOURCES["datasets"], id, hold=Hold.CHANGED)


def example_of(work: Work, call: Call, dataset: Row) -> Row:
    """The example of DATASET that the path names, by its number or its external id. Raises NotFound."""
    row = _by_external_id(work, call, dataset) if "external_id" in call.path else _by_number(work, call)
    if row.get("dataset_id") != dataset["id"] or row["status"] not in STATUSES:
        raise NotFound("the dataset has no example with this id", code="example_not_found")
    return row


def _by_number(work: Work, call: Call) -> Row:
    try:
        return shown(work, "entries", numbers.id_of(work, call.path["example_id"]), EXAMPLE)
    except NotFound:
        return {}


def _by_external_id(work: Work, call: Call, dataset: Row) -> Row:
    external_id = Filter("external_id", "eq", (call.path["external_id"],))
    its = (Filter("dataset_id", "eq", (dataset["id"],)), external_id)
    rows = reading.index(work, RESOURCES["entries"], Query(its, size=1), EXAMPLE).rows
    return dict(zip(EXAMPLE, rows[0], strict=True)) if rows else {}


def shown(work: Work, type: str, id: str, fields: tuple[str, ...]) -> Row:
    """FIELDS of the record, by name. Raises NotFound."""
    return dict(zip(fields, reading.show(work, RESOURCES[type], id, fields), strict=True))


def done(work: Work, type: str, id: str, name: str, body: Row) -> Any:
    """The record as its action NAME leaves it, as if it were asked for alone."""
    card = RESOURCES[type]
    action = next(one for one in card.actions if one.name == name)
    made = records.act(work, card, id, action, body)
    if isinstance(made, Told):
        raise made.problem
    return made
