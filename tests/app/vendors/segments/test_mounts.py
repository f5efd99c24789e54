"""The same routes at the root, for who has a key of the scheme APIKey, and below /segments for everybody."""

import pytest

from app.web.vendors.segments.face import FACE
from tests.app.vendors.segments.client import Client
from tests.lab import Lab

PLACES = {"owner": "o", "dataset": "d", "organization": "x", "sample": "s", "labelset": "l", "user": "u"}
PLACES |= {"name": "n", "issue": "i", "kind": "k", "id": "i", "token": "t"}


@pytest.mark.parametrize("route", FACE.routes, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_served_with_a_slash_and_without_at_both_places(lab: Lab, route: object) -> None:
    method, path = route.method, route.path.format(**PLACES).rstrip("/")  # type: ignore[attr-defined]
    stranger = {"Authorization": "APIKey nonsense"}
    statuses = set()
    for mount in ("", "/segments"):
        for end in ("", "/"):
            answer = lab.house.client.request(method, f"{mount}{path}{end}", headers=stranger)
            statuses.add((answer.status_code, answer.headers["content-type"]))

    expected = 404 if route.is_open else 401  # type: ignore[attr-defined]
    assert statuses == {(expected, "application/json")}


def test_the_main_api_stays_at_the_root_for_other_schemes(lab: Lab, owner: Client, at: str) -> None:
    ours = lab.owner.get("/datasets")
    bearer = lab.house.client.get(f"/segments{at}/", headers={"Authorization": f"Bearer {lab.owner.key}"})

    assert ours.data[0]["attributes"]["name"] == "cats"
    assert bearer.json()["name"] == "cats"


def test_paths_and_methods_that_are_none_are_told_in_this_faces_words(owner: Client, at: str) -> None:
    unknown = owner.get("/nothing/here/")
    alone = owner.get("/datasets/abcde/")
    method = owner.put(f"{at}/", {})

    assert (unknown.status, alone.status) == (404, 404)
    assert "not found" in unknown.text.lower()
    assert (method.status, method.headers["allow"]) == (405, "DELETE, GET, HEAD, PATCH")


def test_the_contract_tells_every_route(lab: Lab) -> None:
    told = lab.house.client.get("/openapi/segments.json").json()

    routes = {(one.method.lower(), one.path) for one in FACE.routes}
    assert {(method, path) for path, item in told["paths"].items() for method in item} == routes
