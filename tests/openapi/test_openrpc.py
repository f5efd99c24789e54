"""The committed OpenRPC document is whole and valid, as are the parts of it that endpoints tell."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft7, Draft7Validator, Registry, meta

from app.catalog import CARDS
from app.web.jsonapi.mounts import MOUNTS
from app.web.jsonrpc import methods_of, part_of
from openapi.build import OPENRPC
from tests.lab import Lab

WHOLE = json.loads(OPENRPC.read_text())
TYPES = [None, *(card.type for card in CARDS)]

# What was added to JSON Schema after the draft that OpenRPC 1.3 names, and what it ignores beside `$ref`.
LATER = {"$defs", "$anchor", "$dynamicRef", "prefixItems", "dependentSchemas", "dependentRequired"} | {
    "unevaluatedProperties",
    "unevaluatedItems",
    "minContains",
    "maxContains",
}
TEXT = {"type": "string", "minLength": 1}


def shape(required: dict[str, Any], /, **optional: Any) -> dict[str, Any]:
    """An object with the members REQUIRED and OPTIONAL, and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "additionalProperties": False,
    }


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


# Source: https://spec.open-rpc.org, 1.3.2, as far as our document goes.
DESCRIPTOR = shape(
    {"name": TEXT, "schema": {"type": ["object", "boolean"]}},
    required={"type": "boolean"},
    description=TEXT,
    summary=TEXT,
)
EXAMPLE = shape({"name": TEXT, "value": True})
METHOD = shape(
    {"name": TEXT, "params": list_of(DESCRIPTOR), "result": DESCRIPTOR},
    tags=list_of(shape({"name": TEXT})),
    summary=TEXT,
    description=TEXT,
    paramStructure={"enum": ["by-name", "by-position", "either"]},
    errors=list_of(shape({"$ref": {"type": "string", "pattern": "^#/components/errors/"}})),
    examples=list_of(shape({"name": TEXT, "params": list_of(EXAMPLE), "result": EXAMPLE})),
)
NAMED = r"^[a-zA-Z0-9._-]+$"
COMPONENTS = shape(
    {
        "schemas": {"type": "object", "propertyNames": {"pattern": NAMED}},
        "errors": {
            "type": "object",
            "propertyNames": {"pattern": NAMED},
            "additionalProperties": shape({"code": {"type": "integer"}, "message": TEXT}),
        },
    }
)
DOCUMENT = shape(
    {
        "openrpc": {"const": "1.3.2"},
        "info": shape({"title": TEXT, "version": TEXT}, description=TEXT),
        "methods": list_of(METHOD),
    },
    servers=list_of(shape({"url": TEXT}, name=TEXT)),
    components=COMPONENTS,
)


def part(type: str | None) -> dict[str, Any]:
    """What the endpoint of TYPE tells."""
    return WHOLE if type is None else part_of(WHOLE, type, f"/{type}/_rpc")


