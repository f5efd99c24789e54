"""How label configurations are read: what is kept, and what is refused, where and with which code."""

from copy import deepcopy
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.workflow.json_places import Json, at, places, put, resolves
from tests.workflow.labels import making
from tests.workflow.labels.scenes import ANY_JSON, SEEDS, calls
from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.labels.declared import FREE, names
from workflow.labels.known import labels_of
from workflow.labels.numbering import numbered
from workflow.labels.reading import canonical, is_typed
from workflow.labels.schema import SCHEMA

OFTEN = settings(max_examples=80, deadline=None)


def faults_of(configuration: Any) -> tuple[ConfigurationFault, ...]:
    """What is told of CONFIGURATION: nothing where it is accepted. Anything but a refusal is raised."""
    try:
        canonical(configuration)
    except BadConfiguration as error:
        return error.faults
    return ()


def one_class(**members: Any) -> Json:
    return {"classes": [{"name": "dog"} | members]}


def asked(**members: Any) -> Json:
    return one_class(attributes=[{"name": "color"} | members])


def nested(levels: int) -> Json:
    question: Json = {"name": "deepest", "type": "boolean"}
    for _ in range(levels - 1):
        question = {"name": "more", "type": "boolean", "attributes": [question]}
    return one_class(attributes=[question])


# ---- what is kept


def test_ids_names_and_colours_are_filled_in() -> None:
    kept = canonical({"classes": [{"name": "Dog"}, {"id": "cat", "color": "#ABCDEF"}, {"name": "Cow"}]})

    assert [one["id"] for one in kept["classes"]] == ["Dog", "cat", "Cow"]
    assert [one["name"] for one in kept["classes"]] == ["Dog", "cat", "Cow"]
    assert kept["classes"][1]["color"] == "#abcdef"
    assert len({one["color"] for one in kept["classes"]}) == 3


@pytest.mark.parametrize(
    ("color", "kept"),
    [
        ("#FF00aa", "#ff00aa"),
        ("#FF00AA80", "#ff00aa80"),
        ([1, 2, 255], "#0102ff"),
        ([0, 0, 0, 9], "#00000009"),
    ],
)
def test_colours_are_kept_in_one_way(color: Json, kept: str) -> None:
    assert canonical(one_class(color=color))["classes"][0]["color"] == kept


def test_what_is_as_unless_said_is_left_out() -> None:
    kept = canonical(
        one_class(
            has_text=False, is_hidden=False, has_instances=True, geometries=[], attributes=[], vendor={}
        )
    )

    assert kept["classes"][0].keys() == {"id", "name", "color"}


def test_a_zero_and_a_false_that_say_something_are_kept() -> None:
    kept = canonical(
        one_class(
            number=0,
            has_instances=False,
            attributes=[
                {"name": "age", "type": "number", "minimum": 0, "default": 0},
                {"name": "seen", "type": "boolean", "default": False},
            ],
        )
    )

    one = kept["classes"][0]
    assert (one["number"], one["has_instances"]) == (0, False)
    assert (one["attributes"][0]["minimum"], one["attributes"][0]["default"]) == (0, 0)
    assert one["attributes"][1]["default"] is False


def test_switches_of_vendors_are_kept_and_never_read() -> None:
    vendor = {"classes": "anything", "deep": [{"er": None}]}
    given = asked(type="select", vendor=vendor, options=[{"name": "red", "vendor": vendor}])
    given["classes"][0]["vendor"] = vendor

    kept = canonical(given | {"vendor": vendor})

    question = kept["classes"][0]["attributes"][0]
    assert [kept["vendor"], kept["classes"][0]["vendor"], question["vendor"]] == [vendor] * 3
    assert question["options"][0]["vendor"] == vendor


def test_a_shortcut_may_be_a_number() -> None:
    assert canonical(one_class(shortcut=2))["classes"][0]["shortcut"] == "2"


