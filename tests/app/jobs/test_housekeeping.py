"""Housekeeping: the trash, keys and old versions go in time, and nothing else does."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.jobs import chores, ended, keys, thinning, trash
from app.jobs.kinds import Kind, Step
from app.jobs.worker import Worker
from app.resources.jobs import Job, enqueue
from app.work import SYSTEM, Work
from tests.app.jobs.conftest import Hands
from tests.app.test_keeping import eventually, feed
from tests.lab import Lab, Person

TABLES = ("projects", "datasets", "entries", "annotations", "note_feeds", "note_comments")
OWNER = {
    "datasets": "project_id",
    "entries": "dataset_id",
    "annotations": "entry_id",
    "note_feeds": "entry_id",
    "note_comments": "note_feed_id",
}
PARENT = {
    "datasets": "projects",
    "entries": "datasets",
    "annotations": "entries",
    "note_feeds": "entries",
    "note_comments": "note_feeds",
}
REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "datasets": {"name": "x"},
    "entries": {"resource": "x"},
    "annotations": {"dimensions": {}, "annotation": {}},
    "note_feeds": {"content_md": "x"},
    "note_comments": {"content_md": "x"},
}
LIMIT = "2021-06-01T00:00:00.000000Z"
LONG_AGO = "2020-01-01T00:00:00.000000Z"
LATELY = "2999-01-01T00:00:00.000000Z"  # after the limit; the service, which cleans up too, leaves it alone


def work(lab: Lab, kind: Kind, arguments: Mapping[str, Any]) -> Any:
    """The job that does KIND with ARGUMENTS, once it is done, as the owner sees it."""
    database = lab.house.database
    own = Kind(f"{kind.name}_{lab.organization}", kind.run)
    job = database.write_now(SYSTEM, lambda work: enqueue(work, own.name, lab.organization, arguments).id)
    eventually(Worker(database, {own.name: own}).run_next)
    return lab.owner.get(f"/jobs/{job}").attributes


def planted(lab: Lab, hands: Hands, chance: random.Random) -> dict[str, tuple[str, str | None, str | None]]:
    """A random tree of records: id -> table, parent, and since when it is in the trash."""
    made: dict[str, list[str]] = {table: [] for table in TABLES}
    made["projects"] = [lab.project]
    lab.join(
        lab.annotator.account,
        "annotator",
        lab._made(lab.owner.create("projects", name="x", organization_id=lab.organization)),
    )
    made["projects"] += [one for one in lab.owner.get("/projects").ids if one != lab.project]
    for _ in range(30):
        table = chance.choice(TABLES[1:])
        if parents := made[PARENT[table]]:
            attributes: dict[str, Any] = {OWNER[table]: chance.choice(parents), **REQUIRED[table]}
            made[table].append(lab.owner.create(table, **attributes).id)
    tree: dict[str, tuple[str, str | None, str | None]] = {}
    for table in TABLES:
        for id in made[table]:
            since = chance.choice([None, None, None, LATELY, LONG_AGO])
            if since:
                hands.do(f"UPDATE {table} SET deleted_at = :since WHERE id = :id", since=since, id=id)
            key = OWNER.get(table, "NULL")
            tree[id] = (table, hands.ask(f"SELECT {key} FROM {table} WHERE id = :id", id=id)[0][0], since)
    return tree


@pytest.mark.parametrize("seed", range(4))
def test_the_trash_is_emptied_of_what_is_old_and_of_nothing_else(
    lab: Lab, hands: Hands, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "CHUNK", 3)  # so that chunks end in the midst of trees
    tree = planted(lab, hands, random.Random(seed))

    def is_gone(id: str | None) -> bool:
        if id is None:
            return False
        _, parent, since = tree[id]
        return since == LONG_AGO or is_gone(parent)

    job = work(lab, trash.emptying(30), {"before": LIMIT})

    there = {id for table in TABLES for (id,) in hands.ask(f"SELECT id FROM {table}")} & set(tree)
    assert there == {id for id in tree if not is_gone(id)}
    left = {table: dict(hands.ask(f"SELECT id, deleted_at FROM {table}")) for table in TABLES}
    assert all(left[tree[id][0]][id] == tree[id][2] for id in there)
    assert (job["state"], job["done"] >= len(tree) - len(there)) == ("succeeded", True)


def test_what_is_just_being_removed_cannot_be_restored(
    lab: Lab, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "CHUNK", 2)
    for _ in range(3):
        lab.new_entry()
    lab.owner.delete(f"/datasets/{lab.dataset}?force=true")
    hands.do("UPDATE datasets SET deleted_at = :since WHERE id = :id", since=LONG_AGO, id=lab.dataset)

    def part(work: Work, job: Job, cursor: str) -> Step:
        return replace(trash.run(work, job, cursor), cursor=None)

    work(lab, Kind("empty_trash", part), {"before": LIMIT})
    refused = lab.owner.post(f"/datasets/{lab.dataset}/restore")

    beneath = ("entries", "layers", "workflow_versions")  # three of each, and one of the last; two are gone
    left = [
        count
        for table in beneath
        for (count,) in hands.ask(f"SELECT count(*) FROM {table} WHERE dataset_id = :id", id=lab.dataset)
    ]
    assert (sum(left), refused.status) == (5, 404)


def test_chores_are_made_where_there_is_something_to_do_and_once_an_hour(lab: Lab, hands: Hands) -> None:
    database, kind = lab.house.database, trash.emptying(30)
    own = {"x": Kind(f"due_{lab.organization}", kind.run, kind.every, kind.due)}

    def made() -> int:
        chores.make(database, own)
        found = hands.ask(
            "SELECT id FROM jobs WHERE organization_id = :id AND kind = :kind",
            id=lab.organization,
            kind=own["x"].name,
        )
        return len(found)

    lab.owner.delete(f"/entries/{lab.entry}?force=true")
    fresh = made()
    hands.do("UPDATE entries SET deleted_at = :since WHERE id = :id", since=LONG_AGO, id=lab.entry)
    first, again = made(), made()
    hands.do("UPDATE jobs SET created_at = :since, finished_at = :since", since=LONG_AGO)
    later = made()

    assert (fresh, first, again, later) == (0, 1, 1, 2)


def test_keys_are_forgotten_after_two_days(lab: Lab, hands: Hands) -> None:
    for key in ("old", "new"):
        lab.owner.update("projects", lab.project, name=key)
        body = {"data": {"type": "projects", "id": lab.project, "attributes": {"name": key}}}
        lab.owner.patch(f"/projects/{lab.project}", body, headers={"Idempotency-Key": key})
    hands.do(
        "UPDATE idempotency_keys SET at = :at WHERE account_id = :id AND key = 'old'",
        at=LONG_AGO,
        id=lab.owner.account,
    )

    job = work(lab, keys.FORGETTING, {"before": LIMIT})

    left = hands.ask("SELECT key FROM idempotency_keys WHERE account_id = :id", id=lab.owner.account)
    assert (job["done"], left) == (1, [("new",)])


JOB = (
    "INSERT INTO jobs (id, created_at, updated_at, version, organization_id, kind, state, done, errors_count,"
    " finished_at, result, arguments, cursor, attempt, tries) VALUES (:id, :at, :at, 1, :organization,"
    " :kind, :state, 0, 0, :finished_at, :result, '{}', '', 1, 0)"
)


@pytest.mark.parametrize("seed", range(3))
def test_jobs_that_ended_long_ago_are_forgotten_with_their_errors_and_no_others(
    lab: Lab, hands: Hands, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended, "CHUNK", 3)
    chance = random.Random(seed)
    made: set[str] = set()
    stay: set[str] = set()
    errors: dict[str, str] = {}  # error -> job
    newest: dict[str, str] = {}  # kind -> the last one that succeeded
    for number in range(24):
        id, kind = f"job-{number:02}-{lab.organization}", chance.choice("abc")
        state = chance.choice(["queued", "running", "succeeded", "failed", "cancelled"])
        at = None if state in ("queued", "running") else chance.choice([LONG_AGO, LATELY])
        given = {"kind": kind, "state": state, "finished_at": at, "result": "{}"}
        hands.do(JOB, id=id, at=LONG_AGO, organization=lab.organization, **given)
        made.add(id)
        for item in range(chance.randrange(3)):
            errors[f"{id}-{item}"] = id
            hands.do(
                "INSERT INTO job_errors (id, organization_id, job_id, item, code, detail, at)"
                " VALUES (:id, :organization, :job, '', 'x', '', :at)",
                id=f"{id}-{item}",
                organization=lab.organization,
                job=id,
                at=LONG_AGO,
            )
        if state == "succeeded":
            newest[kind] = id
        if at != LONG_AGO:
            stay.add(id)
    stay |= set(newest.values())
    others = {id for (id,) in hands.ask("SELECT id FROM jobs")} - made

    job = work(lab, ended.forgetting(30), {"before": LIMIT})

    left = {id for (id,) in hands.ask("SELECT id FROM jobs")}
    errors_left = {id for (id,) in hands.ask("SELECT id FROM job_errors")}
    assert (job["state"], left & made, others - left) == ("succeeded", stay, set())
    assert errors_left & errors.keys() == {id for id, job in errors.items() if job in stay}


def test_forgetting_jobs_is_due_where_one_is_old_enough(lab: Lab, hands: Hands) -> None:
    def due() -> Any:
        kind = ended.forgetting(30)
        return lab.house.database.write_now(
            SYSTEM, lambda work: kind.due and kind.due(work, lab.organization)
        )

    given = {"at": LONG_AGO, "organization": lab.organization, "kind": "x", "result": "{}"}
    none = due()
    hands.do(JOB, id=f"1-{lab.organization}", state="succeeded", finished_at=LONG_AGO, **given)
    last = due()
    hands.do(JOB, id=f"2-{lab.organization}", state="failed", finished_at=LONG_AGO, **given)

    assert (none, last, list(due())) == (None, None, ["before"])


def test_only_what_was_superseded_long_ago_is_thinned_out(
    lab: Lab, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thinning, "CHUNK", 2)
    annotation = lab.new_annotation(annotation={"n": 1})
    for number in (2, 3, 4):
        lab.owner.update("annotations", annotation, annotation={"n": number})
    mine = "record_id = :id AND record_version = :version"
    times = {version: f"20{20 + version}-01-01T00:00:00.000000Z" for version in (1, 2, 3, 4)}
    eventually(lambda: len([one for one in feed(lab.owner) if one["record_id"] == annotation]) == 4)
    hands.do("UPDATE events SET at = :at WHERE organization_id = :id", at=LONG_AGO, id=lab.organization)
    for version, at in times.items():
        hands.do(f"UPDATE events SET at = :at WHERE {mine}", at=at, id=annotation, version=version)
    hands.do(
        f"UPDATE events SET at = :at WHERE {mine}", at="2024-01-01T00:00:00.000000Z", id=annotation, version=4
    )

    # Kept is all since the middle of 2022: version 2 was true until 2023, and version 1 until 2022.
    job = work(lab, thinning.thinning(1), {"before": "2022-06-01T00:00:00.000000Z", "after": 0})

    def then(day: str) -> Any:
        found = lab.owner.get(f"/annotations/{annotation}?as_of={day}")
        return found.attributes["annotation"]["n"] if found.status == 200 else (found.status, found.code)

    assert job["state"] == "succeeded"
    assert [then(f"20{year}-07-01") for year in (21, 22, 23, 24)] == [(410, "thinned"), 2, 3, 4]
    assert lab.owner.get(f"/annotations/{annotation}").attributes["annotation"] == {"n": 4}
    entry = lab.owner.get(f"/entries/{lab.entry}?as_of=2023-01-01")
    assert entry.status == 200  # it has one version, which stays however old


def test_thinning_goes_on_where_the_last_job_ended_and_is_off_by_default(lab: Lab, hands: Hands) -> None:
    eventually(lambda: feed(lab.owner))
    lab.project  # noqa: B018 - it is made
    hands.do("UPDATE events SET at = :at WHERE organization_id = :id", at=LONG_AGO, id=lab.organization)
    database = lab.house.database

    def due(days: int) -> Any:
        kind = thinning.thinning(days)
        assert kind.due is not None
        return database.write_now(SYSTEM, lambda work: kind.due and kind.due(work, lab.organization))

    first = due(30)
    ended_so = {"kind": "thin_history", "state": "succeeded", "finished_at": LONG_AGO}
    hands.do(
        JOB,
        id=f"job-{lab.organization}",
        at=LONG_AGO,
        organization=lab.organization,
        result='{"through":1000}',
        **ended_so,
    )

    assert (due(0), first["after"], due(30)) == (None, 0, None)


def newest(lab: Lab, hands: Hands) -> str:
    """The time of the organization's last event, once all have their numbers."""
    mine = "FROM events WHERE organization_id = :id"
    eventually(lambda: not hands.ask(f"SELECT id {mine} AND sequence IS NULL", id=lab.organization))
    return str(hands.ask(f"SELECT max(at) {mine}", id=lab.organization)[0][0])


