"""What signing in comes to, by whatever it was: a session, which the browser bears. It knows no page."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.resources import sessions
from app.web.dashboard.sessions import check_origin, set_cookie
from app.web.edge import read_body
from app.web.service import Service
from app.work import Actor

LARGEST_FORM = 16_384  # bytes


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form of ours. Raises Forbidden where a page of another site sent it."""
    check_origin(request.method, request.headers)
    body = await read_body(request.scope, request.receive, LARGEST_FORM)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def is_script(request: Request) -> bool:
    """Whether a script of ours asks, which wants no page."""
    return "json" in request.headers.get("accept", "")


async def opened(service: Service, request: Request, actor: Actor) -> str:
    """The secret of a new session of ACTOR, who may no more in it than by the key they came by, if any."""
    name = f"dashboard: {request.headers.get('user-agent', '')}"
    return await service.database.write(actor, lambda work: sessions.open_session(work, name, actor.key_id))


def entered(service: Service, request: Request, secret: str, next: str) -> Response:
    """The answer to who signed in: 303 to NEXT; or, for a script, 204."""
    response = Response(status_code=204) if is_script(request) else RedirectResponse(next, 303)
    set_cookie(response, request, service, secret)
    response.headers["Cache-Control"] = "no-store"
    return response
