"""Scripts and styles, which `make` builds into built/: under names that hold their hash, compressed once."""

from functools import cache, partial
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.web.errors import error_response
from app.web.routing import Entry, PathUnknown

FOLDER = Path(__file__).parent / "built"
AT = "/ui/static"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
_CODINGS = (("br", ".br"), ("gzip", ".gz"))  # of those that the client takes, the first


class NotBuilt(Exception):
    """The scripts and styles are not there."""


@cache
def names() -> dict[str, str]:
    """What is served, by the name it is asked for in templates. Raises NotBuilt."""
    try:
        found: dict[str, str] = msgspec.json.decode((FOLDER / "names.json").read_bytes())
    except FileNotFoundError:
        raise NotBuilt(
            "the dashboard's scripts and styles are not built: run `make run`, or `make front`"
        ) from None
    return found


def address_of(name: str) -> str:
    """Where the file that templates call NAME is served. Raises NotBuilt."""
    return f"{AT}/{names()[name]}"


def routes_of() -> list[Entry]:
    return [Entry("GET", AT + "/{name}", partial(_serve), error_response)]


async def _serve(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in names().values():
        raise PathUnknown(request.url.path)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    taken = request.headers.get("accept-encoding", "")
    for coding, suffix in _CODINGS:
        if coding in taken and (content := _read(name + suffix)) is not None:
            headers["Content-Encoding"] = coding
            return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])
    return Response(_read(name), headers=headers, media_type=_TYPES[Path(name).suffix])


@cache
def _read(name: str) -> bytes | None:
    path = FOLDER / name
    return path.read_bytes() if path.exists() else None
