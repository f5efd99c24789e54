"""Statistics are exact at every commit, whoever submits at once, and tell ages within 5 %."""

import json
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from math import ceil
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, select, text
from sqlmodel import col

from app.operations import records
from app.resources import ages, leases, tallies
from app.resources.entries import ENTRIES
from app.resources.leases import Lease
from app.storage.opening import engine_of, open_database
from app.storage.statement import Statement
from app.storage.transaction import Transaction
from app.work import SYSTEM, Actor, Sight, Sources, Work
from tests.lab import Clock, Lab, Person

DAY = 86_400_000_000  # microseconds


def statistics(person: Person, dataset: str) -> Any:
    reply = person.get(f"/datasets/{dataset}/statistics")
    assert reply.status == 200, reply
    return reply.attributes


# ---- what they tell


def test_statistics_tell_what_became_of_the_work(lab: Lab) -> None:
    lab.new_entry()
    lab.at("annotate")
    done = lab.at("review")
    lab.owner.act(done, "submit", approved=False, reason="too coarse")
    lab.annotator.act(done, "submit")
    lab.owner.act(done, "submit", approved=True)
    lab.new_annotation(lab.entry)

    told = statistics(lab.owner, lab.dataset)

    assert told["entries"]["total"] == 4
    assert told["entries"]["by_step"] == {
        "start": {"ready": 2},
        "annotate": {"in_progress": 1},
        "review": {},
        "done": {"completed": 1},
        "error": {},
    }
    lines = {line["account_id"]: line for line in told["members"]}
    mine = lines[lab.annotator.account]
    assert mine.pop("seconds_worked") > 0
    assert mine == {
        "account_id": lab.annotator.account,
        "held": 1,
        "submitted": 2,
        "approved": 1,
        "rejected": 1,
        "reviewed": 0,
        "completed": 1,
        "annotations": 0,
    }
    assert (lines[lab.owner.account]["reviewed"], lines[lab.owner.account]["annotations"]) == (2, 1)
    assert told["totals"]["submitted"] == 2
    assert len(told["throughput"]) == 90
    assert told["throughput"][-1] == {"day": told["at"][:10], "submitted": 2, "completed": 1}
    assert told["rejections"] == [{"reason": "too coarse", "count": 1}]
    assert told["ages"]["start"]["p90"] > 0
    assert told["ages"]["review"] == {"p50": None, "p90": None}


def test_a_project_sums_up_its_datasets_but_those_in_the_trash(lab: Lab) -> None:
    lab.at("annotate")
    other = lab.new_dataset()
    lab.new_entry(dataset_id=other)
    at = f"/projects/{lab.project}/statistics"

    before = lab.owner.get(at).attributes
    lab.owner.delete(f"/datasets/{other}?force=true")
    without, gone = lab.owner.get(at).attributes, lab.owner.get(f"/datasets/{other}/statistics")
    lab.owner.post(f"/datasets/{other}/restore")
    after = lab.owner.get(at).attributes

    assert [one["entries"]["total"] for one in (before, without, after)] == [2, 1, 2]
    assert gone.status == 404


def test_members_see_the_totals_and_their_own_line(lab: Lab) -> None:
    lab.at("review")
    lab.at("annotate", lab.person("annotator"))

    by_owner = statistics(lab.project_owner, lab.dataset)
    by_admin = statistics(lab.admin, lab.dataset)
    by_annotator = statistics(lab.annotator, lab.dataset)
    by_reviewer = statistics(lab.reviewer, lab.dataset)
    path = f"/datasets/{lab.dataset}/statistics"

    assert len(by_owner["members"]) == len(by_admin["members"]) == 2
    assert [line["account_id"] for line in by_annotator["members"]] == [lab.annotator.account]
    assert by_reviewer["members"] == []
    assert by_reviewer["totals"] == by_annotator["totals"] == by_owner["totals"]
    assert (lab.outsider.get(path).status, lab.stranger.get(path).status) == (404, 401)


