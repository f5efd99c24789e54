"""Entries: the data items of a dataset, on their way through the workflow."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, Index, UniqueConstraint, and_, bindparam, literal, or_, select, update
from sqlmodel import col

from app.access import ProjectMember, Role, as_worker, in_my_projects, is_actor, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, JsonObject, Kind, at_most, filter_by, read_id
from app.declare import RESOURCES, Access, Action, OwnFilter, Resource, ToMany, ToOne, Values
from app.errors import Fault, Forbidden, Invalid
from app.operations import changes, records
from app.resources.datasets import DATASETS, check_force, count
from app.resources.project_members import PROJECT_MEMBERS
from app.storage.rows import STRICT, Row, number, parent_key, text
from app.storage.statement import Statement
from app.work import Work
from workflow import dataset as dataset_flow
from workflow import entry as flow
from workflow.entry import EntryState, Person, Status, Step, Submission
from workflow.errors import Missing


class Split(StrEnum):
    TRAIN = "train"
    VALID = "valid"
    TEST = "test"


class Entry(Row, table=True):
    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("dataset_id", "external_id"),
        Index(None, "dataset_id", "status", "priority", "id"),
        Index(None, "dataset_id", "id"),
        Index(None, "project_id", "id"),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its dataset.")
    dataset_id: Annotated[Id, FIXED] = parent_key("datasets.id", "Whose entry it is.")
    resource: Annotated[str, at_most(4096), filter_by("match")] = text(
        "Where the data item is: an address or a name."
    )
    priority: float = number("Lower is served sooner, ties oldest first.", default=0.0)
    wf_step: Annotated[Step, READ_ONLY] = text("Where in the workflow it is.", default=Step.START.value)
    status: Annotated[Status, READ_ONLY] = text("How it stands.", default=Status.READY.value)
    job_id: Annotated[str | None, at_most(255)] = text("The job that prepares its item.", default=None)
    assigned_to_id: Annotated[Id | None, READ_ONLY] = text(
        "The account that holds it.", default=None, index=True
    )
    submitted_by_id: Annotated[Id | None, READ_ONLY] = text(
        "The account that submitted it for review.", default=None, index=True
    )
    reviewed_by_id: Annotated[Id | None, READ_ONLY] = text(
        "The account that reviewed it.", default=None, index=True
    )
    external_id: Annotated[str | None, at_most(512)] = text(
        "The client's own id, unique in the dataset.", default=None
    )
    split: Split | None = text("Which part of the data set for training it belongs to.", default=None)
    metadata_: JsonObject = text(
        "What else is to be known of it.", default="{}", sa_column_kwargs={"name": "metadata"}
    )
    # The members that the accounts above are, so that lists can link to them without a join.
    assigned_to_member_id: Annotated[Id | None, HIDDEN] = text(default=None, index=True)
    submitted_by_member_id: Annotated[Id | None, HIDDEN] = text(default=None)
    reviewed_by_member_id: Annotated[Id | None, HIDDEN] = text(default=None)
    worked_by: Annotated[str | None, HIDDEN] = text(default=None)  # the role that works its step

    @property
    def state(self) -> EntryState:
        return EntryState(
            self.wf_step,
            self.status,
            _person(self.assigned_to_id, self.assigned_to_member_id),
            _person(self.submitted_by_id, self.submitted_by_member_id),
            _person(self.reviewed_by_id, self.reviewed_by_member_id),
        )


def _person(account: str | None, member: str | None) -> Person | None:
    return Person(account, member) if account else None


def assign(work: Work, entry: Entry, body: Values) -> Entry:
    """Put the entry into a member's hands, or into nobody's."""
    account_id = body["assigned_to_id"]
    person = None
    if account_id is not None:
        person = _member_of(work, entry, account_id)
        if person is None or person.member is None:
            pointer = "/data/attributes/assigned_to_id"
            raise Invalid(Fault("not_a_member", "the account is no enabled member of the project", pointer))
    return _move(work, entry, flow.assign(entry.state, person), "assign")


def select_entry(work: Work, entry: Entry, body: Values) -> Entry:
    """Take the entry. Again by its holder, it changes nothing."""
    if entry.assigned_to_id == work.actor.account_id and not entry.state.is_finished:
        return entry
    state = flow.select(entry.state, _caller(work, entry))
    _refuse_own_review(work, entry)
    return _move(work, entry, state, "select")


def submit(work: Work, entry: Entry, body: Values) -> Entry:
    """Hand the entry on to its next step, with the annotations that come along."""
    _refuse_own_review(work, entry)
    # The dice are thrown here, once: a guard that throws its own can refuse both ways.
    is_sampled = work.sources.chance() < _sample_rate(work, entry)
    submission = Submission(_caller(work, entry), is_sampled, body.get("approved"))
    try:
        state = flow.submit(entry.state, submission)
    except Missing as error:
        raise Invalid(
            Fault(f"{error.fact}_missing", f"{error.fact} is required at review: true or false", "/data")
        ) from None
    details = {name: body[name] for name in ("approved", "reason", "comment") if body.get(name) is not None}
    if entry.wf_step in flow.OPEN:  # the caller comes to hold it by this
        moved = _move(work, entry, state, "submit", details)
        return _annotate(work, moved, body)
    return _move(work, _annotate(work, entry, body), state, "submit", details)


def error(work: Work, entry: Entry, body: Values) -> Entry:
    """Set the entry aside as faulty. The message is kept in its history."""
    return _move(work, entry, flow.error(entry.state), "error", {"message": body["message"]})


def _move(
    work: Work, entry: Entry, state: EntryState, event: str, details: Mapping[str, Any] | None = None
) -> Entry:
    values: Values = {
        "wf_step": str(state.step),
        "status": str(state.status),
        "worked_by": flow.worked_by(state.step),
    }
    for name in ("assigned_to", "submitted_by", "reviewed_by"):
        person: Person | None = getattr(state, name)
        values |= {f"{name}_id": person and person.account, f"{name}_member_id": person and person.member}
    moved: Entry = changes.change(work, ENTRIES, entry, values, event, details)
    return moved


def _annotate(work: Work, entry: Entry, body: Values) -> Entry:
    """ENTRY, after the annotations of BODY were written: changed where they have an id, made where not."""
    if not body.get("annotations"):
        return entry
    card = RESOURCES["annotations"]
    for n, one in enumerate(body["annotations"]):
        values = {card.attributes[name].field: value for name, value in one.items() if name != "id"}
        try:
            if "id" in one and work.rows(_IS_ANNOTATION_OF, {"id": one["id"], "entry_id": entry.id}):
                records.update(work, card, one["id"], values)
            else:
                _check_whole(one)
                own_id = {"id": one["id"]} if "id" in one else {}
                records.create(work, card, values | own_id | {"entry_id": entry.id})
        except Invalid as invalid:
            at = f"/data/attributes/annotations/{n}"
            raise Invalid(*(Fault(fault.code, fault.detail, at) for fault in invalid.faults)) from None
    found: Entry = records.find(work, ENTRIES, entry.id)
    return found


def _check_whole(annotation: Mapping[str, Any]) -> None:
    missing = [name for name in ("dimensions", "annotation") if name not in annotation]
    if missing:
        raise Invalid(*(Fault("attribute_missing", f"{name} is required") for name in missing))


_IS_ANNOTATION_OF = Statement(
    lambda: select(RESOURCES["annotations"].columns["id"]).where(
        RESOURCES["annotations"].columns["id"] == bindparam("id"),
        RESOURCES["annotations"].columns["entry_id"] == bindparam("entry_id"),
    )
)

_CONFIGURATION = Statement(
    lambda: select(DATASETS.columns["workflow_configuration"]).where(
        DATASETS.columns["id"] == bindparam("id")
    )
)

_MEMBER = Statement(
    lambda: select(col(ProjectMember.id)).where(
        col(ProjectMember.project_id) == bindparam("project_id"),
        col(ProjectMember.account_id) == bindparam("account_id"),
        col(ProjectMember.disabled_at).is_(None),
    )
)


def _sample_rate(work: Work, entry: Entry) -> float:
    text = work.rows(_CONFIGURATION, {"id": entry.dataset_id})[0][0]
    return dataset_flow.sample_rate_of(msgspec.json.decode(text))


def _member_of(work: Work, entry: Entry, account_id: str) -> Person:
    found = work.rows(_MEMBER, {"project_id": entry.project_id, "account_id": account_id})
    return Person(account_id, found[0][0] if found else None)


def _caller(work: Work, entry: Entry) -> Person:
    return _member_of(work, entry, work.actor.account_id)


def _refuse_own_review(work: Work, entry: Entry) -> None:
    is_own = entry.wf_step == Step.REVIEW and entry.submitted_by_id == work.actor.account_id
    if is_own and not records.lies_in(work, ENTRIES, entry.id, _owned):
        raise Forbidden("nobody reviews what they submitted themselves", code="own_submission")


def _place(work: Work, values: Values) -> None:
    dataset = records.parent(work, DATASETS, values, "dataset_id")
    values |= {
        "organization_id": dataset.organization_id,
        "project_id": dataset.project_id,
        "worked_by": flow.worked_by(Step.START),
    }


def _check_delete(work: Work, entry: Entry, is_forced: bool) -> None:
    is_begun = entry.status in (Status.IN_PROGRESS, *flow.COUNTED_AS_COMPLETED)
    check_force(work, ENTRIES, entry, is_begun, is_forced)


def _count(work: Work, before: Entry | None, after: Entry | None) -> None:
    """Keep the dataset's counts in step, in the same transaction."""
    entry = after or before
    assert entry is not None
    old, new = _counted(before), _counted(after)
    if old != new:
        count(work, entry.dataset_id, *(now - then for now, then in zip(new, old, strict=True)))


