"""What is wrong with an annotation under a label configuration, where, and with which code."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from tests.workflow.json_places import Json, places, put, resolves
from tests.workflow.labels import making
from tests.workflow.labels.scenes import ANY_JSON, BOX, SEEDS, calls, labels_that
from workflow.labels.asking import Fault
from workflow.labels.checking import faults_in
from workflow.labels.declared import FREE
from workflow.labels.known import labels_of

COLOR = {
    "name": "color",
    "type": "select",
    "required": True,
    "options": [
        {"name": "red", "attributes": [{"name": "shade", "type": "text", "max_length": 5, "required": True}]},
        {"name": "blue"},
    ],
}
PARTS = {"name": "parts", "type": "checklist", "options": [{"name": "head"}, {"name": "tail"}]}
AGE = {"name": "age", "type": "number", "minimum": 1, "maximum": 30, "step": 0.1}
HURT = {
    "name": "hurt",
    "type": "boolean",
    "attributes": [{"name": "where", "type": "text", "required": True}],
}
HOUSE = {
    "classes": [
        {"id": "dog", "name": "Hund", "attributes": [COLOR, PARTS, AGE, HURT]},
        {"id": "sign", "name": "Schild", "geometries": ["box"], "has_text": True, "requires_text": True},
        {"id": "road", "name": "Straße"},
    ],
    "classifications": [
        {
            "id": "weather",
            "name": "Wetter",
            "type": "select",
            "options": [{"name": "sun"}, {"name": "fog"}],
            "attributes": [{"name": "sure", "type": "boolean", "required": True}],
        }
    ],
}


LABELS = labels_that(HOUSE)


def told(dimensions: Any, annotation: Any) -> list[tuple[str, str]]:
    return [(fault.code, fault.pointer) for fault in faults_in(LABELS, dimensions, annotation)]


def dog(**attributes: Any) -> Json:
    return {"label": "dog", "attributes": {"color": "blue"} | attributes}


@pytest.mark.parametrize(
    ("dimensions", "annotation"),
    [
        (BOX, dog()),
        (BOX, dog(parts=["tail", "head"], age=1, hurt=False)),
        (BOX, dog(parts=[], age=None, hurt={"value": False})),
        (BOX, dog(age=1.3)),
        (BOX, dog(age=30)),
        (BOX, dog(color={"value": "red", "attributes": {"shade": "wine"}})),
        (BOX, dog(hurt={"value": True, "attributes": {"where": "paw"}})),
        (BOX, dog() | {"tool": {"of": ["a", "vendor"]}}),
        (BOX, {"label": "sign", "text": "AB 123"}),
        (BOX, {"label": "road"}),
        (BOX, {"label": "road", "attributes": {}, "text": None}),
        ({"type": "text_span", "start": 0, "end": 3}, {"label": "road"}),
        ({}, {"label": "weather", "value": "fog", "attributes": {"sure": False}}),
        ({"frame": 3}, {"label": "weather", "value": "fog", "attributes": {"sure": False}}),
    ],
)
def test_what_fits_is_let_pass(dimensions: Json, annotation: Json) -> None:
    assert told(dimensions, annotation) == []


ANSWER = {"label": "weather", "value": "fog", "attributes": {"sure": True}}
FAULTS: list[tuple[Any, Any, str, str]] = [
    ([], dog(), "label_invalid", "/dimensions"),
    (BOX, "dog", "label_invalid", "/annotation"),
    (BOX, {}, "label_missing", "/annotation"),
    (BOX, {"label": ["dog"]}, "label_missing", "/annotation/label"),
    (BOX, {"label": "cat"}, "label_unknown", "/annotation/label"),
    (BOX, ANSWER, "label_unknown", "/annotation/label"),
    ({}, dog(), "label_unknown", "/annotation/label"),
    ({"type": "circle"}, dog(), "label_geometry_unknown", "/dimensions/type"),
    ({"type": ["box"]}, dog(), "label_geometry_unknown", "/dimensions/type"),
    ({"type": "mask"}, {"label": "sign", "text": "a"}, "label_geometry_refused", "/dimensions/type"),
    (BOX, {"label": "sign"}, "label_text_missing", "/annotation"),
    (BOX, {"label": "sign", "text": ""}, "label_text_missing", "/annotation/text"),
    (BOX, {"label": "sign", "text": 3}, "label_text_invalid", "/annotation/text"),
    (BOX, {"label": "sign", "text": "a" * 10_001}, "label_text_invalid", "/annotation/text"),
    (BOX, {"label": "road", "text": "a"}, "label_text_refused", "/annotation/text"),
    ({}, ANSWER | {"text": "a"}, "label_text_refused", "/annotation/text"),
    (BOX, {"label": "dog"}, "label_attribute_missing", "/annotation"),
    (BOX, {"label": "dog", "attributes": {}}, "label_attribute_missing", "/annotation/attributes"),
    (BOX, dog(color=None), "label_attribute_missing", "/annotation/attributes/color"),
    (BOX, {"label": "road", "attributes": None}, "label_attribute_invalid", "/annotation/attributes"),
    (BOX, dog(**{"a/b~": 1}), "label_attribute_unknown", "/annotation/attributes/a~1b~0"),
    (
        BOX,
        {"label": "road", "attributes": {"age": 3}},
        "label_attribute_unknown",
        "/annotation/attributes/age",
    ),
    (BOX, dog(color="green"), "label_attribute_invalid", "/annotation/attributes/color"),
    (BOX, dog(color=["blue"]), "label_attribute_invalid", "/annotation/attributes/color"),
    (BOX, dog(color={"value": "b"}), "label_attribute_invalid", "/annotation/attributes/color/value"),
    (BOX, dog(parts=["head", "head"]), "label_attribute_invalid", "/annotation/attributes/parts"),
    (BOX, dog(parts=["wing"]), "label_attribute_invalid", "/annotation/attributes/parts"),
    (BOX, dog(parts=[{}]), "label_attribute_invalid", "/annotation/attributes/parts"),
    (BOX, dog(parts="head"), "label_attribute_invalid", "/annotation/attributes/parts"),
    (BOX, dog(age=True), "label_attribute_invalid", "/annotation/attributes/age"),
    (BOX, dog(age="3"), "label_attribute_invalid", "/annotation/attributes/age"),
    (BOX, dog(age=0.9), "label_attribute_invalid", "/annotation/attributes/age"),
    (BOX, dog(age=30.1), "label_attribute_invalid", "/annotation/attributes/age"),
    (BOX, dog(age=1.25), "label_attribute_invalid", "/annotation/attributes/age"),
    (BOX, dog(age=float("nan")), "label_attribute_invalid", "/annotation/attributes/age"),
    (BOX, dog(hurt=1), "label_attribute_invalid", "/annotation/attributes/hurt"),
    (BOX, dog(hurt=True), "label_attribute_missing", "/annotation/attributes/hurt"),
    (
        BOX,
        dog(hurt={"value": True, "attributes": {}}),
        "label_attribute_missing",
        "/annotation/attributes/hurt/attributes",
    ),
    (
        BOX,
        dog(hurt={"value": False, "attributes": {"where": "paw"}}),
        "label_attribute_unasked",
        "/annotation/attributes/hurt/attributes/where",
    ),
    (
        BOX,
        dog(color={"value": "blue", "attributes": {"shade": "sky"}}),
        "label_attribute_unasked",
        "/annotation/attributes/color/attributes/shade",
    ),
    (
        BOX,
        dog(color={"value": "red", "attributes": {"shade": "purple"}}),
        "label_attribute_invalid",
        "/annotation/attributes/color/attributes/shade",
    ),
    (BOX, dog(age={"value": 3, "more": 1}), "label_attribute_invalid", "/annotation/attributes/age/more"),
    ({}, {"label": "weather"}, "label_value_missing", "/annotation"),
    ({}, {"label": "weather", "value": None}, "label_value_missing", "/annotation/value"),
    ({}, {"label": "weather", "value": "rain"}, "label_attribute_invalid", "/annotation/value"),
    ({}, {"label": "weather", "value": "fog"}, "label_attribute_missing", "/annotation"),
]


@pytest.mark.parametrize(("dimensions", "annotation", "code", "pointer"), FAULTS)
def test_what_does_not_fit_is_told_with_its_place_and_code(
    dimensions: Any, annotation: Any, code: str, pointer: str
) -> None:
    assert told(dimensions, annotation) == [(code, pointer)]
    assert resolves(pointer, {"dimensions": dimensions, "annotation": annotation})


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {"label": "dog", "text": "a", "attributes": {"age": 0, "parts": ["wing"], "wings": 2}}

    codes = [code for code, _ in told({"type": "circle"}, wrong)]

    assert sorted(codes) == [
        "label_attribute_invalid",
        "label_attribute_invalid",
        "label_attribute_missing",
        "label_attribute_unknown",
        "label_geometry_unknown",
        "label_text_refused",
    ]


@pytest.mark.parametrize(
    ("dimensions", "label", "detail"),
    [
        (BOX, "Hund", "no class has the id Hund; dog has the name Hund"),
        (BOX, " DOG ", "no class has the id  DOG ; dog has the name Hund"),
        (BOX, "Strasse", "no class has the id Strasse; road has the name Straße"),
        (BOX, "horse", "no class has the id horse"),
        ({}, "Wetter", "no classification has the id Wetter; weather has the name Wetter"),
        (
            BOX,
            "weather",
            "no class has the id weather: it is a classification, which is answered with dimensions of {}",
        ),
        (
            {},
            "dog",
            "no classification has the id dog: it is a class, and dimensions with a type are needed to mark"
            " it",
        ),
    ],
)
def test_an_unknown_label_is_told_with_what_was_probably_meant(
    dimensions: Json, label: str, detail: str
) -> None:
    assert [fault.detail for fault in faults_in(LABELS, dimensions, {"label": label})] == [detail]


def test_the_types_of_geometry_that_there_are_are_handed_in() -> None:
    assert faults_in(LABELS, {"type": "splat"}, {"label": "road"}, {"splat"}) == []
    assert [fault.code for fault in faults_in(LABELS, BOX, {"label": "road"}, {"splat"})] == [
        "label_geometry_unknown"
    ]


def test_under_a_configuration_without_classes_anything_fits() -> None:
    assert faults_in(FREE, {"type": 3}, {"label": [7]}) == []
    assert faults_in(labels_of('{"tools": []}'), None, None) == []


def test_of_very_much_that_is_wrong_the_first_is_told() -> None:
    asked = [{"name": f"a{n}", "type": "text", "required": True} for n in range(100)]
    strict = labels_that({"classes": [{"name": "dog", "attributes": asked}]})
    strange = {"label": "road", "attributes": {f"a{n}": n for n in range(1000)}}

    assert len(faults_in(LABELS, BOX, strange)) == 50
    assert len(faults_in(strict, BOX, {"label": "dog"})) == 50


def test_a_number_beyond_what_a_float_holds_is_refused_and_breaks_nothing() -> None:
    fine = labels_that(
        {"classes": [{"name": "a", "attributes": [{"name": "n", "type": "number", "step": 1e-300}]}]}
    )

    assert faults_in(fine, BOX, {"label": "a", "attributes": {"n": 1e100}}) == []
    assert len(faults_in(fine, BOX, {"label": "a", "attributes": {"n": 10**400}})) == 1


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_what_is_made_to_fit_a_configuration_fits_it(seed: int) -> None:
    random = Random(seed)
    configuration = making.configuration(random)

    for dimensions, annotation in making.marks(random, configuration, 5):
        assert faults_in(labels_that(configuration), dimensions, annotation) == []


@settings(max_examples=150, deadline=None)
@given(SEEDS, ANY_JSON, ANY_JSON)
def test_any_json_fits_or_is_told_at_places_that_are_there(seed: int, value: Any, other: Any) -> None:
    random = Random(seed)
    configuration = making.configuration(random)
    made = making.marks(random, configuration, 1) or [(BOX, {"label": "dog"})]
    dimensions, annotation = made[0]
    path = random.choice(places(annotation))
    tries: list[tuple[Any, Any]] = [
        (dimensions, put(annotation, path, value)),
        (value, annotation),
        (value, other),
        (dimensions, annotation | {"attributes": value} if isinstance(value, dict) else annotation),
    ]

    for one in tries:
        document = {"dimensions": one[0], "annotation": one[1]}
        for fault in faults_in(labels_that(configuration), *one):
            assert isinstance(fault, Fault)
            assert resolves(fault.pointer, document)


def test_a_usual_check_takes_few_calls_however_many_classes_and_options_there_are() -> None:
    def checked(many: int) -> int:
        options = [{"name": f"o{n}"} for n in range(many)]
        asked = [{"name": "a", "type": "select", "options": options}, AGE, {"name": "b", "type": "boolean"}]
        classes = [{"name": f"c{n}"} for n in range(many)]
        labels = labels_that({"classes": [*classes, {"name": "dog", "attributes": asked}]})
        annotation = {"label": "dog", "attributes": {"a": "o7", "age": 1.5, "b": True}}
        return calls(lambda: faults_in(labels, BOX, annotation))

    few, many = checked(10), checked(3000)

    assert few == many < 120


def test_a_list_of_answers_is_read_no_further_than_there_are_options() -> None:
    long = dog(parts=["head"] * 100_000)

    assert calls(lambda: told(BOX, long)) < 150


def test_texts_of_json_are_compiled_like_objects() -> None:
    assert labels_of(msgspec.json.encode(HOUSE).decode()) == LABELS
