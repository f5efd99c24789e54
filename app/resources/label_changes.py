"""Changes of label configurations: what each would touch, and the job that does it.

The configuration changes at once, so that nothing new is labelled by what is to go; what is labelled already
is gone through by a job.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from marshmallow import Schema, fields, validate
from sqlalchemy import bindparam, func, literal_column, or_, select
from sqlmodel import col

from app.declare import RESOURCES, Resource, Values
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.operations import changes
from app.operations.reading import show
from app.operations.records import find, lies_in
from app.operations.statements import Hold
from app.resources.jobs import Job, enqueue
from app.resources.workflows import faults_of
from app.storage.functions import json_member
from app.storage.statement import Statement
from app.work import Work
from workflow.errors import BadConfiguration
from workflow.labels.changes import clear, delete, recolour, rename, reorder
from workflow.labels.declared import names
from workflow.labels.known import labels_of
from workflow.labels.merging import merge
from workflow.labels.plans import Plan, undone
from workflow.labels.replacing import replace

KIND = "change_labels"  # of job
UNDO = "undo_labels"  # of job

Json = dict[str, Any]


class LabelChangeBody(Schema):
    change = fields.String(
        required=True,
        validate=validate.OneOf(("rename", "recolour", "reorder", "merge", "delete", "clear", "replace")),
        metadata={"description": "what is done"},
    )
    class_id = fields.String(metadata={"description": "rename, recolour, delete: of which class"})
    name = fields.String(metadata={"description": "rename: what it is called from now on"})
    color = fields.String(metadata={"description": "recolour: such as #d0021b"})
    class_ids = fields.List(
        fields.String(), metadata={"description": "merge: which; reorder: all, in their order"}
    )
    into = fields.Dict(
        metadata={"description": "merge: the id of a class, or the name and color of a new one"}
    )
    configuration = fields.Dict(metadata={"description": "replace: the whole configuration"})
    force = fields.Boolean(metadata={"description": "replace: whether annotations that no longer fit go"})


class UndoBody(Schema):
    job_id = fields.UUID(required=True, metadata={"description": "the job that made the change"})


_PLANS: Mapping[str, Callable[[Json, Values], Plan]] = {
    "rename": lambda now, body: rename(now, body.get("class_id", ""), body.get("name", "")),
    "recolour": lambda now, body: recolour(now, body.get("class_id", ""), body.get("color", "")),
    "reorder": lambda now, body: reorder(now, body.get("class_ids", [])),
    "merge": lambda now, body: merge(now, body.get("class_ids", []), _object(body, "into")),
    "delete": lambda now, body: delete(now, body.get("class_id", "")),
    "clear": lambda now, body: clear(now),
    "replace": lambda now, body: replace(now, _object(body, "configuration"), force=bool(body.get("force"))),
}


def _object(body: Values, name: str) -> Json:
    given: Json = msgspec.json.decode(body[name]) if name in body else {}
    return given


def plan_of(configuration: str, body: Values) -> Plan:
    """What BODY asks to be done to CONFIGURATION. Raises Invalid."""
    try:
        return _PLANS[body["change"]](msgspec.json.decode(configuration), body)
    except BadConfiguration as error:
        at = "/data/attributes" + ("/configuration" if body["change"] == "replace" else "")
        raise Invalid(*faults_of(error, at)) from None


def preview(work: Work, card: Resource, id: str, body: Values) -> Mapping[str, Any]:
    """What the change would touch: of each label the annotations and the entries. Nothing is changed.

    It is for who may change the configuration, as the counts are of datasets that others may not read.
    """
    (configuration,) = show(work, card, id, ("configuration",))
    if not lies_in(work, card, id, card.access.update):
        raise Forbidden("you may not change the labels of this label configuration")
    plan = plan_of(configuration, body)
    counts = {}
    if plan.touches is None or plan.touches:
        for label, annotations, entries in work.rows(_COUNTS, {"id": id}):
            if plan.touches is None or label in plan.touches:
                counts["" if label is None else str(label)] = {"annotations": annotations, "entries": entries}
    return {
        "change": body["change"],
        "configuration": plan.configuration,
        "labels": counts,
        "annotations": sum(one["annotations"] for one in counts.values()),
        "relabelled": dict(plan.relabel),
        "removed": sorted(plan.removed),
    }


def apply(work: Work, row: Any, body: Values) -> Any:
    """The job that changes what is labelled already; the configuration is changed here."""
    plan = plan_of(row.configuration, body)
    if plan.touches is None or plan.touches:
        _refuse_under_way(work, row)
    after = msgspec.json.encode(plan.configuration).decode()
    changed = changes.change(work, RESOURCES["label_configurations"], row, kept(plan.configuration, row))
    arguments = {
        "label_configuration_id": row.id,
        "plan": {
            "before": row.configuration,
            "configuration": after,
            "relabel": dict(plan.relabel),
            "removed": sorted(plan.removed),
            "fitted": sorted(plan.fitted),
            "aside": plan.aside,
            "reopens": plan.reopens,
            "touches_all": plan.touches_all,
            "removes_all": plan.removes_all,
            "is_forced": plan.is_forced,
        },
    }
    return enqueue(work, KIND, row.organization_id, arguments, project_id=changed.project_id)


def undo(work: Work, row: Any, body: Values) -> Any:
    """The job that takes a change of labels back: what was labelled anew since stays as it is."""
    job = _job_of(work, row, body["job_id"])
    _refuse_under_way(work, row)
    arguments = msgspec.json.decode(job.arguments)
    plan = read_plan(arguments["plan"])
    # As it is before: an undo that was stopped on its way is begun once more.
    if msgspec.json.decode(row.configuration) not in (plan.configuration, undone(plan)):
        raise Conflict(
            "the configuration was changed since: take back the later changes first", code="changed_since"
        )
    values = kept(undone(plan), row)
    changes.change(work, RESOURCES["label_configurations"], row, values)
    of = {"label_configuration_id": row.id, "undone_job_id": job.id, "reopens": plan.reopens}
    return enqueue(work, UNDO, row.organization_id, of, project_id=row.project_id)


def _refuse_under_way(work: Work, row: Any) -> None:
    """Two changes that go over the same annotations at once would pass each other by. Raises Conflict."""
    if work.rows(_UNDER_WAY, {"id": row.id, "organization_id": row.organization_id, "size": 1}):
        raise Conflict(
            "another change of its labels is under way: wait for its job, or cancel that",
            code="label_change_under_way",
        )


def _job_of(work: Work, row: Any, job_id: str) -> Any:
    job: Any = find(work, RESOURCES["jobs"], job_id, hold=Hold.KEPT)
    is_its = job.kind == KIND and msgspec.json.decode(job.arguments)["label_configuration_id"] == row.id
    if not is_its or job.finished_at is None:
        detail = "job_id names a change of this configuration that has ended"
        raise Invalid(Fault("job_unknown", detail, "/data/attributes/job_id"))
    return job


def read_plan(told: Json) -> Plan:
    """The plan that `apply` told a job of."""
    return Plan(
        before=msgspec.json.decode(told["before"]),
        configuration=msgspec.json.decode(told["configuration"]),
        labels=labels_of(told["configuration"]),
        relabel=told["relabel"],
        removed=frozenset(told["removed"]),
        fitted=frozenset(told["fitted"]),
        aside=told["aside"],
        reopens=told["reopens"],
        touches_all=told["touches_all"],
        removes_all=told["removes_all"],
        is_forced=told["is_forced"],
    )


def kept(configuration: Json, row: Any = None) -> Values:
    """The columns of a label configuration that is CONFIGURATION, which is canonical; ROW is as it was."""
    text = msgspec.json.encode(configuration).decode()
    shown = names(labels_of(text))
    is_new = row is not None and row.configuration != text
    return {
        "configuration": text,
        "labels": msgspec.json.encode(shown).decode(),
        "revision": 1 if row is None else row.revision + is_new,
    }


def _counts() -> Any:
    annotations, datasets = RESOURCES["annotations"].columns, RESOURCES["datasets"].columns
    label = json_member(annotations["annotation"], literal_column("'label'"), literal_column("'text'"))
    its = select(datasets["id"]).where(
        datasets["label_configuration_id"] == bindparam("id"), datasets["deleted_at"].is_(None)
    )
    return (
        select(label, func.count(), func.count(func.distinct(annotations["entry_id"])))
        .where(annotations["dataset_id"].in_(its), annotations["deleted_at"].is_(None))
        .group_by(label)
    )


def _under_way() -> Any:
    name: Any = literal_column("'label_configuration_id'")
    kind: Any = literal_column("'text'")
    return (
        select(col(Job.id))
        .where(
            col(Job.finished_at).is_(None),
            col(Job.organization_id) == bindparam("organization_id"),
            or_(col(Job.kind) == KIND, col(Job.kind) == UNDO),
            json_member(col(Job.arguments), name, kind) == bindparam("id"),
        )
        .limit(bindparam("size"))
    )


_COUNTS = Statement(_counts)
_UNDER_WAY = Statement(_under_way)
