"""A small service with a bit of everything in it, and all that it answers."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import text

from app.catalog import CARDS
from app.keeping import backups, restoring
from app.keeping.columns import TOLD
from app.keeping.copying import digests
from app.keeping.files import files_in
from app.keeping.manifests import Manifest
from app.keeping.progress import Progress, Silence
from app.keeping.snapshots import snapshot
from app.main import build
from app.resources import files
from app.resources.files import Content
from app.settings import Settings
from app.storage.blobs import open_blobs
from app.storage.opening import engine_of, open_database
from app.work import SYSTEM, Sources, Work
from tests.client import Client
from tests.lab import Clock, Dice, House, Lab, Person, Reply

MEANT = "naïve \u2028 \U0001f41f \"quoted\" \\u0000 \\ 'and'\ttabbed"
NUMBERS = (0.1, 1e300, -5e-324, -0.0, 3.0, 123456789012345680.0)


@dataclass
class Scene:
    """Where a service is kept, and what is needed to ask it."""

    url: str
    folder: Path
    key: str  # its owner's
    dataset: str
    annotator: str  # a key of an annotator's

    def at(self, url: str, folder: Path | None = None) -> "Scene":
        """The same, moved or restored to another place."""
        return Scene(url, folder or self.folder, self.key, self.dataset, self.annotator)


class Ticking(Clock):
    """Time that goes on each time that it is asked for, as nothing here takes none."""

    def __call__(self) -> str:
        self.move(milliseconds=1)
        return super().__call__()


TIME = Ticking()
LATER = Clock()  # when answers are asked for
LATER.move(days=1)


@contextmanager
def serving(scene: Scene, clock: Clock = TIME) -> Iterator[House]:
    """The service, with nothing that goes on in its background."""
    dice = Dice()
    sources = Sources(clock=clock, chance=dice, blobs=open_blobs("", scene.folder))
    settings = Settings(data=scene.folder, allowed_hosts="testserver")
    database = open_database(scene.url, sources=sources, connections=2)
    try:
        with Client(build(settings, database)) as client:
            yield House(client, database, dice, settings)
        await_numbers(scene.url)
    finally:
        database.close()
        sources.fetcher.close()


def played(url: str, folder: Path) -> Scene:
    """A new service at URL: work under way, trash, a draft, threads, a webhook, a kept answer, files."""
    scene = Scene(url, folder, "", "", "")
    with serving(scene) as house:
        lab = Lab(house, "Lab of moves")
        assert lab.owner.key
        assert lab.annotator.key
        scene.key, scene.annotator, scene.dataset = lab.owner.key, lab.annotator.key, lab.dataset
        _work(lab)
        put = pictures_in(folder, 3)
        house.database.write_now(SYSTEM, lambda work: _keep_files(work, put, lab.organization))
    answers(scene)  # when its keys were last used is noted by now
    return scene


def _work(lab: Lab) -> None:
    for step in ("start", "annotate", "review", "done", "error"):
        entry = lab.at(step)
        if step not in ("done", "error"):
            lab.new_annotation(entry, annotation={"label": MEANT, "scores": list(NUMBERS)})
        feed = lab.new_feed(entry)
        lab.owner.create("note_comments", note_feed_id=feed, content_md=MEANT)
    for number in NUMBERS:
        _done(lab.owner.update("entries", lab.new_entry(), priority=number))
    held = _done(lab.annotator.post(f"/datasets/{lab.dataset}/next")).id
    draft = {"data": {"attributes": {"content": {"n": MEANT}}}}
    _done(lab.annotator.ask("PUT", f"/entries/{held}/draft", draft))
    _done(lab.owner.delete(f"/entries/{lab.at('start')}"))
    _done(lab.owner.create("webhooks", url="https://hooks.example.org/in", event_types=["*"]))
    body = {"data": {"type": "projects", "attributes": {"name": "Once", "organization_id": lab.organization}}}
    _done(lab.owner.post("/projects", body, headers={"Idempotency-Key": "k" * 40}))


def _done(reply: Reply) -> Reply:
    assert reply.status in (200, 201, 204), reply
    return reply


def pictures_in(folder: Path, count: int) -> list[Content]:
    """So many pictures, put into the data FOLDER."""
    sources = Sources(blobs=open_blobs("", folder))
    put = [files.put(sources, picture(n)) for n in range(count)]
    sources.decoder.close()
    return put


def _keep_files(work: Work, put: list[Content], organization_id: str) -> None:
    for content in put:
        files.add(work, organization_id, content)


def picture(n: int) -> bytes:
    """A PNG of one pixel, another one for each N."""

    def part(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes([0, n % 256]))
    parts = part(b"IHDR", head), part(b"tEXt", f"n\0{n}".encode()), part(b"IDAT", pixel), part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def await_numbers(url: str) -> None:
    """Return once every event has its number."""
    with engine_of(url) as engine:
        while True:
            with engine.connect() as connection:
                if not connection.execute(
                    text("SELECT count(*) FROM events WHERE sequence IS NULL")
                ).scalar_one():
                    return


def answers(scene: Scene) -> dict[str, list[str]]:
    """Every page of every list, and the dataset's figures, as they are sent to the owner."""
    with serving(scene, LATER) as house:
        owner = Person(house, scene.key)
        told = {card.type: list(_pages(owner, f"/{card.type}?count=true&page[size]=7")) for card in CARDS}
        for summary in ("statistics", "agreement", "workflow"):
            told[summary] = [owner.get(f"/datasets/{scene.dataset}/{summary}").text]
        told["files"] = [owner.get(f"/files/{hash}").text for hash in hashes(scene)]
        return told


def _pages(person: Person, path: str) -> Iterator[str]:
    cursor = ""
    while True:
        reply = person.get(f"{path}&page[after]={quote(cursor)}")
        assert reply.status == 200, reply
        yield reply.text
        if not reply.data:
            return
        cursor = reply.data[-1]["meta"]["page"]["cursor"]


def hashes(scene: Scene) -> list[str]:
    with snapshot(scene.url, TOLD, scene.folder) as moment:
        return list(moment.hashes())


def digests_of(scene: Scene) -> dict[str, Any]:
    """What each table amounts to."""
    with snapshot(scene.url, TOLD, scene.folder) as moment:
        return digests(moment, Silence())


def backed_up(scene: Scene, file: Path, progress: Progress | None = None) -> Manifest:
    return backups.backup(scene.url, file, files_in(scene.folder), TOLD, progress or Silence())


def restored(scene: Scene, file: Path, url: str, folder: Path) -> Scene:
    """The SCENE whose backup FILE is, restored to URL and FOLDER."""
    restoring.restore(file, url, files_in(folder), folder, TOLD, Silence())
    return scene.at(url, folder)
