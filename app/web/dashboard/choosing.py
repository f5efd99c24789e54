"""Choosing a password: by a one-time link, or beside the one before. It knows no page but its own."""

import asyncio
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.errors import Forbidden, Gone, Invalid, Problem
from app.resources import passwords
from app.web.dashboard import rendering
from app.web.dashboard.entering import entered, fields_of, opened
from app.web.dashboard.refusals import refuse
from app.web.dashboard.sessions import session_of, set_cookie
from app.web.dashboard.trying import try_password
from app.web.routing import Entry
from app.web.service import Service
from app.work import SYSTEM


def routes_of(service: Service) -> list[Entry]:
    return [
        Entry("GET", "/ui/welcome", partial(_welcome, service), refuse),
        Entry("POST", "/ui/welcome", partial(_choose, service), refuse),
        Entry("POST", "/ui/password", partial(_change, service), refuse),
    ]


async def _welcome(service: Service, request: Request) -> Response:
    return await _page(service, request.query_params.get("token", ""))


async def _page(service: Service, token: str, problem: str = "") -> Response:
    told = {"token": token, "problem": problem, "email": "", "organization": "", "is_good": True}
    try:
        actor, organization = await service.database.read(SYSTEM, lambda work: passwords.invited(work, token))
    except Gone as gone:
        return rendering.page("welcome.html", {**told, "problem": str(gone), "is_good": False}, 410)
    told |= {"email": actor.email, "organization": organization}
    return rendering.page("welcome.html", told, 422 if problem else 200)


async def _choose(service: Service, request: Request) -> Response:
    fields = await fields_of(request)
    token = fields.get("token", "")
    try:
        await service.database.read(SYSTEM, lambda work: passwords.invited(work, token))
        hash = await _hash_of(fields)
        actor = await service.database.write(SYSTEM, lambda work: passwords.choose(work, token, hash))
    except Gone:
        return await _page(service, token)
    except Invalid as invalid:
        return await _page(service, token, _first(invalid))
    service.keys.forget()
    return entered(service, request, await opened(service, request, actor), "/ui")


async def _change(service: Service, request: Request) -> Response:
    """204: the password is another, and all other sessions have ended. 403 where the old one is not right."""
    fields = await fields_of(request)
    actor = (await session_of(service, request)).actor
    had, right = await try_password(
        service, actor.email, fields.get("old", ""), lambda one: one.actor.account_id == actor.account_id
    )
    if had and not right:
        raise Forbidden("The old password is another.", code="password_wrong")
    if not had and "admin" not in actor.scopes:
        raise Forbidden("The key that you signed in with may not choose a password.")
    hash = await _hash_of(fields)
    await service.database.write(actor, lambda work: passwords.keep(work, actor.account_id, hash))
    service.keys.forget()
    # The session that it was asked in has ended with the others, and by no key may it end again.
    secret = await opened(service, request, replace(actor, key_id=None))
    response = Response(status_code=204)
    set_cookie(response, request, service, secret)
    return response


async def _hash_of(fields: dict[str, str]) -> str:
    return await asyncio.to_thread(passwords.hash_of_password, fields.get("password", ""))


def _first(problem: Problem) -> str:
    faults = getattr(problem, "faults", ())
    return faults[0].detail if faults else str(problem)
