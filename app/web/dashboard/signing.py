"""Signing in and out: by password, by key, by a one-time link. It knows no page but its own."""

import asyncio
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import Forbidden, Gone, Invalid, Problem, Unauthenticated
from app.resources import passwords, sessions
from app.resources.passwords import Holder
from app.web.auth import LONGEST_KEY
from app.web.dashboard import rendering
from app.web.dashboard.refusals import refuse
from app.web.dashboard.sessions import check_origin, session_of, set_cookie
from app.web.edge import read_body
from app.web.errors import error_response
from app.web.routing import Entry
from app.web.service import Service
from app.work import SYSTEM, Actor

LARGEST_FORM = 16_384  # bytes
AT_ONCE = 2  # passwords that are looked at: each takes 64 MiB
WRONG = "No account has this email and password."
WAIT = "Too many wrong passwords: wait a quarter of an hour, or ask an owner for a link."
_looks: asyncio.Semaphore | None = None


def routes_of(service: Service) -> list[Entry]:
    return [
        Entry("GET", "/ui/sign-in", _form, refuse),
        Entry("POST", "/ui/sign-in", partial(_sign_in, service), refuse),
        Entry("POST", "/ui/sign-out", partial(_sign_out, service), refuse),
        Entry("GET", "/ui/welcome", partial(_welcome, service), refuse),
        Entry("POST", "/ui/welcome", partial(_choose, service), refuse),
        Entry("POST", "/ui/password", partial(_change, service), refuse),
    ]


async def _form(request: Request) -> Response:
    return _sign_in_page(request.query_params.get("next", ""))


def _sign_in_page(next: str, status: int = 200, problem: str = "", **said: str) -> Response:
    told = {"next": _inside(next), "problem": problem, "said": {"email": "", "organization": "", **said}}
    return rendering.page("sign-in.html", told, status)


def _inside(next: str) -> str:
    """NEXT, where it is an address of the dashboard; else that of its front page."""
    is_ours = next.startswith("/ui") and "\\" not in next and next.isprintable()
    return next if is_ours else "/ui"


async def _fields(request: Request) -> dict[str, str]:
    check_origin(request.method, request.headers)
    body = await read_body(request.scope, request.receive, LARGEST_FORM)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


# ---- in


async def _sign_in(service: Service, request: Request) -> Response:
    """303 into the dashboard; or, for a script, 204. 401 where nobody is known by what was sent."""
    fields = await _fields(request)
    name = f"dashboard: {request.headers.get('user-agent', '')}"
    try:
        if key := fields.get("key", "").strip():
            secret = await _by_key(service, key, name)
        else:
            secret = await _by_password(service, fields, name)
    except (Unauthenticated, Forbidden) as problem:
        if _is_script(request):
            return error_response(request, problem)
        said = {field: fields.get(field, "") for field in ("email", "organization")}
        return _sign_in_page(fields.get("next", ""), 401, str(problem), **said)
    return _signed_in(service, request, secret, _inside(fields.get("next", "")))


def _signed_in(service: Service, request: Request, secret: str, next: str) -> Response:
    response = Response(status_code=204) if _is_script(request) else RedirectResponse(next, 303)
    set_cookie(response, request, service, secret)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_script(request: Request) -> bool:
    return "json" in request.headers.get("accept", "")


async def _by_key(service: Service, key: str, name: str) -> str:
    if not key.isascii() or len(key) > LONGEST_KEY:
        raise Unauthenticated("The key is unknown, expired or revoked.")
    actor = await service.keys.actor_of({"authorization": f"Bearer {key}"})
    return await service.database.write(
        actor, lambda work: sessions.open_session(work, name, work.actor.key_id)
    )


async def _by_password(service: Service, fields: dict[str, str], name: str) -> str:
    email, password = fields.get("email", "").strip(), fields.get("password", "")
    now, holders = await service.database.read(
        SYSTEM, lambda work: (work.now, passwords.holders_of(work, email))
    )
    if organization := fields.get("organization", "").strip():
        holders = [one for one in holders if one.organization == organization]
    if any(passwords.is_paused(one, now) for one in holders):
        raise Forbidden(WAIT, code="sign_in_paused")
    right = [one for one in holders if await _is_right(one.hash, password)]
    if not holders:
        await _is_right(passwords.a_hash(), password)
    if not right:
        await service.database.write(SYSTEM, lambda work: _note_failures(work, holders))
        raise Unauthenticated(WRONG)
    if len(right) > 1:
        raise Unauthenticated("Several organizations know you by these: name yours.")
    return await _opened(service, right[0].actor, name)


