"""Write a migration of what changed in the tables: `make migration NAME=what_changes`."""

import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from app.storage.migrating import configuration
from app.storage.opening import engine_of, migrate


def write(name: str) -> None:
    """Compare the tables with those that the migrations so far make, and write the difference down."""
    import_module("app.catalog")  # every table is to be known
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.db'}"
        migrate(url)
        with engine_of(url) as engine:
            config = configuration(engine)
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            command.revision(config, name.replace("_", " "), autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit("say what changes: make migration NAME=what_changes")
    write(sys.argv[1])
