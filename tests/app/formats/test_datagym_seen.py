"""What may be marked is told by what was: a configuration that all labels of an export fit."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.datagym_entries import entries_in
from app.formats.datagym_labels import labels_of
from app.formats.datagym_seen import MOST_OPTIONS, configuration_in
from app.formats.datagym_writing import classes_told
from app.formats.errors import FormatError
from app.geometry import TYPES
from tests.app.formats import samples
from tests.app.formats.datagym_samples import ENTRIES, any_entries, any_item, roots
from tests.app.formats.test_datagym_file import CLASSES, exported
from tests.app.formats.test_datagym_marks import ITEM, ROOTS
from workflow.labels.checking import faults_in
from workflow.labels.compiling import compiled
from workflow.labels.reading import canonical

Json = dict[str, Any]


def seen(document: Any) -> Json:
    """The configuration that is seen in DOCUMENT, as it is kept."""
    return canonical(configuration_in(BytesIO(json.dumps(document).encode())))


def archive(**members: Any) -> BytesIO:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.json", content if isinstance(content, str) else json.dumps(content))
    return out


def test_classes_questions_and_options_are_seen_where_they_were_answered() -> None:
    found = seen([{"label_classes": classes_told(ROOTS)}, ITEM])

    classes = {one["id"]: one for one in found["classes"]}
    assert set(classes) == {"car", "plate", "road", "lane", "sign", "sky"}
    assert (classes["plate"]["parent"], classes["car"]["geometries"]) == ("car", ["box"])
    color, extras = classes["car"]["attributes"]
    assert (color["type"], [one["id"] for one in color["options"]]) == ("select", ["red", "blue"])
    assert (extras["type"], [one["id"] for one in extras["attributes"]]) == ("checklist", ["note"])
    assert [(one["id"], one["type"]) for one in found["classifications"]] == [
        ("caption", "text"),
        ("weather", "select"),
    ]


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[Json], list[Json]]:
    entries = draw(any_entries())
    return entries, [draw(any_item(roots(entries))) for _ in range(draw(st.integers(1, 3)))]


@settings(max_examples=60, deadline=None)
@given(exports())
def test_all_that_is_read_of_an_export_fits_what_is_seen_in_it(given: tuple[list[Json], list[Json]]) -> None:
    entries, items = given
    document = [{"label_classes": classes_told(roots(entries))}, *items]

    labels = compiled(seen(document))
    found, problems = samples.read("datagym", BytesIO(json.dumps(document).encode()))

    marks = [mark for item in found for mark in item.marks]
    assert problems == []
    assert len(marks) >= sum(len(given) for item in items for given in item["labels"].values())
    for mark in marks:
        assert faults_in(labels, mark.dimensions, mark.annotation, TYPES) == []


def test_a_text_under_the_name_of_a_checklist_is_told_and_not_held() -> None:
    """An export tells a kind for each name: where two entries share one, an answer may be of the other."""
    marks = [
        {"point": [{"x": 1, "y": 2}], "classifications": {"shared": ["\x1f"]}},
        {"point": [{"x": 1, "y": 2}], "classifications": {"shared": ["a", "\x1f"]}},
    ]
    heads = [
        {"class_name": "sign", "geometry_type": "point"},
        {"class_name": "shared", "classification_type": "checklist"},
        {"class_name": "shared", "classification_type": "freetext"},
    ]
    document = [{"label_classes": heads}, {"internal_media_ID": "m", "labels": {"sign": marks}}]

    labels = compiled(seen(document))
    [item], _ = samples.read("datagym", BytesIO(json.dumps(document).encode()))

    assert [mark.annotation.get("attributes") for mark in item.marks] == [None, {"shared": ["a"]}]
    assert [mark.metadata["datagym"]["unasked"] for mark in item.marks] == [
        {"shared": ["\x1f"]},
        {"shared": ["a", "\x1f"]},
    ]
    assert all(faults_in(labels, mark.dimensions, mark.annotation, TYPES) == [] for mark in item.marks)


def test_a_geometry_that_nothing_was_marked_by_is_there_too() -> None:
    assert [one["id"] for one in seen([CLASSES])["classes"]] == ["road", "car", "plate", "sky"]


def test_an_archive_may_tell_the_configuration_whole() -> None:
    found = configuration_in(archive(labels=[CLASSES], configuration=ENTRIES))

    assert found == labels_of(entries_in(ENTRIES))


@pytest.mark.parametrize("content", ["{", "{}", [{"entryKey": "label"}], [3]])
def test_a_configuration_that_breaks_a_rule_is_refused(content: Any) -> None:
    with pytest.raises(FormatError) as refused:
        configuration_in(archive(labels=[], configuration=content))

    assert refused.value.code == "datagym_configuration"


def test_more_options_than_a_choice_has_are_not_all_kept() -> None:
    items = [exported(global_classifications={"color": [f"c{n}"]}) for n in range(MOST_OPTIONS + 5)]

    (question,) = seen([CLASSES, *items])["classifications"]

    assert len(question["options"]) == MOST_OPTIONS


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "labels",
                        "global_classifications",
                        "car",
                        "color",
                        "nested_geometries",
                        "classifications",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=15,
    )
)
def test_whatever_is_seen_is_a_configuration(given: Any) -> None:
    assert compiled(seen([CLASSES, given])).is_typed
