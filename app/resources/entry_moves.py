"""What all that is done to entries rests on: how the caller works them, and how a new state is written."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import msgspec
from sqlalchemy import and_, bindparam, exists, select
from sqlmodel import col

from app.access import ProjectMember, Role
from app.declare import RESOURCES, Values
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.operations import changes, records
from app.operations.living import is_living
from app.operations.records import Told
from app.operations.statements import Hold, held_of
from app.resources import leases, places, quality, tallies
from app.resources.accounts import Account
from app.resources.datasets import DATASETS
from app.resources.entry_rows import Entry
from app.resources.layer_statuses import LayerStatus
from app.resources.workflows import WorkflowVersion
from app.storage.statement import Statement
from app.work import Sight, Work
from workflow.dataset import workflow_of
from workflow.entry import EntryState, Person
from workflow.errors import BadFact, Missing
from workflow.graph import MAKING, Kind, Step
from workflow.machine import Facts, Workflow

P = ParamSpec("P")
T = TypeVar("T")


def summed(run: Callable[Concatenate[Work, Entry, P], T]) -> Callable[Concatenate[Work, Entry, P], T]:
    """RUN, whose changes move each figure once."""

    @wraps(run)
    def together(work: Work, entry: Entry, /, *given: P.args, **named: P.kwargs) -> T:
        with tallies.together(work) as adding:
            return run(adding, entry, *given, **named)

    return together


# ---- who works, and by which terms


class Terms(NamedTuple):
    """How the caller works an entry: by which workflow, for how long, and who they are in its project."""

    workflow: Workflow
    lease: str  # where the step names none
    paused: frozenset[str]  # steps
    caller: Person
    role: str | None
    is_paused: bool  # the caller

    def step_of(self, entry: Entry) -> Step | None:
        return self.workflow.step(entry.wf_step)

    def lease_at(self, name: str) -> str:
        """For how long an entry at the step NAME is left to who takes it."""
        step = self.workflow.step(name)
        return (step and step.lease) or self.lease

    def is_owner(self, work: Work) -> bool:
        return work.actor.is_administrator or self.role == Role.OWNER


def terms_of(work: Work, entry: Entry) -> Terms:
    me = work.actor.account_id
    asked = {"id": entry.dataset_id, "version": entry.workflow_version, "account_id": me}
    newest, older, lease, paused, member, role, paused_at = work.rows(_TERMS, asked)[0]
    return Terms(
        workflow_of(older or newest),
        lease,
        frozenset(msgspec.json.decode(paused)) if paused != "[]" else frozenset(),
        Person(me, member),
        role,
        paused_at is not None,
    )


def refuse_paused(work: Work, entry: Entry, terms: Terms) -> None:
    """Nobody takes an entry from a step that is paused, nor who is paused themselves."""
    if entry.wf_step in terms.paused:
        raise Conflict(f"the step {entry.wf_step} is paused: nothing is taken from it", code="step_paused")
    if terms.is_paused and not work.actor.is_administrator:
        raise Conflict("you are paused: end what you hold, and ask the project's owner", code="member_paused")


def refuse_barred(work: Work, entry: Entry, terms: Terms) -> None:
    """Who did one step of an entry may be kept from another, but for owners. Raises Forbidden."""
    if work.actor.account_id not in entry.barred or terms.is_owner(work):
        return
    step = terms.step_of(entry)
    if step is not None and step.kind is Kind.REVIEW:
        raise Forbidden("nobody reviews what they submitted themselves", code="own_submission")
    raise Forbidden(f"who worked it before does not work it at {entry.wf_step}", code="worked_before")


def facts_of(work: Work, entry: Entry, terms: Terms, agreement: float | None = None) -> Facts:
    """What the gates of the workflow ask about ENTRY and the caller."""
    attributes: Mapping[str, Any] = {}
    if terms.workflow.asks_attributes:
        attributes = {
            "priority": entry.priority,
            "resource": entry.resource,
            "external_id": entry.external_id,
            "split": entry.split,
            "metadata": msgspec.json.decode(entry.metadata_),
        }
    # The dice are thrown here, once: a guard that throws its own can refuse both ways.
    known = entry.agreement if agreement is None else agreement
    score = None
    if terms.workflow.asks_scores:
        rules = quality.of_dataset(work, entry.dataset_id)
        score = quality.score_now(work, entry.dataset_id, terms.caller.account, rules)
    return Facts(work.sources.chance(), attributes, known, score)


def asked_of(error: Missing | BadFact) -> Invalid:
    """What the flow missed or did not understand, as clients are told of it."""
    if isinstance(error, Missing):
        detail = f"{error.fact} is required at review: true or false"
        return Invalid(Fault(f"{error.fact}_missing", detail, "/data"))
    return Invalid(Fault(f"{error.fact}_unknown", error.detail, f"/data/attributes/{error.fact}"))


class Member(NamedTuple):
    """An enabled member of a project."""

    person: Person
    role: str
    is_paused: bool


def member_of(work: Work, entry: Entry, account_id: str) -> Member | None:
    """The enabled member that the account is in the entry's project; None where it is none."""
    found = work.rows(MEMBER, {"project_id": entry.project_id, "account_id": account_id})
    if not found:
        return None
    member, role, paused_at = found[0]
    return Member(Person(account_id, member), role, paused_at is not None)


