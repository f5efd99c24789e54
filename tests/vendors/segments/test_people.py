"""Segments' SDK 1.33.0, unmodified, in two people's hands: what people.py was told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite

JANE = "jane@vendors.example"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("people")
    with VendorSite.embedded(folder) as site:
        site.serve()
        arguments = (site.url, site.key, site.join("jane").key)
        yield said_by("segments", "tests.vendors.segments.people", *arguments, folder=folder)


def test_people_are_told_by_name(told: Any) -> None:
    users = told["users"]

    assert (users["you"]["username"], users["you"]["is_organization"]) == (JANE, False)
    assert users["me"]["organizations"][0]["is_organization"] is True
    assert (users["nobody"], told["wrong_key"]) == ("NotFoundError", "AuthenticationError")


def test_datasets_are_seen_by_those_who_may(told: Any) -> None:
    datasets, name = told["datasets"], told["name"]

    assert (datasets["mine"], datasets["unseen"], datasets["others_after"]) == ([name], "NotFoundError", [])
    assert (datasets["seen_when_public"], datasets["by_owner"]) == (name, [name])
    assert {
        member: datasets["updated"][member] for member in ("description", "public", "archived", "readme")
    } == {"description": "Changed.", "public": True, "archived": True, "readme": "More."}
    assert (datasets["twice"], datasets["absent"]) == ("AlreadyExistsError", "NotFoundError")
    assert datasets["abcde"] == ["NotFoundError"] * 5
    assert (datasets["past_the_end"], told["deleted"]) == ("NotFoundError", "NotFoundError")


def test_collaborators_have_the_role_that_they_were_given(told: Any) -> None:
    people = told["collaborators"]

    assert people["added"] == people["read"]
    assert (people["added"]["user"]["username"], people["added"]["role"]) == (JANE, "labeler")
    assert [people[role] for role in ("reviewer", "manager", "admin", "labeler")] == [
        *("reviewer", "manager"),
        *("admin", "labeler"),
    ]
    assert (people["twice"], people["nobody"], people["sees"]) == ("CollaboratorError", "NotFoundError", "")
    assert people["labeler_may_not_delete"] == people["labeler_may_not_invite"] == "AuthorizationError"
    assert people["count"] == 1
    assert {people[name] for name in ("after_delete", "delete_again", "unseen_again")} == {"NotFoundError"}


def test_samples_are_added_changed_and_deleted_one_by_one_and_in_bulk(told: Any) -> None:
    samples = told["samples"]

    assert (samples["one"]["assigned_labeler"], samples["one"]["readme"]) == (JANE, "Look.")
    assert (samples["twice"], samples["is_the_same"]) == ("AlreadyExistsError", True)
    assert samples["many"] == ["0.png", "1.png", "2.png", "3.png", "4.png", "one.png"]
    changed = samples["changed"]
    assert (changed["name"], changed["priority"], changed["metadata"]) == ("uno.png", -1.5, {"b": [1]})
    assert changed["assigned_reviewer"] == JANE
    assert not {"assigned_labeler", "assigned_reviewer"} & set(samples["freed"])
    assert samples["by_urls"] == samples["freed"]
    assert (samples["deleted_count"], samples["left"]) == (2, ["3.png", "4.png", "uno.png"])
    absent = ("gone", "unknown_dataset", "assigned_to_nobody", "no_such", "no_uuid")
    assert {samples[name] for name in absent} == {"NotFoundError"}
    assert samples["no_url"] == ["w0", "w1"]


def test_label_sets_hold_labels_and_take_them_along(told: Any) -> None:
    sets = told["labelsets"]

    assert sets["made"] == sets["read"]
    assert sets["all"] == [["ground-truth", "Ground truth labels."], ["model", "A model's."]]
    assert (sets["twice"], sets["score"]) == ("AlreadyExistsError", 0.5)
    absent = ("unlabelled", "no_labelset", "gone", "delete_again", "label_gone")
    assert {sets[name] for name in absent} == {"NotFoundError"}


def test_issues_are_opened_closed_and_deleted(told: Any) -> None:
    issues = told["issues"]

    assert issues["made"]["anchor"] == {
        "type": "location",
        "frame": 0,
        "location": {"type": "2d", "x": 3.5, "y": 4.0},
    }
    assert (issues["closed"]["description"], issues["closed"]["status"]) == ("A cat.", "CLOSED")
    assert issues["all"] == issues["of_sample"] == ["A cat.", "Blurred."]
    assert issues["left"] == ["A cat."]
    assert (issues["unseen"], issues["delete_again"]) == ("NotFoundError", "NotFoundError")


def test_work_is_told_by_who_did_it(told: Any) -> None:
    work, owner = told["work"], told["name"].partition("/")[0]

    assert (work["issue_by"], work["refused"]) == (JANE, "AuthorizationError")
    assert work["units"] == [["review", owner, "3.png"], ["label", JANE, "3.png"]]
    assert (work["times"], work["first_first"]) == ([True, True], True)
    assert (work["later"], work["earlier"], work["a_page"]) == (0, 2, 1)


def test_clones_have_the_samples_and_labels_where_they_are_asked_for(told: Any) -> None:
    clone, name = told["clone"], told["name"]

    assert clone["plain"] == [f"{name}-clone", name, "vector", False]
    assert clone["labelled"][1:] == ["bboxes", True]
    names = ["3.png", "4.png", "uno.png", "w0", "w1"]
    assert clone["samples"] == [[one, None] for one in names]
    assert clone["labels"] == [["3.png", "PRELABELED"], *([one, None] for one in names[1:])]
    assert (clone["twice"], clone["deleted"]) == ("AlreadyExistsError", "NotFoundError")
