"""Signing in, by a password or by a key, and signing out. It knows no page but its own."""

from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import Forbidden, Unauthenticated
from app.resources import sessions
from app.web.auth import LONGEST_KEY
from app.web.dashboard import rendering
from app.web.dashboard.entering import entered, fields_of, is_script, opened
from app.web.dashboard.refusals import refuse
from app.web.dashboard.sessions import check_origin, session_of, set_cookie
from app.web.dashboard.trying import try_password
from app.web.errors import error_response
from app.web.routing import Entry
from app.web.service import Service
from app.work import Actor

WRONG = "No account has this email and password."


def routes_of(service: Service) -> list[Entry]:
    return [
        Entry("GET", "/ui/sign-in", _form, refuse),
        Entry("POST", "/ui/sign-in", partial(_sign_in, service), refuse),
        Entry("POST", "/ui/sign-out", partial(_sign_out, service), refuse),
    ]


async def _form(request: Request) -> Response:
    return _page(request.query_params.get("next", ""))


def _page(next: str, status: int = 200, problem: str = "", **said: str) -> Response:
    told = {"next": _inside(next), "problem": problem, "said": {"email": "", "organization": "", **said}}
    return rendering.page("sign-in.html", told, status)


def _inside(next: str) -> str:
    """NEXT, where it is an address of the dashboard; else that of its front page."""
    is_ours = next.startswith("/ui") and "\\" not in next and next.isprintable()
    return next if is_ours else "/ui"


async def _sign_in(service: Service, request: Request) -> Response:
    """303 into the dashboard; or, for a script, 204. 401 where nobody is known by what was sent."""
    fields = await fields_of(request)
    try:
        if key := fields.get("key", "").strip():
            actor = await _by_key(service, key)
        else:
            actor = await _by_password(service, fields)
        secret = await opened(service, request, actor)
    except (Unauthenticated, Forbidden) as problem:
        if is_script(request):
            return error_response(request, problem)
        said = {field: fields.get(field, "") for field in ("email", "organization")}
        return _page(fields.get("next", ""), 401, str(problem), **said)
    return entered(service, request, secret, _inside(fields.get("next", "")))


async def _by_key(service: Service, key: str) -> Actor:
    if not key.isascii() or len(key) > LONGEST_KEY:
        raise Unauthenticated("The key is unknown, expired or revoked.")
    return await service.keys.actor_of({"authorization": f"Bearer {key}"})


async def _by_password(service: Service, fields: dict[str, str]) -> Actor:
    organization = fields.get("organization", "").strip()
    _, right = await try_password(
        service,
        fields.get("email", "").strip(),
        fields.get("password", ""),
        lambda holder: organization in ("", holder.organization),
    )
    if not right:
        raise Unauthenticated(WRONG)
    if len(right) > 1:
        raise Unauthenticated("Several organizations know you by these: name yours.")
    return right[0].actor


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
