"""What a measure says of itself, and requests as they go over the wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.data import Filled
from bench.rows import OWNERS_KEY

HOST = "localhost"  # of every contender, whatever its port: the links in their answers are then the same

Script = list[bytes]  # requests that a client sends one after the other


@dataclass(frozen=True)
class Measure:
    """SCRIPTS_OF a filled database are sent by so many CLIENTS to the CONTENDERS, by their names.

    WANTED is how many times as many of them Postil is to answer as a contender; LEAST is of things a second.
    """

    name: str
    about: str
    clients: int
    scripts_of: Callable[[Filled], list[Script]]
    contenders: tuple[str, ...] = ("postil", "floor")
    wanted: Mapping[str, float] = field(default_factory=dict)
    least: float = 0
    status: int = 200  # of every answer
    things: int = 1  # that one script is about
    thing: str = "request"
    table: str = ""  # to which every answered script adds so many THINGS as rows
    is_changing: bool = False  # whether ids and times in the answers are new


def get(target: str, key: str = OWNERS_KEY) -> bytes:
    return f"GET {target} HTTP/1.1\r\n{_head(key)}\r\n".encode()


def post(
    target: str, body: bytes = b"", key: str = OWNERS_KEY, media: str = "application/vnd.api+json"
) -> bytes:
    told = f"Content-Type: {media}\r\n" if body else ""
    told += f"Content-Length: {len(body)}\r\n"
    return f"POST {target} HTTP/1.1\r\n{_head(key)}{told}\r\n".encode() + body


def escaped(query: str) -> str:
    return query.replace("[", "%5B").replace("]", "%5D")


def _head(key: str) -> str:
    return f"Host: {HOST}\r\nAuthorization: Bearer {key}\r\nAccept: */*\r\n"
