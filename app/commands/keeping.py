"""`postil backup`, `restore` and `move`."""

from collections.abc import Sequence
from pathlib import Path

import app.catalog  # noqa: F401 - every table is to be known before a migration
from app.commands.bars import bars
from app.keeping import backups, last, moving, restoring
from app.keeping.columns import TOLD
from app.keeping.files import files_in
from app.keeping.manifests import Table
from app.settings import Settings


def backup(settings: Settings, file: Path) -> None:
    """Write a backup of everything into FILE."""
    with bars() as shown:
        made = backups.backup(
            settings.database_url, file, files_in(settings.data, settings.files), TOLD, shown
        )
    try:
        last.note(settings.data, made.made_at)
    except OSError as error:
        print(f"{settings.data} takes no note of it, so that no server will tell its age: {error}")
    _tell(made.tables)
    print(f"{made.files.count} files, {_mebibytes(made.files.bytes)}")
    print(f"{file} is whole, {_mebibytes(file.stat().st_size)}. It holds secrets: keep it as you keep these.")


def restore(settings: Settings, file: Path) -> None:
    """Restore the backup FILE into the empty place that SETTINGS name."""
    with bars() as shown:
        files = files_in(settings.data, settings.files)
        made = restoring.restore(file, settings.database_url, files, settings.data, TOLD, shown)
    _tell(made.tables)
    print(f"{made.files.count} files, {_mebibytes(made.files.bytes)}")
    print(f"What was there at {made.made_at} is restored, and checked. Next: postil serve")


def move(settings: Settings, to: str) -> None:
    """Bring the database of SETTINGS to the empty one TO."""
    with bars() as shown:
        tables = moving.move(settings.database_url, to, TOLD, shown)
    _tell(tables)
    print(f"Everything is moved, and reads alike on both sides. Files stay in {settings.data}.")
    print("Next: serve it there (POSTIL_DATABASE, or --database). What it was moved from is as it was:")
    print("remove it once you have seen that all is well, so that nobody goes on in it.")


def _tell(tables: Sequence[Table]) -> None:
    print(f"{len(tables)} tables, {sum(table.rows for table in tables)} rows")


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
