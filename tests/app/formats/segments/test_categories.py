"""Segments' categories as label configurations, and back."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.errors import BadMember
from app.formats.segments.categories import configuration_of, task_attributes_of
from app.formats.segments.soundness import same
from tests.app.formats.segments.task_attributes import RICH, SEED, anything, attributes, task_attributes
from workflow.labels.numbering import numbered
from workflow.labels.reading import canonical


def kept(given: Any, before: Any = None) -> Any:
    """What is kept of GIVEN by who keeps configurations."""
    return numbered(before or {}, canonical(configuration_of(given, before)))


def by_name(listed: Any) -> Any:
    return {one["name"]: one for one in listed}


@given(task_attributes)
def test_what_was_declared_comes_back_equal(declared: Any) -> None:
    assert same(task_attributes_of(kept(declared)), declared)


@given(task_attributes, task_attributes)
def test_what_was_declared_anew_comes_back_equal(first: Any, then: Any) -> None:
    assert same(task_attributes_of(kept(then, kept(first))), then)


@pytest.mark.parametrize("declared", [SEED, RICH], ids=["seed", "rich"])
def test_real_task_attributes_come_back_equal(declared: Any) -> None:
    assert same(task_attributes_of(kept(declared)), declared)


def test_a_category_is_a_class_whose_number_is_its_id() -> None:
    classes = kept(SEED)["classes"]

    assert [(one["id"], one["name"], one["number"]) for one in classes] == [
        ("cat", "cat", 0),
        ("dog", "dog", 1),
    ]


def test_attributes_are_questions() -> None:
    asked = by_name(kept(RICH)["classes"][0]["attributes"])

    assert {name: one["type"] for name, one in asked.items()} == {
        "color": "select",
        "wheels": "number",
        "parts": "checklist",
        "note": "text",
        "parked": "boolean",
        "speed": "number",
    }
    assert [one["id"] for one in asked["color"]["options"]] == ["red", "blue"]
    assert (asked["color"]["default"], asked["parked"]["default"]) == ("red", False)
    assert (asked["wheels"]["minimum"], asked["wheels"]["maximum"]) == (0, 8)


def test_names_that_are_there_twice_give_different_ids() -> None:
    found = kept(RICH)

    assert [one["id"] for one in found["classes"]] == ["car", "sky", "car-2"]
    assert [one["id"] for one in found["classifications"]] == ["weather", "car-3"]


def test_colours_and_stuff_are_ours_too() -> None:
    car, sky, _ = kept(RICH)["classes"]

    assert (car["color"], sky["color"]) == ("#ff000a", "#0080ff4d")
    assert "has_instances" not in car
    assert sky["has_instances"] is False


def test_a_renamed_category_keeps_its_id_and_what_only_we_know() -> None:
    before = kept(SEED)
    before["classes"][0] |= {"geometries": ["box"], "vendor": {"datagym": {"key": 1}}}
    renamed = deepcopy(SEED)
    renamed["categories"][0]["name"] = "tiger"

    after = kept(renamed, canonical(before))

    assert after["classes"][0]["id"] == "cat"
    assert after["classes"][0]["name"] == "tiger"
    assert after["classes"][0]["geometries"] == ["box"]
    assert after["classes"][0]["vendor"]["datagym"] == {"key": 1}


def test_what_others_change_is_told_to_segments() -> None:
    found = kept(RICH)
    found["classes"][0]["name"] = "Auto"
    found["classes"][2]["color"] = "#010203"
    found["classes"][2]["has_instances"] = False
    found["classes"][0]["attributes"][0]["options"].append({"id": "green", "name": "green"})
    found["classes"][0]["attributes"][-1]["minimum"] = -3
    found["classes"].append({"id": "new", "name": "New", "color": "#000001", "number": 11})

    told = task_attributes_of(canonical(found))

    car, _, other, new = told["categories"]
    assert car["name"] == "Auto"
    assert by_name(car["attributes"])["color"]["values"] == ["red", "blue", "green"]
    assert by_name(car["attributes"])["speed"]["min"] == -3
    assert by_name(car["attributes"])["speed"]["max"] == ""
    assert (other["color"], other["has_instances"]) == ([1, 2, 3], False)
    assert new == {"name": "New", "id": 11, "color": [0, 0, 1], "has_instances": True}


def test_a_question_with_answers_below_keeps_them_when_it_is_declared_anew() -> None:
    below = [{"id": "how", "name": "how", "type": "text"}]
    before = kept(RICH)
    before["classes"][0]["attributes"][0]["options"][0]["attributes"] = below

    after = kept(task_attributes_of(canonical(before)), canonical(before))

    assert after["classes"][0]["attributes"][0]["options"][0]["attributes"] == below


def test_a_configuration_without_classes_declares_nothing() -> None:
    assert task_attributes_of({}) == {}


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("name", "", "/categories/0/name"),
        ("name", None, "/categories/0/name"),
        ("id", -1, "/categories/0/id"),
        ("id", True, "/categories/0/id"),
        ("id", 1.0, "/categories/0/id"),
        ("color", "#ff0000", "/categories/0/color"),
        ("color", [1, 2], "/categories/0/color"),
        ("color", [1, 2, 256], "/categories/0/color"),
        ("has_instances", "yes", "/categories/0/has_instances"),
        ("attributes", {"a": 1}, "/categories/0/attributes"),
        ("attributes", [{"name": "a"}], "/categories/0/attributes/0/input_type"),
        ("size", float("nan"), "/categories/0/size"),
        ("size", "\ud800", "/categories/0/size"),
        ("size", 2**70, "/categories/0/size"),
    ],
)
def test_a_wrong_member_is_told_with_its_place(member: str, value: Any, pointer: str) -> None:
    with pytest.raises(BadMember) as caught:
        configuration_of({"categories": [{"name": "cat", "id": 0, member: value}]})

    assert caught.value.pointer == pointer


def test_two_categories_of_one_id_are_refused() -> None:
    with pytest.raises(BadMember, match="cat"):
        configuration_of({"categories": [{"name": "cat", "id": 1}, {"name": "dog", "id": 1}]})


def test_what_is_nested_without_end_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(BadMember):
        configuration_of({"categories": [], "x": deep})


hostile = (
    st.dictionaries(
        st.sampled_from(["categories", "image_attributes", "x"]),
        st.lists(
            st.dictionaries(
                st.sampled_from(["name", "id", "color", "attributes", "has_instances"]),
                st.lists(attributes, max_size=2) | anything,
            )
            | anything,
            max_size=3,
        )
        | anything,
    )
    | anything
)


@given(hostile)
def test_whatever_comes_is_taken_or_refused(declared: Any) -> None:
    try:
        found = configuration_of(declared)
    except BadMember:
        return
    assert same(task_attributes_of(canonical(found)), declared)
