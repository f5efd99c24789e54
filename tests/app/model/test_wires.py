"""The same verbs, by every wire, on both databases: equal answers, and those of a plain model.

POSTIL_CAMPAIGN_STORIES says how many are told: 8, the same every time, in `make test`; 500 in its campaign.
"""

import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.operations import records
from app.resources import entries as entry_rules
from app.resources.entries import ENTRIES
from app.work import SYSTEM
from tests.app.model.twins import Twins
from tests.app.model.wire_steps import STEPS, Do
from tests.app.model.wires import Play, Step
from workflow import entry as flow

EXAMPLES = int(os.environ.get("POSTIL_CAMPAIGN_STORIES", "8"))
LONGEST = 40  # steps of a story


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a story is read, not shrunk: that takes minutes
    derandomize="POSTIL_CAMPAIGN_STORIES" not in os.environ,  # the small run is the same every time
)
@given(steps=st.lists(STEPS, min_size=LONGEST // 2, max_size=LONGEST))
def test_both_databases_tell_the_same_story_and_it_is_the_models(twins: Twins, steps: list[Step]) -> None:
    play = Play(twins)
    for step in steps:
        play.do(step)


# ---- one story by hand, and the canaries


def entry_of(play: Play) -> Do:
    return Do(
        "owner",
        "plain",
        0,
        0.0,
        "create",
        "entries",
        {"dataset_id": play.one("datasets", 0), "resource": "x"},
    )


def event(person: str, verb: str, throw: float = 0.0, **values: Any) -> Do:
    return Do(person, "rpc", 0, throw, verb, "entries", values)


def tell(play: Play) -> None:
    """A story with a review, a rejection and an end."""
    play.do(event("ana", "submit"))
    play.do(event("ana", "submit", 0.4))
    play.do(event("rey", "select"))
    play.do(event("rey", "submit", approved=False))
    play.do(event("ana", "submit", 0.6))


def test_a_story_by_hand_comes_to_its_end(twins: Twins) -> None:
    play = Play(twins)

    tell(play)

    assert [item.step for item in play.items.values()] == ["done", "start", "start"]


def test_checker_detects_counts_that_are_not_kept(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_rules, "count", lambda work, dataset_id, *moves: None)

    with pytest.raises(AssertionError):
        tell(Play(twins))


def test_checker_detects_a_count_that_forgets_what_has_failed(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(twins)
    play.do(event("ana", "submit"))
    monkeypatch.setattr(flow, "COUNTED_AS_COMPLETED", frozenset({"completed"}))

    with pytest.raises(AssertionError):
        play.do(event("owner", "error", message="it is black"))


def test_checker_detects_a_transition_that_is_not_the_tables(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = flow.submit

    def unheld(*given: Any) -> flow.Passed:
        passed = right(*given)
        return passed._replace(state=passed.state._replace(assigned_to=None))

    monkeypatch.setattr(flow, "submit", unheld)

    with pytest.raises(AssertionError):
        tell(Play(twins))


def test_checker_detects_two_services_that_answer_differently(twins: Twins) -> None:
    play = Play(twins)
    play.twins.both[1].told.moment += timedelta(microseconds=1)

    try:
        with pytest.raises(AssertionError):
            play.do(event("ana", "submit"))
    finally:
        play.twins.both[1].told.moment = play.twins.both[0].told.moment


def test_checker_detects_rows_that_only_one_of_them_has(twins: Twins) -> None:
    play = Play(twins)
    values = {"dataset_id": play.one("datasets", 0), "resource": "x"}
    twins.both[0].database.write_now(SYSTEM, lambda work: records.create(work, ENTRIES, {**values}))

    with pytest.raises(AssertionError):
        play.check()