def _note_failures(work: Any, holders: list[Holder]) -> None:
    for one in holders:
        passwords.note_failure(work, one.actor.account_id)


async def _opened(service: Service, actor: Actor, name: str) -> str:
    def job(work: Any) -> str:
        passwords.note_success(work, actor.account_id)
        return sessions.open_session(work, name)

    return await service.database.write(actor, job)


async def _is_right(hash: str, password: str) -> bool:
    global _looks
    _looks = _looks or asyncio.Semaphore(AT_ONCE)
    async with _looks:
        return await asyncio.to_thread(passwords.is_right, hash, password)


# ---- out


async def _sign_out(service: Service, request: Request) -> Response:
    check_origin(request.method, request.headers)
    try:
        session = await session_of(service, request)
    except Unauthenticated:
        pass
    else:
        key_id = session.actor.key_id or ""
        await service.database.write(session.actor, lambda work: sessions.close_session(work, key_id))
        service.keys.forget()
    response = RedirectResponse("/ui/sign-in", 303)
    set_cookie(response, request, service, "")
    return response


# ---- choosing a password


async def _welcome(service: Service, request: Request) -> Response:
    return await _welcome_page(service, request.query_params.get("token", ""))


async def _welcome_page(service: Service, token: str, problem: str = "") -> Response:
    told = {"token": token, "problem": problem, "email": "", "organization": "", "is_good": True}
    try:
        actor, organization = await service.database.read(SYSTEM, lambda work: passwords.invited(work, token))
    except Gone as gone:
        return rendering.page("welcome.html", {**told, "problem": str(gone), "is_good": False}, 410)
    told |= {"email": actor.email, "organization": organization}
    return rendering.page("welcome.html", told, 422 if problem else 200)


async def _choose(service: Service, request: Request) -> Response:
    fields = await _fields(request)
    token = fields.get("token", "")
    name = f"dashboard: {request.headers.get('user-agent', '')}"
    try:
        await service.database.read(SYSTEM, lambda work: passwords.invited(work, token))
        hash = await asyncio.to_thread(passwords.hash_of_password, fields.get("password", ""))
        actor = await service.database.write(SYSTEM, lambda work: passwords.choose(work, token, hash))
    except Gone:
        return await _welcome_page(service, token)
    except Invalid as invalid:
        return await _welcome_page(service, token, _first(invalid))
    service.keys.forget()
    return _signed_in(service, request, await _opened(service, actor, name), "/ui")


async def _change(service: Service, request: Request) -> Response:
    """204: the password is another, and all other sessions have ended. 401 where the old one is not right."""
    fields = await _fields(request)
    session = await session_of(service, request)
    actor = session.actor
    now, holders = await service.database.read(
        SYSTEM, lambda work: (work.now, passwords.holders_of(work, actor.email))
    )
    own = [one for one in holders if one.actor.account_id == actor.account_id]
    if own and passwords.is_paused(own[0], now):
        raise Forbidden(WAIT, code="sign_in_paused")
    if own and not await _is_right(own[0].hash, fields.get("old", "")):
        await service.database.write(SYSTEM, lambda work: _note_failures(work, own))
        raise Forbidden("The old password is another.", code="password_wrong")
    if not own and "admin" not in actor.scopes:
        raise Forbidden("The key that you signed in with may not choose a password.")
    hash = await asyncio.to_thread(passwords.hash_of_password, fields.get("password", ""))
    await service.database.write(actor, lambda work: passwords.keep(work, actor.account_id, hash))
    service.keys.forget()
    secret = await _opened(service, actor, f"dashboard: {request.headers.get('user-agent', '')}")
    response = Response(status_code=204)
    set_cookie(response, request, service, secret)
    return response


def _first(problem: Problem) -> str:
    faults = getattr(problem, "faults", ())
    return faults[0].detail if faults else str(problem)
