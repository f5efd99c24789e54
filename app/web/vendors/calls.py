"""A request to a vendor's face: who asks, what they send, how work is done for them. It knows no vendor."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import BadQuery, Malformed
from app.json import parse
from app.operations.reading import show
from app.resources import api_keys, numbers
from app.web.edge import read_body
from app.web.routing import Entry, Refusal
from app.web.service import Service
from app.web.uploads.arrivals import Arrived
from app.web.uploads.parts import EVERY_FILE, Wanted, boundary_of
from app.web.uploads.receiving import Receiver
from app.work import Actor, Work

T = TypeVar("T")
Json = dict[str, Any]
Numbering = Callable[[Work, Sequence[str]], dict[str, int]]  # record ids -> their numbers

LARGEST_JSON = 16 << 20  # bytes, inflated
MOST_NODES = 2_000_000  # values in a body: labels of many points
LARGEST_FORM = 16 << 20  # of fields, without files
MOST_FIELDS = 1000
_LOOKS = (0.02, 0.05, 0.1, 0.2)  # seconds between looks whether a job has ended, the last one again and again


@dataclass(frozen=True)
class Route:
    """What is answered at METHOD PATH of a face, and what its contract says of it.

    BODY and ANSWERS (by status) are JSON Schema; QUERY the parameters, by name, with what they are about.
    IS_OPEN: it needs no key.
    """

    method: str
    path: str  # below the mount, with {parameters}; a slash at its end may be there or not
    run: Callable[["Call"], Awaitable[Response]]
    about: str
    body: Mapping[str, Any] | None = None
    answers: Mapping[int, Mapping[str, Any]] = field(default_factory=lambda: {200: {}})
    query: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"  # of the body
    is_open: bool = False


@dataclass(frozen=True)
class Face:
    """One vendor's face: where it is, what it answers, and how it says what went wrong.

    MOUNTS are the prefixes it stands under; IS_AT_ROOT: it also answers there, for the scheme APIKey.
    TOKEN is the query parameter that may bear the key, "" where none does.
    """

    name: str
    about: str
    mounts: tuple[str, ...]
    routes: tuple[Route, ...]
    refuse: Refusal
    token: str = ""
    is_at_root: bool = False


class Call:
    """A request to FACE at MOUNT, by ACTOR."""

    def __init__(
        self, service: Service, receiver: Receiver, face: Face, mount: str, request: Request, actor: Actor
    ) -> None:
        self.service = service
        self.request = request
        self.actor = actor
        self.path: Mapping[str, str] = request.path_params
        self.query = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if any("\0" in text for text in (*self.path.values(), *self.query.values())):
            raise BadQuery("U+0000 is nowhere in a name or a value", code="character_not_allowed")
        host = service.public_url or f"{request.scope['scheme']}://{request.headers['host']}"
        self.host = host  # scheme and host
        self.base = host + mount  # of the addresses that are handed out
        self._receiver = receiver

    async def read(self, job: Callable[[Work], T]) -> T:
        """What JOB gives of a snapshot."""
        return await self.service.database.read(self.actor, job)

    async def write(self, job: Callable[[Work], T]) -> T:
        """What JOB gives, whose changes are all kept, or none where it raises."""
        return await self.service.database.write(self.actor, job)

    async def numbered(self, job: Callable[[Work, Numbering], T]) -> T:
        """What JOB reads, which needs the numbers of records: those that have none are given one."""
        try:
            return await self.read(lambda work: job(work, numbers.known))
        except numbers.Missing:
            return await self.write(lambda work: job(work, numbers.drawn))

    async def ended(self, job_id: str, seconds: float) -> Any:
        """The job as it is once it has ended, or after so many SECONDS."""
        looks, card = iter(_LOOKS), RESOURCES["jobs"]
        pause, left = 0.0, seconds
        while True:
            job = await self.read(lambda work: card.of(show(work, card, job_id, card.fields)))
            if job.finished_at is not None or left <= 0:
                return job
            pause = next(looks, _LOOKS[-1])
            left -= pause
            await asyncio.sleep(pause)

    async def raw(self, limit: int = LARGEST_JSON) -> bytes:
        return await read_body(self.request.scope, self.request.receive, limit)

    async def json(self) -> Any:
        """The value that the body spells; None for an empty one. Raises Malformed, Invalid."""
        body = await self.raw()
        return parse(body, MOST_NODES) if body else None

    async def object(self) -> Json:
        """The same, which has to be an object; {} for an empty body."""
        value = await self.json()
        if value is not None and not isinstance(value, dict):
            raise Malformed("the body is a JSON object", "")
        return value or {}

    async def form(self, wanted: Wanted = EVERY_FILE) -> tuple[dict[str, str], list[Arrived]]:
        """The fields of a form, of two of a name the last, and its files. It may be urlencoded, or empty."""
        boundary = boundary_of(self.request.headers.get("content-type", ""))
        if boundary is not None:
            return await self._receiver.form(self.request, boundary, wanted)
        text = (await self.raw(LARGEST_FORM)).decode("utf-8", "replace")
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)), []
        except ValueError:
            raise Malformed(f"a form has at most {MOST_FIELDS} fields", code="form_invalid") from None

    async def file(self, name: Callable[[], str]) -> Arrived:
        """The body as a file."""
        return await self._receiver.one(self.request, name)

    def as_they_stand(self, work: Work) -> Work:
        """WORK by the actor as they are now: what they sent may have come for hours."""
        return work._replace(actor=api_keys.actor_now(work, self.actor.key_id or ""))


def told(value: Any, status: int = 200) -> Response:
    """VALUE as JSON."""
    return Response(msgspec.json.encode(value), status, _HEADERS, media_type="application/json")


def nothing() -> Response:
    return Response(status_code=204, headers=_HEADERS)


_HEADERS = {"Vary": "Authorization"}


def entries_of(face: Face, mount: str, service: Service, receiver: Receiver) -> list[Entry]:
    """The routes of FACE below MOUNT."""
    answer = partial(_answer, service, receiver, face, mount)
    return [Entry(one.method, mount + one.path, partial(answer, one), face.refuse) for one in face.routes]


async def _answer(
    service: Service, receiver: Receiver, face: Face, mount: str, route: Route, request: Request
) -> Response:
    actor = _NOBODY if route.is_open else await actor_of(service, face, request)
    return await route.run(Call(service, receiver, face, mount, request, actor))


async def actor_of(service: Service, face: Face, request: Request) -> Actor:
    """Who asks: by the header, or by the query where the FACE takes that. Raises Unauthenticated."""
    headers: Mapping[str, str] = request.headers
    if face.token and "authorization" not in headers and (secret := request.query_params.get(face.token)):
        headers = {"authorization": f"Token {secret}"}
    return await service.keys.actor_of(headers)


_NOBODY = Actor("", "", "", "member", scopes=frozenset())
