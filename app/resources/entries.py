"""Entries: the data items of a dataset, on their way through the workflow."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, bindparam, or_, update
from sqlmodel import col

from app.access import scope
from app.attributes import Kind, read_id
from app.declare import Access, Action, Change, Meta, Offer, OwnFilter, Resource, ToMany, ToOne, Values
from app.errors import Fault, Invalid
from app.operations import records
from app.resources import (
    dealing,
    entry_labels,
    entry_moves,
    entry_work,
    items,
    libraries,
    places,
    queue,
    seats,
    tallies,
)
from app.resources.dataset_rows import count
from app.resources.datasets import DATASETS, check_force
from app.resources.entry_rows import (
    Entry,
    held_rows,
    owned_or_worked_rows,
    owned_rows,
    run_out,
    shown_rows,
    submittable_rows,
)
from app.resources.layer_rows import add_ground_truth
from app.resources.project_members import PROJECT_MEMBERS
from app.storage.statement import Statement
from app.work import Work
from workflow import entry as flow
from workflow.dataset import workflow_of
from workflow.entry import Status


def _place(work: Work, values: Values) -> None:
    dataset = records.parent(work, DATASETS, values, "dataset_id")
    workflow = workflow_of(dataset.workflow_configuration)
    values |= {
        "organization_id": dataset.organization_id,
        "project_id": dataset.project_id,
        "workflow_version": dataset.workflow_version,
        **places.columns_at_start(workflow, values.get("priority", 0.0), work.now),
        # What comes with its content is told by that: many files are called image.png.
        "item_key": None if values.get("content_hash") else items.key_of(values["resource"]),
    }
    if dataset.attachments_count:
        values["is_shared"] = 1
    items.check_size(values)
    _check_reviewer(work, dataset.project_id, values)
    values |= dealing.deal_new(work, dataset, values)


def _check_change(work: Work, entry: Entry, values: Values) -> None:
    items.check_size(values)
    if values.get("reviewer_id") != entry.reviewer_id:
        _check_reviewer(work, entry.project_id, values)


def _check_reviewer(work: Work, project_id: str, values: Values) -> None:
    """Who is named to review it is an enabled member of its project."""
    account_id = values.get("reviewer_id")
    asked = {"project_id": project_id, "account_id": account_id}
    if account_id is not None and not work.rows(entry_moves.MEMBER, asked):
        pointer = "/data/attributes/reviewer_id"
        raise Invalid(Fault("not_a_member", "the account is no enabled member of the project", pointer))


def _check_delete(work: Work, entry: Entry, is_forced: bool) -> None:
    is_begun = entry.status in (Status.IN_PROGRESS, *flow.COUNTED_AS_COMPLETED)
    check_force(work, ENTRIES, entry, is_begun, is_forced)


def _follow(work: Work, changes: Sequence[Change]) -> None:
    """Keep the datasets' counts and tallies in step, in the same transaction; what is new gets its layer."""
    made = [after for before, after in changes if before is None and after.version == 1]
    add_ground_truth(work, made)
    _spread(work, changes)
    tallies.entries_changed(work, changes)
    moved: dict[str, tuple[int, ...]] = {}
    for before, after in changes:
        dataset_id = (after or before).dataset_id
        steps = zip(moved.get(dataset_id, (0,) * 4), _counted(before), _counted(after), strict=True)
        moved[dataset_id] = tuple(so_far - then + now for so_far, then, now in steps)
    for dataset_id, by in moved.items():
        count(work, dataset_id, *by)


def _spread(work: Work, changes: Sequence[Change]) -> None:
    """Have the attachments of a library hear of entries that are new there, once their items are."""
    shared: dict[str, list[str]] = {}
    for before, after in changes:
        if after is None or after.status in flow.UNDONE:
            continue
        is_new = before is None and after.version == 1 and after.is_shared
        if is_new or (before is not None and before.status in flow.UNDONE):
            shared.setdefault(after.dataset_id, []).append(after.id)
    for library_id, ids in shared.items():
        libraries.spread(work, library_id, ids)


def _counted(entry: Entry | None) -> tuple[int, int, int, int]:
    """How ENTRY counts: in all, completed, in progress, begun."""
    if entry is None:
        return (0, 0, 0, 0)
    is_completed = entry.status in flow.COUNTED_AS_COMPLETED
    is_begun = entry.status in flow.BEGUN
    return (1, int(is_completed), int(entry.status == Status.IN_PROGRESS), int(is_begun))