def test_statistics_stand_at_both_mounts_and_take_no_parameters(lab: Lab) -> None:
    path = f"/datasets/{lab.dataset}/statistics"

    plain, seeds = lab.owner.get(path), lab.owner.at("/api/v1/dataset").get(path)
    odd, unknown = lab.owner.get(f"{path}?filter[x]=1"), lab.owner.get("/datasets/7/statistics")

    assert (plain.data["type"], plain.data["id"]) == ("statistics", lab.dataset)
    assert seeds.data["type"] == "dataset:statistics"
    assert seeds.data["links"]["self"].endswith(f"/api/v1/dataset{path}")
    assert (odd.status, unknown.status) == (400, 404)


def test_the_flow_tells_how_many_stood_at_each_step_at_the_end_of_each_day(
    timed_lab: Lab, clock: Clock
) -> None:
    lab = timed_lab
    lab.new_entry()
    lab.at("annotate")
    clock.move(days=1)
    lab.at("done")
    gone = lab.at("review")
    clock.move(days=2)
    lab.owner.delete(f"/entries/{gone}?force=true")
    clock.move(days=1)
    one_step = {"label": {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}}
    lab.owner.update("datasets", lab.dataset, workflow_configuration={"start": "label", "steps": one_step})
    lab.owner.post(f"/entries/{gone}/restore")

    told = statistics(lab.owner, lab.dataset)["flow"]
    at = f"/projects/{lab.project}/statistics"
    of_project = lab.owner.get(at).attributes["flow"]

    assert len(told) == 90
    assert [one["day"] for one in told[-6:]] == ["2030-12-31", *(f"2031-01-0{n}" for n in range(1, 6))]
    stood = [{step: n for step, n in one["steps"].items() if n} for one in told[-6:]]
    assert stood == [
        {},
        {"annotate": 1, "start": 1},
        {"annotate": 1, "start": 1, "done": 1, "review": 1},
        {"annotate": 1, "start": 1, "done": 1, "review": 1},
        {"annotate": 1, "start": 1, "done": 1},
        {"annotate": 1, "label": 1, "done": 1, "review": 1},
    ]
    assert [{step: n for step, n in one["steps"].items() if n} for one in of_project[-6:]] == stood


def test_what_came_before_it_was_counted_is_taken_to_have_been_there_all_along(lab: Lab) -> None:
    lab.at("review")
    forgotten = Statement(lambda: delete(tallies.Tally).where(col(tallies.Tally.name) == tallies.CAME))
    lab.house.database.write_now(SYSTEM, lambda work: work.run(forgotten, {}))

    told = statistics(lab.owner, lab.dataset)["flow"]

    assert [one["steps"]["start"] for one in told] == [1] * 89 + [0]
    assert [one["steps"]["review"] for one in told] == [0] * 89 + [1]


# ---- recounted


def recount(connection: Any, dataset: str) -> dict[str, Any]:
    """What the tables say, without the tallies."""

    def rows(sql: str) -> list[Any]:
        return list(connection.execute(text(sql), {"d": dataset}).all())

    alive = "FROM entries WHERE dataset_id = :d AND deleted_at IS NULL"
    by_step = rows(f"SELECT wf_step, status, count(*) {alive} GROUP BY wf_step, status")
    people: Counter[tuple[str, str]] = Counter()
    for account, count in rows(
        f"SELECT assigned_to_id, count(*) {alive} AND assigned_to_id IS NOT NULL GROUP BY assigned_to_id"
    ):
        people["held", account] += count
    for account, count in rows(
        "SELECT actor_id, count(*) FROM events WHERE dataset_id = :d AND resource = 'annotations' "
        "AND kind = 'create' GROUP BY actor_id"
    ):
        people["annotations", account] += count
    for account, taken, ended, expires in rows(
        "SELECT account_id, taken_at, ended_at, expires_at FROM leases "
        "WHERE dataset_id = :d AND ended_at IS NOT NULL"
    ):
        worked = datetime.fromisoformat(min(ended, expires)) - datetime.fromisoformat(taken)
        people["worked", account] += round(worked.total_seconds() * 1e6)
    days, reasons, since = _told_by_events(rows, people)
    arrived: dict[str, list[int]] = {}
    for id, step in rows(f"SELECT id, wf_step {alive}"):
        arrived.setdefault(step, []).append(ages.microseconds_of(since[id]))
    return {"by_step": by_step, "arrived": arrived, "people": people, "days": days, "reasons": reasons}


