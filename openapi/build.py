"""Builds the contract from the cards: `python -m openapi.build`. A new resource needs no line here."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from app.catalog import CARDS
from app.web.jsonapi.mounts import MOUNTS
from app.web.jsonapi.parse import MOST_PARAMS
from app.web.vendors.calls import Face
from app.web.vendors.catalog import FACES
from openapi import (
    calls,
    errors,
    headers,
    lines,
    operations,
    others,
    parameters,
    paths,
    schemas,
    uploads,
    vendors,
)
from openapi.older import older
from openapi.openrpc import openrpc

FOLDER = Path(__file__).parent
CONTRACT = FOLDER / "openapi.json"
OLDER = FOLDER / "openapi-3.0.json"  # for tools that do not read 3.1
OPENRPC = FOLDER / "openrpc.json"  # the methods of JSON-RPC, which rpc.discover tells
_DESCRIPTION = """The API of Postil, a self-hosted annotation backend, in \
[JSON:API 1.1](https://jsonapi.org/format/1.1/) and [JSON-RPC 2.0](https://www.jsonrpc.org/specification).

**Two mounts.** {mounts} Requests may spell a type either way, at both mounts.

**Bodies** are `application/vnd.api+json` or `application/json`, also with gzip, and hold no U+0000 and no \
whole number beyond 64 bits. Members that we do not know are ignored around the attributes, and refused \
among them.

**Queries** have at most {parameters} parameters. Lists in them go by comma \
(`filter[status__in]=ready,errored`), as `filter[status__in][]=ready`, or by repeating the parameter; a \
filter of text takes a comma for a part of the text. `filter[x]` without a value, and `null` where the \
attribute is no text, finds records without one. Brackets may be percent-encoded. `include` and \
`included` are the same: send one of them.

**Changes** may be repeated: with an `Idempotency-Key`, a new one for each, a request is done once however \
often it is sent, and answered as the first time, for two days. With `If-Match` and the `ETag` of what was \
read, it is done only where nobody changed the record meanwhile.

**The past** stays: `history` tells every version of a record, `difference` what changed between two, and \
`as_of` shows records and lists as they stood. What is deleted is restored by `restore`.

**Errors** have a stable `code`:

{codes}
"""


def document() -> dict[str, Any]:
    """The contract, in OpenAPI 3.1."""
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Postil",
            "version": _version(),
            "summary": "A self-hosted annotation backend",
            "description": _DESCRIPTION.format(
                mounts=_mounts(), parameters=MOST_PARAMS, codes=errors.table()
            ),
        },
        "servers": [{"url": "/", "description": "This service, at its plain mount."}],
        "security": [{"key": []}],
        "tags": _tags(),
        "paths": _paths(),
        "components": _components(),
    }
    while _prune(whole):
        pass
    return whole


def _prune(document: dict[str, Any]) -> bool:
    """Take out the components that nothing refers to; whether there were any."""
    text = json.dumps(document)
    used = set(re.findall(r'"#/components/(\w+/[^/"]+)', text))
    unused = [
        (some, name)
        for kind, some in document["components"].items()
        for name in some
        if kind != "securitySchemes" and f"{kind}/{name}" not in used
    ]
    for some, name in unused:
        del some[name]
    return bool(unused)


def text_of(document: dict[str, Any]) -> str:
    """DOCUMENT as it is kept: one line a path, a method and a component, so that a change can be read."""
    return _lines(document, 3) + "\n"


def _lines(value: Any, depth: int) -> str:
    if depth and value and isinstance(value, list):
        return "[\n" + ",\n".join(_lines(one, 0) for one in value) + "\n]"
    if depth == 0 or not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    members = (f"{json.dumps(name)}:{_lines(one, depth - 1)}" for name, one in value.items())
    return "{\n" + ",\n".join(members) + "\n}"


def _mounts() -> str:
    _, *twins = MOUNTS
    told = [
        f"below `{twin.path}`, with `{twin.type_prefix}` before every type (`{twin.type_prefix}entries`)"
        for twin in twins
    ]
    return f"All that stands here is also found {' and '.join(told)}; links stay in their mount."


def _version() -> str:
    try:
        return version("postil")
    except PackageNotFoundError:  # run from a checkout
        project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text())["project"]
        return str(project["version"])


def _tags() -> list[dict[str, str]]:
    found = [{"name": card.type, "description": card.about} for card in CARDS]
    return [
        *found,
        {"name": "operations", "description": "Many changes at once, all or none."},
        {"name": "json-rpc", "description": "Every method of every resource, by dotted names."},
        {"name": "files", "description": "The pictures that entries show."},
        {"name": "health", "description": "What an operator asks."},
    ]


def _paths() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for card in CARDS:
        for at, item in paths.paths_of(card).items():  # of a parent's path, where the card is offered there
            found.setdefault(at, {}).update(item)
    return uploads.extend(found) | calls.paths() | operations.paths() | others.paths()


def _components() -> dict[str, Any]:
    responses = errors.responses()
    bodies: dict[str, Any] = {}
    for card in CARDS:
        responses |= paths.responses_of(card)
        bodies |= paths.bodies_of(card)
    about = "A key: `POST /api_keys`, or `postil key create`."
    return {
        "schemas": schemas.components()
        | lines.schemas()
        | errors.schemas()
        | calls.schemas()
        | operations.schemas()
        | uploads.schemas(),
        "parameters": parameters.components(),
        "requestBodies": uploads.manifests(bodies),
        "responses": responses,
        "headers": headers.components(),
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": about}},
    }


def main() -> None:
    contract = document()
    CONTRACT.write_text(text_of(contract))
    OLDER.write_text(text_of(older(contract)))
    OPENRPC.write_text(text_of(openrpc(contract)))
    for face in FACES:
        vendor_file(face).write_text(text_of(vendors.document(face, _version())))


def vendor_file(face: Face) -> Path:
    """Where the contract of FACE is."""
    return FOLDER / "vendors" / f"{face.name}.json"


if __name__ == "__main__":
    main()
