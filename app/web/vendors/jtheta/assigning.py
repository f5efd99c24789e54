"""request_annotation: labels become classes, people have their places, every image is somebody's.

What is asked is checked and kept at once; jobs then go over the images, as who asked.
"""

from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Conflict, Fault, Invalid
from app.operations import many, reading, records
from app.operations.many import Task
from app.operations.reading import may
from app.query import Filter, Query
from app.resources import numbers
from app.web.vendors.calls import Call, Json, told
from app.web.vendors.jtheta.labels import Label, labels_in, with_labels
from app.web.vendors.jtheta.people import ANNOTATOR, REVIEWER, members_of, placed
from app.web.vendors.jtheta.records import action_of, dataset_in, with_vendor
from app.web.vendors.texts import plain
from app.work import Work
from workflow.dataset import workflow_of
from workflow.entry import COUNTED_AS_COMPLETED, Status
from workflow.graph import MAKING

WAITS = 30.0  # seconds for the jobs: what takes longer goes on, and the answer says so


class Asked(NamedTuple):
    """What a request asks for."""

    dataset: int | str
    project: str
    annotator: str
    reviewer: str
    labels: list[Label]
    allows_classes: bool


async def request(call: Call) -> Response:
    asked = _asked(await call.object())
    body, jobs = await call.write(lambda work: _begun(work, asked))
    ended = [await call.ended(id, WAITS) for id in jobs]
    is_over = all(job.finished_at is not None for job in ended)
    refused = sum(job.errors_count for job in ended)
    message = "The task was assigned." if is_over else "The task is being assigned."
    more = {"status": "assigned" if is_over else "assigning", "images_refused": refused}
    return told({"message": message, **body, **more})


def _asked(body: Json) -> Asked:
    if body.get("auto_annotation") not in (None, False):
        detail = "auto_annotation is not offered here: bring a model's labels as predictions"
        raise Invalid(Fault("not_offered", detail, "auto_annotation"))
    allows = body.get("allow_class_creation", False)
    if not isinstance(allows, bool):
        detail = "allow_class_creation is true or false"
        raise Invalid(Fault("attribute_invalid", detail, "allow_class_creation"))
    return Asked(
        numbered(body.get("dataset_id")),
        plain(body.get("project_name"), "project_name"),
        plain(body.get("assigned_annotator"), "assigned_annotator"),
        plain(body.get("assigned_reviewer"), "assigned_reviewer"),
        labels_in(body.get("labels")),
        allows,
    )


def numbered(given: object) -> int | str:
    """GIVEN, if it may be the number of a dataset. Raises Invalid."""
    if isinstance(given, bool) or not isinstance(given, int | str) or given == "":
        raise Invalid(Fault("attribute_invalid", "dataset_id is a number", "dataset_id"))
    return given


def _begun(work: Work, asked: Asked) -> tuple[Json, list[str]]:
    """What is told of it, and the jobs that hand the images out."""
    may(work, "write")
    dataset = dataset_in(work, asked.dataset, asked.project)
    annotator = placed(work, dataset.project_id, asked.annotator, ANNOTATOR, "assigned_annotator")
    reviewer = placed(work, dataset.project_id, asked.reviewer, REVIEWER, "assigned_reviewer")
    relabelling = _declare(work, dataset, asked)
    tasks = _tasks(work, dataset, annotator, reviewer)
    jobs = [*relabelling, *(_enqueued(work, task, filters) for task, filters in tasks)]
    body = {
        "dataset_id": numbers.drawn(work, [dataset.id])[dataset.id],
        "project_name": asked.project,
        "assigned_annotator": asked.annotator,
        "assigned_reviewer": asked.reviewer,
        "labels": [one.name for one in asked.labels],
    }
    return body, [job.id for job in jobs]


def _declare(work: Work, dataset: Any, asked: Asked) -> list[Any]:
    """Give DATASET a class for each label; where it has classes, by the job that changes labels."""
    datasets, configurations = RESOURCES["datasets"], RESOURCES["label_configurations"]
    before = msgspec.json.decode(dataset.labeling_configuration)
    after = msgspec.json.encode(with_labels(before, asked.labels)).decode()
    is_new = msgspec.json.decode(after) != before
    flags = {"allow_class_creation": asked.allows_classes}
    values: Json = {"vendor": with_vendor(dataset.vendor, flags)}
    its = dataset.label_configuration_id
    if is_new and its is None:
        values["labeling_configuration"] = after
    records.update(work, datasets, dataset.id, values)
    if not is_new or its is None:
        return []
    its_datasets = Query((Filter("label_configuration_id", "eq", (its,)),), size=1)
    if reading.index(work, datasets, its_datasets, ("id",)).has_next:
        detail = "other datasets have the same labels: change those at /label_configurations first"
        raise Conflict(detail, "labels", code="label_configuration_shared")
    change = {"change": "replace", "configuration": after}
    return [records.act(work, configurations, its, action_of(configurations, "apply"), change)]


def _tasks(work: Work, dataset: Any, annotator: str, reviewer: str) -> list[tuple[Task, tuple[Filter, ...]]]:
    """Name the reviewer of every image that is not at its end; have it annotated where it is to be.

    What the annotator has in hand is left alone: to be given it again would end their lease.
    """
    entries = RESOURCES["entries"]
    open = tuple(status.value for status in Status if status not in COUNTED_AS_COMPLETED)
    steps = workflow_of(dataset.workflow_configuration).graph.steps.values()
    makers = tuple(step.name for step in steps if step.kind in MAKING)
    its = (Filter("dataset_id", "eq", (dataset.id,)), Filter("status", "in", open))
    holders = {one for one in members_of(work, dataset.project_id) if one != annotator}
    free = (Filter("wf_step", "in", makers), Filter("assigned_to_id", "in", (None, *sorted(holders))))
    naming = Task(entries, {"reviewer_id": reviewer})
    handing = Task(entries, {"assigned_to_id": annotator}, action=action_of(entries, "assign"))
    return [(naming, its), (handing, (*its, *free))]


def _enqueued(work: Work, task: Task, filters: tuple[Filter, ...]) -> Any:
    return many.enqueue(work, task, filters, many.extent(work, task.card, filters))
