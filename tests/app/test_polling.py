"""Lists that are polled: a tag is never that of another answer, and a list that has not changed is not read.

The service runs on a clock that the test tells, beside no background work; on PostgreSQL the test stops and
starts the numbering of events too, which comes later than their commits.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from app.attributes import wire_time
from app.catalog import CARDS
from app.declare import RESOURCES
from app.fetching import Fetcher
from app.jobs import erasure, trash
from app.main import build
from app.operations import moments
from app.operations.moments import Moment, is_timed
from app.resources.jobs import Job
from app.settings import Settings
from app.storage.database import Database
from app.storage.opening import migrate, open_database, sqlite_path
from app.storage.postgresql import Sequencer
from app.storage.sqlite import connect
from app.work import SYSTEM, Actor, Sight, Sources
from tests.app.test_keeping import mark
from tests.client import Client
from tests.conftest import new_postgresql_database
from tests.lab import Dice, House, Lab, Person
from tests.statements import ran_for_people


class Stale(AssertionError):
    """A tag was that of two different answers."""


class Told:
    """The time, which passes where the test says so."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> str:
        self.moment += timedelta(microseconds=7)
        return wire_time(self.moment)


class Place:
    """The service on one database."""

    def __init__(self, url: str, database: Database, house: House, told: Told) -> None:
        self.url = url
        self.database = database
        self.house = house
        self.told = told
        self.is_sqlite = sqlite_path(url) is not None
        self._holding: psycopg.Connection[Any] | None = None

    def hold_numbers(self) -> None:
        """Let no event be numbered from now on."""
        if not self.is_sqlite and self._holding is None:
            self._holding = psycopg.connect(self.url, autocommit=True)
            self._holding.execute("SELECT pg_advisory_lock(%s)", (Sequencer._LOCK,))

    def let_number(self) -> None:
        """Let events be numbered again, and wait until all are."""
        if self._holding is None:
            return
        self._holding.execute("SELECT pg_advisory_unlock(%s)", (Sequencer._LOCK,))
        unnumbered = "SELECT count(*) FROM events WHERE sequence IS NULL"
        while (found := self._holding.execute(unnumbered).fetchone()) and found[0]:
            pass
        self._holding.close()
        self._holding = None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("polling")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{folder}/postil.db"
            migrate(url)
        else:
            url = stack.enter_context(new_postgresql_database(request.getfixturevalue("postgresql")))
        told, dice = Told(), Dice()
        fetcher = Fetcher()
        sources = Sources(clock=told, chance=dice, fetcher=fetcher)
        database = open_database(url, sources=sources, connections=2)
        settings = Settings(data=folder, allowed_hosts="testserver")
        with Client(build(settings, database)) as client:
            yield Place(url, database, House(client, database, dice, settings), told)
        database.close()
        fetcher.close()


@pytest.fixture
def team(place: Place) -> Iterator["Team"]:
    yield Team(place)
    place.let_number()


