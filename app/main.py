"""The front door: put the service together. The one file that knows all the others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Protocol

import structlog
from starlette.applications import Starlette
from starlette.types import ASGIApp

from app.catalog import CARDS
from app.jobs.catalog import kinds_of
from app.jobs.deliveries import Deliveries
from app.jobs.rounds import Pace
from app.jobs.worker import Worker
from app.logs import record
from app.settings import Settings
from app.storage.database import Database
from app.web import docs, files, health, jsonrpc, uploads
from app.web.auth import Keys
from app.web.dashboard import refusals
from app.web.dashboard import routes as dashboard
from app.web.edge import Compression, Guard, Limits
from app.web.errors import error_response
from app.web.jsonapi import operations, routes
from app.web.jsonapi.mounts import MOUNTS
from app.web.routing import Entry, Table
from app.web.service import Service
from app.web.uploads.receiving import Receiver
from app.web.vendors import catalog as vendors


def build(settings: Settings, database: Database) -> ASGIApp:
    """The service as an ASGI application, which closes DATABASE when it ends."""
    keys = Keys(database)
    service = Service(
        database,
        keys,
        settings.public_url.rstrip("/"),
        batch_limit=settings.batch_limit,
        batch_seconds=settings.batch_seconds,
        upload_bytes=settings.upload_bytes,
        drafts=settings.data / "files" / "drafts",
    )

    background: list[Background] = [Deliveries(database, Pace(first_retry=settings.webhook_retry))]
    if settings.workers:
        background.append(Worker(database, kinds_of(settings), threads=settings.workers))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        for one in background:
            one.start()
        yield
        for one in reversed(background):
            one.stop()
        database.sources.decoder.close()
        database.close()

    receiver = uploads.receiver_of(service)
    of_api = entries_of(service, receiver)
    of_dashboard = dashboard.routes_of(service, Table(of_api, error_response))
    of_vendors = vendors.mounted(service, receiver)
    refuse = refusals.refusal(vendors.refusal(error_response))
    table = Table([*of_api, *of_dashboard, *of_vendors], refuse)
    app = Starlette(routes=[table], lifespan=lifespan)
    bare = _Bare(app, table, vendors.at_root(service, receiver))
    return Guard(Compression(bare), hosts=settings.host_names, log=_logged, limits=Limits())


def entries_of(service: Service, receiver: Receiver) -> list[Entry]:
    """Every route of our own: those of other systems' clients stand beside them."""
    entries = [*health.routes_of(service), *files.routes_of(service), *docs.routes_of()]
    entries += uploads.signed_routes_of(service, receiver)
    for mount in MOUNTS:
        own = uploads.routes_of(mount, service, receiver)
        taken = {(one.method, one.template) for one in own}
        entries += jsonrpc.routes_of(mount.path, service)
        entries += operations.routes_of(mount, service)
        entries += own  # they take what a card's own routes take, and more
        for card in CARDS:
            of_card = routes.routes_of(card, mount, service)
            entries += [one for one in of_card if (one.method, one.template) not in taken]
    return entries


class Background(Protocol):
    """What goes on beside the answers, in threads of its own."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Come to an end soon, and return after it: the database is closed next."""


class _Bare:
    """APP, whose requests go to TABLE at once, or to the other AT_ROOT where a key's scheme says so.

    Its error middleware adds nothing that the guard does not do, and would hide crashes from the guard, which
    logs them; its router has one route to try.
    """

    def __init__(self, app: Starlette, table: Table, at_root: Table | None) -> None:
        self._app = app
        self._table = table
        self._at_root = at_root

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["app"] = self._app
        if scope["type"] != "http":
            await self._app.router(scope, receive, send)
        elif self._at_root is not None and vendors.is_at_root(scope["path"], scope["headers"]):
            await self._at_root.handle(scope, receive, send)
        else:
            await self._table.handle(scope, receive, send)


_log = structlog.get_logger("postil")


def _logged(event: str, **fields: Any) -> None:
    if event != "request":
        _log.error(event, **fields)
        return
    # By route, never by path: a path holds ids, and there is no end of them.
    _seconds(fields["method"], fields["route"] or "unknown", fields["status"]).observe(fields["ms"] / 1000)
    record("postil", event, fields)


@lru_cache(4096)
def _seconds(method: str, route: str, status: int) -> Any:
    return health.SECONDS.labels(method, route, str(status))
