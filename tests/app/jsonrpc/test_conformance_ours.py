"""The JSON-RPC checklist, 26 to 29: what a failure does to a batch, HTTP, our codes."""

import gzip
import json
from typing import Any

import pytest

from app.web.jsonrpc.routes import LARGEST_BODY
from tests.app.jsonrpc.conftest import INVALID, NOBODY, New, Send, call, cancelled, labels
from tests.lab import Lab, Person, Reply


def test_rpc_26_and_27_a_failure_cancels_what_follows_and_what_went_before_stays(
    lab: Lab, send: Send, new: New
) -> None:
    batch = [
        call("create", new("before"), id=1),
        call("show", {"id": NOBODY}, id=2),
        call("create", new("after"), id=3),
        call("create", new("silent")),
        call("foobar", id=None),
        7,
    ]

    answers = send(batch).document

    assert answers[0]["result"]["annotation"] == {"n": "before"}
    assert answers[1]["error"]["code"] == -32004
    assert answers[2:] == [cancelled(3), cancelled(None), INVALID]
    assert labels(lab) == ["before"]


def test_rpc_26_a_failing_notification_cancels_in_silence(lab: Lab, send: Send, new: New) -> None:
    answers = send([call("show", {"id": NOBODY}), call("create", new(), id=1)]).document

    assert answers == [cancelled(1)]
    assert labels(lab) == []


def test_rpc_27_each_call_is_on_its_own_where_it_is_asked(lab: Lab, send: Send, new: New) -> None:
    batch = [call("create", new(n, **({"x": 1} if n % 2 else {})), id=n) for n in range(5)]

    answers = send(batch, "?mode=continue").document

    assert [one.get("error", {}).get("code") for one in answers] == [None, -32602, None, -32602, None]
    assert labels(lab) == [0, 2, 4]


@pytest.mark.parametrize("failing", [("foobar", None), ("show", {"id": NOBODY}), ("show", [1])])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_rpc_27_an_atomic_batch_is_undone_by_any_failure(
    lab: Lab, send: Send, new: New, made: str, failing: tuple[str, Any], at: int
) -> None:
    batch = [
        call("create", new("new"), id=0),
        call("update", {"id": made, "annotation": {"n": "changed"}}, id=1),
        call("delete", {"id": made}, id=2),
    ]
    batch.insert(at, call(*failing, id="bad"))
    before = history(lab, made)

    answers = send(batch, "?mode=atomic").document

    assert answers[at]["error"]["code"] == {"foobar": -32601}.get(failing[0], answers[at]["error"]["code"])
    assert "failed_call" not in answers[at]["error"].get("data", {})
    others = [one for n, one in enumerate(answers) if n != at]
    assert others == [cancelled(n, failed_call=at) for n in range(3)]
    assert history(lab, made) == before
    assert len(lab.owner.get(f"/annotations?filter[entry_id]={lab.entry}").data) == 1


def history(lab: Lab, made: str) -> Any:
    found = lab.owner.get(f"/annotations/{made}/history").data
    return [one["attributes"] | {"sequence": None} for one in found]  # it is numbered a little later


def test_rpc_27_an_atomic_batch_that_succeeds_is_kept(lab: Lab, send: Send, new: New) -> None:
    answers = send([call("create", new(n), id=n) for n in range(3)], "?mode=atomic").document

    assert [one["result"]["annotation"]["n"] for one in answers] == [0, 1, 2]
    assert labels(lab) == [0, 1, 2]


@pytest.mark.parametrize("mode", ["stop", "continue", "atomic"])
def test_rpc_27_a_dry_run_answers_and_leaves_nothing(lab: Lab, send: Send, new: New, mode: str) -> None:
    own = "01890000-0000-7000-9000-" + lab.organization[-12:]
    batch = [call("create", new("dry", id=own), id=1), call("show", {"id": own}, id=2)]

    answers = send(batch, f"?mode={mode}&dry_run=true").document

    assert [one["result"]["annotation"]["n"] for one in answers] == ["dry", "dry"]
    assert labels(lab) == []
    assert send(call("show", {"id": own}, id=3)).document["error"]["code"] == -32004


@pytest.mark.parametrize("mode", ["stop", "continue", "atomic"])
def test_rpc_27_a_repeated_batch_is_done_once_for_its_key(lab: Lab, send: Send, new: New, mode: str) -> None:
    key = f"batch-{mode}-{lab.organization}"
    batch = [call("create", new(1), id=1), call("create", new(2)), call("create", new(3), id=3)]

    replies = [send(batch, f"?mode={mode}", Idempotency_Key=key) for _ in range(2)]
    another = send([*batch[:2], call("create", new(4), id=3)], f"?mode={mode}", Idempotency_Key=key)

    assert replies[0].text == replies[1].text
    assert labels(lab) == [1, 2, 3]
    assert another.document[0]["error"]["data"]["errors"][0]["code"] == "idempotency_key_reused"


