"""Keeps files as the service does, from several threads at once, and notes each one that is acknowledged.

    python -m tests.campaigns.writing_files FOLDER LEDGER [hurried]

The ledger is no part of what a power cut hits. `hurried` is the seeded bug: contents are never flushed.
"""

import os
import random
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread

import app.catalog  # noqa: F401 - every table is to be known before a migration
from app.resources import files
from app.storage.blobs import open_blobs
from app.storage.database import Database
from app.storage.opening import migrate, open_database
from app.work import SYSTEM, Sources

THREADS = 6
LARGEST = 40_000  # bytes
ORGANIZATION = "0190a1b2-0000-7000-8000-000000000001"


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder}/postil.db"


def write(database: Database, ledger: int) -> None:
    """Keep one file after the other, and note the hash of each."""
    while True:
        content = os.urandom(random.randrange(1, LARGEST))
        put = files.put(database.sources, content)
        database.write_now(SYSTEM, lambda work, put=put: files.add(work, ORGANIZATION, put))  # type: ignore[misc]
        os.write(ledger, f"{put.hash}\n".encode())


def main(folder: Path, ledger: Path, how: str = "") -> None:
    if how == "hurried":
        os.fsync = lambda fd: None
    migrate(url_of(folder))
    sources = Sources(blobs=open_blobs("", folder))
    with closing(open_database(url_of(folder), sources=sources)) as database:
        noted = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        threads = [Thread(target=write, args=(database, noted), daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