def schemas_of(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every schema of DOCUMENT, with what it is of."""
    for method in document["methods"]:
        for one in (*method["params"], method["result"]):
            yield f"{method['name']} {one['name']}", one["schema"]
    yield from document["components"]["schemas"].items()


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within VALUE."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from nodes(one)


def faults(document: dict[str, Any]) -> list[str]:
    """What is wrong with DOCUMENT."""
    found = [
        f"{'/'.join(map(str, one.instance_path))}: {one.message[:200]}"
        for one in Draft7Validator(DOCUMENT).iter_errors(document)
    ]
    for at, schema in schemas_of(document):
        if not meta.is_valid({"$schema": "http://json-schema.org/draft-07/schema#"} | schema):
            found.append(f"{at} has no valid schema")
        for node in nodes(schema):
            if "$ref" in node and len(node) > 1 and isinstance(node["$ref"], str):
                found.append(f"{at} says more beside a reference")
            found += [f"{at} uses {word}" for word in LATER & set(node)]
    return found + misleading(document)


def misleading(document: dict[str, Any]) -> list[str]:
    """References of DOCUMENT that lead nowhere, components that none leads to, parameters in no order."""
    there = {f"#/components/{kind}/{name}" for kind, some in document["components"].items() for name in some}
    used = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(document)))
    found = [f"{one} leads nowhere" for one in used - there]
    found += [f"{one} is not used" for one in there - used]
    for method in document["methods"]:
        marks = [one["required"] for one in method["params"]]
        names = [one["name"] for one in method["params"]]
        if marks != sorted(marks, reverse=True) or len(set(names)) < len(names):
            found.append(f"the parameters of {method['name']} are in no order")
    names = [method["name"] for method in document["methods"]]
    return found + [f"{name} is there twice" for name in names if names.count(name) > 1]


@pytest.mark.parametrize("type", TYPES)
def test_it_is_valid_openrpc_and_whole(type: str | None) -> None:
    assert faults(part(type)) == []


@pytest.mark.parametrize("type", TYPES)
def test_it_tells_every_method_and_no_other(type: str | None) -> None:
    told = [method["name"] for method in part(type)["methods"]]
    cards = [card for card in CARDS if type in (None, card.type)]
    there = [name if type else f"{card.type}.{name}" for card in cards for name in methods_of(card)]

    assert told == [*there, "rpc.discover"]


def test_every_example_fits_its_schemas() -> None:
    registry = Registry([("whole:", WHOLE)], draft=Draft7)
    wrong: list[str] = []

    def check(name: str, pointer: str, value: Any) -> None:
        validator = Draft7Validator({"$ref": f"whole:#{pointer}"}, registry=registry, validate_formats=True)
        wrong.extend(f"{name}: {one.message[:200]}" for one in validator.iter_errors(value))

    for n, method in enumerate(WHOLE["methods"]):
        names = [one["name"] for one in method["params"]]
        required = {one["name"] for one in method["params"] if one["required"]}
        for example in method.get("examples", ()):
            assert required <= {one["name"] for one in example["params"]}
            for param in example["params"]:
                at = f"/methods/{n}/params/{names.index(param['name'])}/schema"
                check(method["name"], at, param["value"])
            check(method["name"], f"/methods/{n}/result/schema", example["result"]["value"])

    assert wrong == []


@pytest.mark.parametrize(
    ("path", "spoiled"),
    [
        (["methods", 0, "result", "schema", "$ref"], "#/components/schemas/Nothing"),
        (["methods", 0, "params", 0, "schema"], {"type": "uuid"}),
        (["methods", 0, "params", 0, "schema"], {"$ref": "#/components/schemas/OpenRpc", "title": "x"}),
        (["methods", 0, "params", 0, "schema"], {"type": "object", "unevaluatedProperties": False}),
        (["methods", 0, "name"], "accounts.show"),
        (["methods", 0, "params", 0, "required"], "yes"),
        (["methods", 1, "params", -1, "required"], True),
        (["components", "schemas", "Nothing"], {"type": "object"}),
        (["components", "errors", "Forbidden"], {"message": "no"}),
        (["openrpc"], "1.3"),
        (["extra"], True),
    ],
)
def test_checker_detects_a_document_that_is_none(path: list[Any], spoiled: Any) -> None:
    document = json.loads(json.dumps(WHOLE))
    assert WHOLE["methods"][1]["name"] == "organizations.update"
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = spoiled

    assert faults(document) != []


@pytest.mark.parametrize("mount", MOUNTS, ids=["plain", "prefixed"])
@pytest.mark.parametrize("type", TYPES)
def test_every_endpoint_tells_its_own_part(lab: Lab, mount: Any, type: str | None) -> None:
    path = f"/{type}" if type else ""

    told = lab.annotator.at(mount.path).call(path, "rpc.discover")["result"]

    wanted = part_of(WHOLE, type, f"{mount.path}{path}/_rpc")
    assert told == wanted
    assert [one["url"] for one in told["servers"]] == [f"{mount.path}{path}/_rpc"]


def test_what_may_be_discovered_is_not_told_to_strangers(lab: Lab) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"}

    reply = lab.stranger.rpc("", call)

    assert (reply.status, reply.document["error"]["code"]) == (401, -32001)


def test_discovery_takes_no_parameters(lab: Lab) -> None:
    error = lab.owner.call("", "rpc.discover", id="x")["error"]

    assert error["code"] == -32602
    assert error["data"]["errors"][0]["pointer"] == "/params/id"


def test_a_key_that_may_only_read_may_discover(lab: Lab) -> None:
    key = lab.key(lab.owner.account, ("read",))

    reply = lab.stranger.rpc(
        "/entries",
        {"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"},
        headers={"Authorization": f"Bearer {key}"},
    )

    assert reply.document["result"]["openrpc"] == "1.3.2"
