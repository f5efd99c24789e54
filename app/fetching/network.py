"""Connections to checked addresses alone, and within a time that is told by thread.

A name is resolved once; all of its addresses must pass, and it is one of these that is connected to: a
second lookup could answer otherwise (DNS rebinding).
"""

import math
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import httpcore2

from app.fetching.addresses import is_public
from app.fetching.failures import FetchFailed, TimedOut, Unreachable, UrlNotAllowed

Resolve = Callable[[str, int], list[str]]  # host, port -> addresses; raises OSError
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_WITHOUT_BODY = frozenset({b"204", b"304"})


def system_resolve(host: str, port: int) -> list[str]:
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class Deadline(threading.local):
    """When what the calling thread does must have ended, on the monotonic clock."""

    at = math.inf

    def left(self) -> float:
        """Seconds; None of them raises TimedOut."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimedOut("it took too long")
        return min(left, 3600.0)

    @contextmanager
    def within(self, seconds: float) -> Any:
        """For what runs in it, SECONDS from now, or what was set before where that is sooner."""
        before = self.at
        self.at = min(before, time.monotonic() + seconds)
        try:
            yield
        finally:
            self.at = before


class Network(httpcore2.NetworkBackend):
    """What the HTTP client connects through. MAY_BE_PRIVATE tells of a host."""

    def __init__(self, resolve: Resolve, may_be_private: Callable[[str], bool], deadline: Deadline) -> None:
        self._resolve = resolve
        self._may_be_private = may_be_private
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: FetchFailed = Unreachable("the name has no address")
        for address in self._checked_addresses(host, port):
            try:
                return Stream(_connected(address, port, self._deadline.left()), self._deadline)
            except TimeoutError:
                failure = TimedOut("no connection came about in time")
            except OSError:
                failure = Unreachable("no connection could be made")
        raise failure

    def connect_unix_socket(self, *given: Any, **options: Any) -> httpcore2.NetworkStream:
        raise UrlNotAllowed("only http and https are spoken")

    def _checked_addresses(self, host: str, port: int) -> list[str]:
        addresses = self._looked_up(host, port)
        if not self._may_be_private(host) and not all(is_public(address) for address in addresses):
            raise UrlNotAllowed("the name leads to an address that is not public")
        return addresses

    def _looked_up(self, host: str, port: int) -> list[str]:
        """The addresses of HOST. The system's lookup knows no timeout, so it runs on a thread of its own."""
        found: list[list[str]] = []

        def look_up() -> None:
            try:
                found.append(self._resolve(host, port))
            except (OSError, UnicodeError):
                found.append([])

        thread = threading.Thread(target=look_up, name="postil-lookup", daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        if not found:
            raise TimedOut("the name was not resolved in time")
        if not found[0]:
            raise Unreachable("the name has no address")
        return found[0]


def _connected(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to ADDRESS, seen to lead there. Raises OSError, TimeoutError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
        if ip_address(connection.getpeername()[0]) != ip_address(address):
            raise OSError("the connection leads elsewhere")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def _length_of(answer: bytes) -> int | None:
    """How many bytes the ANSWER that begins so has, by what its head says; None where that is not sure."""
    head, end, _ = answer.partition(_END_OF_HEAD)
    status = head[9:12]
    lengths = _LENGTH.findall(head + b"\r\n")
    if not end or b"transfer-encoding" in head.lower():
        return None
    if status in _WITHOUT_BODY:
        return len(head) + len(end)
    if status.startswith(b"1") or len(lengths) != 1:
        return None
    return len(head) + len(end) + int(lengths[0])


class Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the deadline of who waits.

    It is used again only where what came was one answer and no more. Bytes beyond it would be taken for the
    answer to the next request, whoever makes that (response desynchronization).
    """

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._received = 0  # bytes since the last request
        self._head = bytearray()  # of the answer, and what of its body came along

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._telling():
            self._connection.settimeout(self._deadline.left())
            content = self._connection.recv(max_bytes)
        self._received += len(content)
        if _END_OF_HEAD not in self._head:
            self._head += content
        return content

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._received:
            self._received = 0
            self._head.clear()
        rest = memoryview(buffer)
        with self._telling():
            while rest:
                self._connection.settimeout(self._deadline.left())
                rest = rest[self._connection.send(rest) :]

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            with self._telling():
                self._connection.settimeout(self._deadline.left())
                secured = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
        except BaseException:
            self._connection.close()
            raise
        return Stream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # of an idle connection
            return self._is_readable() or self._received != _length_of(bytes(self._head))
        return None

    def _is_readable(self) -> bool:
        """Whether something came, or the end: an idle connection of which this is true cannot be used."""
        if self._connection.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        return bool(poll.poll(0))

    @contextmanager
    def _telling(self) -> Any:
        try:
            yield
        except TimeoutError:
            raise TimedOut("no answer came in time") from None
        except ssl.SSLCertVerificationError:
            raise Unreachable("the certificate is not trusted") from None
        except OSError:
            raise Unreachable("the connection was lost") from None
