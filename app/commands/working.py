"""`postil work`."""

import signal
import threading
from types import FrameType

import app.catalog  # noqa: F401 - every table is to be known
from app.commands.failures import Failed
from app.commands.sources import sources_of
from app.jobs.catalog import kinds_of
from app.jobs.worker import Worker
from app.logs import configure
from app.settings import Settings
from app.storage.opening import migrate, open_database

FURTHER = 2  # connections beside one for each thread: heartbeats, and what keeps house


def work(settings: Settings, threads: int) -> None:
    """Work jobs in so many THREADS until a signal ends it. Raises Failed."""
    _refuse_idle(settings, threads)
    configure(settings.log_level)
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    database = open_database(
        settings.database_url, sources=sources_of(settings), connections=threads + FURTHER
    )
    worker = Worker(database, kinds_of(settings), threads=threads)
    is_over = _signalled()
    worker.start()
    print(f"working in {threads} threads", flush=True)
    is_over.wait()
    worker.stop()
    database.close()


def _refuse_idle(settings: Settings, threads: int) -> None:
    """Raise Failed where nothing would be worked."""
    if settings.is_embedded:
        raise Failed(
            "an SQLite database is one process's, and `postil serve` works its jobs: nothing is to be done; "
            "for several processes use PostgreSQL (--database postgresql://...)"
        )
    if threads < 1:
        raise Failed("--threads is at least 1")


def _signalled() -> threading.Event:
    """What is set by SIGTERM or SIGINT."""
    is_over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        is_over.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    return is_over
