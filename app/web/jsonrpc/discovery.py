"""What `rpc.discover` answers: an endpoint's part of the OpenRPC document that stands beside the contract."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from app.declare import Resource

DISCOVER = "rpc.discover"  # the name that OpenRPC gives it: https://spec.open-rpc.org

_REFERENCE = re.compile(r'"#/components/(\w+)/([^/"]+)')

Document = dict[str, Any]


@lru_cache(256)
def document_of(card: Resource | None, address: str) -> msgspec.Raw:
    """The document of CARD's endpoint at ADDRESS (None: that of all, whose names are dotted), as JSON."""
    whole = msgspec.json.decode((files("openapi") / "openrpc.json").read_bytes())
    return msgspec.Raw(msgspec.json.encode(part_of(whole, card.type if card else None, address)))


def part_of(whole: Document, type: str | None, address: str) -> Document:
    """WHOLE with the methods of TYPE alone, under their short names, and what these refer to."""
    methods = [_named(method, type) for method in whole["methods"] if _is_of(method["name"], type)]
    return whole | {
        "servers": [{"name": "this endpoint", "url": address}],
        "methods": methods,
        "components": needed(whole["components"], methods),
    }


def needed(components: Mapping[str, Mapping[str, Any]], start: Any) -> dict[str, dict[str, Any]]:
    """Those of COMPONENTS (kind -> name -> component) that START refers to, and that those refer to."""
    found: set[tuple[str, str]] = set()
    waiting = [start]
    while waiting:
        text = msgspec.json.encode(waiting.pop()).decode()
        fresh = set(_REFERENCE.findall(text)) - found
        found |= fresh
        waiting += [components[kind][name] for kind, name in sorted(fresh)]
    return {
        kind: {name: one for name, one in some.items() if (kind, name) in found}
        for kind, some in components.items()
    }


def _is_of(name: str, type: str | None) -> bool:
    return type is None or name == DISCOVER or name.startswith(f"{type}.")


def _named(method: Document, type: str | None) -> Document:
    return method | {"name": method["name"].removeprefix(f"{type}.")}
