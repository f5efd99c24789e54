"""Tells open pages that something happened in their organization, so that they look anew. Never what.

Who is told what is settled by what they then ask. One look at the feed serves all pages of an organization.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.errors import Unauthenticated
from app.resources.events import last_of
from app.web.dashboard.sessions import session_of
from app.web.errors import error_response
from app.web.routing import Entry
from app.web.service import Service
from app.work import SYSTEM

EVERY = 1.0  # seconds between looks
SILENCE = 15  # looks after which a comment is sent, so that nobody takes the connection for dead


def routes_of(service: Service) -> list[Entry]:
    pulse = Pulse(service)
    return [Entry("GET", "/ui/live", partial(_stream, service, pulse), error_response, allows_head=False)]


class Pulse:
    """The number of the last event of each organization that somebody watches."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._looks: dict[str, tuple[float, asyncio.Task[Any]]] = {}

    async def last(self, organization_id: str) -> Any:
        """The number, as it was at most EVERY seconds ago."""
        now = asyncio.get_running_loop().time()
        began, look = self._looks.get(organization_id, (0.0, None))
        if look is None or now - began >= EVERY * 0.9:
            look = asyncio.create_task(self._look(organization_id))
            if len(self._looks) > 1000:
                self._looks.clear()
            self._looks[organization_id] = (now, look)
        return await asyncio.shield(look)

    async def _look(self, organization_id: str) -> Any:
        return await self._service.database.read(SYSTEM, lambda work: last_of(work, organization_id))


async def _stream(service: Service, pulse: Pulse, request: Request) -> Response:
    session = await session_of(service, request)
    texts = _texts(service, pulse, request, session.actor.organization_id)
    return StreamingResponse(texts, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _texts(
    service: Service, pulse: Pulse, request: Request, organization_id: str
) -> AsyncIterator[bytes]:
    seen, silent = await pulse.last(organization_id), 0
    yield b"retry: 3000\n\n"
    while True:
        await asyncio.sleep(EVERY)
        try:
            await session_of(service, request)
        except Unauthenticated:  # a session that has ended is told nothing more
            return
        last, silent = await pulse.last(organization_id), silent + 1
        if last != seen:
            seen, silent = last, 0
            yield f"event: changed\ndata: {last}\n\n".encode()
        elif silent >= SILENCE:
            silent = 0
            yield b": nothing new\n\n"