def _told_by_events(
    rows: Any, people: Counter[tuple[str, str]]
) -> tuple[Counter[tuple[str, str]], Counter[str], dict[str, str]]:
    """What happened by day, by reason, and since when each entry is at its step."""
    days: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    steps: dict[str, str] = {}
    since: dict[str, str] = {}
    for id, kind, actor, at, details, record in rows(
        "SELECT record_id, kind, actor_id, at, details, record FROM events "
        "WHERE dataset_id = :d AND resource = 'entries' ORDER BY record_id, record_version"
    ):
        record, details, before = json.loads(record), json.loads(details), steps.get(id, "")
        steps[id] = record["wf_step"]
        since[id] = since[id] if steps[id] == before else at
        if kind != "submit":
            continue
        if before == "annotate":
            people["submitted", actor] += 1
            days["submitted", at[:10]] += 1
        if before == "review":
            people["reviewed", actor] += 1
            people["approved" if details["approved"] else "rejected", record["submitted_by_id"]] += 1
            if not details["approved"]:
                reasons[details.get("reason", "")] += 1
        if record["wf_step"] == "done" != before:
            people["completed", record["submitted_by_id"]] += 1
            days["completed", at[:10]] += 1
    return days, reasons, since


def assert_exact(told: Any, counted: dict[str, Any], shown: Any) -> None:
    """That the statistics TOLD, and the dataset's own counts SHOWN, are what was COUNTED."""
    by_step = {
        (step, status): n
        for step, statuses in told["entries"]["by_step"].items()
        for status, n in statuses.items()
    }
    assert by_step == {(step, status): n for step, status, n in counted["by_step"]}
    people = Counter(
        {
            (name, line["account_id"]): round(value * 1e6) if name == "seconds_worked" else value
            for line in told["members"]
            for name, value in line.items()
            if name != "account_id" and value
        }
    )
    expected = {
        ("seconds_worked" if name == "worked" else name, key): n
        for (name, key), n in counted["people"].items()
        if n
    }
    assert people == expected
    days = {
        (name, one["day"]): one[name]
        for one in told["throughput"]
        for name in ("submitted", "completed")
        if one[name]
    }
    assert days == counted["days"]
    assert {one["reason"] or "": one["count"] for one in told["rejections"]} == counted["reasons"]
    now = ages.microseconds_of(told["at"])
    for step, told_ages in told["ages"].items():
        for name, share in (("p50", 0.5), ("p90", 0.9)):
            exact = exact_age(counted["arrived"].get(step, []), now, share)
            assert (told_ages[name] is None) == (exact is None)
            assert exact is None or abs(told_ages[name] - exact) <= 0.05 * exact + 1e-6
    standing: Counter[str] = Counter()
    for (step, _), n in by_step.items():
        standing[step] += n
    *earlier, today = told["flow"]
    assert today["day"] == told["at"][:10]
    assert +Counter(today["steps"]) == standing
    assert not any(n for day in earlier for n in day["steps"].values())  # all of it is of today
    total = sum(by_step.values())
    completed = sum(n for (_, status), n in by_step.items() if status in ("completed", "errored"))
    begun = sum(n for (step, _), n in by_step.items() if step != "start")
    assert shown["entries_total_count"] == total == told["entries"]["total"]
    assert shown["entries_completed_count"] == completed
    assert shown["entries_in_progress_count"] == sum(
        n for (_, status), n in by_step.items() if status == "in_progress"
    )
    assert shown["progress"] == (completed / total if total else 0)
    status = "completed" if total and total == completed else "in_progress" if begun else "pending"
    assert shown["status"] == status


