"""The routes of the dashboard, and how its pages are answered."""

from functools import partial
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import Unauthenticated
from app.web.dashboard import assets, choosing, gateway, live, rendering, signing
from app.web.dashboard.asking import Api
from app.web.dashboard.catalog import PAGES
from app.web.dashboard.declared import Page
from app.web.dashboard.navigation import navigation_for
from app.web.dashboard.refusals import refuse
from app.web.dashboard.sessions import session_of
from app.web.dashboard.visits import Refusal, Visit
from app.web.errors import error_response
from app.web.routing import Entry, PathUnknown, Table
from app.web.service import Service


def routes_of(service: Service, table: Table) -> list[Entry]:
    """The routes of the dashboard, whose pages ask the API of TABLE."""
    api = Api(table)
    pages = [Entry("GET", page.path, partial(_show, service, api, page), refuse) for page in PAGES]
    return [
        Entry("GET", "/", _home, error_response),
        *pages,
        *signing.routes_of(service),
        *choosing.routes_of(service),
        *gateway.routes_of(service, api),
        *live.routes_of(service),
        *assets.routes_of(),
    ]


async def _home(request: Request) -> Response:
    """The dashboard, for who reads pages."""
    if "text/html" not in request.headers.get("accept", ""):
        raise PathUnknown("/")
    return RedirectResponse("/ui", 303)


async def _show(service: Service, api: Api, page: Page, request: Request) -> Response:
    """PAGE; where nobody is signed in, the way there; where the API refuses, why."""
    try:
        session = await session_of(service, request)
    except Unauthenticated:
        return _to_sign_in(request)
    host = service.public_url or f"{request.scope['scheme']}://{request.headers['host']}"
    visit = Visit(request, session, api, host)
    status, template = 200, page.template
    try:
        told = dict(await page.gather(visit))
    except Refusal as refusal:
        if refusal.status == 401:
            return _to_sign_in(request)
        status, template, told = refusal.status, "refused.html", {"refusal": refusal}
    if isinstance(redirect := told.get("redirect"), str):
        return RedirectResponse(redirect, 303)
    now = service.database.sources.clock()
    told |= {"visit": visit, "page": page, "navigation": await navigation_for(visit), "now": now}
    return rendering.page(template, told, status, shows_foreign_pictures=page.shows_foreign_pictures)


def _to_sign_in(request: Request) -> Response:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    headers = {"HX-Redirect": f"/ui/sign-in?next={quote(asked)}"} if "hx-request" in request.headers else {}
    if headers:
        return Response(status_code=401, headers=headers)
    return RedirectResponse(f"/ui/sign-in?next={quote(asked)}", 303)
