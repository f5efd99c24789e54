"""DataGym's label configurations: what breaks its rules is refused, and all else comes back from Postil."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.datagym_entries import entries_in, told
from app.formats.datagym_labels import entries_of, labels_of
from app.formats.datagym_words import FORBIDDEN, Refused
from tests.app.formats.datagym_samples import COLOR, ENTRIES, EXTRAS, any_entries, kept, roots
from workflow.labels.reading import canonical

Json = dict[str, Any]
quickly = settings(max_examples=60, deadline=None)


def plain(entries: Any) -> list[Json]:
    """ENTRIES as a GET answers them, without ids and times."""
    return [_plain(one) for one in told(entries, lambda path: path, 0)]


def _plain(one: Json) -> Json:
    children = [_plain(child) for child in one["children"]]
    left_out = ("id", "lcEntryParentId", "timestamp")
    return {name: value for name, value in one.items() if name not in left_out} | {"children": children}


def with_colors(entries: list[Json], known: list[Json]) -> list[Json]:
    """ENTRIES, where those without a colour have the one that is KNOWN of them: Postil gives them one."""
    return [
        one
        | {"color": one["color"] or other["color"]}
        | {"children": with_colors(one["children"], other["children"])}
        for one, other in zip(entries, known, strict=True)
    ]


@quickly
@given(any_entries())
def test_a_configuration_that_postil_keeps_comes_back_as_it_was(given: list[Json]) -> None:
    sent = entries_in(given)

    back = plain(entries_of(canonical(labels_of(sent))))

    assert with_colors(plain(sent), back) == back
    assert all(re.fullmatch("#[0-9a-fA-F]{6}", one["color"]) for one in back if one["color"])


@quickly
@given(any_entries())
def test_what_comes_back_may_be_sent_again(given: list[Json]) -> None:
    once = labels_of(entries_in(given))

    again = labels_of(entries_in(told(entries_of(canonical(once)), lambda path: path, 7)))

    assert canonical(again) == canonical(once)


def test_roots_are_classes_nested_ones_have_a_parent_and_questions_are_attributes() -> None:
    found = kept()

    car, plate, road, *_ = found["classes"]
    assert (car["id"], car["name"], car["geometries"], car["shortcut"]) == ("car", "Car", ["box"], "2")
    assert car["color"] == "#9a00cd"
    assert [one["id"] for one in car["attributes"]] == ["color", "extras"]
    assert car["attributes"][0]["required"] is True
    assert car["attributes"][1]["attributes"] == [
        {"id": "note", "name": "Note", "type": "text", "max_length": 50}
    ]
    assert (plate["id"], plate["parent"]) == ("plate", "car")
    assert road["geometries"] == ["polygon"]
    assert [one["id"] for one in found["classifications"]] == ["caption", "weather"]


def test_a_get_answers_types_in_upper_case_with_ids_of_the_way_to_each_entry() -> None:
    car, *_ = told(roots(), lambda path: f"id of {path}", 1234)

    assert (car["type"], car["color"], car["shortcut"], car["timestamp"]) == (
        "RECTANGLE",
        "#9A00CD",
        "2",
        1234,
    )
    assert [one["entryKey"] for one in car["children"]] == ["color", "plate", "extras"]
    note = car["children"][2]["children"][0]
    assert note == {
        "id": "id of /car/extras/note",
        "lcEntryParentId": "id of /car/extras",
        "entryKey": "note",
        "entryValue": "Note",
        "type": "FREETEXT",
        "color": None,
        "shortcut": None,
        "timestamp": 1234,
        "maxLength": 50,
        "required": False,
        "options": {},
        "children": [],
    }
    assert car["children"][0]["options"] == {"red": "Red", "blue": "Blue"}


def test_keys_that_stand_in_several_trees_are_classes_of_their_own() -> None:
    plate = {"entryKey": "plate", "entryValue": "Plate", "type": "rectangle"}
    trees = [
        {"entryKey": key, "entryValue": key, "type": "polygon", "children": [plate]}
        for key in ("car", "truck")
    ]

    found = kept(trees)

    assert [one["id"] for one in found["classes"]] == ["car", "car/plate", "truck", "truck/plate"]
    assert [one["children"][0]["entryKey"] for one in plain(entries_of(found))] == ["plate", "plate"]


def test_a_class_that_was_recoloured_tells_its_new_colour() -> None:
    found = kept()
    found["classes"][0]["color"] = "#00ff00"

    assert plain(entries_of(found))[0]["color"] == "#00ff00"


def test_configurations_that_datagym_did_not_make_are_told_all_the_same() -> None:
    labels = canonical(
        {
            "classes": [
                {"id": "vehicle", "name": "Vehicle"},
                {"id": "car (old)", "name": "Car", "parent": "vehicle", "geometries": ["polygon", "box"]},
                {"id": "cloud", "name": "Cloud", "geometries": ["cuboid"]},
                {"id": "sky", "name": "Sky", "geometries": ["mask"]},
            ],
            "classifications": [
                {"name": "count", "type": "number", "minimum": 1},
                {"name": "sharp", "type": "boolean"},
                {
                    "name": "kind",
                    "type": "select",
                    "options": [{"name": "a", "attributes": [{"name": "why", "type": "text"}]}],
                },
            ],
        }
    )

    found = plain(entries_of(labels))

    assert [(one["entryKey"], one["type"]) for one in found] == [
        ("vehicle", "RECTANGLE"),
        ("car (old)", "POLYGON"),
        ("cloud", "POLYGON"),
        ("sky", "IMAGE_SEGMENTATION"),
        ("count", "FREETEXT"),
        ("sharp", "SELECT"),
        ("kind", "SELECT"),
    ]
    assert found[5]["options"] == {"true": "true", "false": "false"}
    assert (found[6]["children"][0]["entryKey"], found[6]["children"][0]["maxLength"]) == ("why", 255)


@pytest.mark.parametrize("labels", [{}, {"anything": [1]}, {"classes": []}])
def test_where_nothing_is_declared_there_are_no_entries(labels: Json) -> None:
    assert entries_of(labels) == ()


# ---- what breaks the rules


def entry(**members: Any) -> Json:
    return {"entryKey": "thing", "entryValue": "Thing", "type": "polygon"} | members


def deep(levels: int) -> Json:
    return entry(type="freetext", maxLength=5, entryKey=f"l{levels}") | (
        {"children": [deep(levels - 1)]} if levels > 1 else {}
    )


WRONG: dict[str, tuple[Any, str, tuple[str, ...], str]] = {
    "no list": ({}, "validation", (), ""),
    "no object": ([3], "validation", (), "/0"),
    "no key": ([entry(entryKey=None)], "validation", (), "/0/entryKey"),
    "an empty key": ([entry(entryKey="")], "validation", (), "/0/entryKey"),
    "a long key": ([entry(entryKey="x" * 57)], "validation", (), "/0/entryKey"),
    "an odd key": ([entry(entryKey="a/b")], "validation", (), "/0/entryKey"),
    "a key with a line's end": ([entry(entryKey="a\n")], "validation", (), "/0/entryKey"),
    "no value": ([entry(entryValue="")], "validation", (), "/0/entryValue"),
    "half a surrogate pair": ([entry(entryValue="\ud800")], "validation", (), "/0/entryValue"),
    "no such type": ([entry(type="circle")], "gen_entry_type_not_found", ("entry type",), "/0/type"),
    "a type that is none": ([entry(type=None)], "gen_entry_type_not_found", ("entry type",), "/0/type"),
    "a root twice": (
        [entry(), entry()],
        "alreadyexists",
        ("Label entry", "entryKey:", "thing"),
        "/1/entryKey",
    ),
    "a key twice in a tree": (
        [entry(children=[entry()])],
        "alreadyexists",
        ("Label entry", "entryKey:", "thing"),
        "/0/children/0/entryKey",
    ),
    "a shortcut twice": (
        [entry(shortcut=3), entry(entryKey="b", shortcut="3")],
        "alreadyexists",
        ("Shortcut", "value:", "3"),
        "/1/shortcut",
    ),
    "a shortcut of two digits": ([entry(shortcut=10)], "validation", (), "/0/shortcut"),
    "a shortcut that is true": ([entry(shortcut=True)], "validation", (), "/0/shortcut"),
    "five levels": ([deep(5)], "gen_config_depth", (), "/0" + "/children/0" * 4),
    "a geometry at level 3": (
        [entry(children=[entry(entryKey="b", children=[entry(entryKey="c")])])],
        "gen_geometry_definition_incorrect",
        ("polygon",),
        "/0/children/0/children/0/type",
    ),
    "a geometry below a question": (
        [COLOR | {"children": [entry()]}],
        "gen_geometry_definition_incorrect",
        ("polygon",),
        "/0/children/0/type",
    ),
    "a text without its length": (
        [entry(type="freetext")],
        "gen_entry_classification_incorrect",
        ("FREETEXT",),
        "/0",
    ),
    "a text of no length": ([entry(type="freetext", maxLength=0)], "validation", (), "/0/maxLength"),
    "a text too long": ([entry(type="freetext", maxLength=256)], "validation", (), "/0/maxLength"),
    "a length that is true": ([entry(type="freetext", maxLength=True)], "validation", (), "/0/maxLength"),
    "a choice without options": (
        [EXTRAS | {"options": {}}],
        "gen_entry_classification_incorrect",
        ("CHECKLIST",),
        "/0/options",
    ),
    "options in a list": (
        [COLOR | {"options": ["red"]}],
        "gen_entry_classification_incorrect",
        ("SELECT",),
        "/0/options",
    ),
    "an option without a name": ([COLOR | {"options": {"a": ""}}], "validation", (), "/0/options"),
    "an option that is a number": ([COLOR | {"options": {"a": 3}}], "validation", (), "/0/options"),
    "required as a text": ([COLOR | {"required": "yes"}], "validation", (), "/0/required"),
    "children as an object": ([entry(children={})], "validation", (), "/0/children"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_breaks_a_rule_is_refused_in_datagyms_words_with_a_pointer(case: str) -> None:
    sent, key, params, pointer = WRONG[case]

    with pytest.raises(Refused) as refused:
        entries_in(sent)

    assert (refused.value.key, refused.value.params, refused.value.pointer) == (key, params, pointer)
    assert refused.value.detail


@pytest.mark.parametrize(
    "word", ["line", "point", "polygon", "rectangle", "label", "status", "media", "select"]
)
def test_words_that_documents_use_themselves_are_forbidden(word: str) -> None:
    with pytest.raises(Refused) as refused:
        entries_in([entry(children=[entry(entryKey=word)])])

    assert (refused.value.key, refused.value.params) == ("gen_forbidden_keyword", (word,))
    assert len(FORBIDDEN) > 30


@pytest.mark.parametrize("color", ["red", "rgb(1,2,3)", 7, "#12", "#12345g"])
def test_what_is_no_colour_in_figures_gets_one_of_postils(color: Any) -> None:
    (found,) = plain(entries_of(canonical(labels_of(entries_in([entry(color=color)])))))

    assert re.fullmatch("#[0-9a-f]{6}", found["color"])


@pytest.mark.parametrize("color", ["#ABC", "#aBcDeF", "#11223344"])
def test_a_colour_comes_back_as_it_was_written(color: str) -> None:
    (found,) = plain(entries_of(canonical(labels_of(entries_in([entry(color=color)])))))

    assert found["color"] == color


members = st.sampled_from(["entryKey", "entryValue", "type", "children", "options", "shortcut", "color"])
leaves = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["polygon", "select"])
)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members, inner, max_size=5),
    max_leaves=12,
)


@quickly
@given(st.lists(anything, max_size=2))
def test_whatever_is_sent_is_read_or_refused(given: list[Any]) -> None:
    try:
        entries_in(given)
        pointer = "/"
    except Refused as refused:
        pointer = refused.pointer

    assert pointer.startswith("/")


def test_entries_beyond_all_bounds_are_refused_and_not_gone_through() -> None:
    many = [entry(entryKey=f"k{n}") for n in range(5_001)]

    with pytest.raises(Refused, match="at most 5000"):
        entries_in(many)
    assert len(entries_in(ENTRIES)) == 7