def exact_age(arrived: list[int], now: int, share: float) -> float | None:
    """The nearest rank, in seconds."""
    by_age = sorted(now - one for one in arrived)
    return by_age[ceil(share * len(by_age)) - 1] / 1e6 if by_age else None


class Play:
    """A dataset, its people, and what they may try. Much of it is refused, and must count nothing then."""

    def __init__(self, lab: Lab, people: list[Person]) -> None:
        self.lab = lab
        self.people = people
        self.dataset = lab.new_dataset(0.5)
        self.entries = [lab.new_entry(dataset_id=self.dataset) for _ in range(2)]

    def step(self, operation: str, which: int, who: int) -> None:
        entry, person = self.entries[which % len(self.entries)], self.people[who % len(self.people)]
        self.lab.house.dice.roll(0.0 if which % 3 else 0.9)
        OPERATIONS[operation](self, person, entry, which)

    def create(self) -> None:
        self.entries.append(self.lab.new_entry(dataset_id=self.dataset))

    def fold(self) -> None:
        self.lab.house.database.write_now(SYSTEM, lambda work: tallies.fold(work, self.dataset))

    def delete_and_restore(self) -> None:
        assert self.lab.owner.delete(f"/datasets/{self.dataset}?force=true").status == 204
        assert self.lab.owner.post(f"/datasets/{self.dataset}/restore").status == 200

    def delete_and_restore_an_annotation(self, entry: str) -> None:
        for id in self.lab.owner.get(f"/annotations?filter[entry_id]={entry}").ids[:1]:
            self.lab.owner.delete(f"/annotations/{id}")
            self.lab.owner.post(f"/annotations/{id}/restore")

    def leave_and_return(self, person: Person) -> None:
        self.lab.owner.delete(f"/project_members/{person.member}")
        self.lab.owner.update("project_members", str(person.member), disabled_at=None)


MARK: dict[str, Any] = {"dimensions": {"type": "box"}, "annotation": {"label": "x"}}
REASONS: tuple[dict[str, str], ...] = ({}, {"reason": "blurred"}, {"reason": "Zu grob, é"})
Operation = Callable[[Play, Person, str, int], Any]
OPERATIONS: dict[str, Operation] = {
    "create": lambda play, who, entry, n: play.create(),
    "submit": lambda play, who, entry, n: who.act(entry, "submit", annotations=[MARK] * (n % 2)),
    "approve": lambda play, who, entry, n: play.lab.owner.act(entry, "submit", approved=True),
    "reject": lambda play, who, entry, n: play.lab.owner.act(
        entry, "submit", approved=False, **REASONS[n % 3]
    ),
    "error": lambda play, who, entry, n: who.act(entry, "error", message="black"),
    "send back": lambda play, who, entry, n: play.lab.owner.act(entry, "send_back", **REASONS[n % 3]),
    "next": lambda play, who, entry, n: who.post(f"/datasets/{play.dataset}/next"),
    "select": lambda play, who, entry, n: who.act(entry, "select"),
    "give up": lambda play, who, entry, n: who.delete(f"/entries/{entry}/lease"),
    "assign": lambda play, who, entry, n: play.lab.owner.act(entry, "assign", assigned_to_id=who.account),
    "annotate": lambda play, who, entry, n: play.lab.owner.create("annotations", entry_id=entry, **MARK),
    "delete an annotation": lambda play, who, entry, n: play.delete_and_restore_an_annotation(entry),
    "delete": lambda play, who, entry, n: play.lab.owner.delete(f"/entries/{entry}?force=true"),
    "restore": lambda play, who, entry, n: play.lab.owner.post(f"/entries/{entry}/restore"),
    "delete the dataset": lambda play, who, entry, n: play.delete_and_restore(),
    "leave": lambda play, who, entry, n: play.leave_and_return(who),
    "shorten leases": lambda play, who, entry, n: play.lab.owner.update(
        "datasets", play.dataset, lease="PT1S"
    ),
    "fold": lambda play, who, entry, n: play.fold(),
}
OFTEN = ["submit", "approve", "reject"]