def test_a_list_as_of_a_time_needs_only_what_it_may_hold(lab: Lab, hands: Hands) -> None:
    there, elsewhere = lab.new_entry(), lab.new_entry(dataset_id=lab.new_dataset())
    thinned, kept = lab.new_annotation(there), lab.new_annotation(elsewhere)
    gone = lab.new_annotation(elsewhere)
    lab.owner.delete(f"/annotations/{gone}")
    project = lab.owner.create("projects", name="x", organization_id=lab.organization).id
    neighbour = lab.person("annotator", project=project)
    then = newest(lab, hands)
    lab.owner.update("annotations", thinned, annotation={"n": 2})
    for id, version in ((thinned, 1), (gone, 2)):
        hands.do(
            "UPDATE events SET record = '{}' WHERE record_id = :id AND record_version = :version",
            id=id,
            version=version,
        )
    of_thinned = lab.owner.get(f"/entries/{there}").attributes["dataset_id"]
    of_kept = lab.owner.get(f"/entries/{elsewhere}").attributes["dataset_id"]

    def listed(person: Person, path: str) -> Any:
        found = person.get(f"{path}{'&' if '?' in path else '?'}as_of={then}&count=true")
        if found.status == 200:
            assert found.document["meta"]["count"] == len(found.ids)
            return found.ids
        return (found.status, found.code)

    refused = (410, "thinned")
    for person in (lab.owner, lab.project_owner):
        assert listed(person, "/annotations") == refused
        assert listed(person, f"/annotations?filter[dataset_id]={of_thinned}") == refused
        assert listed(person, f"/annotations?filter[entry_id]={there},{elsewhere}") == refused
        assert listed(person, f"/annotations?filter[id]={thinned}") == refused
        assert listed(person, f"/annotations?filter[dataset_id]={of_kept}") == [kept]
        assert listed(person, f"/annotations?filter[entry_id]={elsewhere}") == [kept]
        assert listed(person, f"/annotations?filter[id]={kept},{gone}") == [kept]
        assert listed(person, f"/entries?filter[dataset_id]={of_thinned}") == [there]
    assert listed(lab.annotator, "/annotations") == listed(neighbour, "/annotations") == []
    hands.do("UPDATE events SET record = '{}' WHERE record_id = :id", id=thinned)
    lab.owner.delete(f"/entries/{there}?force=true")
    assert lab.owner.get(f"/annotations?as_of={newest(lab, hands)}").ids == [kept]
