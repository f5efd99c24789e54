"""The committed contract is the one that the cards make; it is valid, whole, and true to its own examples."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema_rs import Draft202012, Draft202012Validator, Registry
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from app.catalog import CARDS
from app.errors import Problem
from app.main import entries_of
from app.storage.database import Database
from app.web.auth import Keys
from app.web.errors import STATUS
from app.web.service import Service
from app.web.uploads.receiving import receiver_of
from openapi.build import CONTRACT, OLDER, OPENRPC, document, text_of
from openapi.codes import codes
from openapi.exceptions import PAGES, TWINS
from openapi.older import older
from openapi.openrpc import openrpc

DOCUMENT = document()
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.mark.parametrize(
    ("path", "built"),
    [(CONTRACT, DOCUMENT), (OLDER, older(DOCUMENT)), (OPENRPC, openrpc(DOCUMENT))],
    ids=["3.1", "3.0", "openrpc"],
)
def test_the_committed_contract_is_the_one_that_the_cards_make(path: Path, built: dict[str, Any]) -> None:
    assert path.read_text() == text_of(built), "the contract has changed: run `make openapi`"


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    OpenAPIV30SpecValidator(older(DOCUMENT)).validate()


def test_every_route_stands_in_it_or_is_a_named_exception(tmp_path: Path, database: Database) -> None:
    service = Service(database, Keys(database))
    routes = {(one.method.lower(), one.template) for one in entries_of(service, receiver_of(service))}
    told = set(_operations())
    twins = {one for one in routes if one[1].startswith(TWINS)}

    assert routes - twins == told | {("get", path) for path in PAGES}
    for mount in TWINS:
        own = {one for one in twins if one[1].startswith(mount)}
        assert own == {(method, mount + path) for method, path in told if _is_of_a_card(path)}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in _operations().values()]

    assert len(names) == len(set(names))


def test_every_example_is_what_its_schema_says() -> None:
    registry = Registry([("contract:", DOCUMENT)], draft=Draft202012)
    faults = []
    for pointer, example in _examples(DOCUMENT, ""):
        address = f"contract:#{quote(pointer, safe='/~')}/schema"
        validator = Draft202012Validator({"$ref": address}, registry=registry, validate_formats=True)
        faults += [f"{pointer}: {one.message[:300]}" for one in validator.iter_errors(example)]

    assert not faults


def test_every_answer_and_every_body_has_an_example() -> None:
    bare = [pointer for pointer, node in _contents(DOCUMENT, "") if "example" not in node]

    # Pictures and figures have none, and the edge's own words stand beside JSON-RPC's.
    assert all("json" not in pointer or "vnd.api" in pointer for pointer in bare), bare


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    text = json.dumps(DOCUMENT)
    found = {
        f"#/components/{kind}/{name}"
        for kind, some in DOCUMENT["components"].items()
        for name in some
        if kind != "securitySchemes"
    }
    used = {part.partition('"')[0] for part in text.split('"$ref": "')[1:]}
    whole = {"/".join(one.split("/")[:4]) for one in used}

    assert whole - found == set()
    assert found == whole


def test_every_kind_of_failure_has_its_status_and_code() -> None:
    kinds = _kinds(Problem)

    assert {kind for kind in kinds if kind.code not in codes()[STATUS[kind]]} == set()


def test_every_attribute_of_every_card_is_told() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    for card in CARDS:
        told = schemas[f"{card.model.__name__}Attributes"]["properties"]
        assert list(told) == list(card.attributes)


def _operations() -> dict[tuple[str, str], Any]:
    return {
        (method, path): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def _is_of_a_card(path: str) -> bool:
    return path.endswith(("/_rpc", "/operations")) or any(
        path == card.path or path.startswith(f"{card.path}/") for card in CARDS
    )


def _examples(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Every example beside a schema, with the pointer to what holds both."""
    for at, holder in _contents(node, pointer):
        if "example" in holder:
            yield at, holder["example"]


def _contents(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Every media type's content, with the pointer to it."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        at = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if name == "content" and "/parameters/" not in at:
            yield from ((f"{at}/{kind.replace('/', '~1')}", content) for kind, content in value.items())
        elif name != "example":
            yield from _contents(value, at)


def _kinds(kind: type[Problem]) -> set[type[Problem]]:
    return set(kind.__subclasses__()).union(*map(_kinds, kind.__subclasses__()))