@pytest.mark.parametrize("free", [{}, {"tools": ["box"], "labels": 3}, {"classifications": "any"}])
def test_without_classes_any_object_is_kept_as_it_is(free: Json) -> None:
    assert not is_typed(free)
    assert canonical(free) == free
    assert labels_of(msgspec.json.encode(free).decode()) == FREE


def test_the_names_are_those_of_visible_classes_in_order() -> None:
    given = {"classes": [{"name": "b"}, {"name": "x", "is_hidden": True}, {"id": "z", "name": "a"}]}

    assert names(labels_of(msgspec.json.encode(given).decode())) == ["b", "a"]


def test_labels_are_compiled_once_for_each_text() -> None:
    text = msgspec.json.encode(one_class(vendor={"test": "once"})).decode()

    assert labels_of(text) is labels_of(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "\ud800", "[" * 100_000])
def test_a_text_that_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        labels_of(text)

    assert [fault.code for fault in refused.value.faults] == ["labels_invalid"]


@OFTEN
@given(SEEDS)
def test_what_is_kept_is_kept_the_same_when_it_is_read_again(seed: int) -> None:
    given = making.configuration(Random(seed))
    before = deepcopy(given)

    kept = canonical(given)

    assert given == before
    assert canonical(kept) == kept
    assert canonical(msgspec.json.decode(msgspec.json.encode(kept))) == kept


@OFTEN
@given(SEEDS)
def test_what_is_kept_fits_the_schema(seed: int) -> None:
    given = making.configuration(Random(seed))

    for one in (given, canonical(given), numbered({}, canonical(given))):
        assert [error.message for error in VALIDATOR.iter_errors(one)] == []


VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_one_and_refuses_what_it_can() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert VALIDATOR.is_valid({"anything": 1})
    assert not VALIDATOR.is_valid({"classes": [{"name": "a", "colour": "#aabbcc"}]})
    assert not VALIDATOR.is_valid(asked(type="color"))


# ---- what is refused

