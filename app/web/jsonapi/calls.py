"""One request: who asks, what for, where its links lead, and how it is answered."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from app.attributes import is_id
from app.declare import Resource
from app.json import MOST_NODES
from app.json import parse as parse_json
from app.operations import reading
from app.operations.idempotency import Answer
from app.query import Query
from app.web.edge import read_body
from app.web.jsonapi.documents import Asked
from app.web.jsonapi.mounts import Mount, Place
from app.web.jsonapi.negotiation import (
    CURSOR_PROFILE,
    check_content_type,
    content_type,
    profiles_of,
    wants_lines,
)
from app.web.jsonapi.parse import Params, split
from app.web.service import Service
from app.work import Actor

LARGEST_BODY = 8 << 20  # bytes
LARGEST_ANNOTATIONS = 16 << 20  # of bodies that bear annotations
BEARS_ANNOTATIONS = frozenset({"annotations", "entries", "drafts"})
MOST_NODES_OF_MANY = 2_000_000  # values in a body of many operations; its bytes bound it sooner

_BODILESS = (204, 304)
ANSWER = frozenset({"included", "fields"})  # what may be asked of a single record's document


class Call:
    """A request to CARD (None: to all of them) at MOUNT by ACTOR. Made by `begun`."""

    def __init__(
        self,
        card: Resource | None,
        mount: Mount,
        service: Service,
        request: Request,
        actor: Actor,
        profiles: frozenset[str],
        *,
        is_streamed: bool = False,
        extension: str | None = None,
    ) -> None:
        self.card = card
        self.request = request
        self.actor = actor
        self.params: Params = split(request.scope["query_string"])
        self.body = b""  # once it is read
        self.is_streamed = is_streamed  # whether the answer is a list by lines
        self.is_profiled = CURSOR_PROFILE in profiles
        self._profiles = profiles
        self._extension = extension
        self._place = place_of(mount, service, request)
        host = self._place.base.removesuffix(mount.path)
        self._address = host + quote(request.scope["path"].rstrip("/"), safe="/:")

    @property
    def id(self) -> str:
        """The id in the path. Raises NotFound where it is none: it is that of no record."""
        id: str = self.request.path_params["id"]
        assert self.card is not None
        if not is_id(id):
            raise reading.not_found(self.card)
        return id.lower()

    def asked(self, query: Query) -> Asked:
        return Asked(self._place, self._address, self.params, query, self.is_profiled)

    def at(self, card: Resource, id: str, asked: Asked) -> Asked:
        """ASKED, at the address of a record: the answer to a change is the record's document."""
        return Asked(self._place, f"{self._place.base}{card.path}/{id}", [], asked.query, asked.is_profiled)

    async def document(self, *, is_optional: bool = False) -> Any:
        """What the body spells; None for an empty one that IS_OPTIONAL."""
        is_larger = self.card is None or self.card.type in BEARS_ANNOTATIONS
        limit = LARGEST_ANNOTATIONS if is_larger else LARGEST_BODY
        self.body = await read_body(self.request.scope, self.request.receive, limit)
        if is_optional and not self.body:
            return None
        check_content_type(self.request.headers.get("content-type"), self._extension)
        return parse_json(self.body, MOST_NODES if self.card else MOST_NODES_OF_MANY)

    def reply(self, answer: Answer | bytes) -> Response:
        if isinstance(answer, bytes):
            answer = Answer(200, answer)
        media_type = content_type(self._profiles, self._extension) if answer.body is not None else None
        return _Reply(answer, media_type)


class _Reply(Response):
    """ANSWER of MEDIA_TYPE. Starlette's own looks through the headers for some that cannot be there."""

    def __init__(self, answer: Answer, media_type: str | None) -> None:
        self.status_code = answer.status
        self.background = None
        self.body = answer.body or b""
        headers = [(b"vary", b"Accept, Accept-Encoding, Authorization")]
        if answer.headers:
            headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
        if answer.status not in _BODILESS:
            headers.append((b"content-length", b"%d" % len(self.body)))
        if media_type is not None:
            headers.append((b"content-type", media_type.encode()))
        self.raw_headers = headers


def place_of(mount: Mount, service: Service, request: Request) -> Place:
    """Where the links of an answer to REQUEST lead."""
    host = service.public_url or f"{request.scope['scheme']}://{request.headers['host']}"
    return Place(host + mount.path, mount.type_prefix)


async def begun(
    card: Resource | None,
    mount: Mount,
    service: Service,
    request: Request,
    *,
    may_stream: bool = False,
    extension: str | None = None,
) -> Call:
    """The call that REQUEST is. Raises NotAcceptable, Unauthenticated, BadQuery.

    MAY_STREAM: whether it asks for a list, which may be answered by lines. EXTENSION: the one that both
    bodies are written in.
    """
    accept = request.headers.get("accept")
    is_streamed = may_stream and wants_lines(accept)
    profiles: frozenset[str] = frozenset() if is_streamed else profiles_of(accept, extension)
    actor = await service.keys.actor_of(request.headers)
    return Call(card, mount, service, request, actor, profiles, is_streamed=is_streamed, extension=extension)