def _amend(work: Work, before: Entry, values: Values) -> Values:
    """What comes along with VALUES: its place in the queue, and in whose hands it is dealt."""
    amended = dealing.deal_changed(work, before, values)
    if "resource" in values and before.item_key is not None:
        amended["item_key"] = items.key_of(values["resource"])
    if "priority" in values and before.rank == before.priority:  # it is served in that order
        amended["rank"] = values["priority"]
    return amended


def touch(work: Work, entry_id: str) -> None:
    """Move the entry's time of change: its annotations did."""
    work.run_later(_TOUCH, {"k_id": entry_id, "v_updated_at": work.now})


_TOUCH = Statement(
    lambda: (
        update(Entry).where(col(Entry.id) == bindparam("k_id")).values(updated_at=bindparam("v_updated_at"))
    )
)


def _participated(account_ids: list[Any]) -> ColumnElement[bool]:
    hands = (Entry.assigned_to_id, Entry.submitted_by_id, Entry.reviewed_by_id)
    return or_(*(col(hand) == account_ids[0] for hand in hands))


def _read_account(text: str, me: str) -> str:
    return me if text == "me" else read_id(text)


_LEASE = fields.String(
    metadata={
        "description": "the lease's token, also as the header Postil-Lease; without it, who holds it counts"
    }
)


class LeaseBody(Schema):
    lease = _LEASE


class AssignBody(Schema):
    assigned_to_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "an account's id, or null"}
    )


class AnnotationBody(Schema):
    id = fields.UUID(metadata={"description": "of an annotation of the entry, which is then changed"})
    dimensions = fields.Dict(metadata={"description": "the geometry"})
    annotation = fields.Dict(metadata={"description": "the value"})
    metadata = fields.Dict()


class _Verdict(fields.Boolean):
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, bool):  # the library would take 1 for true
            raise self.make_error("invalid", input=value)
        return value


_REASON = fields.String(
    metadata={"description": "why, in a word or two: where a step lists its reasons, one"}
)
_COMMENT = fields.String(metadata={"description": "why, at length"})


class SubmitBody(Schema):
    approved = _Verdict(metadata={"description": "the verdict; at review this or the outcome is required"})
    outcome = fields.String(
        metadata={
            "description": "accept, reject or fix at review; submit or fail, by a program, at an agent step"
        }
    )
    keep = fields.UUID(
        metadata={
            "description": "where several worked on it: the account whose annotations stay; the others' go"
        }
    )
    reason = _REASON
    comment = _COMMENT
    lease = _LEASE
    annotations = fields.List(
        fields.Nested(AnnotationBody), metadata={"description": "written along with it"}
    )


class SkipBody(Schema):
    reason = _REASON
    comment = _COMMENT
    lease = _LEASE


class SendBackBody(Schema):
    step = fields.String(
        metadata={"description": "where to: a step that it was worked at; by default the last to annotate it"}
    )
    reason = _REASON
    comment = _COMMENT


class ErrorBody(Schema):
    message = fields.String(
        required=True, metadata={"description": "what is wrong with the entry; it is kept"}
    )


def _labelled_rows() -> ColumnElement[bool]:
    return or_(owned_or_worked_rows(), held_rows())


_owned = scope(Entry.organization_id, owned_rows)
_NOT_HOLDER = (entry_work.NOT_HOLDER, "not_assignee")


def _lease_shown(work: Work, row: tuple[Any, ...]) -> Mapping[str, Any] | None:
    token, expires_at, holder, barred, id = row
    me = work.actor.account_id
    if token is None and me in barred:  # perhaps they have a seat at its consensus
        return seats.told(work, id, me)
    if token is None:
        return None
    return {"lease": {"expires_at": expires_at} | ({"token": token} if holder == me else {})}


_LEASE_TOLD = {
    "type": "object",
    "description": "For how long it is in the hands of who has it.",
    "required": ["expires_at"],
    "properties": {
        "expires_at": {"type": "string", "format": "date-time"},
        "token": {"type": "string", "description": "To its holder: what Postil-Lease takes."},
    },
}

