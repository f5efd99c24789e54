"""Who is who: Segments' users are accounts of the actor's organization, and the organization itself."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.errors import NotFound
from app.resources.owners import Owner, owner_named, owners_of
from app.web.vendors.calls import Call, Route, told
from app.web.vendors.segments.schemas import USER
from app.work import Work

Json = dict[str, Any]
Names = Mapping[str | None, Owner]  # account id -> who they are; None: the organization

SERVICE = "postil"  # who made what no account did


def user_of(owner: Owner) -> Json:
    is_organization = owner.account_id is None
    shown: Json = {"username": owner.name, "created_at": owner.created_at, "is_organization": is_organization}
    return shown | ({"email": owner.email} if owner.email else {})


def name_of(names: Names, account_id: str | None) -> str:
    """The name of the account; the service's where nobody did it."""
    return names[account_id].name if account_id and account_id in names else SERVICE


def account_named(work: Work, name: str) -> Owner:
    """The account called NAME. Raises NotFound, in the words that the client looks for."""
    try:
        owner = owner_named(work, name)
    except NotFound:
        owner = None
    if owner is None or owner.account_id is None:
        raise NotFound(f"The user {name[:64]} does not exist.")
    return owner


async def show_own(call: Call) -> Response:
    def job(work: Work) -> Json:
        names = owners_of(work)
        return user_of(names[work.actor.account_id]) | {"organizations": [user_of(names[None])]}

    return told(await call.read(job))


async def show(call: Call) -> Response:
    return told(await call.read(lambda work: user_of(owner_named(work, call.path["owner"]))))


async def status(call: Call) -> Response:
    """The client asks it first, to see whether its key is good."""
    return told({})


ROUTES = (
    Route("GET", "/api_status/", status, "Whether the key is good.", query={"lib_version": "of the client"}),
    Route("GET", "/user/", show_own, "Whose key it is.", answers={200: USER}),
    Route("GET", "/users/{owner}/", show, "Somebody of the organization, or it itself.", answers={200: USER}),
)
