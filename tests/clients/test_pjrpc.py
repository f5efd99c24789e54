"""pjrpc 2.2.0, unmodified, against `/annotations/_rpc` and its like."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pjrpc.client import exceptions
from pjrpc.client.backend.requests import Client
from pjrpc.common import BatchRequest, Request

from app.web.jsonapi.mounts import Mount
from tests.clients.server import Server

POINT: dict[str, Any] = {"type": "point", "x": 1, "y": 2}
VESSEL: dict[str, Any] = {"label": "vessel"}
SOMEBODY = "01890000-0000-7000-8000-000000000000"  # an id that nothing has


@pytest.fixture
def entry(server: Server, dataset: str) -> str:
    return server.create("entries", resource="left.png", dataset_id=dataset)


@pytest.fixture
def client_of(server: Server, mount: Mount) -> Callable[[str], Client]:
    """The client of an endpoint, which is named by its path."""

    def signed(request: Any, options: Mapping[str, Any], /, handler: Any) -> Any:
        return handler(request, {**options, "headers": {"Authorization": f"Bearer {server.key}"}})

    return lambda path: Client(f"{server.url}{mount.path}{path}", middlewares=[signed])


@pytest.fixture
def annotations(client_of: Callable[[str], Client]) -> Client:
    return client_of("/annotations/_rpc")


def test_a_record_is_made_shown_changed_and_deleted(annotations: Client, entry: str) -> None:
    made: Any = annotations.call("create", entry_id=entry, dimensions=POINT, annotation=VESSEL)
    changed: Any = annotations.proxy.update(id=made["id"], annotation={"label": "lesion"})
    shown: Any = annotations("show", id=made["id"])
    deleted = annotations.call("delete", id=made["id"])

    assert (made["entry_id"], made["annotation"]) == (entry, VESSEL)
    assert shown == changed
    assert shown["annotation"] == {"label": "lesion"}
    assert deleted is None


def test_a_notification_is_run_and_not_answered(annotations: Client, entry: str) -> None:
    made: Any = annotations.call("create", entry_id=entry, dimensions=POINT, annotation=VESSEL)

    annotations.notify("delete", id=made["id"])

    with pytest.raises(exceptions.JsonRpcError, match="no such record") as error:
        annotations.call("show", id=made["id"])
    assert error.value.code == -32004


def test_an_error_is_raised_as_the_client_has_it(annotations: Client, entry: str) -> None:
    with pytest.raises(exceptions.MethodNotFoundError):
        annotations.call("paint")
    with pytest.raises(exceptions.InvalidParamsError):
        annotations.call("create", entry_id=entry, dimensions=POINT, annotation="no object")


def test_a_batch_is_answered_in_its_order(annotations: Client, entry: str) -> None:
    with annotations.batch() as batch:
        batch("create", entry_id=entry, dimensions=POINT, annotation=VESSEL)
        batch.notify("create", entry_id=entry, dimensions=POINT, annotation=VESSEL)
        batch.proxy.create(entry_id=entry, dimensions=POINT, annotation={"label": "lesion"})

    results: Any = batch.get_results()
    assert [one["annotation"]["label"] for one in results] == ["vessel", "lesion"]


def test_a_batch_of_notifications_is_not_answered(annotations: Client, entry: str) -> None:
    with annotations.batch() as batch:
        batch.notify("create", entry_id=entry, dimensions=POINT, annotation=VESSEL)

    assert batch.get_response() is None


def test_a_batch_stops_at_its_first_failure(annotations: Client, entry: str) -> None:
    calls = [
        Request("create", {"entry_id": entry, "dimensions": POINT, "annotation": VESSEL}, id=1),
        Request("show", {"id": SOMEBODY}, id=2),
        Request("create", {"entry_id": entry, "dimensions": POINT, "annotation": VESSEL}, id=3),
    ]

    answers: Any = annotations.send(BatchRequest(*calls))

    made, missing, cancelled = answers
    assert made.is_success
    assert missing.unwrap_error().code == -32004
    assert isinstance(cancelled.unwrap_error(), exceptions.InternalError)
    assert cancelled.unwrap_error().data == {"cancelled": True}


def test_a_batch_that_is_too_large_is_refused_as_a_whole(annotations: Client) -> None:
    with annotations.batch() as batch:
        for _ in range(1001):
            batch("show", id=SOMEBODY)

    with pytest.raises(exceptions.InvalidRequestError, match="Batch size limit exceeded"):
        batch.get_results()


def test_one_endpoint_has_every_resource(client_of: Callable[[str], Client], entry: str) -> None:
    everything = client_of("/_rpc")

    shown: Any = everything.call("entries.show", id=entry)

    assert shown["resource"] == "left.png"


def mixed(entry: str) -> BatchRequest:
    """A batch whose second call fails."""
    new: Any = {"entry_id": entry, "dimensions": POINT, "annotation": VESSEL}
    return BatchRequest(
        Request("create", new, id=1), Request("show", {"id": SOMEBODY}, id=2), Request("create", new, id=3)
    )


@pytest.mark.parametrize(
    ("query", "codes", "kept"),
    [
        ("mode=stop", [None, -32004, -32603], 1),
        ("mode=continue", [None, -32004, None], 2),
        ("mode=atomic", [-32603, -32004, -32603], 0),
        ("mode=continue&dry_run=true", [None, -32004, None], 0),
    ],
)
def test_a_batch_is_run_in_the_mode_that_is_asked(
    client_of: Callable[[str], Client],
    annotations: Client,
    entry: str,
    query: str,
    codes: list[int | None],
    kept: int,
) -> None:
    answers: Any = client_of(f"/annotations/_rpc?{query}").send(mixed(entry))

    told = [None if one.is_success else one.unwrap_error().code for one in answers]
    made = [one.unwrap_result()["id"] for one in answers if one.is_success]
    shown: list[Any] = [annotations.send(Request("show", {"id": id}, id=1)) for id in made]
    assert told == codes
    assert sum(one.is_success for one in shown) == kept


def test_an_endpoint_tells_its_methods(client_of: Callable[[str], Client], annotations: Client) -> None:
    told: Any = annotations.call("rpc.discover")
    everything: Any = client_of("/_rpc").call("rpc.discover")

    assert [one["name"] for one in told["methods"]] == ["show", "create", "update", "delete", "rpc.discover"]
    assert {one["name"] for one in everything["methods"]} > {"entries.submit", "annotations.create"}
