"""What changes of labels do: to the configuration, to every annotation, and what they refuse."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from tests.workflow.json_places import Json
from tests.workflow.labels.scenes import BOX, calls, kept_of, numbers, refused
from workflow.labels.changes import clear, delete, recolour, rename, reorder
from workflow.labels.declared import names
from workflow.labels.merging import merge
from workflow.labels.plans import REMOVED, Plan, altered
from workflow.labels.replacing import replace

OFTEN = settings(max_examples=200, deadline=None)


def classes(*names: str, **members: Any) -> Json:
    return kept_of({"classes": [{"name": name} | members for name in names]})


def by_id(plan: Plan) -> dict[str, Json]:
    return {one["id"]: one for one in plan.configuration["classes"]}


# ---- names, colours, order


def test_names_colours_and_order_touch_no_annotation() -> None:
    before = classes("dog", "cat", "cow")

    renamed, coloured = rename(before, "cat", "Katze"), recolour(before, "cat", [255, 0, 0])
    ordered = reorder(before, ["cow", "dog", "cat"])

    assert by_id(renamed)["cat"] == by_id(renamed)["cat"] | {"name": "Katze", "number": 2}
    assert by_id(coloured)["cat"]["color"] == "#ff0000"
    assert list(by_id(ordered)) == ["cow", "dog", "cat"]
    assert numbers(ordered.configuration) == {"cow": 3, "dog": 1, "cat": 2}
    assert [plan.touches for plan in (renamed, coloured, ordered)] == [frozenset()] * 3


def test_merged_classes_can_be_renamed() -> None:
    merged = merge(classes("dog", "cat", "cow"), ["dog", "cat"], {"name": "pet"})

    plan = rename(merged.configuration, "pet", "Haustier")

    assert names(plan.labels) == ["Haustier", "cow"]
    assert numbers(plan.configuration) == {"pet": 4, "cow": 3}


# ---- merging


def merged_mark(plan: Plan, annotation: Json, metadata: Json | None = None) -> tuple[Json, Json]:
    found = altered(plan, BOX, annotation, metadata or {})
    assert isinstance(found, tuple)
    return found


AGE = {"name": "age", "type": "number"}
NOTE = {"name": "note", "type": "text", "max_length": 3}


def test_annotations_of_merged_classes_get_the_label_of_the_target() -> None:
    plan = merge(classes("dog", "cat"), ["cat"], {"id": "dog", "color": "#010203"})

    assert list(by_id(plan)) == ["dog"]
    assert (by_id(plan)["dog"]["color"], by_id(plan)["dog"]["number"]) == ("#010203", 1)
    assert merged_mark(plan, {"label": "cat"}, {"tool": 1}) == (
        {"label": "dog"},
        {"tool": 1, "merged": [{"label": "cat"}]},
    )
    assert altered(plan, BOX, {"label": "dog"}, {}) is None


def test_what_the_target_does_not_know_is_set_aside() -> None:
    before = kept_of(
        {
            "classes": [
                {"name": "dog", "attributes": [NOTE]},
                {"name": "cat", "attributes": [AGE, NOTE | {"max_length": 9}]},
            ]
        }
    )
    plan = merge(before, ["cat"], {"id": "dog"})

    value, metadata = merged_mark(plan, {"label": "cat", "attributes": {"age": 3, "note": "too long"}})

    assert value == {"label": "dog", "attributes": {}}
    assert metadata == {"merged": [{"label": "cat", "attributes": {"age": 3, "note": "too long"}}]}


def test_what_was_merged_before_stays_beside_what_is_merged_now() -> None:
    plan = merge(classes("dog", "cat"), ["cat"], {"id": "dog"})

    assert merged_mark(plan, {"label": "cat"}, {"merged": [{"label": "lynx"}]})[1] == {
        "merged": [{"label": "lynx"}, {"label": "cat"}]
    }
    assert merged_mark(plan, {"label": "cat"}, {"merged": "mine"})[1] == {
        "merged": ["mine", {"label": "cat"}]
    }


def test_the_target_takes_in_what_the_others_need() -> None:
    required = {"name": "age", "type": "number", "required": True}
    before = kept_of(
        {
            "classes": [
                {
                    "name": "dog",
                    "geometries": ["box"],
                    "has_text": True,
                    "requires_text": True,
                    "attributes": [required, NOTE | {"required": True, "default": "no"}],
                },
                {"name": "cat", "geometries": ["mask", "box"]},
            ]
        }
    )

    dog = by_id(merge(before, ["dog", "cat"], {"id": "dog"}))["dog"]

    assert dog["geometries"] == ["box", "mask"]
    assert (dog["has_text"], dog.get("requires_text")) == (True, None)
    assert [one.get("required", False) for one in dog["attributes"]] == [False, True]


def test_what_all_require_stays_required() -> None:
    required = AGE | {"required": True}
    plan = merge(classes("dog", "cat", attributes=[required]), ["cat"], {"id": "dog"})

    assert by_id(plan)["dog"]["attributes"][0]["required"] is True


def test_a_new_class_has_the_attributes_of_all_and_stands_where_the_first_stood() -> None:
    before = kept_of(
        {
            "classes": [
                {"name": "cow"},
                {"name": "dog", "attributes": [AGE], "shortcut": "3", "color": "#030303"},
                {"name": "emu"},
                {"name": "cat", "attributes": [NOTE]},
            ]
        }
    )

    plan = merge(before, ["dog", "cat"], {"id": "pet", "name": "Pet"})

    assert list(by_id(plan)) == ["cow", "pet", "emu"]
    pet = by_id(plan)["pet"]
    assert (pet["name"], pet["shortcut"], pet["color"], pet["number"]) == ("Pet", "3", "#030303", 5)
    assert [one["id"] for one in pet["attributes"]] == ["age", "note"]
    assert merged_mark(plan, {"label": "cat", "attributes": {"note": "a"}})[0] == {
        "label": "pet",
        "attributes": {"note": "a"},
    }


def test_what_stood_below_a_merged_class_stands_below_the_target_and_nothing_above_itself() -> None:
    tree = {"cat": None, "lynx": "cat", "kitten": "lynx", "toy": "kitten"}
    before = kept_of(
        {"classes": [{"name": name} | ({"parent": above} if above else {}) for name, above in tree.items()]}
    )

    up = by_id(merge(before, ["cat"], {"id": "kitten"}))
    down = by_id(merge(before, ["kitten"], {"id": "cat"}))

    assert {id: one.get("parent") for id, one in up.items()} == {
        "lynx": "kitten",
        "kitten": None,
        "toy": "kitten",
    }
    assert {id: one.get("parent") for id, one in down.items()} == {"cat": None, "lynx": "cat", "toy": "cat"}


# ---- deleting, clearing, replacing


def test_the_annotations_of_a_deleted_class_go_and_what_stood_below_it_moves_up() -> None:
    before = kept_of({"classes": [{"name": "a"}, {"name": "b", "parent": "a"}, {"name": "c", "parent": "b"}]})

    plan = delete(before, "b")

    assert by_id(plan)["c"]["parent"] == "a"
    assert plan.touches == frozenset({"b"})
    assert altered(plan, BOX, {"label": "b"}, {}) is REMOVED
    assert altered(plan, BOX, {"label": "c"}, {}) is None
    assert not plan.reopens


def test_clearing_takes_all_classes_and_all_annotations_and_has_finished_entries_wait() -> None:
    before = kept_of(
        {"classes": [{"name": "a"}], "classifications": [{"name": "q", "type": "text"}], "vendor": {"b": 1}}
    )

    plan = clear(before)

    assert plan.configuration == {"classes": [], "vendor": {"b": 1}, "next_number": 2}
    assert (plan.reopens, plan.touches, plan.removed) == (True, None, frozenset({"a", "q"}))
    assert altered(plan, {}, {"label": "of nothing that is declared"}, {}) is REMOVED
    assert altered(plan, {}, {}, {}) is REMOVED


def test_what_would_be_lost_is_refused_unless_it_is_forced() -> None:
    before = classes("dog", "cat", geometries=["box", "mask"], has_text=True)
    new = {"classes": [{"name": "dog", "geometries": ["box"]}]}

    assert refused(lambda: replace(before, new)) == [
        ("/classes/0", "labels_narrowed"),
        ("/classes", "labels_used"),
    ]
    plan = replace(before, new, force=True)

    assert plan.touches == frozenset({"dog", "cat"})
    assert altered(plan, {"type": "mask"}, {"label": "dog"}, {}) is REMOVED
    assert altered(plan, BOX, {"label": "dog"}, {}) is None
    assert altered(plan, BOX, {"label": "dog", "text": "a"}, {}) == (
        {"label": "dog"},
        {"replaced": [{"label": "dog", "text": "a"}]},
    )


def test_what_nobody_used_may_go() -> None:
    before = classes("dog", "cat")

    assert replace(before, {"classes": [{"name": "dog"}]}, used={"dog"}).removed == {"cat"}
    assert refused(lambda: replace(before, {"classes": [{"name": "cat"}]}, used={"dog"})) == [
        ("/classes", "labels_used")
    ]


SELECT = {"name": "a", "type": "select", "options": [{"name": "red"}, {"name": "blue"}]}
NESTED = {"name": "b", "type": "text", "required": True}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([], [AGE | {"required": True}]),
        ([AGE], [AGE | {"required": True}]),
        ([AGE | {"required": True}], [AGE | {"required": True, "minimum": 3}]),
        ([AGE | {"required": True}], [AGE | {"required": True, "maximum": 3}]),
        ([AGE | {"required": True}], [AGE | {"required": True, "step": 3}]),
        (
            [AGE | {"required": True, "minimum": 0, "step": 2}],
            [AGE | {"required": True, "minimum": -1, "step": 2}],
        ),
        (
            [
                SELECT
                | {"required": True, "options": [{"name": "red", "attributes": [NESTED]}, {"name": "blue"}]}
            ],
            [SELECT | {"required": True, "attributes": [NESTED]}],
        ),
        ([NOTE | {"required": True}], [NOTE | {"required": True, "max_length": 2}]),
        ([NOTE | {"required": True}], [NOTE | {"required": True, "type": "boolean", "max_length": None}]),
        ([SELECT | {"required": True}], [SELECT | {"required": True, "options": [{"name": "red"}]}]),
        ([SELECT | {"required": True}], [SELECT | {"required": True, "attributes": [NESTED]}]),
        (
            [SELECT | {"required": True}],
            [
                SELECT
                | {"required": True, "options": [{"name": "red", "attributes": [NESTED]}, {"name": "blue"}]}
            ],
        ),
        ([], [SELECT | {"required": True, "default": "red", "attributes": [NESTED]}]),
    ],
)
def test_what_annotations_may_lack_cannot_be_required(old: list[Json], new: list[Json]) -> None:
    new = [{name: value for name, value in one.items() if value is not None} for one in new]
    before = classes("dog", attributes=old)

    assert refused(lambda: replace(before, {"classes": [{"name": "dog", "attributes": new}]})) == [
        ("/classes/0", "labels_narrowed")
    ]


def test_what_is_required_anew_is_answered_by_its_default() -> None:
    inner = {"name": "sure", "type": "boolean", "required": True, "default": False}
    new = SELECT | {"required": True, "default": "red", "attributes": [inner]}
    plan = replace(classes("dog"), {"classes": [{"name": "dog", "attributes": [new]}]})

    found = altered(plan, BOX, {"label": "dog"}, {"tool": 1})

    answer = {"value": "red", "attributes": {"sure": False}}
    assert found == ({"label": "dog", "attributes": {"a": answer}}, {"tool": 1})


def test_of_a_checklist_the_options_that_are_left_stay() -> None:
    parts = {"name": "parts", "type": "checklist", "options": [{"name": "head"}, {"name": "tail"}]}
    fewer = parts | {"options": [{"name": "tail"}, {"name": "paw"}]}
    plan = replace(classes("dog", attributes=[parts]), {"classes": [{"name": "dog", "attributes": [fewer]}]})

    found = merged_mark(plan, {"label": "dog", "attributes": {"parts": ["tail", "head"]}})

    assert found == (
        {"label": "dog", "attributes": {"parts": ["tail"]}},
        {"replaced": [{"label": "dog", "attributes": {"parts": ["head"]}}]},
    )


def test_answers_to_a_classification_that_do_not_fit_are_refused_or_go() -> None:
    before = kept_of({"classes": [], "classifications": [SELECT]})
    new = {"classes": [], "classifications": [SELECT | {"options": [{"name": "red"}]}]}

    assert refused(lambda: replace(before, new)) == [("/classifications/0", "labels_narrowed")]
    plan = replace(before, new, force=True)

    assert altered(plan, {}, {"label": "a", "value": "blue"}, {}) is REMOVED
    assert altered(plan, {}, {"label": "a", "value": "red"}, {}) is None


def test_between_declared_and_free_nothing_is_touched_unless_it_is_forced() -> None:
    free, new = {"tools": 1}, {"classes": [{"name": "dog"}]}

    assert replace(new, free).touches == frozenset()
    assert replace(free, new, used=()).touches == frozenset()
    assert refused(lambda: replace(free, new)) == [("/classes", "labels_unchecked")]
    plan = replace(free, new, force=True)

    assert plan.touches is None
    assert altered(plan, BOX, {"label": "dog"}, {}) is None
    assert altered(plan, BOX, {"label": "cat"}, {}) is REMOVED
    assert altered(plan, {}, {"label": "dog"}, {}) is REMOVED
    assert altered(plan, BOX, {}, {}) is REMOVED
    assert altered(plan, BOX, {"label": "dog", "attributes": {"a": 1}}, {}) == (
        {"label": "dog", "attributes": {}},
        {"replaced": [{"label": "dog", "attributes": {"a": 1}}]},
    )


# ---- work


def chained(many: int) -> Json:
    chain = [{"name": f"c{n}", "parent": f"c{n + 1}", "attributes": [AGE]} for n in range(many - 1)]
    return kept_of({"classes": [*chain, {"name": f"c{many - 1}"}]})


@pytest.mark.parametrize(
    "plan",
    [
        lambda given, ids: rename(given, ids[-1], "x"),
        lambda given, ids: reorder(given, ids[::-1]),
        lambda given, ids: merge(given, ids, {"name": "x"}),
        lambda given, ids: merge(given, ids[::2], {"id": ids[1]}),
        lambda given, ids: delete(given, ids[1]),
        lambda given, ids: replace(given, {"classes": []}, force=True),
        lambda given, ids: replace(given, given),
    ],
)
def test_planning_takes_work_linear_in_the_classes(plan: Callable[[Json, list[str]], Plan]) -> None:
    small, large = chained(100), chained(800)

    few = calls(lambda: plan(small, [one["id"] for one in small["classes"]]))
    many = calls(lambda: plan(large, [one["id"] for one in large["classes"]]))

    assert many < 8.5 * few
