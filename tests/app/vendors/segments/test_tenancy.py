"""Two organizations never meet here: every route, asked with another's key, and another's files."""

from typing import Any
from uuid import uuid4

import pytest

from tests.app.vendors.segments.client import BOXES, Client, mask, picture
from tests.lab import House, Lab


@pytest.fixture
def rival(house: House) -> Client:
    """The owner of another organization."""
    return Client(Lab(house, f"Rivals {uuid4().hex[:8]}").owner)


def test_nothing_of_another_organization_is_found(owner: Client, rival: Client, at: str) -> None:
    uuid = owner.sample(at)
    owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": "LABELED"})
    issue = owner.post(f"/samples/{uuid}/issues/", {"description": "x"}).value["uuid"]
    owner.patch(f"{at}/", {"public": True})
    image = {"image": {"url": "x"}}
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"/users/{owner.name}", None),
        ("GET", f"/users/{owner.name}/datasets/", None),
        ("GET", f"{at}/", None),
        ("PATCH", f"{at}/", {"description": "mine"}),
        ("DELETE", f"{at}/", None),
        ("POST", f"{at}/clone/", {"name": "mine"}),
        ("GET", f"{at}/collaborators/", None),
        ("POST", f"{at}/collaborators/", {"user": rival.name, "role": "admin"}),
        ("GET", f"{at}/collaborators/{owner.name}", None),
        ("PATCH", f"{at}/collaborators/{owner.name}", {"role": "labeler"}),
        ("DELETE", f"{at}/collaborators/{owner.name}", None),
        ("GET", f"{at}/samples/", None),
        ("POST", f"{at}/samples/", {"name": "a", "attributes": image}),
        ("POST", f"{at}/samples_bulk/", [{"name": "a", "attributes": image}]),
        ("DELETE", f"{at}/samples_bulk/", {"uuids": [uuid]}),
        ("GET", f"/samples/{uuid}/", None),
        ("PATCH", f"/samples/{uuid}/", {"priority": 1}),
        ("DELETE", f"/samples/{uuid}/", None),
        ("GET", f"/labels/{uuid}/ground-truth/", None),
        ("PUT", f"/labels/{uuid}/ground-truth/", {"attributes": BOXES}),
        ("PATCH", f"/labels/{uuid}/ground-truth/", {"label_status": "REVIEWED"}),
        ("DELETE", f"/labels/{uuid}/ground-truth/", None),
        ("GET", f"{at}/labelsets/", None),
        ("POST", f"{at}/labelsets/", {"name": "mine"}),
        ("GET", f"{at}/labelsets/ground-truth/", None),
        ("DELETE", f"{at}/labelsets/model/", None),
        ("GET", f"{at}/issues/", None),
        ("GET", f"/samples/{uuid}/issues/", None),
        ("GET", f"/datasets/{uuid}/issues/", None),
        ("POST", f"/samples/{uuid}/issues/", {"description": "mine"}),
        ("PATCH", f"/issues/{issue}/", {"status": "CLOSED"}),
        ("DELETE", f"/issues/{issue}/", None),
        ("GET", f"{at}/releases/", None),
        ("POST", f"{at}/releases/", {"name": "mine"}),
        ("GET", f"{at}/releases/v1/", None),
        ("DELETE", f"{at}/releases/v1/", None),
        ("GET", f"{at}/workunits/", None),
    ]

    answers = [(method, path, rival.ask(method, path, body)) for method, path, body in asked]

    assert [(method, path, one.status) for method, path, one in answers if one.status != 404] == []
    assert rival.get("/user/datasets/").value == []
    assert owner.get(f"/labels/{uuid}/ground-truth/").value["label_status"] == "LABELED"


def test_another_organizations_asset_is_an_address_like_any_other(
    owner: Client, rival: Client, lab: Lab
) -> None:
    url, ids = rival.asset(picture()), rival.asset(mask((1, 0, 0, 5, 5)))
    at = owner.dataset("masks", task_type="segmentation-bitmap")

    uuid = owner.sample(at, attributes={"image": {"url": url}})
    label = {"annotations": [{"id": 1, "category_id": 1}], "segmentation_bitmap": {"url": ids}}
    owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": label, "label_status": "LABELED"})

    entry = lab.owner.get(f"/entries/{uuid}").attributes
    assert (entry["content_hash"], entry["resource"]) == (None, url)
    [mark] = lab.owner.get(f"/annotations?filter[entry_id]={uuid}").data
    assert mark["attributes"]["dimensions"]["counts"] == [1]  # nothing of their picture was read