ENTRIES = Resource(
    Entry,
    type="entries",
    about="One item of data, from arrival to done.",
    access=Access(read=scope(Entry.organization_id, shown_rows), create=_owned, update=_owned, delete=_owned),
    inherited={"dataset_id": ("organization_id", "project_id")},
    ancestors={"project_id": "projects", "dataset_id": "datasets"},
    passing=run_out,
    example={
        "resource": "https://pictures.example.org/0001.jpg",
        "priority": 0,
        "external_id": "0001",
        "split": "train",
        "metadata": {"city": "Lund"},
    },
    links=(
        ToOne("dataset", DATASETS.type, "dataset_id"),
        ToOne("assigned_to", PROJECT_MEMBERS.type, "assigned_to_member_id"),
        ToOne("submitted_by", PROJECT_MEMBERS.type, "submitted_by_member_id"),
        ToOne("reviewed_by", PROJECT_MEMBERS.type, "reviewed_by_member_id"),
        ToMany("annotations", "annotations", "layer_id", "Those of the ground truth."),
        ToMany("layers", "layers", "entry_id"),
        ToMany("note_feeds", "note_feeds", "entry_id"),
    ),
    paths=("dataset.project",),
    filters=(
        OwnFilter(
            "participated",
            _participated,
            _read_account,
            Kind.ID,
            "An account that holds, submitted or reviewed it; `me` is the caller.",
            ("me",),
        ),
    ),
    actions=(
        Action(
            "assign",
            ("PATCH",),
            entry_work.assign,
            _owned,
            AssignBody,
            {"assigned_to_id": "0190a1b2-0000-7000-8000-000000000001"},
            "Put the entry into the hands of an enabled member of its project; null takes it out of any.",
            is_for_many=True,
        ),
        Action(
            "select",
            ("GET", "POST"),
            entry_work.select_entry,
            scope(Entry.organization_id, owned_or_worked_rows),
            LeaseBody,
            about="Take the entry where nobody else has it, or renew its lease. As GET too it changes state.",
            refusal="your role does not work the entry's step",
        ),
        Action(
            "lease",
            ("POST",),
            entry_work.renew,
            scope(Entry.organization_id, held_rows),
            LeaseBody,
            about="Renew the lease of the entry that one holds.",
            refusal=_NOT_HOLDER[0],
            refusal_code=_NOT_HOLDER[1],
        ),
        Action(
            "lease",
            ("DELETE",),
            entry_work.give_up,
            scope(Entry.organization_id, held_rows),
            about="Give the entry up, or, as the project's owner, take it from who holds it.",
            refusal=_NOT_HOLDER[0],
            refusal_code=_NOT_HOLDER[1],
        ),
        Action(
            "submit",
            ("POST",),
            entry_work.submit,
            scope(Entry.organization_id, submittable_rows),
            SubmitBody,
            {"approved": True},
            "Hand the entry on to its next step.",
            *_NOT_HOLDER,
            entry_moves.salvage,
        ),
        Action(
            "skip",
            ("POST",),
            entry_work.skip,
            scope(Entry.organization_id, held_rows),
            SkipBody,
            {"reason": "blurry"},
            "Pass the entry over, where its step allows it.",
            *_NOT_HOLDER,
            entry_moves.salvage,
        ),
        Action(
            "error",
            ("POST",),
            entry_work.error,
            scope(Entry.organization_id, held_rows),
            ErrorBody,
            {"message": "the picture is all black"},
            "Set the entry aside as faulty.",
            *_NOT_HOLDER,
        ),
        Action(
            "label",
            ("POST",),
            entry_labels.label,
            scope(Entry.organization_id, _labelled_rows),
            entry_labels.LabelBody,
            {"status": "labeled", "annotations": []},
            "Say what its labels are and how far, at once: its annotations whole, and the status to which it "
            "is led through its workflow, as one might step by step.",
            refusal="your role does not work the entry's step",
        ),
        Action(
            "send_back",
            ("POST",),
            entry_work.send_back,
            _owned,
            SendBackBody,
            {"reason": "the labels were renamed"},
            "Have an entry worked again at an earlier step, such as to annotate it: by who worked it there, "
            "where they are an enabled member of its project, else by whoever takes it.",
            is_for_many=True,
        ),
        Action(
            "reopen",
            ("POST",),
            entry_work.reopen,
            _owned,
            SendBackBody,
            {"reason": "a second look"},
            "Take an entry back from its end to a step where it was worked: unless said, the last one.",
            is_for_many=True,
        ),
    ),
    offers=(
        Offer(
            "next",
            ("datasets", "projects"),
            queue.next_entry,
            "The entry to do next, taken: the caller's own first, then by priority and age among those that "
            "are served. 204 where there is none.",
            is_filtered=True,
        ),
    ),
    meta=Meta(
        ("lease_token", "lease_expires_at", "assigned_to_id", "barred", "id"),
        _lease_shown,
        {"lease": _LEASE_TOLD},
    ),
    before_create=_place,
    before_delete=_check_delete,
    before_change=_check_change,
    amend=_amend,
    after_changes=_follow,
    is_made_in_runs=True,
    is_changed_by_filter=True,
)
