"""Stories of people, roles, leases, clocks, retries, deletes and restores, on both databases.

What both answer is equal, byte for byte, and what a model in plain dicts expects. POSTIL_CAMPAIGN_STORIES
says how many stories are told: 12, and the same every time, in `make test`, and 500 in `make campaign-model`.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import bindparam, update
from sqlmodel import col

from app.operations import changes, history, idempotency, records
from app.resources import leases
from app.resources.entry_rows import Entry
from app.storage.statement import Statement
from app.work import Steady
from app.work import Work as Unit
from tests.app.model.story import Story
from tests.app.model.twins import Twins

STORIES = int(os.environ.get("POSTIL_CAMPAIGN_STORIES", "12"))
LONGEST = 50  # events of a story
Tell = Callable[[], Story]

SETTINGS = settings(
    max_examples=STORIES,
    stateful_step_count=LONGEST,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a story is read, not shrunk: that takes minutes
    derandomize="POSTIL_CAMPAIGN_STORIES" not in os.environ,  # the small run is the same every time
)


@pytest.fixture
def tell(twins: Twins) -> Tell:
    """A new story."""

    class Told(Story):
        def teardown(self) -> None:
            if sys.exc_info()[0] is None:  # what failed is told already
                self.dump()

    Told.twins = twins
    return Told


def test_both_databases_tell_the_same_story_and_it_is_the_models(tell: Any) -> None:
    run_state_machine_as_test(tell, settings=SETTINGS)


# ---- one story by hand, and the canaries. Number 1 is the first living record of its type.


def lose(story: Story) -> None:
    """Ana begins an entry and goes away, and Bo takes it."""
    story.submit("ana", 1)
    story.wait("lease")
    story.select("bo", 1, None, None, False)


def test_a_story_by_hand_is_told_to_its_end(tell: Tell) -> None:
    story = tell()
    lose(story)

    story.submit_late(1, ["vessel"], None, True, True)
    story.repeat(0)
    story.take_over("bo", 1, None, True)
    story.submit("bo", 1, throw=0.99)
    story.delete("datasets", "owner", 1)
    story.restore("datasets", "owner", 0)
    story.dump()

    assert [one["wf_step"] for one in story.world.records["entries"].values()].count("done") == 1
    assert [one["reason"] for one in story.world.records["drafts"].values()] == ["lease_lost"]


def test_what_is_emptied_forgotten_and_thinned_out_is_gone(tell: Tell) -> None:
    story = tell()
    of_the_other_project = 9
    story.change_entry("owner", of_the_other_project, 3.0, "a", None, True)
    story.change_entry("owner", of_the_other_project, 0.5, "a", None, False)
    story.delete("projects", "owner", 1)
    story.wait("trash")

    story.thin_history()
    story.forget_keys()
    story.empty_trash()
    story.show_then("entries", "owner", 1, 0)  # which is 410 by now
    story.list_then("entries", "owner", 0)
    story.dump()

    assert [len(story.world.gone[type]) for type in ("projects", "datasets", "entries")] == [1, 1, 2]
    assert story.kept == {}
    assert sum(one.record == {} for one in story.world.events if one.resource == "entries") == 2


def test_checker_detects_a_lease_that_never_expires(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "has_run_out", lambda entry, now: False)

    with pytest.raises(AssertionError, match="already_assigned"):
        lose(tell())


def test_checker_detects_a_late_submit_that_is_dropped(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    story = tell()
    lose(story)
    monkeypatch.setattr(leases, "was_lost", lambda work, entry_id, account_id: False)

    with pytest.raises(AssertionError, match="lease_lost"):
        story.submit_late(1, ["vessel"], None, False, False)


def test_checker_detects_a_retry_that_counts_twice(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    story = tell()
    monkeypatch.setattr(idempotency, "once", lambda work, key, run: run())
    story.create_entry("owner", 1, 0.0, None, True)

    with pytest.raises(AssertionError, match="key-0"):
        story.repeat(0)


def test_checker_detects_a_restore_that_forgets_what_was_beneath(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = changes.restore
    is_beneath = col(Entry.dataset_id) == bindparam("k_id")
    forget = Statement(lambda: update(Entry).where(is_beneath).values(deleted_at=bindparam("v_time")))

    def restore(work: Unit, card: Any, row: Any) -> Any:
        work.run(forget, {"k_id": row.id, "v_time": work.now})
        return right(work, card, row)

    story = tell()
    story.delete("datasets", "owner", 1)
    monkeypatch.setattr(changes, "restore", restore)

    with pytest.raises(AssertionError, match="'entries'"):
        story.restore("datasets", "owner", 0)


def test_checker_detects_an_as_of_that_shows_today(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    story = tell()
    story.show("entries", "owner", 1)
    story.change_entry("owner", 1, 3.0, "a", None, False)
    monkeypatch.setattr(history, "number_at", lambda work, time: 2**62)

    with pytest.raises(AssertionError, match="as_of"):
        story.show_then("entries", "owner", 1, 0)


def test_checker_detects_a_change_of_a_version_that_was_not_read(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_check_version", lambda row, expected: None)

    with pytest.raises(AssertionError, match="precondition_failed"):
        tell().change_entry("owner", 1, 3.0, "a", "stale", False)


def test_checker_detects_a_clock_that_goes_back(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    story = tell()
    monkeypatch.setattr(Steady, "__call__", lambda self, told: told)
    story.turn_back(60)
    story.create_entry("owner", 1, 0.0, None, False)

    with pytest.raises(AssertionError, match="'at'"):
        story.check()


def test_checker_detects_a_change_that_leaves_no_event(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    story = tell()
    with monkeypatch.context() as patch:
        patch.setattr(changes, "note", lambda *given: None)
        story.change_entry("owner", 1, 3.0, "a", None, False)

    with pytest.raises(AssertionError):
        story.check()