def _counted(entry: Entry | None) -> tuple[int, int, int, int]:
    """How ENTRY counts: in all, completed, in progress, begun."""
    if entry is None:
        return (0, 0, 0, 0)
    is_completed = entry.status in flow.COUNTED_AS_COMPLETED
    return (1, int(is_completed), int(entry.status == Status.IN_PROGRESS), int(entry.wf_step != Step.START))


def touch(work: Work, entry_id: str) -> None:
    """Move the entry's time of change: its annotations did."""
    work.run(_TOUCH, {"k_id": entry_id, "v_updated_at": work.now})


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


class SubmitBody(Schema):
    approved = _Verdict(metadata={"description": "the verdict; required at review"})
    reason = fields.String(metadata={"description": "why, in a word or two"})
    comment = fields.String(metadata={"description": "why, at length"})
    annotations = fields.List(
        fields.Nested(AnnotationBody), metadata={"description": "written along with it"}
    )


class ErrorBody(Schema):
    message = fields.String(
        required=True, metadata={"description": "what is wrong with the entry; it is kept"}
    )


def _owned_rows() -> ColumnElement[bool]:
    return in_my_projects(Entry.project_id, Role.OWNER)


def _worked_rows() -> ColumnElement[bool]:
    """What the actor's role works, and what is at its end, where the workflow itself refuses."""
    return or_(as_worker(Entry.project_id, Entry.worked_by), col(Entry.worked_by).is_(None))


