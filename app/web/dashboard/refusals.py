"""What a reader of pages is told where there is none, or none can be shown."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.web.dashboard import rendering
from app.web.dashboard.assets import NotBuilt
from app.web.errors import error_response
from app.web.routing import PathUnknown, Refusal


def refuse(request: Request, error: Exception) -> Response:
    """The answer to a failure at a page."""
    if isinstance(error, NotBuilt):
        return PlainTextResponse(f"{error}\n", 503)
    return error_response(request, error)


def refusal(otherwise: Refusal) -> Refusal:
    """How a browser is told that there is no such page; all else as OTHERWISE does."""

    def refuse_path(request: Request, error: Exception) -> Response:
        is_page = request.url.path.startswith("/ui/") and "text/html" in request.headers.get("accept", "")
        if not (is_page and isinstance(error, PathUnknown)):
            return otherwise(request, error)
        try:
            return rendering.page("missing.html", {}, 404)
        except NotBuilt as missing:
            return refuse(request, missing)

    return refuse_path
