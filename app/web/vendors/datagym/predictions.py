"""Labels that come in, from a model or another tool. A batch is taken whole, or not at all.

It never finishes a task; one that is finished stays so, with its new labels.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Invalid, Malformed
from app.formats.datagym_entries import Entry
from app.formats.datagym_reading import Task, task_of
from app.formats.datagym_schema import faults_in, is_head, media_id_of, message_of
from app.formats.datagym_words import Refused
from app.operations import records
from app.operations.records import Told
from app.resources.layer_statuses import LayerStatus
from app.web.vendors.calls import Call, told
from app.web.vendors.datagym import finding
from app.work import Work
from workflow.entry import Status

MOST_ITEMS = 1000  # of one request: they are taken in one transaction. The client sends 50
Json = dict[str, Any]


class Given(NamedTuple):
    """What is said of an entry, and where it stands in what was sent."""

    entry_id: str
    task: Task
    at: str


async def import_labels(call: Call) -> Response:
    """What has not the form of an import is told with 200, as DataGym does, and nothing of it is taken."""
    project_id = call.path["project"]
    await call.read(lambda work: finding.project(work, project_id))
    try:
        body = await call.json()
    except (Malformed, Invalid) as error:
        return told({"errorMessages": error.detail})
    items = body if body is not None else []
    if faults := faults_in(items, MOST_ITEMS):
        return told({"errorMessages": message_of(faults)})
    given = await call.read(lambda work: _read(work, project_id, items))
    await call.write(lambda work: _keep(call.as_they_stand(work), given))
    return told({"errorMessages": ""})


def _read(work: Work, project_id: str, items: Sequence[Json]) -> list[Given]:
    """What ITEMS say, each under the labels of its task's dataset. Raises Refused."""
    project = finding.project(work, project_id)
    said = [(n, item, media_id_of(item) or "") for n, item in enumerate(items) if not is_head(item)]
    tasks = finding.tasks_about(work, project.id, [id for _, _, id in said])
    roots: dict[str, tuple[Entry, ...]] = {}
    found = []
    for n, item, media_id in said:
        entry = tasks.get(media_id.lower())
        if entry is None or entry.status not in finding.THERE:
            detail = f"no task of the project is about a medium {media_id[:64]}"
            raise Refused("gen_json_upload_not_found_task", (), f"/{n}/internal_media_ID", detail)
        if entry.dataset_id not in roots:
            dataset = finding.record(work, "datasets", entry.dataset_id, "Dataset")
            roots[entry.dataset_id] = finding.roots_of(dataset)
        task = task_of(item, roots[entry.dataset_id], f"/{n}", work.sources.ids)
        found.append(Given(entry.id, task, f"/{n}"))
    return found


def _keep(work: Work, given: Sequence[Given]) -> None:
    for one in given:
        try:
            _label(work, one)
        except Invalid as error:
            detail = "; ".join(fault.detail for fault in error.faults[:10])
            raise Refused("gen_entry_value_validation", ("LABEL",), one.at, detail) from None


def _label(work: Work, given: Given) -> None:
    entry = finding.record(work, "entries", given.entry_id, "Label Task")
    new = [*given.task.answers.values(), *given.task.marks]
    body: Json = {"annotations": [*_staying(work, entry.id, given.task), *new]}
    body |= _status(entry)
    card = RESOURCES["entries"]
    (label,) = (one for one in card.actions if one.name == "label")
    done = records.act(work, card, entry.id, label, body)
    if isinstance(done, Told):
        raise done.problem


def _staying(work: Work, entry_id: str, task: Task) -> list[Json]:
    """The annotations that stay beside what TASK says, as they are kept."""
    if not task.keeps:
        return []
    return [
        {"dimensions": one.dimensions, "annotation": one.annotation, "metadata": one.metadata_}
        for one in finding.rows_of(work, "annotations", layer_id=entry_id)
        if task.leaves(_label_of(one))
    ]


def _label_of(annotation: Any) -> Any:
    said: Mapping[str, Any] = msgspec.json.decode(annotation.annotation)
    return said.get("label")


def _status(entry: Any) -> Json:
    """How far the labels are afterwards: as far as they were, where anybody has said so."""
    if entry.status == Status.READY and entry.label_status is None:
        return {"status": LayerStatus.PRELABELED.value}
    if entry.status == Status.ERRORED:
        return {"status": LayerStatus.SKIPPED.value}
    if entry.status == Status.COMPLETED:
        is_said = entry.label_status not in (None, LayerStatus.PRELABELED)
        return {"status": entry.label_status if is_said else LayerStatus.LABELED.value}
    return {}
