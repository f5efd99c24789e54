"""Collaborators of a dataset: the members of its project. Segments' managers and admins are its owners.

Which of the two somebody is told to be is kept with the dataset.
"""

from typing import Any

from starlette.responses import Response

from app.access import Role
from app.declare import RESOURCES
from app.errors import Fault, Invalid, NotFound
from app.operations import records
from app.query import Query
from app.resources.owners import owners_of
from app.web.vendors.calls import Call, Route, nothing, told
from app.web.vendors.segments import bodies
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.dataset_objects import ROLES
from app.web.vendors.segments.datasets import of_call
from app.web.vendors.segments.finding import all_of, only, some_of
from app.web.vendors.segments.people import account_named, user_of
from app.web.vendors.segments.schemas import COLLABORATOR, TEXT, many, shape
from app.web.vendors.segments.vendor import changed, corner
from app.work import Work

_GIVEN = {"labeler": Role.ANNOTATOR, "reviewer": Role.REVIEWER, "manager": Role.OWNER, "admin": Role.OWNER}
_SDK = "python-sdk"  # in the header X-source: it reads a user as an object, all others as a name


async def show_all(call: Call) -> Response:
    def job(work: Work) -> list[Json]:
        dataset, names = of_call(work, call), owners_of(work)
        filters = (only("project_id", dataset.project_id), only("disabled_at", None))
        members = all_of(work, RESOURCES["project_members"], *filters)
        return [_told(call, dataset, one, names[one.account_id]) for one in members]

    return told(await call.read(job))


async def show(call: Call) -> Response:
    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        account = account_named(work, call.path["user"])
        return _told(call, dataset, _living(work, dataset, account.account_id), account)

    return told(await call.read(job))


async def create(call: Call) -> Response:
    body = await call.object()
    name, role = bodies.required(body, "user"), _role(body) or "labeler"

    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        projects = RESOURCES["projects"]  # before anything is told of who is there
        records.find(work, projects, dataset.project_id, projects.access.update, "invite people to")
        account = account_named(work, name)
        card = RESOURCES["project_members"]
        if account.account_id == dataset.owner_id:
            raise _no_collaborator(f"The owner {name} cannot be added as collaborator.")
        found = _member(work, dataset, account.account_id)
        if found is not None and found.disabled_at is None:
            raise _no_collaborator(f"The user {name} is already a collaborator.")
        given = {"role": _GIVEN[role].value}
        if found is None:
            place = {"project_id": dataset.project_id, "account_id": account.account_id}
            member = records.create(work, card, place | given).row
        else:
            member = records.update(work, card, found.id, given | {"disabled_at": None})
        return _told(call, _noted(work, dataset, account.account_id, role), member, account)

    return told(await call.write(job), 201)


def _no_collaborator(detail: str) -> Invalid:
    return Invalid(Fault("collaborator_invalid", detail, "/user"))


async def update(call: Call) -> Response:
    body = await call.object()
    role = _role(body)

    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        account = account_named(work, call.path["user"])
        member = _living(work, dataset, account.account_id)
        if role is not None:
            given = {"role": _GIVEN[role].value}
            member = records.update(work, RESOURCES["project_members"], member.id, given)
            dataset = _noted(work, dataset, account.account_id, role)
        return _told(call, dataset, member, account)

    return told(await call.write(job))


async def delete(call: Call) -> Response:
    def job(work: Work) -> None:
        dataset = of_call(work, call)
        member = _living(work, dataset, account_named(work, call.path["user"]).account_id)
        records.delete(work, RESOURCES["project_members"], member.id)

    await call.write(job)
    return nothing()


def _role(body: Json) -> str | None:
    return bodies.one_of(body, "role", tuple(_GIVEN))


def _member(work: Work, dataset: Any, account_id: str | None) -> Any:
    """Who is, or was, a member by that account; None where nobody was."""
    filters = (only("project_id", dataset.project_id), only("account_id", account_id))
    return next(iter(some_of(work, RESOURCES["project_members"], Query(filters=filters, size=1))), None)


def _living(work: Work, dataset: Any, account_id: str | None) -> Any:
    found = _member(work, dataset, account_id)
    if found is None or found.disabled_at is not None:
        raise NotFound("The user is no collaborator of the dataset.")
    return found


def _noted(work: Work, dataset: Any, account_id: str | None, role: str) -> Any:
    """DATASET, which says whether the account is a manager."""
    before = corner(dataset.vendor).get("managers") or []
    managers = [one for one in before if one != account_id] + ([account_id] if role == "manager" else [])
    if managers == before:
        return dataset
    vendor = changed(dataset.vendor, managers=managers or None)
    return records.update(work, RESOURCES["datasets"], dataset.id, {"vendor": vendor})


def _told(call: Call, dataset: Any, member: Any, account: Any) -> Json:
    role = ROLES[member.role]
    if role == "admin" and account.account_id in (corner(dataset.vendor).get("managers") or []):
        role = "manager"
    is_sdk = call.request.headers.get("x-source") == _SDK
    return {"user": user_of(account) if is_sdk else account.name, "role": role}


_BODY = shape({"user": TEXT}, {"role": TEXT})
_AT = "/datasets/{owner}/{dataset}/collaborators"
ROUTES = (
    Route("GET", _AT + "/", show_all, "Who works with a dataset.", answers={200: many(COLLABORATOR)}),
    Route("POST", _AT + "/", create, "Have somebody work with it.", _BODY, {201: COLLABORATOR}),
    Route("GET", _AT + "/{user}", show, "One of them.", answers={200: COLLABORATOR}),
    Route("PATCH", _AT + "/{user}", update, "Give another role.", shape({"role": TEXT}), {200: COLLABORATOR}),
    Route("DELETE", _AT + "/{user}", delete, "Have them no longer.", answers={204: {}}),
)
