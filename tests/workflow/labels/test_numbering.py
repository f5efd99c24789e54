"""Numbers of classes: they stay, and none is given twice."""

from random import Random

import pytest
from hypothesis import given, settings

from tests.workflow.json_places import Json
from tests.workflow.labels import making
from tests.workflow.labels.scenes import SEEDS, numbers
from workflow.errors import BadConfiguration
from workflow.labels.numbering import numbered
from workflow.labels.reading import canonical


def test_numbers_stay_and_those_of_classes_that_are_gone_are_not_given_again() -> None:
    first = numbered({}, canonical({"classes": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}))
    second = numbered(first, canonical({"classes": [{"name": "b"}, {"name": "a"}]}))
    third = numbered(second, canonical({"classes": [{"name": "d"}, {"name": "a"}, {"name": "b"}]}))

    assert numbers(first) == {"a": 1, "b": 2, "c": 3}
    assert numbers(second) == {"b": 2, "a": 1}
    assert numbers(third) == {"d": 4, "a": 1, "b": 2}


def test_a_number_that_is_said_is_kept_and_the_next_is_above_it() -> None:
    after = numbered(
        {}, canonical({"classes": [{"name": "a", "number": 0}, {"name": "b"}, {"name": "c", "number": 40}]})
    )

    assert numbers(after) == {"a": 0, "b": 41, "c": 40}
    assert after["next_number"] == 42


def test_the_number_of_another_class_is_refused() -> None:
    before = numbered({}, canonical({"classes": [{"name": "a"}]}))

    with pytest.raises(BadConfiguration) as refused:
        numbered(before, canonical({"classes": [{"name": "b", "number": 1}, {"name": "a"}]}))

    assert refused.value.faults[0][:2] == ("/classes/0/number", "labels_number_twice")


def test_where_no_number_is_left_it_has_to_be_said() -> None:
    last = canonical({"classes": [{"name": "a", "number": 2**53 - 1}, {"name": "b"}]})

    with pytest.raises(BadConfiguration) as refused:
        numbered({}, last)

    assert refused.value.faults[0][:2] == ("/classes/1", "labels_numbers_spent")


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_numbers_are_unique_and_never_change(seed: int) -> None:
    random = Random(seed)
    now: Json = {}
    ever: dict[str, int] = {}
    for _ in range(6):
        before, now = now, numbered(now, canonical(making.configuration(random)))

        held = numbers(now)
        assert len(set(held.values())) == len(held)
        assert all(
            number >= before.get("next_number", 1) or id in numbers(before) for id, number in held.items()
        )
        assert all(held[id] == number for id, number in ever.items() if id in held)
        assert canonical(now) == now
        ever = held
