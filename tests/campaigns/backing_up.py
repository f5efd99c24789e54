"""Rounds of a backup under load, each restored and accounted for."""

import hashlib
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from app.keeping import restoring
from app.keeping.columns import TOLD
from app.keeping.files import FileStore, files_in
from app.keeping.progress import Silence
from app.keeping.snapshots import still
from app.resources import files
from app.storage.opening import engine_of, open_database
from app.work import SYSTEM, Work
from tests.app.keeping.scenes import pictures_in
from tests.app.test_statistics import assert_exact, recount
from tests.campaigns.killing import ROLES, feed, shown
from tests.campaigns.ledger import Event, Line, Reader, differences, missing
from tests.campaigns.mixed_load import Play, Worker
from tests.campaigns.serving import ROOT, Caller, Process, Site, environment, fill, settle

ENTRIES = 12  # that a round begins with
WARM = 0.3  # seconds of load before the backup
PICTURES = 5  # files that there are

Place = Callable[[int], AbstractContextManager[str]]  # of a round's number: the URL of an empty place


class Backups:
    """A site under load that is backed up again and again, and what was acknowledged before each backup."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        self.site = site
        _keep_files(site)
        site.serve()
        self.owner = site.caller()
        self.people = settle(self.owner, site.organization, ROLES)
        self._workers = [
            Worker(site.caller(key), role, random.Random(chance.random()))
            for key, role in zip(self.people.keys, ROLES, strict=True)
        ]
        self.lines: list[Line] = []  # acknowledged before the last backup began
        self.during = 0  # acknowledged while one ran, over all rounds
        self._all: list[Line] = []

    def play(self, file: Path) -> Play:
        """One round: a load, a backup into FILE in its midst, and then the end of the server."""
        dataset = self.owner.make(
            "datasets",
            project_id=self.people.project,
            name="Round",
            workflow_configuration={"sample_rate": 0.5},
        )
        play = Play(dataset, fill([self.owner], dataset, ENTRIES))
        [process] = self.site.processes

        def back_up() -> None:
            known = list(play.lines)
            where = ("--data", str(self.site.folder), "--database", self.site.database)
            command = [sys.executable, "-m", "app", "backup", str(file), *where]
            subprocess.run(command, cwd=ROOT, env=environment(), check=True, stdout=subprocess.DEVNULL)
            self.lines = self._all + known
            self.during += len(play.lines) - len(known)
            process.kill()

        play.run(self._workers, WARM, back_up)
        self._all += play.lines
        process.start()
        self.owner.close()  # its connection went with the process
        return play

    def check(self, file: Path, url: str, folder: Path, play: Play) -> None:
        """Raise AssertionError where the backup FILE, restored to URL and FOLDER, is not whole."""
        store = files_in(folder)
        restoring.restore(file, url, store, folder, TOLD, Silence())
        with closing(open_database(url, connections=1)) as database:
            assert database.check()["is_sound"]
        check_files(url, store)
        with serving(self.site, url, folder) as owner:
            events = feed(owner, 0)
            assert missing(self.lines, events) == []
            check_feed(owner, events)
            with engine_of(url) as engine, engine.connect() as connection:
                counted = recount(connection, play.dataset)
            told = owner.ask("GET", f"/datasets/{play.dataset}/statistics").data["attributes"]
            assert_exact(told, counted, owner.ask("GET", f"/datasets/{play.dataset}").data["attributes"])
        assert play.faults == []


def _keep_files(site: Site) -> None:
    """Let the organization have some files."""

    put = pictures_in(site.folder, PICTURES)

    def keep(work: Work) -> None:
        for content in put:
            files.add(work, site.organization, content)

    with closing(open_database(site.database, connections=1)) as database:
        database.write_now(SYSTEM, keep)


def check_files(url: str, store: FileStore) -> None:
    """Raise AssertionError where a file that a row refers to is not what it should be."""
    with still(url, TOLD) as moment:
        hashes = list(moment.hashes())
    assert len(hashes) == PICTURES
    for hash in hashes:
        assert hashlib.sha256(b"".join(store.read(hash))).hexdigest() == hash


def check_feed(owner: Caller, events: list[Event]) -> None:
    """Raise AssertionError where the feed has a gap, or what is shown is not what it tells."""
    reader = Reader()
    reader.read(events)
    assert reader.faults == []
    for type in sorted({event["resource"] for event in events}):
        assert differences(type, reader.living(type), shown(owner, f"/{type}")) == []


@contextmanager
def serving(site: Site, url: str, folder: Path) -> Iterator[Caller]:
    """The owner of SITE, who speaks to what is restored of it."""
    where = ("--data", str(folder), "--database", url)
    command = [sys.executable, "-m", "app", "serve", *where]
    process = Process(command, folder / "log.jsonl", {"POSTIL_LOG_LEVEL": "error"})
    process.start()
    caller = Caller(process.port, site.key)
    try:
        yield caller
    finally:
        caller.close()
        process.stop()


def campaign(backups: Backups, count: int, place: Place, folder: Path) -> None:
    """Play COUNT rounds, each restored into PLACE of its number, and checked."""
    began, size = time.monotonic(), 0
    for number in range(1, count + 1):
        file = folder / f"{number}.tar"
        play = backups.play(file)
        size = file.stat().st_size
        with place(number) as url:
            backups.check(file, url, folder / f"restored{number}", play)
        if number % 5 == 0 or number == count:
            print(
                f"{backups.site.kind}: {number} backups in {time.monotonic() - began:.0f} s, the last of "
                f"{size >> 10} KiB; {len(backups.lines)} writes acknowledged before it, 0 missing; "
                f"{backups.during} while they ran"
            )
