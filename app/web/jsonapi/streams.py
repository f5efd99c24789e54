"""The feed as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

Every event is sent with its number as its id, so that a client that was cut off goes on where it was.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.attributes import read_integer
from app.declare import Resource
from app.errors import BadHeader, BadQuery
from app.operations import reading
from app.query import Filter, Query
from app.web.jsonapi.mounts import Place
from app.web.jsonapi.parse import split
from app.web.jsonapi.writer import Shape, writer_of
from app.web.service import Service
from app.work import Actor, Work

MEDIA_TYPE = "text/event-stream"
IDLE = 0.25  # seconds between looks, where nothing came
SILENCE = 15.0  # seconds after which a comment is sent, so that nobody takes the connection for dead
PAGE = 500  # events read at once


def is_asked(request: Request) -> bool:
    return MEDIA_TYPE in request.headers.get("accept", "")


async def stream(card: Resource, place: Place, service: Service, request: Request) -> Response:
    """The events of CARD behind Last-Event-ID or `after`, then those that come, until the client leaves.

    With `until=idle` the stream ends where nothing more is there. Raises BadHeader, BadQuery.
    """
    actor = await service.keys.actor_of(request.headers)
    after, ends_idle = _asked(request)
    last = (await service.database.read(actor, lambda work: _page(work, card, place, after, 1)))[1]
    if after > 0 and last is None:
        known = await service.database.read(actor, lambda work: _page(work, card, place, after - 1, 1))
        if known[1] is None:
            raise BadHeader("there is no event of this number yet", "Last-Event-ID", code="event_id_unknown")
    texts = _texts(card, place, service, request, actor, after, ends_idle)
    return StreamingResponse(
        texts, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "Vary": "Accept, Authorization"}
    )


def _asked(request: Request) -> tuple[int, bool]:
    """The number of the last event that the client has, and whether the stream ends when it is idle."""
    after, ends_idle = 0, False
    for name, value in split(request.scope["query_string"]):
        if name == "after":
            after = _number(value or "", BadQuery("after is an event's number", "after"))
        elif (name, value) == ("until", "idle"):
            ends_idle = True
        else:
            raise BadQuery(f"{name} is no parameter of a stream", name, code="parameter_unknown")
    if header := request.headers.get("last-event-id"):
        problem = BadHeader("Last-Event-ID is an event's number", "Last-Event-ID", code="event_id_invalid")
        after = _number(header, problem)
    return after, ends_idle


def _number(text: str, problem: BadHeader | BadQuery) -> int:
    try:
        number = read_integer(text)
    except ValueError:
        raise problem from None
    if number < 0:
        raise problem
    return number


async def _texts(
    card: Resource,
    place: Place,
    service: Service,
    request: Request,
    actor: Actor,
    after: int,
    ends_idle: bool,
) -> AsyncIterator[bytes]:
    silent = 0.0
    while True:
        job = partial(_page, card=card, place=place, after=after, size=PAGE)
        text, last = await service.database.read(actor, job)
        if last is not None:
            after, silent = last, 0.0
            yield text
            continue
        if ends_idle:
            return
        await asyncio.sleep(IDLE)
        silent += IDLE
        if silent >= SILENCE:
            silent = 0.0
            yield b": nothing new\n\n"
        actor = await service.keys.actor_of(request.headers)  # a revoked key ends the stream


def _page(work: Work, card: Resource, place: Place, after: int, size: int) -> tuple[bytes, int | None]:
    """The events behind AFTER as text, and the number of the last of them; None where there are none."""
    query = Query(filters=(Filter("after", "in", (after,)),), sort=card.order, size=size)
    writer = writer_of(Shape(card, place, extra=("sequence", "resource", "kind")))
    rows = reading.index(work, card, query, writer.fields).rows
    if not rows:
        return b"", None
    at = [writer.fields.index(name) for name in ("sequence", "resource", "kind")]
    parts = [
        f"id: {row[at[0]]}\nevent: {row[at[1]]}.{row[at[2]]}\ndata: {text}\n\n"
        for row, text in zip(rows, writer.write(rows), strict=True)
    ]
    return "".join(parts).encode(), rows[-1][at[0]]
