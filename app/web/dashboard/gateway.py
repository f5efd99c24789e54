"""The API for the pages' own scripts, at /ui/api: with the session's cookie in place of a key."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.web.dashboard.asking import Api
from app.web.dashboard.sessions import check_origin, session_of
from app.web.errors import error_response
from app.web.routing import Entry, MethodNotAllowed
from app.web.service import Service

AT = "/ui/api"
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def routes_of(service: Service, api: Api) -> list[Entry]:
    answer = partial(_pass_on, service, api)
    return [Entry(method, AT + "/{path*}", answer, error_response) for method in _METHODS]


class _Passed(Response):
    """The API's own answer to PATH."""

    def __init__(self, api: Api, secret: str, path: str) -> None:
        super().__init__()
        self._ask = partial(api.pass_on, secret=secret, path=path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._ask(scope, receive=receive, send=send)


async def _pass_on(service: Service, api: Api, request: Request) -> Response:
    """The API's own answer. Raises Unauthenticated; Forbidden for a request from another site's page."""
    check_origin(request.method, request.headers)
    session = await session_of(service, request)
    raw = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("latin-1").partition("?")[0].removeprefix(AT)
    if request.method == "GET" and path.rstrip("/").endswith("/select"):
        raise MethodNotAllowed(
            ("POST",)
        )  # a link of another site may lead to a GET, and this one changes something
    return _Passed(api, session.secret, path)