def test_rpc_27_a_refusal_is_kept_for_the_key_of_its_call(lab: Lab, send: Send, new: New, made: str) -> None:
    key = f"refusal-{lab.organization}"
    batch = [call("create", new("x", id=made), id=1), call("create", new("y"), id=2)]

    first = send(batch, Idempotency_Key=key)
    lab.owner.delete(f"/annotations/{made}")
    again = send(batch, Idempotency_Key=key)

    assert first.document[0]["error"]["code"] == -32009
    assert again.text == first.text


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["/annotations/_rpc", "/_rpc"])
def test_rpc_28_there_is_post_alone(owner: Person, method: str, path: str) -> None:
    # Asked past the contract, in which `_rpc` could be an id that is shown.
    reply = owner.house.client.request(
        method, owner.mount + path, headers={"Authorization": f"Bearer {owner.key}"}
    )

    assert reply.status_code == 405
    assert reply.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/json-rpc",
        "application/json-rpc; charset=utf-8",
        "application/vnd.api+json",
    ],
)
def test_rpc_28_media_types_of_json_are_read(send: Send, made: str, media_type: str) -> None:
    reply = send(call("show", {"id": made}, id=1), Content_Type=media_type)

    assert (reply.status, reply.document["result"]["id"]) == (200, made)
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_rpc_28_others_are_refused_by_415(send: Send, media_type: str) -> None:
    reply = send(call("rpc.discover", id=1), Content_Type=media_type)

    check_shape(reply, 415, -32600, "media_type_unsupported")


def test_rpc_28_an_encoding_that_is_not_read_is_refused_by_415(send: Send) -> None:
    reply = send(call("rpc.discover", id=1), Content_Encoding="br")

    check_shape(reply, 415, -32600, "unsupported_encoding")
    assert reply.headers["accept-encoding"] == "gzip, identity"


def test_rpc_28_a_body_with_gzip_is_read(send: Send, made: str) -> None:
    body = gzip.compress(json.dumps(call("show", {"id": made}, id=1)).encode())

    assert send(body, Content_Encoding="gzip").document["result"]["id"] == made


def test_rpc_28_a_body_that_is_too_large_is_refused_by_413(send: Send) -> None:
    body = bytes(LARGEST_BODY + 1)
    for sent, encoding in ((body, "identity"), (gzip.compress(body), "gzip")):
        check_shape(send(sent, Content_Encoding=encoding), 413, -32600, "payload_too_large")


def test_rpc_28_who_shows_no_key_is_refused_by_401(lab: Lab, owner: Person) -> None:
    for headers in ({}, {"Authorization": "Bearer postil_nonsense"}, {"Authorization": "Basic eDp5"}):
        stranger = lab.stranger.at(owner.mount)

        reply = stranger.rpc("/annotations", call("rpc.discover", id=1), headers=headers)

        check_shape(reply, 401, -32001, "unauthenticated")
        assert reply.headers["www-authenticate"] == "Bearer"


def check_shape(reply: Reply, status: int, code: int, ours: str) -> None:
    """What is refused at the level of HTTP has JSON-RPC's shape too."""
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert reply.document.keys() == {"jsonrpc", "error", "id"}
    assert reply.document["id"] is None
    assert reply.document["error"]["code"] == code
    assert reply.document["error"]["data"] == {"code": ours}


def test_rpc_28_every_answer_has_status_200(send: Send, made: str) -> None:
    bodies: list[Any] = [b"{", [], 5, call("foobar", id=1), call("show", {"id": NOBODY}, id=1)]

    assert {send(body).status for body in bodies} == {200}


def test_rpc_29_our_codes(lab: Lab, owner: Person, new: New, made: str) -> None:
    outsider, annotator = lab.outsider.at(owner.mount), lab.annotator.at(owner.mount)
    reader = lab.key(lab.owner.account, ("read",))

    def code(person: Person, method: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        reply = person.rpc("", call(method, params, id=1), headers=headers)
        assert reply.status == 200
        error = reply.document["error"]
        return error["code"], error["data"]["code"]

    assert code(owner, "annotations.show", id=NOBODY) == (-32004, "not_found")
    assert code(owner, "annotations.show", id="nonsense") == (-32004, "not_found")
    assert code(outsider, "annotations.show", id=made) == (-32004, "not_found")
    assert code(annotator, "datasets.delete", id=lab.dataset) == (-32003, "forbidden")
    assert code(owner, "annotations.create", **new(id=made))[0] == -32009
    assert code(owner, "annotations.create")[0] == -32602
    key = {"Authorization": f"Bearer {reader}"}
    assert code(owner, "annotations.delete", key, id=made) == (-32003, "scope_missing")


def test_rpc_29_a_client_names_what_it_makes(lab: Lab, send: Send, new: New) -> None:
    own = "01890000-0000-7000-9001-" + lab.organization[-12:]

    first = send(call("create", new(id=own), id=1)).document
    second = send(call("create", new(id=own), id=2)).document

    assert first["result"]["id"] == own
    assert second["error"]["code"] == -32009