def _readable_rows() -> ColumnElement[bool]:
    mine = is_actor(Entry.assigned_to_id, Entry.submitted_by_id, Entry.reviewed_by_id)
    free = and_(col(Entry.assigned_to_id).is_(None), as_worker(Entry.project_id, Entry.worked_by))
    return or_(_owned_rows(), and_(mine, in_my_projects(Entry.project_id)), free)


def _held_rows() -> ColumnElement[bool]:
    return or_(_owned_rows(), is_actor(Entry.assigned_to_id), col(Entry.worked_by).is_(None))


def _submittable_rows() -> ColumnElement[bool]:
    """What the actor holds, and what is free at an open step: there the first to submit keeps it."""
    is_open = col(Entry.wf_step).in_([literal(step.value) for step in sorted(flow.OPEN)])
    is_free = and_(col(Entry.assigned_to_id).is_(None), is_open)
    return or_(_held_rows(), and_(is_free, as_worker(Entry.project_id, Entry.worked_by)))


def _owned_or_worked_rows() -> ColumnElement[bool]:
    return or_(_owned_rows(), _worked_rows())


_owned = scope(Entry.organization_id, _owned_rows)
_NOT_HOLDER = (
    "only who holds the entry, or its project's owner, may do this: select it first",
    "not_assignee",
)

ENTRIES = Resource(
    Entry,
    type="entries",
    about="One item of data, from arrival to done.",
    access=Access(
        read=scope(Entry.organization_id, _readable_rows), create=_owned, update=_owned, delete=_owned
    ),
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
        ToMany("annotations", "annotations", "entry_id"),
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
            assign,
            _owned,
            AssignBody,
            {"assigned_to_id": "0190a1b2-0000-7000-8000-000000000001"},
            "Put the entry into the hands of an enabled member of its project; null takes it out of any.",
        ),
        Action(
            "select",
            ("GET", "POST"),
            select_entry,
            scope(Entry.organization_id, _owned_or_worked_rows),
            about="Take the entry, where nobody else holds it. It changes state, as GET too.",
            refusal="your role does not work the entry's step",
        ),
        Action(
            "submit",
            ("POST",),
            submit,
            scope(Entry.organization_id, _submittable_rows),
            SubmitBody,
            {"approved": True},
            "Hand the entry on to its next step.",
            *_NOT_HOLDER,
        ),
        Action(
            "error",
            ("POST",),
            error,
            scope(Entry.organization_id, _held_rows),
            ErrorBody,
            {"message": "the picture is all black"},
            "Set the entry aside as faulty.",
            *_NOT_HOLDER,
        ),
    ),
    before_create=_place,
    before_delete=_check_delete,
    after_change=_count,
)
