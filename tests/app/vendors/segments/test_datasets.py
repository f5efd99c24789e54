"""Datasets: made, told, changed and deleted, and who sees them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.app.vendors.segments.client import TASK, Client
from tests.lab import House, Lab

FLAGS_ON = ("enable_skip_labeling", "enable_interpolation")


def test_a_dataset_of_the_seed_is_made_with_two_members_and_told_whole(owner: Client) -> None:
    made = owner.post("/user/datasets", {"name": "cats", "description": "A dataset of cat images."})

    shown = owner.get(f"/datasets/{owner.name}/cats").value
    assert (made.status, made.value["name"], made.value["description"]) == (
        201,
        "cats",
        "A dataset of cat images.",
    )
    assert made.value == shown
    assert (shown["category"], shown["public"], shown["samples_count"]) == ("other", False, 0)
    assert (shown["labelsets"][0]["name"], shown["metadata"]) == ("ground-truth", {})
    assert shown["task_type"] == "segmentation-bitmap"
    assert {name for name in shown if name.startswith("enable_") and shown[name]} == set(FLAGS_ON)


def test_all_that_is_said_of_a_dataset_is_told_again(owner: Client) -> None:
    said: dict[str, Any] = {
        "name": "flowers",
        "description": "Violets.",
        "task_type": "segmentation-bitmap",
        "task_attributes": TASK,
        "category": "garden",
        "public": True,
        "readme": "# Violets",
        "metadata": {"day": "sunday", "robot_id": 3},
        "labeling_inactivity_timeout_seconds": 120,
        "archived": True,
        "region_of_interest": {"radius": 3},
        "enable_object_link_category_restrictions": True,
        "enable_extrapolation": False,
    }
    flags = {
        name: True for name in ("enable_ratings", "enable_3d_cuboid_rotation", "enable_confirm_on_submit")
    }

    made = owner.post("/user/datasets/", said | flags | {"enable_skip_labeling": False, "data_type": "IMAGE"})

    assert {name: made.value[name] for name in (said | flags)} == said | flags
    assert made.value["enable_skip_labeling"] is False


def test_switches_that_nobody_set_are_absent_where_null_would_not_be_read(owner: Client, at: str) -> None:
    shown = owner.get(f"{at}/").value

    assert "enable_object_link_category_restrictions" not in shown
    assert "enable_extrapolation" not in shown


def test_a_change_leaves_the_rest_and_what_others_keep_of_it(owner: Client, lab: Lab, at: str) -> None:
    [record] = lab.owner.get("/datasets?filter[name]=cats").data
    vendor = record["attributes"]["vendor"] | {"datagym": {"x": 1}}
    lab.owner.update("datasets", record["id"], vendor=vendor)

    changed = owner.patch(f"{at}/", {"description": "New.", "enable_ratings": True, "public": True})

    assert (changed.status, changed.value["description"], changed.value["enable_ratings"]) == (
        200,
        "New.",
        True,
    )
    assert changed.value["task_type"] == "vector"
    [record] = lab.owner.get("/datasets?filter[name]=cats").data
    assert record["attributes"]["visibility"] == "public"
    assert record["attributes"]["vendor"]["datagym"] == {"x": 1}


def test_categories_are_classes_and_keep_their_labels_when_they_change(
    owner: Client, lab: Lab, at: str
) -> None:
    more = {"categories": [*TASK["categories"], {"id": 9, "name": "owl"}]}

    changed = owner.patch(f"{at}/", {"task_attributes": more})

    assert changed.status == 200, changed
    assert changed.value["task_attributes"]["categories"][2] == {"id": 9, "name": "owl"}
    [record] = lab.owner.get("/datasets?filter[name]=cats").data
    classes = record["attributes"]["labeling_configuration"]["classes"]
    assert [(one["name"], one["number"]) for one in classes] == [("cat", 1), ("dog", 2), ("owl", 9)]


def test_a_dataset_is_renamed_and_found_by_its_new_name(owner: Client, at: str) -> None:
    renamed = owner.patch(f"{at}/", {"name": "lions"})

    assert renamed.value["full_name"] == f"{owner.name}/lions"
    assert owner.get(f"{at}/").status == 404
    assert owner.get(f"/datasets/{owner.name}/lions/").status == 200


def test_a_name_is_taken_once_by_its_owner(owner: Client, at: str) -> None:
    again = owner.post("/user/datasets/", {"name": "cats"})
    other = owner.dataset("dogs")
    renamed = owner.patch(f"{other}/", {"name": "cats"})
    organization = owner.get("/user").value["organizations"][0]["username"]
    of_organization = owner.post(f"/organizations/{organization}/datasets/", {"name": "cats"})

    assert (again.status, renamed.status, of_organization.status) == (409, 409, 201)
    assert "already exists" in again.text
    assert "already exists" in renamed.text
    assert of_organization.value["full_name"] == f"{organization}/cats"


def test_a_name_that_another_organization_has_taken_is_free(house: House) -> None:
    """Owned by the organization itself: by no account, as in every other."""
    for name in ("One", "Other"):
        each = Client(Lab(house, f"{name} {uuid4().hex[:8]}").owner)
        organization = each.get("/user").value["organizations"][0]["username"]
        made = each.post(f"/organizations/{organization}/datasets/", {"name": "cats"})
        assert made.status == 201, made


def test_a_dataset_goes_with_its_project_and_its_name_is_free_again(owner: Client, lab: Lab, at: str) -> None:
    owner.sample(at)

    gone = owner.delete(f"{at}/")

    assert (gone.status, gone.text) == (204, "")
    assert owner.get(f"{at}/").status == 404
    assert lab.owner.get("/projects?filter[name]=cats").data == []
    assert owner.dataset() == at


def test_a_dataset_of_a_shared_project_goes_alone(owner: Client, lab: Lab) -> None:
    first, second = lab.new_dataset(name="left"), lab.new_dataset(name="right")
    organization = owner.get("/user").value["organizations"][0]["username"]

    gone = owner.delete(f"/datasets/{organization}/left/")

    assert gone.status == 204
    assert lab.owner.get(f"/datasets/{first}").status == 404
    assert lab.owner.get(f"/datasets/{second}").status == 200


def test_a_dataset_of_the_main_api_is_told_by_its_organization(owner: Client, lab: Lab) -> None:
    lab.new_dataset(name="Left eyes", labels=["vessel"])
    organization = owner.get("/user").value["organizations"][0]["username"]

    shown = owner.get(f"/datasets/{organization}/Left%20eyes/")

    assert (shown.status, shown.value["task_type"]) == (200, "vector")
    assert shown.value["full_name"] == f"{organization}/Left eyes"


def test_of_two_of_a_name_one_is_found_by_its_id(owner: Client, lab: Lab) -> None:
    id, _ = lab.new_dataset(name="twin"), lab.new_dataset(name="twin")
    organization = owner.get("/user").value["organizations"][0]["username"]

    by_name = owner.get(f"/datasets/{organization}/twin/")
    by_id = owner.get(f"/datasets/{organization}/{id}/")

    assert (by_name.status, by_id.status, by_id.value["name"]) == (409, 200, "twin")


def test_lists_have_pages_and_end(owner: Client) -> None:
    for name in ("a", "b", "c"):
        owner.dataset(name)

    pages = [owner.get(f"/user/datasets/?per_page=2&page={page}") for page in (1, 2, 3)]

    assert [[one["name"] for one in page.value] for page in pages[:2]] == [["a", "b"], ["c"]]
    assert pages[2].status == 404
    assert "invalid page" in pages[2].text.lower()


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999999999999", "per_page=-1", "page=²"])
def test_what_is_no_page_is_not_found(owner: Client, query: str) -> None:
    assert owner.get(f"/user/datasets/?{query}").status == 404


def test_texts_are_hidden_from_clients_that_do_not_know_them(lab: Lab, owner: Client) -> None:
    made = owner.post("/user/datasets/", {"name": "texts", "task_type": "text-named-entities"})
    older = Client(lab.owner, source=None)

    assert made.value["task_type"] == ""
    assert older.get(f"/datasets/{owner.name}/texts").value["task_type"] == "text-named-entities"


def test_counts_of_labels_are_told(owner: Client, at: str) -> None:
    one, _ = owner.sample(at, "1"), owner.sample(at, "2")
    owner.put(f"/labels/{one}/ground-truth/", {"label_status": "LABELED"})

    shown = owner.get(f"{at}/").value

    assert shown["label_stats"] == {"LABELED": 1, "UNLABELED": 1, "TOTAL": 2}
    assert shown["samples_count"] == 2


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": ".."}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "task_type": "sculpture"}, "task_type"),
        ({"name": "x", "public": "yes"}, "public"),
        ({"name": "x", "metadata": []}, "metadata"),
        ({"name": "x", "enable_ratings": 1}, "enable_ratings"),
        ({"name": "x", "labeling_inactivity_timeout_seconds": -1}, "labeling_inactivity_timeout_seconds"),
        ({"name": "x", "description": "x" * 10_001}, "description"),
        ({"name": "x", "category": "x" * 65}, "category"),
        ({"name": "x", "task_attributes": {"categories": [{"id": "1", "name": "a"}]}}, "id"),
        ({"name": "x", "task_attributes": [1]}, "task_attributes"),
    ],
)
def test_what_no_dataset_can_be_is_refused_and_leaves_nothing(
    owner: Client, lab: Lab, body: Any, named: str
) -> None:
    refused = owner.post("/user/datasets/", body)

    assert refused.status == 400
    assert named in refused.value["detail"]
    assert owner.get("/user/datasets/").value == []
    assert lab.owner.get("/projects").data == []