def place_in(found: list[tuple[Any, ...]], account_id: str) -> tuple[Person, str | None]:
    """Who the account is in a project, and in which role (None: in none), as MEMBER has FOUND."""
    member, role, _ = found[0] if found else (None, None, None)
    return Person(account_id, member), role


def _is_member_by(project_id: Any) -> list[Any]:
    return [
        col(ProjectMember.project_id) == project_id,
        col(ProjectMember.account_id) == bindparam("account_id"),
        col(ProjectMember.disabled_at).is_(None),
        *is_living(RESOURCES["project_members"], is_one=True),
    ]


_PLACE = (col(ProjectMember.id), col(ProjectMember.role), col(ProjectMember.paused_at))


def member_by(project_id: Any) -> Any:
    """The enabled member that the account is in the project PROJECT_ID, their role, and since when paused."""
    is_enabled = exists().where(
        col(Account.id) == col(ProjectMember.account_id), col(Account.disabled_at).is_(None)
    )
    return select(*_PLACE).where(*_is_member_by(project_id), is_enabled)


def _terms() -> Any:
    datasets = DATASETS.columns
    older = select(col(WorkflowVersion.configuration)).where(
        col(WorkflowVersion.dataset_id) == datasets["id"],
        col(WorkflowVersion.number) == bindparam("version"),
        datasets["workflow_version"] != bindparam("version"),
    )
    of_dataset = (datasets["workflow_configuration"], older.correlate(DATASETS.table).scalar_subquery())
    return (
        select(*of_dataset, datasets["lease"], datasets["paused_steps"], *_PLACE)
        .outerjoin(ProjectMember, and_(*_is_member_by(datasets["project_id"])))
        .where(datasets["id"] == bindparam("id"))
    )


MEMBER = Statement(lambda: member_by(bindparam("project_id")))
_TERMS = Statement(_terms)


# ---- what is written


def move(
    work: Work,
    terms: Terms,
    entry: Entry,
    state: EntryState,
    event: str,
    details: Mapping[str, Any] | None = None,
    lease: Values | None = None,
) -> Entry:
    """ENTRY in STATE, by EVENT."""
    values = places.columns_of(terms.workflow, entry, state, work.now) | (lease or {})
    label_status = label_status_of(terms.workflow, entry, state, event)
    values["label_status"] = label_status and str(label_status)
    moved: Entry = changes.change(work, RESOURCES["entries"], entry, values, event, details)
    return moved


_RETURNS = frozenset({"send_back", "reopen"})