SELECT: Json = {"type": "select", "options": [{"name": "red"}]}
TWICE: Json = [{"name": "a", "type": "text"}, {"name": "a", "type": "text"}]
FAULTS: list[tuple[Json, str, str]] = [
    ([], "", "labels_invalid"),
    ({"classes": {}}, "/classes", "labels_invalid"),
    ({"classes": [3]}, "/classes/0", "labels_invalid"),
    ({"classes": [{}]}, "/classes/0", "labels_invalid"),
    ({"classes": [], "more": 1}, "/more", "labels_invalid"),
    ({"classes": [], "next_number": -1}, "/next_number", "labels_invalid"),
    ({"classes": [{"name": "a"}] * 10_001}, "/classes", "labels_too_large"),
    ({"classes": [], "vendor": {"a": "x" * 1_000_000}}, "", "labels_too_large"),
    ({"classes": [{"name": "a"}, {"id": "a"}]}, "/classes/1", "labels_id_twice"),
    (
        {"classes": [{"name": "a"}], "classifications": [{"name": "a", "type": "text"}]},
        "/classifications/0",
        "labels_id_twice",
    ),
    (
        {"classes": [{"name": "a", "number": 3}, {"name": "b", "number": 3}]},
        "/classes/1/number",
        "labels_number_twice",
    ),
    (
        {"classes": [{"name": "a", "shortcut": "1"}, {"name": "b", "shortcut": 1}]},
        "/classes/1/shortcut",
        "labels_shortcut_twice",
    ),
    (one_class(parent="wolf"), "/classes/0/parent", "labels_parent_unknown"),
    (one_class(parent="dog"), "/classes/0/parent", "labels_parent_circle"),
    (
        {
            "classes": [
                {"name": "a", "parent": "b"},
                {"name": "b", "parent": "c"},
                {"name": "c", "parent": "b"},
            ]
        },
        "/classes/0/parent",
        "labels_parent_circle",
    ),
    (one_class(colour="#aabbcc"), "/classes/0/colour", "labels_invalid"),
    (one_class(name=""), "/classes/0/name", "labels_invalid"),
    (one_class(name="x" * 256), "/classes/0/name", "labels_invalid"),
    (one_class(name="x" * 129), "/classes/0/name", "labels_invalid"),
    (one_class(name="a\nb"), "/classes/0/name", "labels_invalid"),
    (one_class(id="x" * 129), "/classes/0/id", "labels_invalid"),
    (one_class(id=7), "/classes/0/id", "labels_invalid"),
    (one_class(color="red"), "/classes/0/color", "labels_invalid"),
    (one_class(color=[1, 2, 256]), "/classes/0/color", "labels_invalid"),
    (one_class(color=[True, 0, 0]), "/classes/0/color", "labels_invalid"),
    (one_class(number=-1), "/classes/0/number", "labels_invalid"),
    (one_class(number=True), "/classes/0/number", "labels_invalid"),
    (one_class(geometries=["box", "circle"]), "/classes/0/geometries/1", "labels_geometry_unknown"),
    (one_class(has_text=1), "/classes/0/has_text", "labels_invalid"),
    (one_class(requires_text=True), "/classes/0/requires_text", "labels_invalid"),
    (one_class(shortcut="12"), "/classes/0/shortcut", "labels_invalid"),
    (one_class(shortcut="²"), "/classes/0/shortcut", "labels_invalid"),
    (one_class(keypoints=["a", "a"]), "/classes/0/keypoints/1", "labels_invalid"),
    (one_class(keypoints=["a", "b"], skeleton=[[0, 2]]), "/classes/0/skeleton/0", "labels_invalid"),
    (one_class(keypoints=["a", "b"], skeleton=[[1, 1]]), "/classes/0/skeleton/0", "labels_invalid"),
    (one_class(vendor=[]), "/classes/0/vendor", "labels_invalid"),
    (one_class(attributes=[1]), "/classes/0/attributes/0", "labels_invalid"),
    (one_class(attributes=TWICE), "/classes/0/attributes/1", "labels_id_twice"),
    ({"classes": [], "classifications": TWICE}, "/classifications/1", "labels_id_twice"),
    (asked(), "/classes/0/attributes/0", "labels_invalid"),
    (asked(type="color"), "/classes/0/attributes/0/type", "labels_invalid"),
    (asked(type="text", options=[]), "/classes/0/attributes/0/options", "labels_invalid"),
    (asked(type="select"), "/classes/0/attributes/0", "labels_invalid"),
    (asked(type="select", options=[]), "/classes/0/attributes/0/options", "labels_invalid"),
    (asked(type="select", options=["red"]), "/classes/0/attributes/0/options/0", "labels_invalid"),
    (
        asked(type="select", options=[{"name": "red"}, {"id": "red"}]),
        "/classes/0/attributes/0/options/1",
        "labels_id_twice",
    ),
    (
        asked(
            type="select",
            options=[{"name": "red", "attributes": [TWICE[0]]}, {"name": "tan", "attributes": [TWICE[0]]}],
        ),
        "/classes/0/attributes/0/options/1/attributes/0",
        "labels_id_twice",
    ),
    (asked(type="number", minimum=2, maximum=1), "/classes/0/attributes/0/minimum", "labels_invalid"),
    (asked(type="number", step=0), "/classes/0/attributes/0/step", "labels_invalid"),
    (asked(type="number", maximum=1e101), "/classes/0/attributes/0/maximum", "labels_invalid"),
    (asked(type="text", max_length=0), "/classes/0/attributes/0/max_length", "labels_invalid"),
    (asked(type="text", required="yes"), "/classes/0/attributes/0/required", "labels_invalid"),
    (asked(**SELECT, default="blue"), "/classes/0/attributes/0/default", "labels_default_invalid"),
    (asked(**SELECT, default=None), "/classes/0/attributes/0/default", "labels_default_invalid"),
    (asked(type="number", minimum=1, default=0), "/classes/0/attributes/0/default", "labels_default_invalid"),
    (
        nested(5),
        "/classes/0/attributes/0/attributes/0/attributes/0/attributes/0/attributes",
        "labels_too_deep",
    ),
    (one_class(vendor={"a": float("nan")}), "/classes/0/vendor/a", "labels_invalid"),
    (one_class(vendor={"a": 2**64}), "/classes/0/vendor/a", "labels_invalid"),
    (one_class(vendor={"a": "\ud800"}), "/classes/0/vendor/a", "labels_invalid"),
]


