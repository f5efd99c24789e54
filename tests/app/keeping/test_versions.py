"""A backup of an older Postil is restored by a newer one, and never the other way round."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, Text, inspect, text

from app.keeping import moving
from app.keeping.columns import TOLD
from app.keeping.progress import Silence
from app.keeping.refusals import Refused
from app.keeping.shapes import revision_of
from app.storage.migrating import migrate_within
from app.storage.opening import engine_of
from app.storage.revisions import revisions
from tests.app.keeping.conftest import Empty
from tests.app.keeping.scenes import Scene, backed_up, digests_of, restored
from tests.test_architecture import differences

OLD = "0003"
TIME = "2026-01-31T12:00:00.000000Z"


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, empty: Empty, tmp_path: Path) -> Scene:
    """A database as a Postil had it that knew no workflows yet, with an entry that is done."""
    url = empty(request.param)
    if request.param == "sqlite":
        Path(url.removeprefix("sqlite:///")).parent.mkdir()
    with engine_of(url) as engine, engine.begin() as connection:
        migrate_within(connection, OLD)
        rows: dict[str, dict[str, Any]] = {
            "organizations": {"id": "o", "name": "Lund"},
            "accounts": {"id": "a", "organization_id": "o", "email": "ana@example.org"},
            "projects": {"id": "p", "organization_id": "o", "created_by_id": "a"},
            "datasets": {"id": "d", "project_id": "p", "workflow_configuration": "{}"},
            "entries": {"id": "e", "dataset_id": "d", "wf_step": "done", "submitted_by_id": "a"},
            "tallies": {"dataset_id": "d", "name": "entries", "key": "done:completed", "value": 1},
        }
        rows["datasets"] |= dict.fromkeys(("entries_total_count", "entries_completed_count"), 1)
        rows["datasets"]["entries_begun_count"] = 1
        for table, values in rows.items():
            insert(connection, table, values)
    return Scene(url, tmp_path, "", "d", "")


def insert(connection: Connection, table: str, values: dict[str, Any]) -> None:
    """A row of VALUES, and of the least that its other columns bear."""
    row = {}
    for column in inspect(connection).get_columns(table):
        if not column["nullable"] and not column.get("computed"):
            least = (
                "" if isinstance(column["type"], Text) else 0 if isinstance(column["type"], Integer) else 0.5
            )
            row[column["name"]] = TIME if column["name"].endswith("_at") else least
    row |= values
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES (:{', :'.join(row)})"), row)


def assert_new(scene: Scene) -> None:
    """The old entry is there, and what newer tables say of it."""
    with engine_of(scene.url) as engine, engine.connect() as connection:
        assert revision_of(connection) == revisions()[0]
        entry = connection.execute(text("SELECT ended_from, hands, workflow_version FROM entries")).one()
        version = connection.execute(text("SELECT id, number FROM workflow_versions")).one()
        crews = connection.execute(text("SELECT worker FROM crews ORDER BY worker")).scalars().all()
    assert (entry.ended_from, entry.workflow_version) == ("annotate", 1)
    assert entry.hands == '{"annotate":["a"]}'
    assert (version.id, version.number) == ("d", 1)
    assert crews == ["annotator", "reviewer"]
    assert differences(scene.url) == []


def other_than(scene: Scene) -> str:
    return "postgresql" if scene.url.startswith("sqlite:") else "sqlite"


def test_an_older_backup_is_restored_and_migrated(old: Scene, empty: Empty, tmp_path: Path) -> None:
    manifest = backed_up(old, tmp_path / "old.tar")

    new = restored(old, tmp_path / "old.tar", empty(other_than(old)), tmp_path / "files")

    assert manifest.revision == OLD
    assert_new(new)


def test_an_older_database_is_moved_and_migrated(old: Scene, empty: Empty) -> None:
    before = digests_of(old)
    to = empty(other_than(old))

    moving.move(old.url, to, TOLD, Silence())

    assert_new(old.at(to))
    assert digests_of(old) == before


def test_a_newer_database_is_not_moved(old: Scene, empty: Empty) -> None:
    with engine_of(old.url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Refused, match="newer Postil"):
        moving.move(old.url, empty("sqlite"), TOLD, Silence())


def test_a_newer_backup_is_refused_with_what_to_do(old: Scene, empty: Empty, tmp_path: Path) -> None:
    with engine_of(old.url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    backed_up(old, tmp_path / "new.tar")

    with pytest.raises(Refused, match=r"newer Postil .* revision 9999.* use that version"):
        restored(old, tmp_path / "new.tar", empty("sqlite"), tmp_path / "files")
