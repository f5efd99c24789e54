"""Rounds of a mixed load that a SIGKILL ends, each followed by an account of all that was acknowledged."""

import random
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

from sqlalchemy import Engine, text

from tests.app.test_statistics import assert_exact, recount
from tests.campaigns.ledger import Event, Line, Reader, counts_of, differences, missing
from tests.campaigns.mixed_load import Play, Worker
from tests.campaigns.serving import Caller, Lost, Site, fill, settle

ROLES = ["project_owner"] * 3 + ["annotator"] * 4 + ["reviewer"]
LOAD = (0.1, 0.6)  # seconds before the kill
ENTRIES = 12  # that a round begins with
WORKED = ("entries", "annotations", "drafts")  # what a round makes, all of its own dataset
PATIENCE = 60  # seconds within which every event has a number


class Rounds:
    """A site that is killed again and again; its ledger, and a reader who follows its feed all the while."""

    def __init__(self, site: Site, engine: Engine, chance: random.Random) -> None:
        self.site = site
        self.engine = engine
        self.reader = Reader()
        self.lines: list[Line] = []
        self.plays: list[Play] = []
        self._chance = chance
        site.serve()
        self.owner = site.caller()
        self.people = settle(self.owner, site.organization, ROLES)
        self._workers = [
            Worker(site.caller(key), role, random.Random(chance.random()))
            for key, role in zip(self.people.keys, ROLES, strict=True)
        ]

    def play(self) -> Play:
        """One round: a load, a kill in its midst, a restart. Nothing is looked at yet."""
        dataset = self.owner.make(
            "datasets",
            project_id=self.people.project,
            name="Round",
            workflow_configuration={"sample_rate": 0.5},
        )
        play = Play(dataset, fill([self.owner], dataset, ENTRIES))
        [process] = self.site.processes
        follower = Thread(target=self._follow_to_the_end, daemon=True)
        follower.start()
        play.run(self._workers, self._chance.uniform(*LOAD), process.kill)
        follower.join()
        process.start()
        self.owner.close()  # its connection went with the process
        self.lines += play.lines
        self.plays.append(play)
        return play

    def check(self, play: Play) -> None:
        """Raise AssertionError where anything of the last round is at odds with what was acknowledged."""
        self.catch_up()
        first = next(
            (n for n, event in enumerate(self.reader.events) if event["dataset_id"] == play.dataset), 0
        )
        mine = self.reader.events[first:]
        # What the reader saw before the kill is what stands there after it.
        assert feed(self.owner, first) == mine
        assert play.faults == []
        assert self.reader.faults == []
        assert missing(play.lines, mine) == []
        self._check_records(play.dataset)
        self.check_counts(play.dataset)

    def check_all(self) -> None:
        """Raise AssertionError where anything of any round is at odds with what was acknowledged."""
        again = Reader()
        again.read(feed(self.owner, 0))
        assert again.faults == []
        assert again.events == self.reader.events
        assert missing(self.lines, again.events) == []
        for type in sorted({event["resource"] for event in again.events}):
            assert differences(type, again.living(type), shown(self.owner, f"/{type}")) == []
        for play in self.plays:
            self.check_counts(play.dataset)

    def catch_up(self) -> None:
        """Read on until every event that is committed has been read."""
        until = time.monotonic() + PATIENCE
        while True:
            self.reader.read(feed(self.owner, self.reader.last))
            with self.engine.connect() as connection:
                total = connection.execute(
                    text("SELECT count(*) FROM events WHERE organization_id = :o"),
                    {"o": self.site.organization},
                ).scalar_one()
            if total == len(self.reader.events):
                return
            assert time.monotonic() < until, (
                f"{total} events are there, and {len(self.reader.events)} are told"
            )
            time.sleep(0.05)

    def _follow_to_the_end(self) -> None:
        caller = self.site.caller()
        try:
            while True:
                self.reader.read(feed(caller, self.reader.last))
                time.sleep(0.02)
        except Lost:
            caller.close()

    def _check_records(self, dataset: str) -> None:
        for type in WORKED:
            of_dataset = f"WHERE dataset_id = '{dataset}'"
            rebuilt = {
                id: record
                for id, record in self.reader.living(type).items()
                if record["dataset_id"] == dataset
            }
            assert (
                differences(type, rebuilt, shown(self.owner, f"/{type}?filter[dataset_id]={dataset}")) == []
            )
            with self.engine.connect() as connection:
                rows = connection.execute(text(f"SELECT id, version FROM {type} {of_dataset}")).all()
            versions = self.reader.versions(type)
            assert {id: versions.get(id) for id, _ in rows} == {id: version for id, version in rows}

    def check_counts(self, dataset: str) -> None:
        """The dataset's counts and statistics are what its rows, and the rebuilt entries, give."""
        with self.engine.connect() as connection:
            counted = recount(connection, dataset)
        told = self.owner.ask("GET", f"/datasets/{dataset}/statistics").data["attributes"]
        is_shown = self.owner.ask("GET", f"/datasets/{dataset}").data["attributes"]
        assert_exact(told, counted, is_shown)
        entries = [one for one in self.reader.living("entries").values() if one["dataset_id"] == dataset]
        rebuilt = counts_of(entries)
        assert {name: is_shown[name] for name in rebuilt} == rebuilt


def feed(caller: Caller, after: int) -> list[Event]:
    """All events behind number AFTER."""
    found: list[Event] = []
    while True:
        answer = caller.ask("GET", f"/events?after={found[-1]['sequence'] if found else after}")
        assert answer.status == 200, answer
        if not answer.data:
            return found
        found += [one["attributes"] for one in answer.data]


def shown(caller: Caller, path: str) -> dict[str, Any]:
    """The attributes of every record of the list at PATH, by id."""
    return {one["id"]: one["attributes"] for one in caller.every(path)}


def campaign(rounds: Rounds, count: int, report: Callable[[str], None] = print) -> None:
    """Play COUNT rounds, each checked, and then check all of them at once."""
    began = time.monotonic()
    for n in range(1, count + 1):
        rounds.check(rounds.play())
        if n % 10 == 0 or n == count:
            report(
                f"{rounds.site.kind}: {n} rounds in {time.monotonic() - began:.0f} s, {len(rounds.lines)} "
                f"writes acknowledged, 0 missing, {rounds.reader.last} events"
            )
    rounds.check_all()
