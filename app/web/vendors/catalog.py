"""The faces, and which of two tables of routes a request goes to. A new vendor is a line here."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from app.web.routing import Entry, Refusal, Table
from app.web.service import Service
from app.web.uploads.receiving import Receiver
from app.web.vendors.calls import Face, entries_of
from app.web.vendors.datagym import FACE as DATAGYM
from app.web.vendors.jtheta.routes import FACE as JTHETA
from app.web.vendors.segments.face import FACE as SEGMENTS
from app.web.vendors.theos.routes import FACE as THEOS

FACES: tuple[Face, ...] = (SEGMENTS, DATAGYM, JTHETA, THEOS)

# Below these a key of the scheme APIKey is a key like any other.
_OURS = ("health", "docs", "ui", "datagym", "jtheta", "theos", "api")


def mounted(service: Service, receiver: Receiver) -> list[Entry]:
    """The routes of all faces below their mounts."""
    return [
        one for face in FACES for mount in face.mounts for one in entries_of(face, mount, service, receiver)
    ]


def refusal(otherwise: Refusal) -> Refusal:
    """How it is told that there is nothing at a path: as its face tells it below a mount, else OTHERWISE."""

    def refuse(request: Request, error: Exception) -> Response:
        path = request.url.path
        for face in FACES:
            if any(path.startswith(f"{mount}/") for mount in face.mounts):
                return face.refuse(request, error)
        return otherwise(request, error)

    return refuse


def at_root(service: Service, receiver: Receiver) -> Table | None:
    """The routes of the face that answers at the root; None where none does."""
    for face in FACES:
        if face.is_at_root:
            entries = [one for at in ("", *face.mounts) for one in entries_of(face, at, service, receiver)]
            return Table(entries, face.refuse)
    return None


def is_at_root(path: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request is one to the face at the root: its key's scheme is APIKey."""
    for name, value in headers:
        if name == b"authorization":
            first = path.strip("/").partition("/")[0]
            is_ours = first in _OURS or first.startswith("openapi")
            return value[:7].lower() == b"apikey " and not is_ours
    return False