class Team:
    """An organization, whose people poll lists and change what is in them."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.lab = lab = Lab(place.house, f"Lab {uuid4().hex[:8]}")
        self.second = lab.person("annotator")
        self.people = (lab.owner, lab.project_owner, lab.annotator, self.second, lab.reviewer, lab.outsider)
        self.entries = [lab.new_entry(priority=n) for n in range(3)]
        self.annotation = lab.new_annotation(self.entries[0])
        self.lists = (
            "/entries?sort=-priority&count=true&page[size]=2",
            "/entries?include=annotations,assigned_to,dataset.project&page[after]=",
            f"/entries?filter[dataset_id]={lab.dataset}&filter[status__in]=ready,in_progress",
            "/datasets",
            "/workflow_versions?include=dataset",
            "/accounts?fields=name,email",
            "/project_members?include=account",
            "/annotations?include=entry",
            "/note_feeds?include=note_comments",
            "/drafts",
            "/reference_answers?include=entry",
            "/scores?include=entry,account",
            f"/datasets/{lab.dataset}/entries",
            f"/entries/{self.entries[0]}/relationships/annotations?include=annotations",
            f"/projects/{lab.project}/project_members",
        )
        self._seen: dict[tuple[int, str, str], str] = {}  # who, what, tag -> the answer
        self._last: dict[tuple[int, str], str] = {}

    def look(self) -> tuple[int, int]:
        """Everybody reads every list: how many had changed, and how many were told that they had not.

        Raises Stale where a tag, or a 304, is of an answer that differs from today's.
        """
        changed = same = 0
        for who, person in enumerate(self.people):
            for path in self.lists:
                before = self._last.get((who, path))
                reply = person.get(path)
                if reply.status != 200:
                    continue
                tag = reply.headers["etag"]
                if self._seen.setdefault((who, path, tag), reply.text) != reply.text:
                    raise Stale(f"{path}: {tag}")
                self._last[who, path] = tag
                if before:
                    known = person.get(path, headers={"If-None-Match": before})
                    changed, same = changed + (known.status == 200), same + (known.status == 304)
                    if known.status == 304 and self._seen[who, path, before] != reply.text:
                        raise Stale(f"{path}: 304 for {before}")
        return changed, same

    def pass_time(self, minutes: float) -> None:
        self.place.told.moment += timedelta(minutes=minutes)

    def empty_trash(self) -> None:
        arguments = msgspec.json.encode({"before": self.place.told()}).decode()
        job = Job(
            organization_id=self.lab.organization, arguments=arguments, created_at="", updated_at="", kind="x"
        )
        step = self.place.database.write_now(SYSTEM, lambda work: trash.run(work, job, ""))
        assert step.cursor is None

    def some_answer(self, dice: random.Random) -> str:
        """The id of a reference answer; of none, where there is none."""
        return dice.choice([*self.lab.owner.get("/reference_answers").ids, str(uuid4())])

    def erase_somebody(self) -> None:
        """Erase one who wrote something, window by window, with a look after each."""
        person = self.lab.person("annotator")
        person.create("annotations", entry_id=self._taken(person), **mark("theirs"))
        self.look()
        erasure.erase(self.place.database, person.account)

    def _taken(self, person: Person) -> str:
        entry = self.lab.new_entry()
        assert person.act(entry, "submit").status == 200
        return entry


def deeds(team: Team, dice: random.Random) -> list[Callable[[], Any]]:
    """What may happen. Some of it is refused at times, and then changes nothing."""
    lab = team.lab
    entry, person = dice.choice(team.entries), dice.choice(team.people)
    member = dice.choice([one.member for one in team.people if one.member])
    return [
        lambda: person.act(entry, "submit", approved=dice.random() < 0.5),
        lambda: person.act(entry, "select"),
        lambda: person.post(f"/entries/{entry}/lease"),
        lambda: person.delete(f"/entries/{entry}/lease"),
        lambda: person.act(entry, "error", message="black"),
        lambda: person.act(entry, "skip"),
        lambda: lab.owner.act(entry, "send_back"),
        lambda: lab.owner.act(entry, "reopen"),
        lambda: lab.owner.act(entry, "assign", assigned_to_id=dice.choice([None, lab.annotator.account])),
        lambda: team.pass_time(dice.choice([0.1, 20, 31])),
        lambda: team.pass_time(31),
        lambda: person.create("annotations", entry_id=entry, **mark(f"{dice.random()}")),
        lambda: person.create("note_feeds", entry_id=entry, content_md="Why?"),
        lambda: person.ask("PUT", f"/entries/{entry}/draft", {"data": {"attributes": {"content": {"n": 1}}}}),
        lambda: lab.owner.update("entries", entry, priority=dice.random()),
        lambda: lab.owner.update("datasets", lab.dataset, name=f"Eyes {dice.random()}"),
        lambda: lab.owner.update("datasets", lab.dataset, paused_steps=dice.choice([[], ["start"]])),
        lambda: lab.owner.update(
            "datasets", lab.dataset, workflow_configuration={"sample_rate": dice.random()}
        ),
        lambda: lab.owner.create("reference_answers", entry_id=entry),
        lambda: lab.owner.delete(f"/reference_answers/{team.some_answer(dice)}"),
        lambda: lab.owner.update("accounts", lab.annotator.account, name=f"Ana {dice.random()}"),
        lambda: lab.owner.update("project_members", member, role=dice.choice(["annotator", "reviewer"])),
        lambda: lab.owner.delete(f"/project_members/{member}"),
        lambda: lab.owner.update("project_members", member, disabled_at=None),
        lambda: lab.owner.update("project_members", member, paused_at=wire_time(datetime.now(UTC))),
        lambda: lab.owner.delete(f"/entries/{entry}?force=true"),
        lambda: lab.owner.post(f"/entries/{entry}/restore"),
        lambda: lab.owner.delete(f"/datasets/{lab.dataset}?force=true"),
        lambda: lab.owner.post(f"/datasets/{lab.dataset}/restore"),
        team.empty_trash if dice.random() < 0.1 else team.place.let_number,
        team.erase_somebody if dice.random() < 0.2 else team.place.hold_numbers,
        team.place.hold_numbers,
        team.place.let_number,
    ]


@pytest.mark.parametrize("seed", range(1))
def test_no_tag_is_ever_that_of_two_answers(team: Team, seed: int) -> None:
    dice = random.Random(seed)
    team.look()
    for _ in range(12):
        dice.choice(deeds(team, dice))()
        team.look()


def test_what_has_not_changed_is_said_in_one_statement_and_not_read(team: Team) -> None:
    lab = team.lab

    def asked(person: Person, path: str, tag: str) -> tuple[int, list[str]]:
        with ran_for_people(lab.house.database) as ran:
            status = person.get(path, headers={"If-None-Match": tag}).status
        return status, [one.sql for one in ran]

    for path, ones in (
        ("/entries?include=annotations&count=true", 1),
        (f"/datasets/{lab.dataset}/entries", 2),
        (f"/datasets/{lab.dataset}/relationships/project", 0),
    ):
        for person in (lab.owner, lab.annotator):
            tag = person.get(path).headers.get("etag")
            if ones == 0:
                assert tag is None
                continue
            status, known = asked(person, path, tag)
            assert (status, len(known)) == (304, ones), known
            read = [sql for sql in known if "entries.resource" in sql or "entries.priority" in sql]
            assert read == []
            status, anew = asked(person, path, '"l-0"')
            assert (status, len(anew) > ones) == (200, True)


def test_a_tag_belongs_to_who_asked_what_and_where(team: Team) -> None:
    lab = team.lab
    profile = 'application/vnd.api+json;profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination"'
    replies = [
        lab.owner.get("/datasets"),
        lab.owner.get("/datasets?sort=name"),
        lab.owner.get("/datasets", headers={"Accept": profile}),
        lab.owner.at("/api/v1/dataset").get("/datasets"),
        lab.owner.get("/datasets", headers={"Host": "localhost"}),
        lab.project_owner.get("/datasets"),
        lab.annotator.get("/datasets"),
    ]
    tags = [reply.headers["etag"] for reply in replies]

    assert len(set(tags)) == len(tags)
    assert all(lab.owner.update("datasets", lab.dataset, name="x").status == 200 for _ in tags[:1])
    refused = lab.owner.patch(
        f"/datasets/{lab.dataset}",
        {"data": {"type": "datasets", "id": lab.dataset, "attributes": {"name": "y"}}},
        headers={"If-Match": tags[0]},
    )
    assert (refused.status, refused.code) == (400, "etag_invalid")


@pytest.mark.parametrize("path", ["/jobs", "/webhooks", "/api_keys", "/events", "/accounts?include=api_keys"])
def test_what_changes_without_an_event_has_no_tag(team: Team, path: str) -> None:
    reply = team.lab.owner.get(path, headers={"If-None-Match": "*"})

    assert (reply.status, "etag" in reply.headers) == (200, False)


def test_a_list_that_may_not_be_read_is_refused_whatever_the_client_has(team: Team) -> None:
    lab = team.lab
    writer = Person(lab.house, lab.key(lab.owner.account, ("write",)))

    assert writer.get("/datasets", headers={"If-None-Match": "*"}).status == 403
    assert lab.outsider.get(f"/datasets/{lab.dataset}/entries", headers={"If-None-Match": "*"}).status == 404


def test_the_numbered_and_the_unnumbered_together_are_all_events(team: Team) -> None:
    """What decision 17 rests on: numbers have no gap and no event goes."""
    lab = team.lab
    actor = Actor("", lab.organization, "", "owner", sight=Sight.ADMINISTRATOR)
    told: list[Moment | None] = []
    for deed in (team.place.hold_numbers, lab.new_entry, lab.new_entry, team.place.let_number):
        deed()
        told.append(
            team.place.database.write_now(actor, lambda work: moments.moment_of(work, [RESOURCES["entries"]]))
        )

    counts = [one[0] for one in told if one]
    assert counts == [counts[0] + n for n in (0, 1, 2, 2)]
    assert told[2] == told[3]  # that events get their numbers changes nothing


def test_a_card_says_what_time_moves_exactly_where_its_scope_goes_by_time() -> None:
    for card in CARDS:
        if card.is_noted:
            assert any(is_timed(card, sight) for sight in Sight) == (card.passing is not None), card.type


def test_what_goes_for_good_was_in_the_trash_and_so_in_no_list() -> None:
    for card in CARDS:
        parents = {key.parent.name: key.column.table.name for key in card.table.foreign_keys}
        for key, type in parents.items():
            if card.is_noted and "delete" in RESOURCES[type].verbs:
                assert card.ancestors.get(key) == type, f"{card.type}.{key}"


# ---- the checker: what it is there to find


def misread(monkeypatch: pytest.MonkeyPatch, read: Callable[..., Moment]) -> None:
    """Let a moment be what READ makes of a row: number, its event, how many have none, their last, leases."""
    monkeypatch.setattr(moments, "_moment_from", lambda row: read(*row))


def test_checker_detects_a_tag_of_the_greatest_number_alone(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    if team.place.is_sqlite:
        return  # there an event is written with its number
    misread(monkeypatch, lambda number, last, unnumbered, newest, *passed: (number, last, *passed))
    team.place.hold_numbers()
    team.look()
    team.lab.new_entry()
    with pytest.raises(Stale):
        team.look()


def test_checker_detects_a_tag_of_the_unnumbered_alone(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    misread(monkeypatch, lambda number, last, unnumbered, newest, *passed: (unnumbered, newest, *passed))
    team.place.hold_numbers()
    team.place.let_number()
    team.look()
    team.lab.new_entry()
    team.place.hold_numbers()
    team.place.let_number()
    with pytest.raises(Stale):
        team.look()


def lease_runs_out(team: Team) -> None:
    """An entry is taken, seen by its holder alone, and then by others, whom nobody told."""
    team.lab.annotator.act(team.entries[0], "submit")
    team.look()
    team.pass_time(31)


def one_of_two_is_renewed(team: Team) -> None:
    """The last that ran out is still the last."""
    for entry in team.entries[:2]:
        team.lab.annotator.act(entry, "submit")
    team.pass_time(31)
    team.look()
    assert team.lab.annotator.post(f"/entries/{team.entries[0]}/lease").status == 200


def one_runs_out_and_one_is_renewed(team: Team) -> None:
    """As many have run out as before, and not the same."""
    for entry, minutes in zip(team.entries, (20, 11), strict=False):
        team.lab.annotator.act(entry, "submit")
        team.pass_time(minutes)
    team.look()
    assert team.lab.annotator.post(f"/entries/{team.entries[0]}/lease").status == 200
    team.pass_time(20)


@pytest.mark.parametrize(
    ("parts", "story"),
    [
        ((0, 1), lease_runs_out),
        ((0,), one_of_two_is_renewed),
        ((1,), one_runs_out_and_one_is_renewed),
    ],
)
def test_checker_detects_a_tag_that_does_not_know_of_leases(
    team: Team, parts: tuple[int, ...], story: Callable[[Team], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(number: int, last: str, unnumbered: int, newest: str, *passed: Any) -> Moment:
        return (number, last, unnumbered, *(part for n, part in enumerate(passed) if n not in parts))

    misread(monkeypatch, read)
    story(team)
    with pytest.raises(Stale):
        team.look()


@pytest.mark.parametrize(
    "story", [lease_runs_out, one_of_two_is_renewed, one_runs_out_and_one_is_renewed, Team.erase_somebody]
)
def test_the_same_stories_leave_nothing_stale(team: Team, story: Callable[[Team], None]) -> None:
    story(team)
    team.look()
    changed, same = team.look()

    assert (changed, same > 40) == (0, True)


def test_checker_detects_an_erasure_that_leaves_no_event(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = erasure._Pass.run

    def run(self: Any, *given: Any) -> None:
        kept(self, *given)
        team.look()

    monkeypatch.setattr(erasure._Pass, "run", run)
    monkeypatch.setattr(erasure, "_note", lambda work, person: None)
    with pytest.raises(Stale):
        team.erase_somebody()


def test_an_erasure_is_seen_from_its_first_chunk_on(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = erasure._Pass.run

    def run(self: Any, *given: Any) -> None:
        kept(self, *given)
        team.look()

    monkeypatch.setattr(erasure._Pass, "run", run)
    team.erase_somebody()


def test_the_moment_is_looked_up_and_nothing_is_gone_through(place: Place) -> None:
    path = sqlite_path(place.url)
    if path is None:
        return  # the plan is asked of SQLite; PostgreSQL's depends on how many rows there are
    passing = RESOURCES["entries"].passing
    assert passing is not None
    sql = moments._moment(frozenset({passing}), Sight.MEMBER).for_sqlite.sql

    connection = connect(path, query_only=True)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [""] * sql.count("?"))]
    connection.close()

    assert [step for step in plan if step.startswith("SEARCH") and "INDEX" in step]
    assert not [step for step in plan if step.startswith(("SCAN events", "SCAN entries", "SCAN datasets"))]
