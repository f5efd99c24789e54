"""Runs an app on a socket until a signal ends it; knows nothing of what the app does."""

import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from app.web.edge.protocols import protocol_of
from app.web.edge.refusals import Limits, Log

GRACE = 5  # seconds that running requests are given at the end


class NotStarted(Exception):
    """The application failed in its own startup; the log says why."""


def serve(
    app: ASGIApp,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    *,
    log: Log,
    limits: Limits | None = None,
    proxies: Sequence[str] = (),
) -> None:
    """Serves APP until SIGTERM or SIGINT, then lets running requests end and returns.

    ON_READY is called once, with the URL and its real port. PROXIES are the addresses whose X-Forwarded-*
    headers are believed. Raises OSError for an address that cannot be had, NotStarted for an app that fails
    to start.
    """
    limits = limits or Limits()
    config = uvicorn.Config(
        app,
        http=protocol_of(limits, log),
        ws="none",
        interface="asgi3",
        lifespan="on",
        loop="auto",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=limits.keep_alive_seconds,
        timeout_graceful_shutdown=GRACE,
    )
    with _bound(host, port) as bound:
        _Server(config, lambda: on_ready(_url_of(bound))).run([bound])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise NotStarted("The application did not start.") from error
        self.announce()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with super().capture_signals():
            yield
            # uvicorn would raise them again now, and kill the process in its caller's hands.
            self._captured_signals.clear()


def _bound(host: str, port: int) -> socket.socket:
    """A socket bound, not yet listening: nobody waits in its queue before the app is ready."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # One socket, so that port 0 is one port: where a name has several addresses, its IPv4 one.
    family, kind, protocol, _, address = min(found, key=lambda item: item[0] != socket.AF_INET)
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"Cannot listen on {host} port {port}: {error.strerror}") from error
    return bound


def _url_of(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family == socket.AF_INET6 else f"http://{host}:{port}"
