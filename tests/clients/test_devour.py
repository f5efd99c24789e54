"""devour-client 3.2.0 and jsona 1.14.0, unmodified: what devour.mjs was told with them is judged here."""

from typing import Any

import pytest

from app.web.jsonapi.mounts import Mount
from tests.clients import node
from tests.clients.server import Server


@pytest.fixture(scope="module")
def said(server: Server, dataset: str, mount: Mount, node_modules: None) -> Any:
    return node.said_by("devour.mjs", server.url + mount.path, server.key, mount.type_prefix, dataset)


@pytest.fixture(scope="module")
def listed(said: Any) -> list[Any]:
    _, second, third = said["ids"]
    return [
        {"id": third, "dataset": "Left eyes", "labels": ["vessel"]},
        {"id": second, "dataset": "Left eyes", "labels": []},
    ]


def test_records_are_created_with_a_relationship(said: Any, dataset: str) -> None:
    assert [one["priority"] for one in said["created"]] == [1, 2, 3]
    assert {one["dataset"] for one in said["created"]} == {dataset}
    assert said["annotation"] == {"label": "vessel", "entry": said["ids"][2]}


def test_a_page_is_listed_with_a_filter_and_what_is_included(said: Any, listed: list[Any]) -> None:
    assert said["page"] == {"meta": {"count": 3, "total": 3}, "entries": listed}
    assert said["next"] == {"ids": said["ids"][:1], "links": ["self", "first", "prev", "last"]}


def test_jsona_reads_and_writes_the_same_documents(said: Any, listed: list[Any]) -> None:
    assert said["jsona"] == {"entries": listed, "project": "Retina", "patched": 8}


def test_links_are_followed_by_path(said: Any, dataset: str) -> None:
    assert (said["project"], said["linkage"], said["below"]) == ("Retina", dataset, 1)


def test_a_record_is_updated_in_part_and_as_a_whole_and_deleted(said: Any) -> None:
    assert said["updated"] == {"priority": 9, "metadata": {"city": "Malmö"}}
    assert said["saved"] == 7
    assert said["refusals"]["deleted"]["0"]["title"] == "Not found"


def test_errors_are_keyed_by_the_end_of_their_pointers(said: Any) -> None:
    assert sorted(said["refusals"]["values"]) == ["priority", "resource"]
    assert list(said["refusals"]["relationship"]) == ["project"]
    assert said["refusals"]["filter"]["0"]["detail"] == "entries has no filter colour"