@pytest.fixture(scope="module")
def played(house: Any) -> tuple[Lab, list[Person]]:
    lab = Lab(house, "Lab of statistics")
    return lab, [lab.owner, lab.annotator, lab.reviewer, lab.person("annotator")]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([*OPERATIONS, *OFTEN, *OFTEN]), st.integers(0, 7), st.integers(0, 3)),
        min_size=5,
        max_size=25,
    )
)
@example(steps=[("submit", 1, 1), ("annotate", 1, 0), ("delete an annotation", 1, 0), ("delete", 1, 0)])
@example(steps=[("submit", 0, 1), ("delete", 0, 0), ("leave", 0, 1), ("restore", 0, 0)])
def test_after_every_step_the_statistics_are_what_a_recount_gives(
    played: tuple[Lab, list[Person]], database_url: str, steps: list[tuple[str, int, int]]
) -> None:
    lab, people = played
    play = Play(lab, people)

    with engine_of(database_url) as engine, engine.connect() as connection:
        for step in steps:
            play.step(*step)

            shown = lab.owner.get(f"/datasets/{play.dataset}").attributes
            told = statistics(lab.owner, play.dataset)
            counted = recount(connection, play.dataset)
            connection.rollback()
            assert_exact(told, counted, shown)


def test_filters_and_orders_by_a_datasets_counts_are_live(lab: Lab) -> None:
    lab.at("done")
    lab.new_dataset(name="empty")

    found = lab.owner.get(f"/datasets?filter[project_id]={lab.project}&filter[status]=completed")
    by_count = lab.owner.get(f"/datasets?filter[project_id]={lab.project}&sort=-entries_total_count,status")
    more = lab.owner.get(f"/datasets?filter[project_id]={lab.project}&filter[progress__gt]=0.5")

    assert found.ids == more.ids == [lab.dataset]
    assert [one["attributes"]["entries_total_count"] for one in by_count.data] == [1, 0]


# ---- many at once, on PostgreSQL


def annotator_of(lab: Lab) -> Actor:
    return Actor(lab.annotator.account, lab.organization, "a@example.org", "member", sight=Sight.MEMBER)


def submit(work: Work, entry: str) -> Any:
    action = next(one for one in ENTRIES.actions if one.name == "submit")
    return records.act(work, ENTRIES, entry, action, {})


def is_postgresql(url: str) -> bool:
    return url.startswith("postgres")


def test_a_lease_never_ends_before_it_begins(lab: Lab) -> None:
    """Who waited for the entry while somebody took it has the earlier time."""
    entry = lab.at("annotate")
    columns = (col(Lease.taken_at), col(Lease.ended_at))
    leases_of = Statement(lambda: select(*columns).where(col(Lease.entry_id) == bindparam("id")))

    def end(work: Work) -> Any:
        held = records.find(work, ENTRIES, entry)
        leases.end(work._replace(told="2020-01-01T00:00:00.000000Z"), held, "give_up")
        return work.rows(leases_of, {"id": entry})

    ((taken_at, ended_at),) = lab.house.database.write_now(annotator_of(lab), end)

    assert ended_at == taken_at


def test_two_submits_of_one_dataset_do_not_wait_for_one_another(lab: Lab, database_url: str) -> None:
    if not is_postgresql(database_url):
        pytest.skip("SQLite has one writer")
    first, second = lab.new_entry(), lab.new_entry()  # at the start: a submit moves the dataset's counts
    actor, database = annotator_of(lab), lab.house.database

    def impatient(work: Work) -> Any:
        assert isinstance(work.connection, Transaction)
        work.connection.driver.execute("SET LOCAL lock_timeout = '500ms'")
        return submit(work, second).wf_step

    def open_meanwhile(work: Work) -> Any:
        submit(work, first)  # not committed until this job has ended
        tallies.fold(work, lab.dataset)  # holds the lock of folding
        return database.write_now(actor, impatient)

    moved = database.write_now(actor, open_meanwhile)

    assert moved == "annotate"
    assert statistics(lab.owner, lab.dataset)["entries"]["by_step"]["annotate"] == {"in_progress": 2}
    assert lab.owner.get(f"/datasets/{lab.dataset}").attributes["entries_in_progress_count"] == 2


