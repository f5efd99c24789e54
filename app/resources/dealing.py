"""Dealing: in a dataset whose strategy deals, an entry is assigned as soon as it is free. No HTTP.

Who is dealt an entry has it without a lease, which begins when they take it. Where nobody may have it, it
stays free and is served by `next`, as where nothing is dealt.
"""

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import bindparam, case, exists, func, literal, select, update
from sqlmodel import col

from app.access import ProjectMember, Role, names
from app.declare import RESOURCES, Values
from app.errors import Conflict
from app.operations.living import is_living
from app.resources import tallies
from app.resources.accounts import Account
from app.resources.dataset_rows import Assignment, Dataset
from app.resources.entry_rows import Entry
from app.resources.tallies import Tally
from app.storage.rows import TEXT
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import SERVED, Status

_TURN_OF = {Role.ANNOTATOR.value: "annotators_turn", Role.REVIEWER.value: "reviewers_turn"}


def deal_new(work: Work, dataset: Dataset, values: Values) -> Values:
    """What the new entry of VALUES has to bear beside them, so that it is dealt where it is free.

    Raises Conflict in a run of creates: who is dealt one entry counts for who is dealt the next.
    """
    if work.found is not None and dataset.assignment in _PICKS:
        raise Conflict("entries of this dataset are dealt one by one")
    entry = {"assigned_to_id": None, "status": Status.READY.value, "barred": "", **values}
    if not _is_free(entry) or _is_paused(dataset.paused_steps, entry["wf_step"]):
        return {}
    return _dealt(work, dataset.assignment, entry, "")


def deal_changed(work: Work, before: Entry, values: Values) -> Values:
    """What the entry BEFORE has to bear beside VALUES, so that it is dealt where it becomes free by them.

    One that was free before, at the same step, stays so: nobody could be dealt it, or it was there before
    the dataset's entries were dealt. Who has just had it is passed over, or nobody could give one up.
    """
    held = vars(before)
    if values.get("assigned_to_id", held["assigned_to_id"]):
        return {}
    old = {field: held[field] for field in _FREED_BY}
    new = {field: values.get(field, value) for field, value in old.items()}
    if not _is_free(new) or (_is_free(old) and old["worked_by"] == new["worked_by"]):
        return {}
    strategy, paused = work.rows(_STRATEGY, {"id": before.dataset_id})[0]
    if _is_paused(paused, new["wf_step"]):
        return {}
    return _dealt(work, strategy, new, before.assigned_to_id or "")


_FREED_BY = (
    *("project_id", "dataset_id", "assigned_to_id", "worked_by", "status", "deleted_at"),
    *("barred", "wf_step"),
)


def _is_paused(paused_steps: str, step: str) -> bool:
    return paused_steps != "[]" and step in msgspec.json.decode(paused_steps)


def _is_free(entry: Values) -> bool:
    """Whether nobody has ENTRY, and somebody may work it."""
    is_living = entry.get("deleted_at") is None
    is_served = bool(entry["worked_by"]) and entry["status"] in SERVED
    return is_living and is_served and not entry["assigned_to_id"]


def _dealt(work: Work, strategy: str, entry: Values, last: str) -> Values:
    """In whose hands the STRATEGY puts the free ENTRY, which the account LAST has just had."""
    role = entry["worked_by"]
    if strategy not in _PICKS or role not in _TURN_OF:
        return {}  # what a crew works that is no single role is left to who asks
    values = {
        "project_id": entry["project_id"],
        "dataset_id": entry["dataset_id"],
        "role": role,
        "last": last,
        "barred": entry["barred"],
    }
    found = work.rows(_PICKS[strategy](role), values)
    if not found or found[0][0] is None:
        return {}
    member, account = found[0]
    return {"assigned_to_id": account, "assigned_to_member_id": member}


def _eligible(*columns: Any) -> Any:
    """COLUMNS of the members who may be dealt the entry. Owners work at every step, and are dealt none."""
    is_enabled = exists().where(
        col(Account.id) == col(ProjectMember.account_id), col(Account.disabled_at).is_(None)
    )
    return select(*columns).where(
        col(ProjectMember.project_id) == bindparam("project_id"),
        col(ProjectMember.role) == bindparam("role"),
        col(ProjectMember.disabled_at).is_(None),
        col(ProjectMember.account_id) != bindparam("last"),
        ~names(bindparam("barred", type_=TEXT), col(ProjectMember.account_id)),
        col(ProjectMember.paused_at).is_(None),
        *is_living(RESOURCES["project_members"]),
        is_enabled,
    )


@lru_cache(4)
def _in_turn(role: str) -> Statement:
    """The member after the one who was dealt to last, by id; the first after the last of all.

    The dataset's row remembers them, so that two who deal at once wait for one another. It names the member
    and no number: who joins or leaves moves nobody else's turn.
    """

    def build() -> Any:
        turn = col(getattr(Dataset, _TURN_OF[role]))
        id = col(ProjectMember.id)
        is_over = id <= func.coalesce(turn, literal(""))
        following = _eligible(id).order_by(is_over, id).limit(1).correlate(Dataset).scalar_subquery()
        account = select(col(ProjectMember.account_id)).where(id == turn).correlate(Dataset)
        return (
            update(Dataset)
            .where(col(Dataset.id) == bindparam("dataset_id"), _eligible(id).correlate(Dataset).exists())
            .values({turn: following})
            .returning(turn, account.scalar_subquery())
        )

    return Statement(build)


@lru_cache(4)
def _least_loaded(role: str) -> Statement:
    """The member with the fewest open entries in the project's datasets; of several the first by id.

    Nobody waits: what is dealt at the same moment on other connections is not yet seen.
    """

    def build() -> Any:
        datasets = select(col(Dataset.id)).where(
            col(Dataset.project_id) == bindparam("project_id"), col(Dataset.deleted_at).is_(None)
        )
        is_over = col(Tally.name) == tallies.HELD_OVER
        load = select(
            func.coalesce(func.sum(case((is_over, -col(Tally.value)), else_=col(Tally.value))), 0)
        ).where(
            col(Tally.dataset_id).in_(datasets),
            col(Tally.name).in_([literal(tallies.HELD), literal(tallies.HELD_OVER)]),
            col(Tally.key) == col(ProjectMember.account_id),
        )
        id = col(ProjectMember.id)
        ordered = load.correlate(ProjectMember).scalar_subquery()
        return _eligible(id, col(ProjectMember.account_id)).order_by(ordered, id).limit(1)

    return Statement(build)


_PICKS = {Assignment.ROUND_ROBIN.value: _in_turn, Assignment.BY_LOAD.value: _least_loaded}
_STRATEGY = Statement(
    lambda: select(col(Dataset.assignment), col(Dataset.paused_steps)).where(
        col(Dataset.id) == bindparam("id")
    )
)
