"""What changes of labels refuse to do."""

from collections.abc import Callable

import pytest

from tests.workflow.json_places import Json, resolves
from tests.workflow.labels.scenes import refused
from workflow.labels.changes import clear, delete, recolour, rename, reorder
from workflow.labels.merging import merge
from workflow.labels.plans import Plan

TWO = {"classes": [{"name": "dog"}, {"name": "cat"}], "classifications": [{"name": "q", "type": "text"}]}


@pytest.mark.parametrize(
    ("plan", "asked", "pointer", "code"),
    [
        (rename, {"class_id": "cow", "name": "x"}, "/class_id", "labels_class_unknown"),
        (rename, {"class_id": [], "name": "x"}, "/class_id", "labels_class_unknown"),
        (rename, {"class_id": "dog", "name": ""}, "/name", "labels_invalid"),
        (rename, {"class_id": "dog", "name": "\ud800"}, "/name", "labels_invalid"),
        (recolour, {"class_id": "dog", "color": "red"}, "/color", "labels_invalid"),
        (reorder, {"class_ids": ["dog"]}, "/class_ids", "labels_class_left_out"),
        (reorder, {"class_ids": ["dog", "cat", "dog"]}, "/class_ids/2", "labels_class_twice"),
        (reorder, {"class_ids": ["dog", "cat", "cow"]}, "/class_ids/2", "labels_class_unknown"),
        (delete, {"class_id": "q"}, "/class_id", "labels_class_unknown"),
        (merge, {"class_ids": [], "into": {"id": "dog"}}, "/class_ids", "labels_invalid"),
        (merge, {"class_ids": "dog", "into": {"id": "dog"}}, "/class_ids", "labels_invalid"),
        (merge, {"class_ids": ["cow"], "into": {"id": "dog"}}, "/class_ids/0", "labels_class_unknown"),
        (merge, {"class_ids": ["dog"], "into": "cat"}, "/into", "labels_invalid"),
        (merge, {"class_ids": ["dog"], "into": {}}, "/into", "labels_invalid"),
        (merge, {"class_ids": ["dog"], "into": {"name": "x", "number": 3}}, "/into/number", "labels_invalid"),
        (merge, {"class_ids": ["dog"], "into": {"name": "x", "color": 3}}, "/into/color", "labels_invalid"),
        (merge, {"class_ids": ["dog"], "into": {"name": "q"}}, "/into", "labels_id_twice"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_place_and_code(
    plan: Callable[..., Plan], asked: Json, pointer: str, code: str
) -> None:
    assert refused(lambda: plan(TWO, **asked)) == [(pointer, code)]
    assert resolves(pointer, asked)


@pytest.mark.parametrize(
    "plan",
    [
        lambda free: rename(free, "a", "b"),
        lambda free: recolour(free, "a", "#aabbcc"),
        lambda free: reorder(free, []),
        lambda free: merge(free, ["a"], {"name": "b"}),
        lambda free: delete(free, "a"),
        clear,
    ],
)
def test_where_no_classes_are_declared_none_can_be_changed(plan: Callable[[Json], Plan]) -> None:
    assert refused(lambda: plan({"tools": []})) == [("", "labels_free")]
