"""Annotators and reviewers: accounts of the organization, and their places in a project."""

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Fault, Invalid
from app.operations import reading, records
from app.query import Filter, Query
from app.web.vendors.calls import Call, Json, Numbering, told
from app.work import Work

AT_ONCE = 1000
ANNOTATOR, REVIEWER, OWNER = "annotator", "reviewer", "project_owner"  # roles in a project


async def annotators(call: Call) -> Response:
    """Who may be asked to annotate."""
    return await _people(call, ANNOTATOR)


async def reviewers(call: Call) -> Response:
    """Who may be asked to review."""
    return await _people(call, REVIEWER)


async def _people(call: Call, role: str) -> Response:
    def job(work: Work, numbering: Numbering) -> list[Json]:
        roles = _roles(work)
        found = [
            (id, email, name)
            for id, email, name, disabled_at in _every(
                work, "accounts", ("id", "email", "name", "disabled_at"), ()
            )
            if disabled_at is None and _is_one(roles.get(id, set()), role)
        ]
        number_of = numbering(work, [id for id, _, _ in found])
        return [{"id": number_of[id], "email": email, "name": name} for id, email, name in found]

    return told(await call.numbered(job))


def _is_one(roles: set[str], role: str) -> bool:
    """Whether who has ROLES somewhere may be asked for ROLE: who has none yet may become anything."""
    return not roles or bool(roles & {role, OWNER})


def _roles(work: Work) -> dict[str, set[str]]:
    """Account id -> the roles that it has in projects which the actor sees."""
    found: dict[str, set[str]] = {}
    enabled = (Filter("enabled", "own", ("true",)),)
    for _, account_id, role in _every(work, "project_members", ("id", "account_id", "role"), enabled):
        found.setdefault(account_id, set()).add(role)
    return found


def _every(
    work: Work, type: str, fields: tuple[str, ...], filters: tuple[Filter, ...]
) -> Iterable[tuple[Any, ...]]:
    with reading.every(work, RESOURCES[type], Query(filters), fields) as fetch:
        while rows := fetch(AT_ONCE):
            yield from rows


def members_of(work: Work, project_id: str) -> list[str]:
    """The accounts that have a place in the project, or had one."""
    its = (Filter("project_id", "eq", (project_id,)),)
    return [str(account_id) for _, account_id in _every(work, "project_members", ("id", "account_id"), its)]


def placed(work: Work, project_id: str, email: str, role: str, at: str) -> str:
    """The account with that EMAIL, which has a place in the project; where it had none, as ROLE.

    Raises Invalid, naming the field AT, where there is none, or it is there as somebody else.
    """
    card = RESOURCES["accounts"]
    rows = reading.index(work, card, Query((Filter("email", "eq", (email,)),), size=1), ("id",)).rows
    if not rows:
        raise Invalid(Fault("account_unknown", f"{at}: no account of your workspace has this email", at))
    account_id = str(rows[0][0])
    members = RESOURCES["project_members"]
    asked = (Filter("project_id", "eq", (project_id,)), Filter("account_id", "eq", (account_id,)))
    there = reading.index(work, members, Query(asked, size=1), ("role", "disabled_at")).rows
    if not there:
        values = {"project_id": project_id, "account_id": account_id, "role": role}
        try:
            records.create(work, members, values)
        except Invalid as error:
            raise Invalid(*(Fault(one.code, one.detail, at) for one in error.faults)) from None
        return account_id
    its_role, disabled_at = there[0]
    if disabled_at is not None:
        raise Invalid(Fault("not_a_member", f"{at}: the account is disabled in this project", at))
    if its_role not in (role, OWNER):
        detail = f"{at}: the account is there as {its_role}: change its role in the project first"
        raise Invalid(Fault("role_differs", detail, at))
    return account_id
