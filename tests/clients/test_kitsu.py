"""kitsu 11.1.0, unmodified: kitsu.mjs uses it, what it was told is judged here."""

from typing import Any

import pytest

from app.web.jsonapi.mounts import Mount
from tests.clients import node
from tests.clients.server import Server


@pytest.fixture(scope="module")
def said(server: Server, dataset: str, mount: Mount, node_modules: None) -> Any:
    return node.said_by("kitsu.mjs", server.url + mount.path, server.key, dataset)


def test_records_are_created_with_a_relationship(said: Any, dataset: str) -> None:
    assert [one["priority"] for one in said["created"]] == [1, 2, 3]
    assert all(one["status"] == 201 and one["location"] == one["self"] for one in said["created"])
    assert {one["dataset"] for one in said["created"]} == {dataset}
    assert said["annotation"] == {"label": "vessel", "entry": said["ids"][2]}


def test_a_page_is_listed_with_a_filter_and_what_is_included(said: Any) -> None:
    first, second, third = said["ids"]

    assert said["page"]["meta"]["count"] == 3
    assert said["page"]["entries"] == [
        {"id": third, "dataset": "Left eyes", "labels": ["vessel"]},
        {"id": second, "dataset": "Left eyes", "labels": []},
    ]
    assert said["next"] == {"ids": [first], "links": ["self", "first", "prev", "last"]}


def test_links_are_followed_by_path(said: Any, dataset: str) -> None:
    assert said["project"] == "Retina"
    assert (said["related"], said["linkage"], said["below"]) == (dataset, dataset, 1)
    assert said["members"] == 0


def test_a_client_with_no_options_reads_names_of_one_word(said: Any) -> None:
    assert said["usual"] == 3


def test_a_record_is_updated_and_deleted(said: Any) -> None:
    assert said["updated"] == {"status": 200, "priority": 9, "metadata": {"city": "Malmö"}}
    assert said["deleted"] == 204


@pytest.mark.parametrize(
    ("refusal", "status", "sources"),
    [
        ("deleted", 404, [None]),
        ("values", 422, [{"pointer": "/data/attributes/resource"}, {"pointer": "/data/attributes/priority"}]),
        ("filter", 400, [{"parameter": "filter[colour]"}]),
        ("conflict", 409, [{"pointer": "/data/relationships/project/data/type"}]),
        ("key", 401, [{"header": "Authorization"}]),
    ],
)
def test_errors_hang_on_what_is_thrown(said: Any, refusal: str, status: int, sources: list[Any]) -> None:
    thrown = said["refusals"][refusal]

    assert thrown["status"] == status
    assert [error.get("source") for error in thrown["errors"]] == sources
