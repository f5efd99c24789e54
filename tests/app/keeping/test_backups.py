"""A backup holds everything of one moment, and is restored into either database."""

import json
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app.keeping import backups, restoring
from app.keeping.archives import Reader
from app.keeping.columns import TOLD
from app.keeping.files import files_in
from app.keeping.progress import Silence
from app.keeping.refusals import Refused
from app.storage.opening import engine_of
from app.work import SYSTEM, Work
from tests.app.keeping.conftest import Empty
from tests.app.keeping.scenes import (
    Scene,
    answers,
    backed_up,
    digests_of,
    hashes,
    restored,
    serving,
)
from tests.app.storage.working import add_organization
from tests.lab import Person


def test_what_is_restored_answers_as_what_was_backed_up(scene: Scene, empty: Empty, tmp_path: Path) -> None:
    """Into the other kind of database."""
    backed_up(scene, tmp_path / "backup.tar")
    kind = "postgresql" if scene.url.startswith("sqlite") else "sqlite"

    new = restored(scene, tmp_path / "backup.tar", empty(kind), tmp_path / "files")

    assert digests_of(new) == digests_of(scene)
    assert answers(new) == answers(scene)


def test_a_backup_holds_every_table_every_column_and_every_file(scene: Scene, tmp_path: Path) -> None:
    manifest = backed_up(scene, tmp_path / "backup.tar")

    with engine_of(scene.url) as engine, engine.connect() as connection:
        seen = inspect(connection)
        columns = {
            table: {column["name"] for column in seen.get_columns(table)} - {"status", "progress"}
            if table == "datasets"
            else {column["name"] for column in seen.get_columns(table)}
            for table in seen.get_table_names()
            if table != "alembic_version"
        }
        counts = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in columns
        }
    assert {table.name: set(table.columns) for table in manifest.tables} == columns
    assert {table.name: table.rows for table in manifest.tables} == counts
    assert manifest.files.count == 3
    with tarfile.open(tmp_path / "backup.tar") as archive:
        assert [name[6:] for name in archive.getnames() if name.startswith("files/")] == hashes(scene)


def test_any_tar_and_gunzip_read_a_backup(archive: Path) -> None:
    packed = subprocess.run(
        ["tar", "-xOf", str(archive), "tables/accounts/000001.ndjson.gz"], check=True, capture_output=True
    )
    lines = subprocess.run(["gunzip"], input=packed.stdout, check=True, capture_output=True).stdout

    assert len([json.loads(line) for line in lines.splitlines()]) == 2


def test_only_its_owner_may_read_a_backup(archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


class Meddler:
    """Writes to the database while it is backed up, between one table and the next."""

    def __init__(self, scene: Scene, work: Work | None = None) -> None:
        self._scene = scene
        self.is_done = False

    def begin(self, part: str, total: int) -> None:
        if part != "rows" or self.is_done:
            return
        self.is_done = True
        with serving(self._scene) as house:
            house.database.write_now(SYSTEM, add_organization)

    def advance(self, by: int) -> None: ...


def test_a_backup_is_of_one_moment(scene: Scene, empty: Empty, tmp_path: Path) -> None:
    backed_up(scene, tmp_path / "first.tar")
    kind = "sqlite" if scene.url.startswith("sqlite") else "postgresql"
    mine = restored(scene, tmp_path / "first.tar", empty(kind), tmp_path / "files")
    before = digests_of(mine)

    backed_up(mine, tmp_path / "second.tar", Meddler(mine))

    after = restored(mine, tmp_path / "second.tar", empty(kind), tmp_path / "again")
    assert digests_of(after) == before
    assert digests_of(mine)["organizations"].rows == before["organizations"].rows + 1


def test_a_missing_or_damaged_file_is_named_and_no_backup_is_left(scene: Scene, tmp_path: Path) -> None:
    hash = hashes(scene)[1]
    path = scene.folder / "files" / hash[:2] / hash
    content = path.read_bytes()

    try:
        path.unlink()
        with pytest.raises(Refused, match=f"{hash} is missing"):
            backed_up(scene, tmp_path / "one.tar")
        path.write_bytes(content[:-1] + b"!")
        with pytest.raises(Refused, match=f"{hash} is damaged"):
            backed_up(scene, tmp_path / "one.tar")
    finally:
        path.write_bytes(content)

    assert list(tmp_path.iterdir()) == []


def test_a_backup_overwrites_nothing(scene: Scene, archive: Path) -> None:
    with pytest.raises(Refused, match="overwrites none"):
        backed_up(scene, archive)


def test_what_is_not_there_is_neither_backed_up_nor_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none/postil.db"

    with pytest.raises(Refused, match="no database"):
        backups.backup(url, tmp_path / "backup.tar", files_in(tmp_path), TOLD, Silence())

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_restored_over_what_is_there(scenes: dict[str, Scene], archive: Path) -> None:
    for scene in scenes.values():
        before = digests_of(scene)

        with pytest.raises(Refused, match="never mixes"):
            restored(scene, archive, scene.url, scene.folder)

        assert digests_of(scene) == before


def test_a_log_of_a_database_that_is_gone_is_not_mixed_with_what_is_restored(
    scenes: dict[str, Scene], archive: Path, tmp_path: Path
) -> None:
    (tmp_path / "postil.db-wal").write_bytes(b"old")

    with pytest.raises(Refused, match="never mixes"):
        restored(scenes["sqlite"], archive, f"sqlite:///{tmp_path}/postil.db", tmp_path)


def test_a_damaged_file_that_is_there_already_is_not_taken_for_the_restored_one(
    scenes: dict[str, Scene], archive: Path, tmp_path: Path, empty: Empty
) -> None:
    hash = hashes(scenes["sqlite"])[0]
    whole = scenes["sqlite"].folder / "files" / hash[:2] / hash
    old = tmp_path / "files" / hash[:2] / hash
    old.parent.mkdir(parents=True)
    old.write_bytes(bytes(len(whole.read_bytes())))  # of another size it would be written anew

    with pytest.raises(Refused, match=f"{hash} was there already"):
        restored(scenes["sqlite"], archive, f"sqlite:///{tmp_path}/postil.db", tmp_path)

    assert not (tmp_path / "postil.db").exists()


def test_a_restored_service_goes_on(scene: Scene, archive: Path, empty: Empty, tmp_path: Path) -> None:
    """On each database: its keys sign in, its feed is numbered on, and its queue serves."""
    backed_up(scene, tmp_path / "own.tar")
    kind = "sqlite" if scene.url.startswith("sqlite") else "postgresql"
    new = restored(scene, tmp_path / "own.tar", empty(kind), tmp_path / "files")

    with serving(new) as house:
        taken = Person(house, new.annotator).post(f"/datasets/{new.dataset}/next")
        made = Person(house, new.key).create("entries", dataset_id=new.dataset, resource="new.png")
        house.database.write_now(SYSTEM, lambda work: None)

    assert (taken.status, made.status) == (200, 201)
    with engine_of(new.url) as engine, engine.connect() as connection:
        found = connection.execute(text("SELECT sequence FROM events ORDER BY organization_id, sequence"))
        numbers = [number for (number,) in found]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_archive_is_checked_without_restoring_it(archive: Path) -> None:
    with archive.open("rb") as file:
        manifest = restoring.examine(file, Silence())
        file.seek(0)

        assert Reader(file).manifest == manifest