def test_sixteen_who_submit_at_once_are_counted_exactly(lab: Lab, database_url: str) -> None:
    if not is_postgresql(database_url):
        pytest.skip("SQLite has one writer")
    entries = [lab.new_entry() for _ in range(160)]
    actor = annotator_of(lab)
    many = open_database(database_url, sources=Sources(chance=lab.house.dice), connections=16)
    random.Random(1).shuffle(entries)

    def work_on(mine: list[str]) -> None:
        for entry in mine:
            for _ in range(2):
                many.write_now(actor, partial(submit, entry=entry))
            if entry.endswith("0"):
                many.write_now(SYSTEM, lambda work: tallies.fold(work, lab.dataset))

    try:
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(work_on, [entries[n::16] for n in range(16)]))
    finally:
        many.close()

    with engine_of(database_url) as engine, engine.connect() as connection:
        counted = recount(connection, lab.dataset)
    told = statistics(lab.owner, lab.dataset)
    assert_exact(told, counted, lab.owner.get(f"/datasets/{lab.dataset}").attributes)
    assert told["entries"]["by_step"]["review"] == {"in_progress": 160}


def test_folding_leaves_one_row_a_figure(lab: Lab, database_url: str) -> None:
    lab.at("done")

    lab.house.database.write_now(SYSTEM, lambda work: tallies.fold(work, lab.dataset))

    with engine_of(database_url) as engine, engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, key, part, value FROM tallies WHERE dataset_id = :d"), {"d": lab.dataset}
        ).all()
    assert len({(name, key) for name, key, _, _ in rows}) == len(rows)
    assert all(part == 0 and value for _, _, part, value in rows)


# ---- ages

NOW = 1_800_000_000_000_000

arrivals = st.lists(
    st.one_of(
        st.integers(0, 60_000_000),
        st.integers(0, 2 * DAY),
        st.integers(0, 400 * DAY),
        st.integers(0, 4000 * DAY),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(arrivals, st.sampled_from([0.01, 0.5, 0.9, 1.0]))
def test_an_age_is_within_five_percent(old: list[int], share: float) -> None:
    arrived = [NOW - age for age in old]

    total, (told,) = ages.percentiles([(one, 1) for one in arrived], NOW, [share])

    exact = exact_age(arrived, NOW, share)
    assert exact is not None
    assert told is not None
    assert total == len(old)
    assert abs(told - exact) <= 0.05 * exact


@settings(deadline=None)
@given(arrivals, st.lists(st.integers(0, 100 * DAY), max_size=5), st.data())
def test_what_was_merged_and_what_leaves_later_cancel_out(
    old: list[int], waits: list[int], data: st.DataObject
) -> None:
    arrived = [NOW - age for age in old]
    leaving = data.draw(st.lists(st.sampled_from(range(len(arrived))), unique=True))
    counts: Counter[int] = Counter(arrived)
    now = NOW
    for wait in waits:
        now += wait
        merged: Counter[int] = Counter()
        for one, count in counts.items():
            merged[ages.bucket_of(one, now, ages.KEPT)[0]] += count
        counts = merged
    for index in leaving:
        counts[arrived[index]] -= 1
    stayed = [one for index, one in enumerate(arrived) if index not in leaving]

    total, told = ages.percentiles(counts.items(), now, [0.5, 0.9])

    assert total == len(stayed)
    for age, share in zip(told, (0.5, 0.9), strict=True):
        exact = exact_age(stayed, now, share)
        assert (age is None) == (exact is None)
        assert exact is None or age is None or abs(age - exact) <= 0.05 * exact


def test_a_histogram_of_a_year_is_small() -> None:
    year = 365 * DAY
    found = {ages.bucket_of(NOW - age, NOW, ages.KEPT) for age in range(0, year, 1_000_000 * 60)}

    assert len(found) < 400
