"""Where the API stands: one (path prefix, type prefix) pair a mount, and its links stay in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

SEED_PREFIX = "dataset:"  # accepted before every type, at both mounts


@dataclass(frozen=True)
class Mount:
    path: str
    type_prefix: str


MOUNTS = (Mount("", ""), Mount("/api/v1/dataset", SEED_PREFIX))


class Place(NamedTuple):
    """Where an answer's links lead and what its types begin with: a mount, at an address."""

    base: str  # http://host/api/v1/dataset
    prefix: str


def plain(type: str) -> str:
    """TYPE in either spelling, without the prefix."""
    return type.removeprefix(SEED_PREFIX)


def query_of(params: Iterable[tuple[str, str | None]]) -> str:
    """PARAMS as a query string, percent-encoded, with its question mark; nothing where there are none."""
    pairs = (
        quote(name, safe="") if value is None else f"{quote(name, safe='')}={quote(value, safe=',:')}"
        for name, value in params
    )
    query = "&".join(pairs)
    return f"?{query}" if query else ""
