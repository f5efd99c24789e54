"""Sends requests to public places alone, within limits of time, size and speed.

The client beneath (httpcore2, the engine of httpx2) knows no proxies, cookies, redirects, decompression
or environment: what is not there cannot be made to leak. Of the machine's settings it reads which
certificates are trusted, and no more.
"""

import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

import httpcore2

from app.fetching.failures import (
    FetchFailed,
    RedirectNotAllowed,
    TimedOut,
    TooLarge,
    Unreachable,
    UrlNotAllowed,
)
from app.fetching.network import Deadline, Network, Resolve, system_resolve
from app.fetching.targets import Target, redirect_of, target_of

MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_SPOKEN_ANEW = frozenset({"accept", "range", "user-agent"})  # what goes along with a redirect
_AGENT = "Postil"

Sink = Callable[[bytes], object]


@dataclass(frozen=True)
class Limits:
    """What one request may take, redirects included."""

    seconds: float = 30.0
    bytes: int = 32 << 20
    slowest: float = 1024.0  # bytes a second, on average, once PATIENCE is over
    patience: float = 10.0  # seconds


@dataclass(frozen=True)
class Fetched:
    """An answer. HEADERS are by lower-case name; of several of a name, the last."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str  # where it came from, after redirects


class Fetcher:
    """Sends requests. PRIVATE_HOSTS may be private, on any port; all others are public, on PORTS.

    It may be shared by threads. RESOLVE gives a name's addresses.
    """

    def __init__(
        self,
        private_hosts: Set[str] = frozenset(),
        *,
        ports: Set[int] = frozenset({80, 443}),
        resolve: Resolve = system_resolve,
    ) -> None:
        self._private_hosts = private_hosts
        self._ports = ports
        self._deadline = Deadline()
        self._network = Network(resolve, private_hosts.__contains__, self._deadline)
        self._making = threading.Lock()

    def check_url(self, url: str) -> None:
        """Raise UrlNotAllowed where URL is refused by what it says; what its name leads to is seen later."""
        target_of(url, self._private_hosts, self._ports)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        limits: Limits = Limits(),
        redirects: int = 0,
        wants_body: bool = True,
        sink: Sink | None = None,
    ) -> Fetched:
        """The answer to METHOD at URL. Raises FetchFailed: one of its kinds.

        With a SINK the body of a good answer goes there, piece by piece, and none is in the answer.

        At most REDIRECTS are followed, each checked as URL was and without any credential, and those of
        GET and HEAD alone. Where the body is not wanted, a large or slow one is no failure.
        """
        left = min(redirects, MOST_REDIRECTS) if method in _SAFE_METHODS else 0
        spoken = {"user-agent": _AGENT} | {name.lower(): value for name, value in (headers or {}).items()}
        target = target_of(url, self._private_hosts, self._ports)
        with self._deadline.within(limits.seconds):
            while True:
                answer = self._send(method, target, spoken, body, limits, sink if wants_body else _drop)
                if answer.status not in _REDIRECTS:
                    return answer
                if not left:
                    raise RedirectNotAllowed("the answer sends elsewhere")
                left -= 1
                target = self._redirected(target, answer)
                spoken = {name: value for name, value in spoken.items() if name in _SPOKEN_ANEW}

    def close(self) -> None:
        if "_pool" in self.__dict__:
            self._pool.close()

    @cached_property
    def _pool(self) -> httpcore2.ConnectionPool:
        return httpcore2.ConnectionPool(
            max_connections=256,
            max_keepalive_connections=32,
            keepalive_expiry=3,  # seconds; servers close idle connections after 5 or more
            network_backend=self._network,
        )

    def _redirected(self, target: Target, answer: Fetched) -> Target:
        try:
            found = target_of(
                redirect_of(target, answer.headers.get("location", "")), self._private_hosts, self._ports
            )
        except (UrlNotAllowed, ValueError):
            raise RedirectNotAllowed("the answer sends to a place that is not allowed") from None
        if target.scheme == "https" and found.scheme == "http":
            raise RedirectNotAllowed("the answer sends from https to http")
        return found

    def _send(
        self,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes | None,
        limits: Limits,
        sink: Sink | None,
    ) -> Fetched:
        with self._making:
            pool = self._pool
        url = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        spoken = {**headers, "host": target.authority, "accept-encoding": "identity"}
        try:
            with pool.stream(
                method,
                url,
                headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in spoken.items()],
                content=body,
                extensions={"timeout": {"pool": self._deadline.left()}},
            ) as response:
                told = _told(response)
                is_wanted = sink is not _drop and response.status not in _REDIRECTS
                to = sink if 200 <= response.status < 300 else None
                content = self._taken(response, told, limits, to) if is_wanted else self._drained(response)
                return Fetched(response.status, told, content, target.url)
        except FetchFailed:
            raise
        except httpcore2.TimeoutException as error:
            raise TimedOut("no answer came in time") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise Unreachable("no answer came that can be read") from error

    def _taken(
        self, response: httpcore2.Response, headers: Mapping[str, str], limits: Limits, sink: Sink | None
    ) -> bytes:
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > limits.bytes:
            raise TooLarge(f"the answer has more than {limits.bytes} bytes")
        content, size, began = bytearray(), 0, time.monotonic()
        take = content.extend if sink is None else sink
        for chunk in response.iter_stream():
            size += len(chunk)
            if size > limits.bytes:
                raise TooLarge(f"the answer has more than {limits.bytes} bytes")
            take(chunk)
            taken = time.monotonic() - began
            if taken > limits.patience and size < limits.slowest * taken:
                raise TimedOut("the answer comes too slowly")
        return bytes(content)

    def _drained(self, response: httpcore2.Response) -> bytes:
        """Nothing. A short body is read away, so that the connection can be used again."""
        drained = 0
        try:
            with self._deadline.within(0.5):
                for chunk in response.iter_stream():
                    drained += len(chunk)
                    if drained > 65536:
                        break
        except (FetchFailed, httpcore2.NetworkError, httpcore2.ProtocolError):
            pass
        return b""


def _drop(piece: bytes) -> None:
    """The sink of what is not wanted."""


def _told(response: httpcore2.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