def label_status_of(workflow: Workflow, entry: Entry, state: EntryState, event: str) -> str | None:
    """How far the labels of ENTRY are once EVENT has brought it to STATE."""
    before, after = workflow.step(entry.wf_step), workflow.step(state.step)
    is_made_again = after is not None and after.kind in MAKING
    if event == "skip":
        return LayerStatus.SKIPPED
    if event in _RETURNS:
        return LayerStatus.REJECTED if is_made_again else LayerStatus.LABELED
    if event == "decide":
        return LayerStatus.LABELED
    if event != "submit" or before is None or before.kind is Kind.OPEN or state.step == entry.wf_step:
        return entry.label_status
    if before.kind is not Kind.REVIEW:
        return LayerStatus.LABELED
    if is_made_again:
        return LayerStatus.REJECTED
    is_skipped = entry.label_status == LayerStatus.SKIPPED  # what was passed over stays so, reviewed or not
    return LayerStatus.SKIPPED if is_skipped else LayerStatus.REVIEWED


def settled(work: Work, entry: Entry, terms: Terms, state: EntryState) -> EntryState:
    """STATE, where the workflow gives the entry to who had it before: if they may still have it."""
    holder = state.assigned_to
    if holder is None or state.step == entry.wf_step:
        return state
    if state.step in terms.paused:
        return state._replace(assigned_to=None)
    step = terms.workflow.step(state.step)
    if holder.account == terms.caller.account:
        is_theirs = step is None or terms.is_owner(work) or step.is_worked_by(holder.account, terms.role)
        return state._replace(assigned_to=terms.caller if is_theirs else None)
    found = member_of(work, entry, holder.account)
    if found is None or found.is_paused:
        return state._replace(assigned_to=None)
    is_theirs = step is None or found.role == Role.OWNER or step.is_worked_by(holder.account, found.role)
    return state._replace(assigned_to=found.person if is_theirs else None)


def handed_on(work: Work, entry: Entry, state: EntryState, terms: Terms, ending: str) -> Values:
    """The lease after a move: ended by ENDING, and a new one where the entry is in somebody's hands again."""
    ended = leases.end(work, entry, ending)
    if state.assigned_to is None:
        return ended
    free = RESOURCES["entries"].altered(entry, {**ended, "assigned_to_id": None})
    return leases.taken(work, free, state.assigned_to.account, terms.lease_at(state.step))


def taken(work: Work, entry: Entry, account_id: str, terms: Terms) -> Values:
    return leases.taken(work, entry, account_id, terms.lease_at(entry.wf_step))


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
                check_whole(one)
                own_id = {"id": one["id"]} if "id" in one else {}
                records.create(work, card, values | own_id | {"entry_id": entry.id})
        except Invalid as invalid:
            at = f"/data/attributes/annotations/{n}"
            raise Invalid(*(Fault(fault.code, fault.detail, at) for fault in invalid.faults)) from None
    found: Entry = records.find(work, RESOURCES["entries"], entry.id)
    return found


def check_whole(annotation: Mapping[str, Any]) -> None:
    """Raise Invalid where ANNOTATION lacks what a new one has to have."""
    missing = [name for name in ("dimensions", "annotation") if name not in annotation]
    if missing:
        raise Invalid(*(Fault("attribute_missing", f"{name} is required") for name in missing))


_IS_ANNOTATION_OF = Statement(
    lambda: select(RESOURCES["annotations"].columns["id"]).where(
        RESOURCES["annotations"].columns["id"] == bindparam("id"),
        RESOURCES["annotations"].columns["entry_id"] == bindparam("entry_id"),
    )
)


# ---- what comes too late


def salvage(work: Work, id: str, body: Values) -> Told | None:
    """What to tell somebody who submits an entry that was once theirs; what they carried is kept."""
    if not leases.was_lost(work, id, work.actor.account_id):
        return None
    found = work.rows(
        held_of(RESOURCES["entries"], RESOURCES["entries"].access.read, Sight.SYSTEM, Hold.KEPT), {"id": id}
    )
    return lost(work, RESOURCES["entries"].of(found[0][:-1]), body) if found else None


def lost(work: Work, entry: Entry, body: Values) -> Told:
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
