"""The judge of answers can say no: it is fed what the service never says."""

import json
from typing import Any

import pytest

from app.web.jsonapi.negotiation import LINES
from openapi import examples
from tests.contract import Broken, Contract
from tests.lab import CONTRACT, MEDIA_TYPE, Lab

ENTRY = f"/entries/{examples.id_of('entries')}"
HEADERS = {"content-type": MEDIA_TYPE, "etag": '"1-0"'}


def entry(**changes: Any) -> Any:
    """The document of an entry, as it is right; CHANGES are set in its attributes."""
    document = CONTRACT._document["components"]["responses"]["Entry"]["content"][MEDIA_TYPE]["example"]
    whole = json.loads(json.dumps(document))
    whole["data"]["attributes"] |= changes
    return whole


def judge(document: Any, status: int = 200, method: str = "GET", url: str = ENTRY, **options: Any) -> None:
    CONTRACT.check(method, url, status, HEADERS, json.dumps(document), **options)


def test_it_says_yes_to_what_is_right() -> None:
    judge(entry())
    judge(entry(split="valid", priority=-1.5), url=f"/api/v1/dataset{ENTRY}?include=annotations")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "lost"},
        {"created_at": "2026-01-31T12:00:00Z"},
        {"assigned_to_id": "somebody"},
        {"priority": "high"},
        {"resource": None},
        {"secret_hash": "0"},
        {"metadata": "{}"},
        {"workflow_version": "1"},
        {"due_at": "soon"},
        {"agreement": "high"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_it_says_no_to_a_wrong_attribute(changes: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        judge(entry(**changes))


def test_it_says_no_to_a_missing_attribute_unless_fields_left_it_out() -> None:
    document = entry()
    del document["data"]["attributes"]["wf_step"]

    judge(document, url=f"{ENTRY}?fields[entries]=status")
    with pytest.raises(Broken, match="lacks wf_step"):
        judge(document)


def test_it_says_no_to_a_wrong_type_a_wrong_link_and_an_unknown_member() -> None:
    wrongs: tuple[dict[str, Any], ...] = ({"type": "dataset:entries"}, {"links": {}}, {"etag": "1"})
    for wrong in wrongs:
        document = entry()
        document["data"] |= wrong

        with pytest.raises(Broken):
            judge(document)


def test_it_says_no_to_an_unknown_status_and_to_a_status_in_disguise() -> None:
    error = CONTRACT._document["components"]["responses"]["error.404"]["content"][MEDIA_TYPE]["example"]

    judge(error, 404)
    for status in (200, 409, 418, 422):
        with pytest.raises(Broken):
            judge(error, status)


def test_it_says_no_to_a_code_that_is_not_listed() -> None:
    error = CONTRACT._document["components"]["responses"]["error.404"]["content"][MEDIA_TYPE]["example"]
    error = json.loads(json.dumps(error).replace('"not_found"', '"lost"'))

    with pytest.raises(Broken):
        judge(error, 404)


def test_it_says_no_to_an_answer_at_an_unknown_path_and_to_a_wrong_media_type() -> None:
    with pytest.raises(Broken):
        judge(entry(), url="/secrets/1")
    with pytest.raises(Broken):
        CONTRACT.check("GET", ENTRY, 200, {"content-type": "text/html"}, "<html>")


def test_it_says_no_to_a_missing_header() -> None:
    with pytest.raises(Broken, match="Location"):
        judge(entry(), 201, "POST", "/entries")


def test_it_says_no_to_a_wrong_header() -> None:
    with pytest.raises(Broken):
        CONTRACT.check("GET", ENTRY, 200, HEADERS | {"etag": "1"}, json.dumps(entry()))


def test_it_says_no_to_a_wrong_event_of_a_stream() -> None:
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    feed = CONTRACT._document["components"]["responses"]["EventFeed"]["content"]["text/event-stream"]
    right = feed["example"]

    CONTRACT.check("GET", "/events", 200, headers, right)
    with pytest.raises(Broken):
        CONTRACT.check("GET", "/events", 200, headers, right.replace('"kind"', '"sort"'))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"type":"entries"', '"kind":"entries"'),
        ('"end":true', '"end":"yes"'),
        ('{"meta":{"end":true,"count":1}}\n', ""),
        ('"count":1}}\n', '"count":1}}'),
        ('{"meta":{"end":true,"count":1}}', '{"errors":[{"status":"200"}]}'),
    ],
)
def test_it_says_no_to_wrong_lines(right: str, wrong: str) -> None:
    headers = {"content-type": LINES}
    content = CONTRACT._document["components"]["responses"]["EntryPage"]["content"]
    text = content[LINES]["example"]

    CONTRACT.check("GET", "/entries", 200, headers, text)
    assert right in text
    with pytest.raises(Broken):
        CONTRACT.check("GET", "/entries", 200, headers, text.replace(right, wrong))


def test_it_says_no_to_a_request_that_should_have_been_refused() -> None:
    sent = {"data": {"type": "entries", "attributes": {"split": "most"}}}

    with pytest.raises(Broken):
        judge(entry(), method="PATCH", sent=json.dumps(sent).encode())


def test_it_says_no_to_a_wrong_answer_of_json_rpc() -> None:
    headers = {"content-type": "application/json"}
    wrongs: tuple[dict[str, Any], ...] = (
        {"result": {"id": 1}},
        {"result": None, "error": {}},
        {"error": {"code": 1, "message": ""}},
    )
    for wrong in wrongs:
        text = json.dumps({"jsonrpc": "2.0", "id": 1, **wrong})

        with pytest.raises(Broken):
            CONTRACT.check("POST", "/entries/_rpc", 200, headers, text)


def test_every_answer_that_a_test_sees_passes_before_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads(json.dumps(CONTRACT._document))
    del document["components"]["schemas"]["DatasetAttributes"]["properties"]["labels"]
    monkeypatch.setattr("tests.lab.CONTRACT", Contract(document))

    with pytest.raises(Broken):
        lab.owner.get(f"/datasets/{lab.dataset}")
