"""What is done to entries: assign, select, submit, error, send back, and the leases that go with them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.access import ProjectMember, scope
from app.declare import RESOURCES, Values
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.operations import changes, records
from app.operations.living import is_living
from app.operations.records import Told
from app.operations.statements import Hold, held_of
from app.resources import leases, tallies
from app.resources.datasets import DATASETS, Dataset
from app.resources.entry_rows import Entry, held_rows, owned_rows
from app.storage.statement import Statement
from app.work import Sight, Work
from workflow import dataset as dataset_flow
from workflow import entry as flow
from workflow.entry import EntryState, Person, Step, Submission
from workflow.errors import Missing

P = ParamSpec("P")
T = TypeVar("T")
OWNED = scope(Entry.organization_id, owned_rows)


def _summed(run: Callable[Concatenate[Work, Entry, P], T]) -> Callable[Concatenate[Work, Entry, P], T]:
    """RUN, whose changes move each figure once."""

    @wraps(run)
    def summed(work: Work, entry: Entry, /, *given: P.args, **named: P.kwargs) -> T:
        with tallies.together(work) as adding:
            return run(adding, entry, *given, **named)

    return summed


@_summed
def assign(work: Work, entry: Entry, body: Values) -> Entry:
    """Put the entry into a member's hands, or into nobody's."""
    account_id = body["assigned_to_id"]
    person = None
    if account_id is not None:
        person = _member_of(work, entry, account_id)
        if person is None or person.member is None:
            pointer = "/data/attributes/assigned_to_id"
            raise Invalid(Fault("not_a_member", "the account is no enabled member of the project", pointer))
    state = flow.assign(entry.state, person)
    lease = _taken(work, entry, account_id) if account_id else leases.end(work, entry, "take_away")
    return _move(work, entry, state, "assign", lease=lease)


@_summed
def select_entry(work: Work, entry: Entry, body: Values) -> Entry:
    """Take the entry, or renew the lease of who has it."""
    if entry.assigned_to_id == work.actor.account_id and not entry.state.is_finished:
        return renew(work, entry, body)
    is_free = leases.has_run_out(entry, work.now)
    terms = _terms_of(work, entry)
    state = flow.select(entry.state, terms.caller, is_free=is_free)
    _refuse_own_review(work, entry)
    lease = leases.taken(work, entry, work.actor.account_id, terms.lease)
    return _move(work, entry, state, "select", lease=lease)


def renew(work: Work, entry: Entry, body: Values) -> Entry:
    """Renew the lease of the holder."""
    if entry.assigned_to_id != work.actor.account_id:
        raise Conflict("only who holds the entry renews its lease: select it first", code="not_holder")
    flow.assign(entry.state, entry.state.assigned_to)  # at its end nobody begins a lease anew
    if not leases.check(work, entry.id, body.get("lease"), entry.lease_token):
        raise Conflict("the lease was lost: select the entry again", code="lease_lost")
    if entry.lease_token is None:
        lease = _taken(work, entry, work.actor.account_id)
    else:
        lease = {"lease_expires_at": leases.expiry_of(work.now, _lease_of(work, entry))}
    renewed: Entry = changes.adjust(work, RESOURCES["entries"], entry, lease)
    return renewed


@_summed
def give_up(work: Work, entry: Entry, body: Values) -> Entry:
    """Leave the entry to others: by its holder, or taken away by the project's owner."""
    is_own = entry.assigned_to_id == work.actor.account_id
    lease = leases.end(work, entry, "give_up" if is_own else "take_away")
    return _move(work, entry, flow.assign(entry.state, None), "release", lease=lease)