@pytest.mark.parametrize(("configuration", "pointer", "code"), FAULTS)
def test_what_is_wrong_is_told_with_its_place_and_code(configuration: Json, pointer: str, code: str) -> None:
    faults = faults_of(configuration)

    assert [(fault.pointer, fault.code) for fault in faults] == [(pointer, code)]
    assert resolves(pointer, configuration)


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {"classes": [{"name": ""}, {"name": "b", "color": 3}, {"name": "c", "parent": "d"}], "more": 1}

    pointers = [fault.pointer for fault in faults_of(wrong)]

    assert pointers == ["/more", "/classes/0/name", "/classes/1/color", "/classes/2/parent"]


def test_of_very_much_that_is_wrong_the_first_is_told() -> None:
    questions = [{"name": "a", "type": "select", "default": 3}, {"name": "b", "type": "number", "step": 0}]
    wrong = {"classes": [{"color": 3, "attributes": questions}] * 100}

    assert len(faults_of(wrong)) == 50


def test_four_levels_of_attributes_are_read() -> None:
    assert faults_of(nested(4)) == ()


def test_vendors_may_nest_no_deeper_than_is_read() -> None:
    vendor: Json = {}
    for _ in range(100_000):
        vendor = {"a": vendor}

    assert [fault.code for fault in faults_of(one_class(vendor=vendor))] == ["labels_invalid"]


@settings(max_examples=300, deadline=None)
@given(ANY_JSON, st.sampled_from(["", "classes", "attributes", "options"]))
def test_any_json_is_read_or_refused_with_a_place_that_is_there(value: Any, where: str) -> None:
    wrapped = {
        "": value,
        "classes": {"classes": [value, {"name": "b"}]},
        "attributes": {"classes": [], "classifications": [value]},
        "options": asked(type="select", options=[value]),
    }[where]

    faults = faults_of(wrapped)

    assert all(resolves(fault.pointer, wrapped) and fault.detail for fault in faults)


@settings(max_examples=300, deadline=None)
@given(SEEDS, ANY_JSON)
def test_one_value_that_is_changed_is_read_or_refused_near_it(seed: int, value: Any) -> None:
    random = Random(seed)
    sound = making.configuration(random)
    path = random.choice(places(sound)[1:] or [("classes",)])
    changed = put(sound, path, value)

    faults = faults_of(changed)

    assert all(resolves(fault.pointer, changed) for fault in faults)
    assert at(changed, path) is value
    if not faults:
        assert canonical(canonical(changed)) == canonical(changed)


# ---- work


def chain(classes: int) -> Json:
    """CLASSES, each below the next; and as many questions and options."""
    parents = [{"name": f"c{n}", "parent": f"c{n + 1}"} for n in range(classes - 1)]
    options = [{"name": f"o{n}"} for n in range(classes)]
    asked = [{"name": f"a{n}", "type": "text"} for n in range(classes)]
    select = {"name": "s", "type": "select", "options": options, "default": "o0"}
    return {"classes": [*parents, {"name": f"c{classes - 1}", "attributes": [*asked, select]}]}


def test_reading_takes_work_linear_in_the_configuration() -> None:
    small, large = chain(200), chain(1600)

    assert calls(lambda: canonical(large)) < 8.5 * calls(lambda: canonical(small))
