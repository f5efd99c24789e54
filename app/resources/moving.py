"""Moving entries to another version of their dataset's workflow: which go where, and that they do."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select

from app.access import Role
from app.declare import RESOURCES
from app.operations import changes
from app.operations.many import AT_ONCE
from app.resources import jobs, leases, places, seats, tallies, workflows
from app.storage.statement import Statement
from app.work import Work
from workflow.checking import Team
from workflow.dataset import workflow_of
from workflow.entry import EntryState, Person, Status, place_of
from workflow.graph import ERROR, Kind, Step
from workflow.machine import Workflow

KIND = "move_entries"  # of job
CHUNK = 250  # entries a transaction
UNBEGUN = (Status.READY, Status.PENDING, Status.PROCESSING, Status.PROCESSING_ERROR)

Mapped = Mapping[str, str]  # step of an older version -> step of the newest


class Aim(NamedTuple):
    """What entries are moved to: the newest version of a dataset's workflow, by a mapping of steps.

    Without one (None) only those are moved that nobody has begun or taken.
    """

    dataset: Any
    workflow: Workflow
    mapping: Mapped | None
    team: Team


def move_unbegun(work: Work, dataset: Any) -> None:
    """Move the entries that nobody has begun to the start: at once, or, where they are many, by a job."""
    found = work.rows(
        _of_status(True),
        {"dataset_id": dataset.id, "version": dataset.workflow_version, "after": "", "size": AT_ONCE + 1},
    )
    if len(found) > AT_ONCE:
        enqueue(work, dataset, None)
        return
    aim = aim_of(work, dataset, None)
    with tallies.together(work) as adding:
        move(adding, aim, map(RESOURCES["entries"].of, found))
    forget_older_steps(work, dataset)


def enqueue(work: Work, dataset: Any, mapping: Mapped | None) -> Any:
    """A job that moves the entries of older versions by MAPPING, and those that nobody has begun."""
    arguments = {"version": dataset.workflow_version, "mapping": mapping}
    return jobs.enqueue(
        work,
        KIND,
        dataset.organization_id,
        arguments,
        project_id=dataset.project_id,
        dataset_id=dataset.id,
    )


def aim_of(work: Work, dataset: Any, mapping: Mapped | None) -> Aim:
    team = workflows.team_of(work, dataset.project_id)
    return Aim(dataset, workflow_of(dataset.workflow_configuration), mapping, team)


def of_older(work: Work, dataset: Any, after: str, size: int) -> list[Any]:
    """The next SIZE entries of older versions behind AFTER, by id, held."""
    values = {"dataset_id": dataset.id, "version": dataset.workflow_version, "after": after, "size": size}
    return [RESOURCES["entries"].of(row) for row in work.rows(_of_status(False), values)]


def forget_older_steps(work: Work, dataset: Any) -> None:
    """Ask nobody for entries of older versions any more, where there are none left."""
    if dataset.older_steps != "[]" and not work.rows(
        _LEFT, {"dataset_id": dataset.id, "version": dataset.workflow_version, "size": 1}
    ):
        changes.adjust(work, RESOURCES["datasets"], dataset, {"older_steps": "[]"})


def move(work: Work, aim: Aim, entries: Iterable[Any]) -> Counter[str]:
    """Move those of ENTRIES that go anywhere: how many came to which step."""
    moved: Counter[str] = Counter()
    for entry in entries:
        is_taken = entry.lease_token is not None or entry.barred != ""
        to = end_of(aim, entry.wf_step, entry.status, is_taken=is_taken)
        if to is not None:
            _move(work, aim, entry, to)
            moved[to] += 1
    return moved


def end_of(aim: Aim, step: str, status: str, *, is_taken: bool = False) -> str | None:
    """Where an entry goes that is at STEP; None: it stays with its version."""
    if status in UNBEGUN and not (is_taken and aim.mapping is None):
        return (aim.mapping or {}).get(step, aim.workflow.start)
    return (aim.mapping or {}).get(step)


def _move(work: Work, aim: Aim, entry: Any, to: str) -> None:
    step = aim.workflow.step(to)
    state = _state(aim, entry, to, step)
    values = places.columns_of(aim.workflow, entry, state, work.now)
    values |= seats.end_all(work, entry, "take_away")
    if state.assigned_to is None or step is None:
        values |= leases.end(work, entry, "take_away")
    values |= {"workflow_version": aim.dataset.workflow_version}
    if step is not None:  # it may have the name of the step where it was, and yet be another
        values["rank"] = places.rank_of(step, entry.priority, entry.created_at, work.now)
        values["due_at"] = leases.expiry_of(work.now, step.due) if step.due else None
    details = {"from": {"wf_step": entry.wf_step, "workflow_version": entry.workflow_version}}
    changes.change(work, RESOURCES["entries"], entry, values, "migrate", details)


def _state(aim: Aim, entry: Any, to: str, step: Step | None) -> EntryState:
    """ENTRY at the step TO. Who has it keeps it, where they may work there."""
    state: EntryState = entry.state
    mapping = aim.mapping or {}
    hands: dict[str, tuple[str, ...]] = {}
    for name, accounts in state.hands.items():
        known = mapping.get(name, name)
        hands[known] = tuple(dict.fromkeys((*hands.get(known, ()), *accounts)))
    ended_from = mapping.get(state.ended_from, state.ended_from) if state.ended_from else None
    moved = state._replace(step=to, hands=hands, ended_from=ended_from, tries=0)
    if step is None:
        return moved._replace(status=Status.ERRORED, ended_from=ended_from or entry.wf_step)
    if step.kind is Kind.DONE:
        over = moved._replace(status=Status.COMPLETED, assigned_to=None)
        return over if over.ended_from else over._replace(ended_from=entry.wf_step)
    status = state.status if state.status in UNBEGUN else Status.IN_PROGRESS
    holder = state.assigned_to
    is_kept = holder is not None and _may_have(aim, step, moved, holder)
    return moved._replace(status=status, ended_from=None, assigned_to=holder if is_kept else None)


def _may_have(aim: Aim, step: Step, state: EntryState, holder: Person) -> bool:
    role = aim.team.get(holder.account)
    if step.kind is Kind.CONSENSUS or role is None:
        return False
    is_barred = holder.account in place_of(aim.workflow, state).barred
    return role == Role.OWNER or (step.is_worked_by(holder.account, role) and not is_barred)


def _left() -> Any:
    columns = RESOURCES["entries"].columns
    is_older = (
        columns["dataset_id"] == bindparam("dataset_id"),
        columns["workflow_version"] < bindparam("version"),
    )
    # Also those at their end, and in the trash: they may come back.
    return select(columns["id"]).where(*is_older).limit(bindparam("size"))


_LEFT = Statement(_left)


@lru_cache(2)
def _of_status(is_unbegun: bool) -> Statement:
    """Entries of a dataset's older versions, by id; IS_UNBEGUN: those that nobody has begun alone."""

    def build() -> Any:
        columns = RESOURCES["entries"].columns
        rows = select(*columns.values()).where(
            columns["dataset_id"] == bindparam("dataset_id"),
            columns["workflow_version"] < bindparam("version"),
            columns["deleted_at"].is_(None),
            columns["id"] > bindparam("after"),
        )
        if is_unbegun:
            rows = rows.where(
                or_(*(columns["status"] == status.value for status in UNBEGUN)),
                columns["lease_token"].is_(None),
                columns["barred"] == "",  # nobody has a seat
            )
        return rows.order_by(columns["id"]).limit(bindparam("size")).with_for_update()

    return Statement(build)


def faults_of(mapping: Mapped, workflow: Workflow) -> Sequence[tuple[str, str]]:
    """What is wrong with MAPPING: the step that is mapped, and why."""
    found = []
    for name, to in mapping.items():
        step = workflow.step(to)
        if to != ERROR and (step is None or step.kind is Kind.GATE):
            found.append((name, f"there is no step {to[:64]} where an entry can be"))
    return found