@_summed
def submit(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """Hand the entry on to its next step, with the annotations that come along."""
    if not leases.check(work, entry.id, body.get("lease"), entry.lease_token):
        return _lost(work, entry, body)
    _refuse_own_review(work, entry)
    terms = _terms_of(work, entry)
    # The dice are thrown here, once: a guard that throws its own can refuse both ways.
    is_sampled = work.sources.chance() < terms.sample_rate
    submission = Submission(terms.caller, is_sampled, body.get("approved"))
    try:
        state = flow.submit(entry.state, submission)
    except Missing as error:
        raise Invalid(
            Fault(f"{error.fact}_missing", f"{error.fact} is required at review: true or false", "/data")
        ) from None
    details = {name: body[name] for name in ("approved", "reason", "comment") if body.get(name) is not None}
    tallies.submitted(work, entry, state, body.get("approved"), body.get("reason"))
    if entry.wf_step in flow.OPEN:  # the caller comes to hold it by this
        moved = _move(work, entry, state, "submit", details, _handed_on(work, entry, state, terms.lease))
        return annotate(work, moved, body)
    annotated = annotate(work, entry, body)
    return _move(work, annotated, state, "submit", details, _handed_on(work, annotated, state, terms.lease))


@_summed
def error(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """Set the entry aside as faulty. The message is kept in its history."""
    if not leases.check(work, entry.id, body.get("lease"), entry.lease_token):
        return _lost(work, entry, body)
    lease = leases.end(work, entry, "error")
    return _move(work, entry, flow.error(entry.state), "error", {"message": body["message"]}, lease)


@_summed
def send_back(work: Work, entry: Entry, body: Values) -> Entry:
    """Have the entry annotated again, by who did before where they may still, else by anybody."""
    state = flow.send_back(entry.state)
    if state.assigned_to is not None:
        person = _member_of(work, entry, state.assigned_to.account)
        state = replace(state, assigned_to=person if person.member else None)
    details = {name: body[name] for name in ("reason", "comment") if body.get(name) is not None}
    lease = _handed_on(work, entry, state, _lease_of(work, entry), "take_away")
    return _move(work, entry, state, "send_back", details, lease)


def salvage(work: Work, id: str, body: Values) -> Told | None:
    """What to tell somebody who submits an entry that was once theirs; what they carried is kept."""
    if not leases.was_lost(work, id, work.actor.account_id):
        return None
    found = work.rows(
        held_of(RESOURCES["entries"], RESOURCES["entries"].access.read, Sight.SYSTEM, Hold.KEPT), {"id": id}
    )
    return _lost(work, RESOURCES["entries"].of(found[0][:-1]), body) if found else None


def _lost(work: Work, entry: Entry, body: Values) -> Told:
    """Keep what BODY carried as a draft, and say so."""
    content = {name: value for name, value in body.items() if name != "lease"}
    if "annotations" in content:
        content["annotations"] = [_as_sent(one) for one in content["annotations"]]
    draft = changes.add(
        work,
        RESOURCES["drafts"],
        {
            "organization_id": entry.organization_id,
            "project_id": entry.project_id,
            "dataset_id": entry.dataset_id,
            "entry_id": entry.id,
            "account_id": work.actor.account_id,
            "reason": "lease_lost",
            "content": msgspec.json.encode(content).decode(),
        },
    )
    return Told(
        Conflict(
            "the lease went to somebody else; what you sent is kept as a draft",
            code="lease_lost",
            meta={"draft_id": draft.id},
        )
    )


def _as_sent(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """ANNOTATION, whose objects are JSON text, as a client would send it."""
    return {
        name: value if name == "id" else msgspec.Raw(value.encode()) for name, value in annotation.items()
    }


@_summed
def take(work: Work, entry: Entry, caller: Person, duration: str) -> Entry:
    """The entry in the caller's hands, by a lease of DURATION."""
    state = flow.select(entry.state, caller, is_free=True)
    lease = leases.taken(work, entry, work.actor.account_id, duration)
    return _move(work, entry, state, "select", lease=lease)


def _taken(work: Work, entry: Entry, account_id: str) -> Values:
    return leases.taken(work, entry, account_id, _lease_of(work, entry))


def _handed_on(work: Work, entry: Entry, state: EntryState, duration: str, ending: str = "submit") -> Values:
    """The lease after a submit: ended, and one of DURATION where the entry is in somebody's hands again."""
    ended = leases.end(work, entry, ending)
    if state.assigned_to is None:
        return ended
    free = RESOURCES["entries"].altered(entry, {**ended, "assigned_to_id": None})
    return leases.taken(work, free, state.assigned_to.account, duration)


def _move(
    work: Work,
    entry: Entry,
    state: EntryState,
    event: str,
    details: Mapping[str, Any] | None = None,
    lease: Values | None = None,
) -> Entry:
    values: Values = {
        **(lease or {}),
        "step_since": entry.step_since if state.step == entry.wf_step else work.now,
        "wf_step": str(state.step),
        "status": str(state.status),
        "worked_by": flow.worked_by(state.step),
    }
    for name in ("assigned_to", "submitted_by", "reviewed_by"):
        person: Person | None = getattr(state, name)
        values |= {f"{name}_id": person and person.account, f"{name}_member_id": person and person.member}
    moved: Entry = changes.change(work, RESOURCES["entries"], entry, values, event, details)
    return moved


def annotate(work: Work, entry: Entry, body: Values) -> Entry:
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
    found: Entry = records.find(work, RESOURCES["entries"], entry.id)
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


def member_by(project_id: Any) -> Any:
    """The enabled member that the account is in the project PROJECT_ID, and their role."""
    return select(col(ProjectMember.id), col(ProjectMember.role)).where(
        col(ProjectMember.project_id) == project_id,
        col(ProjectMember.account_id) == bindparam("account_id"),
        col(ProjectMember.disabled_at).is_(None),
        *is_living(RESOURCES["project_members"], is_one=True),
    )


MEMBER = Statement(lambda: member_by(bindparam("project_id")))
_LEASE = Statement(lambda: select(DATASETS.columns["lease"]).where(DATASETS.columns["id"] == bindparam("id")))
_TERMS = Statement(
    lambda: select(
        DATASETS.columns["workflow_configuration"],
        DATASETS.columns["lease"],
        member_by(DATASETS.columns["project_id"])
        .with_only_columns(col(ProjectMember.id))
        .correlate(Dataset)
        .scalar_subquery(),
    ).where(DATASETS.columns["id"] == bindparam("id"))
)


class Terms(NamedTuple):
    """How the caller works an entry: the share that is reviewed, how long a lease is, and who they are."""

    sample_rate: float
    lease: str
    caller: Person


def _terms_of(work: Work, entry: Entry) -> Terms:
    account_id = work.actor.account_id
    found = work.rows(_TERMS, {"id": entry.dataset_id, "account_id": account_id})
    configuration, lease, member = found[0]
    rate = dataset_flow.sample_rate_of(msgspec.json.decode(configuration))
    return Terms(rate, lease, Person(account_id, member))


def _lease_of(work: Work, entry: Entry) -> str:
    """For how long the entry's dataset leaves it to who takes it."""
    return str(work.rows(_LEASE, {"id": entry.dataset_id})[0][0])


def _member_of(work: Work, entry: Entry, account_id: str) -> Person:
    found = work.rows(MEMBER, {"project_id": entry.project_id, "account_id": account_id})
    return place_in(found, account_id)[0]


def place_in(found: list[tuple[Any, ...]], account_id: str) -> tuple[Person, str | None]:
    """Who the account is in a project, and in which role (None: in none), as MEMBER has FOUND."""
    member, role = found[0] if found else (None, None)
    return Person(account_id, member), role


def _refuse_own_review(work: Work, entry: Entry) -> None:
    is_own = entry.wf_step == Step.REVIEW and entry.submitted_by_id == work.actor.account_id
    if is_own and not records.lies_in(work, RESOURCES["entries"], entry.id, OWNED):
        raise Forbidden("nobody reviews what they submitted themselves", code="own_submission")


def find_held(work: Work, id: str) -> Entry:
    """The entry, where the caller holds it or owns its project."""
    scope_of_holders = scope(Entry.organization_id, held_rows)
    found: Entry = records.find(work, RESOURCES["entries"], id, scope_of_holders, "annotate")
    return found
