"""Entries are dealt as they become free, in turn or to who has the least to do; others are served as ever."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import bindparam, select, update
from sqlmodel import col

from app.operations import records
from app.resources import dealing
from app.resources.dataset_rows import Dataset
from app.resources.entries import ENTRIES
from app.storage.statement import Statement
from app.storage.transaction import Transaction
from app.work import SYSTEM, Work
from tests.lab import Lab, Person

DEALING = ("round_robin", "by_load")


def dealt(lab: Lab, strategy: str, **attributes: Any) -> str:
    """A new dataset whose entries are dealt by STRATEGY."""
    return lab.new_dataset(assignment=strategy, **attributes)


def holders(lab: Lab, dataset: str) -> dict[str, str | None]:
    """Entry -> who has it, of those that are not at an end."""
    entries = lab.owner.get(f"/entries?filter[dataset_id]={dataset}").data
    return {
        one["id"]: one["attributes"]["assigned_to_id"]
        for one in entries
        if one["attributes"]["wf_step"] not in ("done", "error")
    }


def holder(lab: Lab, entry: str) -> str | None:
    found: str | None = lab.owner.get(f"/entries/{entry}").attributes["assigned_to_id"]
    return found


def loads(lab: Lab, dataset: str, people: list[Person]) -> list[int]:
    """How many entries of the dataset each of PEOPLE has."""
    counts = Counter(holders(lab, dataset).values())
    return [counts[person.account] for person in people]


def is_even(counts: list[int]) -> bool:
    return max(counts) - min(counts) <= 1


def create_many(lab: Lab, dataset: str, count: int) -> None:
    """COUNT entries by one batch, in one transaction."""
    calls = [
        {"jsonrpc": "2.0", "id": n, "method": "create", "params": {"resource": f"{n}", "dataset_id": dataset}}
        for n in range(count)
    ]
    answers = lab.owner.post("/entries/_rpc?mode=atomic", calls).document
    assert all("result" in one for one in answers), answers


# ---- who is dealt what


@pytest.mark.parametrize("strategy", DEALING)
def test_a_new_entry_is_somebodys_at_once_and_leased_when_they_take_it(lab: Lab, strategy: str) -> None:
    ana, ben = lab.annotator, lab.person("annotator")
    dataset = dealt(lab, strategy)

    entry, other = lab.new_entry(dataset_id=dataset), lab.new_entry(dataset_id=dataset)
    shown = lab.owner.get(f"/entries/{entry}")
    asked = ben.post(f"/datasets/{dataset}/next")
    stolen = ben.act(entry, "select")
    taken = ana.post(f"/datasets/{dataset}/next")

    assert shown.attributes["assigned_to_id"] == ana.account
    assert shown.data["relationships"]["assigned_to"]["data"]["id"] == ana.member
    assert "lease" not in shown.data.get("meta", {})
    assert (asked.id, stolen.status, taken.id) == (other, 404, entry)
    assert taken.data["meta"]["lease"]["token"]
    assert lab.owner.act(entry, "select").code == "already_assigned"


@pytest.mark.parametrize("strategy", DEALING)
def test_the_history_tells_the_assignment_with_the_change_that_it_came_by(lab: Lab, strategy: str) -> None:
    ana, ben, rey = lab.annotator, lab.person("annotator"), lab.reviewer
    entry = lab.new_entry(dataset_id=dealt(lab, strategy))

    ana.act(entry, "submit")
    given_up = ana.delete(f"/entries/{entry}/lease")
    ben.act(entry, "select")
    ben.act(entry, "submit")

    history = lab.owner.get(f"/entries/{entry}/history").data
    told = [(one["attributes"]["kind"], one["attributes"]["record"]["assigned_to_id"]) for one in history]
    assert given_up.attributes["assigned_to_id"] == ben.account
    assert told == [
        ("create", ana.account),
        ("submit", ana.account),
        ("release", ben.account),
        ("submit", rey.account),
    ]
    members = lab.owner.get(f"/projects/{lab.project}/statistics").attributes["members"]
    assert {one["account_id"]: one["held"] for one in members if one["held"]} == {rey.account: 1}


@pytest.mark.parametrize("strategy", DEALING)
def test_who_did_an_entry_gets_it_back_and_who_reviewed_it_reviews_it_again(lab: Lab, strategy: str) -> None:
    ana, rey = lab.annotator, lab.reviewer
    others = [lab.person(role) for role in ("annotator", "reviewer")]
    entry = lab.new_entry(dataset_id=dealt(lab, strategy))
    ana.act(entry, "submit")
    ana.act(entry, "submit")
    reviewer = next(one for one in (rey, others[1]) if one.account == holder(lab, entry))

    back = reviewer.act(entry, "submit", approved=False)
    again = ana.act(entry, "submit")

    assert (back.attributes["assigned_to_id"], again.attributes["assigned_to_id"]) == (
        ana.account,
        reviewer.account,
    )


@pytest.mark.parametrize("strategy", DEALING)
def test_nobody_is_dealt_what_they_submitted_themselves(lab: Lab, strategy: str) -> None:
    dataset, turncoat, other = dealt(lab, strategy), lab.person("annotator"), lab.reviewer
    entries = [lab.new_entry(dataset_id=dataset) for _ in range(6)]
    for entry in entries:
        turncoat.act(entry, "submit")
    lab.owner.update("project_members", str(turncoat.member), role="reviewer")
    for entry in entries:
        turncoat.act(entry, "submit")

    assert [holder(lab, entry) for entry in entries] == [other.account] * 6

    lab.owner.delete(f"/project_members/{other.member}")
    assert [holder(lab, entry) for entry in entries] == [None] * 6
    assert turncoat.post(f"/datasets/{dataset}/next").status == 204


@pytest.mark.parametrize("strategy", DEALING)
def test_an_owner_is_dealt_nothing_and_what_nobody_can_have_is_free(lab: Lab, strategy: str) -> None:
    dataset = dealt(lab, strategy)
    lab.person("project_owner")
    first = lab.new_entry(dataset_id=dataset)

    ana = lab.annotator
    second = lab.new_entry(dataset_id=dataset)

    assert (holder(lab, first), holder(lab, second)) == (None, ana.account)
    assert ana.post(f"/datasets/{dataset}/next").id == second  # their own first
    ana.act(second, "submit")
    lab.house.dice.roll(0.99)
    ana.act(second, "error", message="black")
    assert ana.post(f"/datasets/{dataset}/next").id == first


@pytest.mark.parametrize("strategy", DEALING)
@pytest.mark.parametrize("way", ["member", "account", "disabled member", "deleted account"])
def test_what_somebody_had_who_goes_is_dealt_to_those_who_stay(lab: Lab, strategy: str, way: str) -> None:
    people = [lab.person("annotator") for _ in range(3)]
    dataset = dealt(lab, strategy)
    create_many(lab, dataset, 9)
    gone, staying = people[0], people[1:]
    taken = gone.post(f"/datasets/{dataset}/next").id

    match way:
        case "member":
            reply = lab.owner.delete(f"/project_members/{gone.member}")
        case "account":
            reply = lab.owner.update("accounts", gone.account, disabled_at="2026-01-01T00:00:00Z")
        case "disabled member":
            reply = lab.owner.update("project_members", str(gone.member), disabled_at="2026-01-01T00:00:00Z")
        case _:
            reply = lab.owner.delete(f"/accounts/{gone.account}")

    assert reply.status in (200, 204), reply
    counts = loads(lab, dataset, staying)
    assert sum(counts) == 9
    assert is_even(counts)
    assert "lease" not in lab.owner.get(f"/entries/{taken}").data.get("meta", {})


@pytest.mark.parametrize("strategy", DEALING)
def test_an_entry_out_of_the_trash_is_dealt_and_one_that_was_somebodys_stays_theirs(
    lab: Lab, strategy: str
) -> None:
    dataset = dealt(lab, strategy)
    free = lab.new_entry(dataset_id=dataset)
    lab.owner.delete(f"/entries/{free}")
    ana = lab.annotator
    theirs = lab.new_entry(dataset_id=dataset)
    lab.owner.delete(f"/entries/{theirs}")
    lab.person("annotator")

    restored = [lab.owner.post(f"/entries/{one}/restore").attributes for one in (theirs, free)]

    assert restored[0]["assigned_to_id"] == ana.account
    assert restored[1]["assigned_to_id"] is not None


@pytest.mark.parametrize("strategy", DEALING)
def test_under_way_comes_before_what_waits_however_much_does(lab: Lab, strategy: str) -> None:
    dataset, ana = dealt(lab, strategy), lab.annotator
    begun = lab.new_entry(dataset_id=dataset, priority=5)
    ana.act(begun, "select")
    create_many(lab, dataset, 60)

    first = ana.post(f"/datasets/{dataset}/next")
    ana.act(begun, "submit")
    ana.act(begun, "error", message="black")
    second = ana.post(f"/projects/{lab.project}/next")

    assert (first.id, second.attributes["priority"]) == (begun, 0)


def test_a_change_of_strategy_serves_what_was_free_and_keeps_what_was_dealt(lab: Lab) -> None:
    dataset, ana, ben = lab.new_dataset(), lab.annotator, lab.person("annotator")
    free = lab.new_entry(dataset_id=dataset, priority=1)

    lab.owner.update("datasets", dataset, assignment="round_robin")
    lab.owner.update("entries", free, priority=2)  # a change that frees nothing deals nothing
    assert holder(lab, free) is None
    assert ben.post(f"/datasets/{dataset}/next").id == free

    mine, other = lab.new_entry(dataset_id=dataset), lab.new_entry(dataset_id=dataset)
    lab.owner.update("datasets", dataset, assignment="pull")
    open_ = lab.new_entry(dataset_id=dataset, priority=-9)
    assert [holder(lab, one) for one in (mine, other, open_)] == [ana.account, ben.account, None]
    assert ana.post(f"/datasets/{dataset}/next").id == mine

    lab.owner.update("datasets", dataset, assignment="manual")
    carla = lab.person("annotator")
    assert carla.post(f"/datasets/{dataset}/next").status == 204


def test_a_lease_that_ran_out_lets_others_take_what_was_dealt(lab: Lab) -> None:
    ana, ben = lab.annotator, lab.person("annotator")
    dataset = dealt(lab, "round_robin", lease="PT1S")
    entry = lab.new_entry(dataset_id=dataset)

    waiting = ben.post(f"/datasets/{dataset}/next")
    ana.post(f"/datasets/{dataset}/next")
    time.sleep(1.1)
    left = ben.post(f"/datasets/{dataset}/next")

    assert (waiting.status, left.id) == (204, entry)
    assert left.attributes["assigned_to_id"] == ben.account


# ---- how evenly


@pytest.mark.parametrize("seed", range(4))
def test_turns_are_even_while_people_join_and_leave(lab: Lab, seed: int) -> None:
    """Between any two who were both there since an entry, turns differ by one at most."""
    chance = random.Random(seed)
    dataset = dealt(lab, "round_robin")
    people = [lab.person("annotator") for _ in range(chance.randint(1, 4))]
    lab.reviewer  # noqa: B018 - somebody who is dealt nothing here
    turns: list[tuple[str | None, set[str]]] = []  # who was dealt an entry, and who was there
    for _ in range(40):
        match chance.randrange(10):
            case 0:
                people.append(lab.person("annotator"))
            case 1 if len(people) > 1:
                lab.owner.delete(f"/project_members/{people.pop(chance.randrange(len(people))).member}")
                turns.clear()  # what they had was dealt as well
                continue
        there = {one.account for one in people}
        turns.append((holder(lab, lab.new_entry(dataset_id=dataset)), there))

    assert all(account in there for account, there in turns)
    assert not unfair(turns)


def unfair(turns: list[tuple[str | None, set[str]]]) -> list[str]:
    """The spans of TURNS over which two who were there all along had turns that differ by more than one."""
    found = []
    for start in range(len(turns)):
        counts: Counter[str | None] = Counter()
        there = turns[start][1]
        for account, now in turns[start:]:
            there = there & now
            counts[account] += 1
            if there and not is_even([counts[one] for one in there]):
                found.append(f"from {start}: {counts}")
                break
    return found


def test_checker_detects_turns_that_somebody_is_left_out_of() -> None:
    assert unfair([(who, {"a", "b"}) for who in "aba"]) == []
    assert unfair([(who, {"a", "b"}) for who in "abaa"])
    assert unfair([("a", {"a"}), ("a", {"a"}), ("b", {"a", "b"})]) == []


def test_annotators_and_reviewers_have_turns_of_their_own(lab: Lab) -> None:
    annotators = [lab.person("annotator") for _ in range(2)]
    reviewers = [lab.person("reviewer") for _ in range(2)]
    dataset = dealt(lab, "round_robin")
    of_account = {one.account: one for one in annotators}
    done: Counter[str] = Counter()
    for _ in range(8):
        entry = lab.new_entry(dataset_id=dataset)
        account = str(holder(lab, entry))
        done[account] += 1
        of_account[account].act(entry, "submit")
        of_account[account].act(entry, "submit")

    assert sorted(done.values()) == [4, 4]
    assert loads(lab, dataset, reviewers) == [4, 4]


@pytest.mark.parametrize("seed", range(3))
def test_by_load_evens_out_unequal_loads_over_the_projects_datasets(lab: Lab, seed: int) -> None:
    chance = random.Random(seed)
    people = [lab.person("annotator") for _ in range(chance.randint(2, 4))]
    elsewhere, dataset = lab.new_dataset(assignment="manual"), dealt(lab, "by_load")
    before = [chance.randrange(5) for _ in people]
    for person, count in zip(people, before, strict=True):
        for _ in range(count):
            lab.owner.act(lab.new_entry(dataset_id=elsewhere), "assign", assigned_to_id=person.account)

    missing = sum(max(before) - count for count in before)
    if missing:
        create_many(lab, dataset, missing)
    assert [sum(pair) for pair in zip(before, loads(lab, dataset, people), strict=True)] == [
        max(before)
    ] * len(people)

    create_many(lab, dataset, 7)
    assert is_even([sum(pair) for pair in zip(before, loads(lab, dataset, people), strict=True)])


def test_by_load_counts_open_entries_alone(lab: Lab) -> None:
    ana, ben = lab.annotator, lab.person("annotator")
    elsewhere, dataset = lab.new_dataset(), dealt(lab, "by_load")
    for _ in range(3):  # set aside, they stay with ana, who has nothing to do by them
        lab.at("error", ana, elsewhere)
    trashed = lab.new_dataset()
    for _ in range(3):
        lab.at("annotate", ana, trashed)
    lab.owner.delete(f"/datasets/{trashed}?force=true")

    create_many(lab, dataset, 4)

    assert loads(lab, dataset, [ana, ben]) == [2, 2]


@pytest.mark.parametrize("strategy", DEALING)
def test_what_is_made_at_once_is_dealt_evenly_and_none_is_left(lab: Lab, strategy: str) -> None:
    people = [lab.person("annotator") for _ in range(3)]
    dataset = dealt(lab, strategy)
    gate = threading.Barrier(8)

    def create(_: int) -> list[int]:
        gate.wait()
        return [lab.owner.create("entries", dataset_id=dataset, resource="x").status for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for some in pool.map(create, range(8)) for status in some]

    assert statuses == [201] * 80
    assert None not in holders(lab, dataset).values()
    counts = loads(lab, dataset, people)
    # By load nobody waits: those who deal at the same moment see the same loads.
    assert max(counts) - min(counts) <= (1 if strategy == "round_robin" else 8)


def test_checker_detects_a_turn_that_is_read_before_it_is_moved(lab: Lab, database_url: str) -> None:
    """Where two may write at once, both read the same turn; on SQLite there is one writer, and no harm."""
    people = [lab.person("annotator") for _ in range(2)]
    dataset = dealt(lab, "round_robin")
    reading = threading.Barrier(2)

    def naive(work: Work, *given: Any) -> dict[str, Any]:
        turn = work.rows(_TURN, {"id": dataset})[0][0]
        with suppress(threading.BrokenBarrierError):
            reading.wait(0.5)
        following = people[0] if turn == people[1].member else people[1]
        work.run(_MOVE, {"k_id": dataset, "turn": following.member})
        return {"assigned_to_id": following.account, "assigned_to_member_id": following.member}

    with patch.object(dealing, "_dealt", naive), ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: lab.new_entry(dataset_id=dataset), range(2)))

    assert is_even(loads(lab, dataset, people)) is database_url.startswith("sqlite:")


_TURN = Statement(lambda: select(col(Dataset.annotators_turn)).where(col(Dataset.id) == bindparam("id")))
_MOVE = Statement(
    lambda: (
        update(Dataset).where(col(Dataset.id) == bindparam("k_id")).values(annotators_turn=bindparam("turn"))
    )
)


# ---- what it costs


@pytest.mark.parametrize("strategy", ["pull", "manual", *DEALING])
def test_a_thousand_creates_cost_at_most_two_statements_more_each(lab: Lab, strategy: str) -> None:
    people = [lab.person("annotator") for _ in range(7)]
    dataset = dealt(lab, strategy)
    ran: Counter[Statement] = Counter()
    execute = Transaction._execute

    def counted(self: Transaction, statement: Statement, values: Any) -> Any:
        ran[statement] += 1
        return execute(self, statement, values)

    def create(work: Work) -> None:
        for n in range(1000):
            records.create(work, ENTRIES, {"dataset_id": dataset, "resource": f"{n}"})

    with patch.object(Transaction, "_execute", counted):
        lab.house.database.write_now(SYSTEM, create)

    of_dealing = [
        count
        for statement, count in ran.items()
        if statement in (dealing._in_turn("annotator"), dealing._least_loaded("annotator"), dealing._STRATEGY)
    ]
    assert sum(of_dealing) == (1000 if strategy in DEALING else 0)
    counts = loads(lab, dataset, people)
    assert (sum(counts), is_even(counts)) == ((1000 if strategy in DEALING else 0), True)
