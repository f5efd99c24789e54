"""Holds a job for a worker that thinks: renews its lease, and notices where it is lost. It works nothing."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import structlog

from app.errors import Problem
from app.jobs import claims
from app.jobs.claims import Fenced
from app.jobs.kinds import Watch
from app.resources.jobs import Job
from app.storage.database import Database
from app.work import SYSTEM

TELL = 1.0  # seconds between two times that it is kept how far a thought is
SHARE = 5  # beats in a lease: some may fail, and a cancel is noticed after one

_log = structlog.get_logger("postil.jobs")


class Heartbeat:
    """Renews the LEASE, in seconds, of JOB until it ends, and keeps what WATCH is told."""

    def __init__(self, database: Database, job: Job, lease: float) -> None:
        self.is_lost = False  # the job was cancelled, or is another's
        self._database = database
        self._job = job
        self._lease = lease
        self._is_over = threading.Event()

    @contextmanager
    def beating(self, watch: Watch) -> Iterator[None]:
        """Renew the lease within, in a thread of its own. No beat is on its way any more afterwards."""
        thread = threading.Thread(target=self._run, args=(watch,), name="postil-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _run(self, watch: Watch) -> None:
        kept, beat = watch.told, self._lease / SHARE
        next_beat = time.monotonic() + beat
        while not self.is_lost and not self._is_over.wait(min(TELL, beat)):
            told = watch.told
            if told == kept and time.monotonic() < next_beat:
                continue
            if self._renew(told if told != kept else None):
                kept, next_beat = told, time.monotonic() + beat

    def _renew(self, told: tuple[int, int | None] | None) -> bool:
        try:
            renewing = partial(claims.renew, claimed=self._job, lease=self._lease, told=told)
            self._database.write_now(SYSTEM, renewing)
        except Fenced:
            self.is_lost = True
        except Problem as error:  # the database is away: the lease may still hold when it is back
            _log.warning("a heartbeat was lost", job=self._job.id, code=error.code)
            return False
        except Exception:
            _log.exception("a heartbeat failed", job=self._job.id)
            return False
        return True
