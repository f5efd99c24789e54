"""What is answered is JSON:API by the judgement of others: jsonapi-validator 3.0.5, and ajv 8."""

import json
from typing import Any

import pytest

from app.web.jsonapi.mounts import Mount
from tests.clients import node
from tests.clients.server import Server


@pytest.fixture(scope="module")
def judged(server: Server, dataset: str, mount: Mount, node_modules: None) -> dict[int, list[Any]]:
    """By status: each request, and the faults that were found in its answer."""
    entries = [server.create("entries", resource=f"{n} å&.png", dataset_id=dataset) for n in range(3)]
    server.create("annotations", entry_id=entries[0], dimensions={"type": "point"}, annotation={"label": "å"})
    mine, one = f"/entries?filter[dataset_id]={dataset}", f"/entries/{entries[0]}"
    requests = [
        f"GET {mine}&include=dataset.project,annotations&page[size]=1&count=true",
        f"GET {mine}&page[size]=1&page[number]=2&filter[resource__match]=%C3%A5%26",
        f"GET {mine}&page[size]=1&page[after]=",
        f"GET {mine}&fields[entries]=resource,dataset,annotations",
        "GET /projects?filter[name]=none",
        f"GET {one}",
        f"GET {one}?include=dataset.project,annotations,note_feeds,assigned_to",
        f"GET {one}/dataset",
        f"GET {one}/annotations?include=entry",
        f"GET {one}/assigned_to",
        f"GET {one}/relationships/dataset",
        f"GET {one}/relationships/annotations",
        f"GET {one}/relationships/assigned_to",
        f"POST /entries {written('entries', dataset_id=dataset, resource='new.png')}",
        f"PATCH {one} {written('entries', priority=2)}",
        f"POST {one}/submit",
        "POST /entries {",
        "GET /entries?filter[colour]=red",
        "GET /entries?page[number]=0",
        "GET /entries/none",
        "GET /nothing",
        "PUT /entries",
        f"PATCH {one} {written('datasets', priority=2)}",
        f"POST /entries {written('entries', dataset_id=dataset, resource='', priority='high', colour='red')}",
        f"POST /annotations/_rpc {json.dumps({'jsonrpc': '2.0', 'method': 'paint', 'id': 1})}",
    ]
    found: dict[int, list[Any]] = {}
    for result in node.said_by("validators.mjs", server.url + mount.path, server.key, *requests):
        found.setdefault(result["status"], []).append((result["request"], result["faults"]))
    return found


@pytest.mark.parametrize("status", [200, 201, 400, 404, 405, 409, 422])
def test_an_answer_is_valid(judged: dict[int, list[Any]], status: int) -> None:
    answers = [pair for pair in judged[status] if "/_rpc" not in pair[0]]

    assert answers
    assert [pair for pair in answers if pair[1]] == []


def test_the_validators_refuse_what_is_no_document_of_json_api(judged: dict[int, list[Any]]) -> None:
    [faults] = [faults for request, faults in judged[200] if "/_rpc" in request]

    assert faults


def written(type: str, **attributes: Any) -> str:
    return json.dumps({"data": {"type": type, "attributes": attributes}})
