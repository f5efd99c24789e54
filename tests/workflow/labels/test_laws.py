"""What holds for every change of every label configuration and every annotation."""

from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import given, settings

from tests.workflow.json_places import Json
from tests.workflow.labels import making
from tests.workflow.labels.scenes import ANY_JSON, SEEDS, kept_of, numbers
from workflow.errors import BadConfiguration
from workflow.labels.changes import clear, delete, recolour, rename, reorder
from workflow.labels.checking import faults_in
from workflow.labels.merging import merge
from workflow.labels.plans import REMOVED, Plan, altered, undone
from workflow.labels.reading import canonical
from workflow.labels.replacing import replace

OFTEN = settings(max_examples=200, deadline=None)


def any_plan(random: Random, before: Json) -> Plan | None:
    """A change of BEFORE; None where it was refused."""
    ids = [one["id"] for one in before["classes"]]
    made: dict[str, Callable[[], Plan]] = {
        "clear": lambda: clear(before),
        "force": lambda: replace(before, making.configuration(random), force=True),
        "replace": lambda: replace(before, making.loosely_changed(random, before)),
    }
    if ids:
        some = random.sample(ids, random.randint(1, len(ids)))
        into = random.choice([{"id": random.choice(ids)}, {"name": "new"}, {"id": "x", "name": "New"}])
        made |= {
            "rename": lambda: rename(before, some[0], "other"),
            "recolour": lambda: recolour(before, some[0], "#123456"),
            "reorder": lambda: reorder(before, random.sample(ids, len(ids))),
            "merge": lambda: merge(before, some, into),
            "delete": lambda: delete(before, some[0]),
        }
    # Those that make annotations fit are the ones to be feared.
    kind = random.choice([*made, "replace", "replace", "force", *["merge"][: len(ids)]])
    try:
        return made[kind]()
    except BadConfiguration:
        assert kind == "replace"
        return None


def scene(seed: int) -> tuple[Plan | None, list[tuple[Json, Json]]]:
    random = Random(seed)
    before = kept_of(making.configuration(random))
    return any_plan(random, before), making.marks(random, before, 6)


def said(value: Any) -> Iterator[str]:
    """Every single thing that VALUE says."""
    if isinstance(value, dict):
        for one in value.values():
            yield from said(one)
    elif isinstance(value, list):
        for one in value:
            yield from said(one)
    elif value is not None and value != "":
        yield repr(value)


@settings(max_examples=500, deadline=None)
@given(SEEDS)
def test_annotations_that_fitted_before_a_change_fit_after_it(seed: int) -> None:
    plan, marks = scene(seed)
    if plan is None:
        return

    for dimensions, annotation in marks:
        found = altered(plan, dimensions, annotation, {"tool": 1})
        if found is REMOVED:
            assert plan.is_forced or annotation["label"] in plan.removed
        else:
            after = annotation if found is None else found[0]
            assert faults_in(plan.labels, dimensions, after) == []


@OFTEN
@given(SEEDS)
def test_nothing_that_an_annotation_says_is_lost(seed: int) -> None:
    plan, marks = scene(seed)
    if plan is None:
        return

    for dimensions, annotation in marks:
        found = altered(plan, dimensions, annotation, {"merged": "mine", "replaced": ["mine"]})
        if isinstance(found, tuple):
            left = Counter(said([annotation, "mine", "mine"])) - Counter(said(list(found)))
            assert not left


@OFTEN
@given(SEEDS)
def test_a_change_made_twice_is_made_once_and_changes_nothing_that_is_handed_in(seed: int) -> None:
    plan, marks = scene(seed)
    if plan is None:
        return
    before = deepcopy(marks)

    for dimensions, annotation in marks:
        found = altered(plan, dimensions, annotation, {})
        if isinstance(found, tuple):
            assert altered(plan, dimensions, *found) is None

    assert marks == before


@OFTEN
@given(SEEDS)
def test_only_what_a_plan_says_that_it_touches_is_touched(seed: int) -> None:
    plan, marks = scene(seed)
    if plan is None:
        return

    for dimensions, annotation in marks:
        is_touched = plan.touches is None or annotation["label"] in plan.touches
        assert is_touched or altered(plan, dimensions, annotation, {}) is None


@OFTEN
@given(SEEDS)
def test_after_a_change_the_configuration_is_sound_numbered_and_can_be_led_back(seed: int) -> None:
    plan, _ = scene(seed)
    if plan is None:
        return

    before, after = numbers(plan.before), numbers(plan.configuration)
    assert canonical(plan.configuration) == plan.configuration
    assert all(after[id] == number for id, number in before.items() if id in after)
    assert undone(plan) | {"next_number": 0} == plan.before | {"next_number": 0}
    assert undone(plan)["next_number"] >= plan.configuration["next_number"]


def test_chance_makes_changes_of_every_kind() -> None:
    seen: Counter[str] = Counter()

    for seed in range(400):
        plan, marks = scene(seed)
        if plan is None:
            seen["refused"] += 1
            continue
        for dimensions, annotation in marks:
            found = altered(plan, dimensions, annotation, {})
            how = "forced" if plan.is_forced else "relabelled" if plan.relabel else "fitted"
            seen[how if found is not None and found is not REMOVED else f"{how}, {found}"] += 1
            if isinstance(found, tuple):
                seen["set aside"] += any("attributes" in one for many in found[1].values() for one in many)

    wanted = ("refused", "forced", "relabelled", "fitted", "set aside", f"forced, {REMOVED}", "forced, None")
    assert all(seen[one] >= 20 for one in wanted), seen


@settings(max_examples=100, deadline=None)
@given(SEEDS, ANY_JSON, ANY_JSON)
def test_any_json_is_altered_or_left_alone(seed: int, value: Any, other: Any) -> None:
    plan, _ = scene(seed)
    if plan is None:
        return
    labels = [one["id"] for one in plan.before["classes"]] or ["none"]
    made: Json = {"label": labels[0], "attributes": value, "value": other, "text": value}

    for annotation in (made, made | {"label": value}, made | {"attributes": {"color": value, "age": other}}):
        metadata = {"merged": other, "replaced": value}
        found = altered(plan, {"type": "box"}, annotation, metadata)
        if isinstance(found, tuple):
            assert not Counter(said([annotation, metadata])) - Counter(said(list(found)))


# ---- what touches no annotation


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_a_configuration_replaced_by_itself_touches_nothing(seed: int) -> None:
    given = making.configuration(Random(seed))
    before = kept_of(given)

    for new in (before, given, canonical(given)):
        plan = replace(before, new)
        assert plan.touches == frozenset()
        assert plan.configuration == before
