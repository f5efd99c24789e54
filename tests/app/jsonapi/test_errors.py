"""Errors: items 44 to 46 of the JSON:API checklist."""

from typing import Any

import pytest

from tests.app.jsonapi.asking import NEVER_MADE, NOBODY, TYPES, named, pointed
from tests.app.jsonapi.documents import check
from tests.lab import MEDIA_TYPE, Lab, Person, Reply


def _assert_error(reply: Reply, status: int, prefix: str = "") -> None:
    assert reply.status == status, reply
    assert reply.headers["content-type"] == MEDIA_TYPE
    check(reply.document, prefix)
    assert {error["status"] for error in reply.document["errors"]} == {str(status)}


def test_44_every_kind_of_error_is_an_error_object(lab: Lab, owner: Person, mount: str) -> None:
    entry = lab.at("done")
    body = {"data": {"type": "entries", "attributes": {"resource": "x", "dataset_id": lab.dataset}}}
    text = {"Content-Type": "text/plain"}
    replies = {
        400: owner.get("/entries?colour=1"),
        401: lab.stranger.at(mount).get("/entries"),
        403: lab.annotator.at(mount).update("entries", entry, priority=1),
        404: owner.get(f"/entries/{NOBODY}"),
        405: owner.ask("PUT", "/entries"),
        406: owner.get("/entries", headers={"Accept": "text/html"}),
        409: owner.act(entry, "submit"),
        415: owner.post("/entries", body, headers=text),
        422: owner.create("entries", resource=1, colour="red"),
    }

    for status, reply in replies.items():
        _assert_error(reply, status, named(mount, ""))


def test_44_a_parameter_a_header_or_a_pointer_is_the_source(lab: Lab, owner: Person, mount: str) -> None:
    parameter = owner.get("/entries?sort=colour")
    header = lab.stranger.at(mount).get("/entries")
    pointer = owner.update("entries", lab.entry, priority="high")

    assert parameter.source == {"parameter": "sort"}
    assert header.source == {"header": "Authorization"}
    assert pointer.source == {"pointer": "/data/attributes/priority"}


@pytest.mark.parametrize("name", ["a/b", "a~b", "~1", "a b", "å", "/"])
def test_44_a_pointer_is_escaped(asker: Person, still: Lab, name: str) -> None:
    body = {"data": {"type": "entries", "attributes": {name: 1}}}

    reply = asker.patch(f"/entries/{still.entry}", body)

    assert reply.status == 422
    assert pointed(body, reply.source["pointer"]) == 1


def test_44_codes_and_titles_are_stable(still: Lab, asker: Person) -> None:
    one = asker.get(f"/entries/{NOBODY}").document["errors"][0]
    other = asker.get("/datasets/nonsense").document["errors"][0]

    assert (one["code"], one["title"]) == (other["code"], other["title"]) == ("not_found", "Not found")


def test_44_a_link_of_an_error_is_an_address(asker: Person) -> None:
    error = asker.get("/entries?page[size]=1001").document["errors"][0]

    assert isinstance(error["links"]["type"], str)


_ALLOWED = [
    ("/entries", {"GET", "HEAD", "POST", "PATCH"}),
    ("/datasets", {"GET", "HEAD", "POST"}),
    ("/entries/{entry}", {"GET", "HEAD", "PATCH", "DELETE"}),
    ("/entries/{entry}/dataset", {"GET", "HEAD"}),
    ("/entries/{entry}/relationships/dataset", {"GET", "HEAD", "PATCH"}),
    ("/entries/{entry}/relationships/annotations", {"GET", "HEAD", "PATCH", "POST", "DELETE"}),
    ("/entries/{entry}/select", {"GET", "POST"}),
    ("/entries/{entry}/submit", {"POST"}),
    ("/entries/{entry}/error", {"POST"}),
    ("/entries/{entry}/assign", {"PATCH"}),
    ("/note_feeds/{entry}/resolve", {"POST"}),
    ("/organizations", {"GET", "HEAD"}),
    ("/organizations/{entry}", {"GET", "HEAD", "PATCH"}),
]


@pytest.mark.parametrize(("path", "allowed"), _ALLOWED)
def test_45_a_wrong_method_is_told_the_right_ones(
    still: Lab, asker: Person, path: str, allowed: set[str]
) -> None:
    wrong = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "TRACE", "FLY"} - allowed
    for method in wrong:
        reply = asker.ask(method, path.format(entry=still.entry))

        assert reply.status == 405
        assert set(reply.headers["allow"].split(", ")) == allowed
        if method != "HEAD":
            _assert_error(reply, 405)


@pytest.mark.parametrize(("path", "allowed"), _ALLOWED)
def test_45_the_methods_may_be_asked_for(still: Lab, asker: Person, path: str, allowed: set[str]) -> None:
    reply = asker.ask("OPTIONS", path.format(entry=still.entry))

    assert (reply.status, reply.text) == (204, "")
    assert set(reply.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/Entries", "/entries/{entry}/fly", "/entries/{entry}/dataset/project", "/entry"],
)
def test_45_an_unknown_address_is_not_found(still: Lab, asker: Person, mount: str, path: str) -> None:
    _assert_error(asker.get(path.format(entry=still.entry)), 404)


@pytest.mark.parametrize("raw", [b"", b"{", b"{'data': 1}", b"nonsense", b'{"data": }', b"\xff", b"{} {}"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/entries"), ("PATCH", "/entries/{entry}")])
def test_46_what_is_no_json_is_malformed(
    still: Lab, asker: Person, method: str, path: str, raw: bytes
) -> None:
    reply = asker.ask(method, path.format(entry=still.entry), raw=raw)

    _assert_error(reply, 400)
    assert reply.code == "json_invalid"


@pytest.mark.parametrize(
    "document",
    [
        [],
        1,
        None,
        "x",
        {},
        {"meta": {}},
        {"data": None},
        {"data": []},
        {"data": [{"type": "entries"}]},
        {"data": "x"},
        {"data": {}},
        {"data": {"attributes": {}}},
        {"data": {"type": "entries", "attributes": []}},
        {"data": {"type": "entries", "attributes": None}},
        {"data": {"type": "entries", "relationships": []}},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/entries"), ("PATCH", "/entries/{entry}")])
def test_46_a_document_of_the_wrong_shape_is_malformed(
    still: Lab, asker: Person, method: str, path: str, document: Any
) -> None:
    raw = b"null" if document is None else None

    reply = asker.ask(method, path.format(entry=still.entry), document, raw=raw)

    _assert_error(reply, 400)
    pointed(document, reply.source["pointer"])


@pytest.mark.parametrize("document", [[], 1, {"data": []}, {"data": {"attributes": []}}, {"meta": {}}])
def test_46_so_is_one_of_an_event(still: Lab, asker: Person, document: Any) -> None:
    reply = asker.post(f"/entries/{still.entry}/submit", document)

    _assert_error(reply, 400)
    assert asker.get(f"/entries/{still.entry}").attributes["wf_step"] == "start"


@pytest.mark.parametrize("type", sorted({*TYPES} - {*NEVER_MADE}))
def test_46_what_breaks_rules_is_invalid(still: Lab, asker: Person, type: str) -> None:
    body = {"data": {"type": type, "attributes": {"colour": "red"}}}

    reply = asker.post(f"/{type}", body)

    _assert_error(reply, 422)
    for error in reply.document["errors"]:
        pointed(body, error["source"]["pointer"])
