"""What a measure says of itself, and requests as they go over the wire."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.data import KEY, Filled

HOST = "localhost"  # of every contender, whatever its port: the links in their answers are then the same


@dataclass(frozen=True)
class Measure:
    """REQUESTS_OF a filled database are sent by so many CLIENTS; STATUS is that of every answer."""

    name: str
    about: str
    clients: int
    requests_of: Callable[[Filled], list[bytes]]
    status: int = 200
    table: str = ""  # to which every answered request adds a row


def get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\n{_HEAD}\r\n".encode()


def post(target: str, body: bytes) -> bytes:
    told = f"Content-Type: application/vnd.api+json\r\nContent-Length: {len(body)}\r\n"
    return f"POST {target} HTTP/1.1\r\n{_HEAD}{told}\r\n".encode() + body


_HEAD = f"Host: {HOST}\r\nAuthorization: Bearer {KEY}\r\nAccept: application/vnd.api+json\r\n"
