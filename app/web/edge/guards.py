"""The outermost ASGI layer: checks heads, names requests, answers crashes; knows no route and no body."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from secrets import token_hex
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.edge.refusals import (
    SECURITY,
    Header,
    Limits,
    Log,
    Refused,
    document_of,
    headers_too_large,
    host_invalid,
    internal_error,
    request_malformed,
    uri_too_long,
)

HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_][A-Za-z0-9._-]{0,252})(?::[0-9]{0,5})?")
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CLIENT_GONE = 499  # nginx's number, for the log alone: nobody was left to answer
LOGGED_PATH = 2_048  # characters


class Guard:
    """APP behind limits. HOSTS are the names it may be called by, beside IP literals and localhost."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], log: Log, limits: Limits | None = None) -> None:
        self.app = app
        self.hosts = frozenset({"localhost", *(host.lower().removesuffix(".") for host in hosts)})
        self.log = log
        self.limits = limits or Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        exchange = Exchange(scope, send)
        try:
            self._check(scope)
            await self.app(scope, receive, exchange.send)
        except Exception as error:
            await self._rescue(error, exchange)
        finally:
            self.log(
                "request",
                method=scope["method"],
                path=scope["path"][:LOGGED_PATH],
                status=exchange.status or CLIENT_GONE,
                ms=round((perf_counter() - began) * 1000, 3),
                request_id=exchange.request_id,
                route=scope["state"].get("route", ""),
            )

    def _check(self, scope: Scope) -> None:
        limits, fields = self.limits, scope["headers"]
        if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > limits.uri:
            raise uri_too_long(limits.uri)
        if len(fields) > limits.header_fields:
            raise headers_too_large(limits)
        size, hosts = 0, []
        for name, value in fields:
            size += len(name) + len(value) + 4  # ": " and CRLF
            if name == b"host":
                hosts.append(value)
            elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                raise request_malformed("Chunked is the only transfer encoding.", "Transfer-Encoding")
        if size > limits.headers:
            raise headers_too_large(limits)
        self._check_host(hosts)

    def _check_host(self, given: list[bytes]) -> None:
        found = HOST.fullmatch(given[0]) if len(given) == 1 else None
        if found is None:
            raise host_invalid("Exactly one valid Host header is needed.")
        name = found[1].decode().lower().removesuffix(".")
        if name not in self.hosts and not _is_address(name):
            raise host_invalid("Unknown host: name it in POSTIL_PUBLIC_URL or POSTIL_ALLOWED_HOSTS.")

    async def _rescue(self, error: Exception, exchange: "Exchange") -> None:
        """Answers ERROR, or raises it again once an answer has begun: the server then cuts the connection."""
        if exchange.status or not isinstance(error, Refused):
            self.log("crash", request_id=exchange.request_id, exc_info=error)
        if exchange.status:
            raise error
        await exchange.refuse(error if isinstance(error, Refused) else internal_error())


class Exchange:
    """One request and its answer: the id they share, the status once it is known (0 before)."""

    __slots__ = ("_send", "request_id", "status")

    def __init__(self, scope: Scope, send: Send) -> None:
        self.request_id = _request_id(scope["headers"])
        scope.setdefault("state", {})["request_id"] = self.request_id
        self.status = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._dressed(message.get("headers", ()))}
        await self._send(message)

    async def refuse(self, refused: Refused) -> None:
        headers, body = document_of(refused, self.request_id)
        await self.send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    def _dressed(self, given: Iterable[Header]) -> list[Header]:
        # A copy: the list may belong to an answer that is sent more than once.
        headers = list(given)
        names = [name for name, _ in headers]
        for header in SECURITY:
            if header[0] not in names:
                headers.append(header)
        headers.append((b"x-request-id", self.request_id.encode()))
        return headers


def _request_id(fields: list[Header]) -> str:
    """The client's own id where it is harmless to repeat and to log, else a new one."""
    for name, value in fields[:100]:  # more are refused, and a refusal must not read them all
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return value.decode()
    return token_hex(16)  # a fourth of a UUID's cost


@lru_cache(256)
def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
