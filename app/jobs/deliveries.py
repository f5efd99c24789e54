"""The dispatcher: threads that send webhooks what the outbox holds for them."""

import threading
from functools import partial
from queue import SimpleQueue

import structlog

from app.errors import Problem
from app.jobs import outbox
from app.jobs.outbox import Claim
from app.jobs.rounds import Pace, Round, later
from app.storage.database import Database
from app.work import SYSTEM, Sources

THREADS = 8
FOR_SICK = 4  # of them; webhooks that fail cannot take the others' threads

_log = structlog.get_logger("postil.deliveries")


class Deliveries:
    """Sends the webhooks of DATABASE. Several may run at once, in whatever processes."""

    def __init__(self, database: Database, pace: Pace | None = None) -> None:
        self._database = database
        self._pace = pace or Pace()
        self._is_stopping = False
        self._wake = threading.Event()
        self._claims: SimpleQueue[Claim | None] = SimpleQueue()
        self._busy = {True: 0, False: 0}  # whether it is sick -> claims under way
        self._counting = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._sources = Sources()

    def start(self) -> None:
        self._sources = self._database.write_now(SYSTEM, lambda work: work.sources)
        self._database.write_now(SYSTEM, outbox.forget_leases)
        runs = [self._look, *[self._send_all] * THREADS]
        self._threads = [threading.Thread(target=run, name="postil-deliveries", daemon=True) for run in runs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the letters that are being sent."""
        self._is_stopping = True
        self._wake.set()
        for _ in range(THREADS):
            self._claims.put(None)
        for thread in self._threads:
            thread.join(self._pace.answer + 5)

    def _look(self) -> None:
        """Claim what is due, as far as threads are free, until it stops."""
        next_purge = self._now()
        while not self._is_stopping:
            try:
                has_found = self._claim(is_sick=False, free=THREADS - sum(self._busy.values()))
                has_found |= self._claim(is_sick=True, free=FOR_SICK - self._busy[True])
                if self._now() >= next_purge:
                    while self._database.write_now(SYSTEM, outbox.purge) and not self._is_stopping:
                        pass
                    next_purge = self._in(self._pace.purge)
            except Problem as error:  # the database is away, or overloaded: what is due stays so
                _log.warning("deliveries_wait", code=error.code)
                has_found = False
            except Exception:
                _log.exception("deliveries_failed")
                has_found = False
            if not has_found:
                self._wake.wait(self._pace.poll)
                self._wake.clear()

    def _claim(self, *, is_sick: bool, free: int) -> bool:
        if free <= 0:
            return False
        until = self._in(self._pace.lease)
        claims = self._database.write_now(
            SYSTEM, lambda work: outbox.claim(work, free, is_sick=is_sick, until=until)
        )
        with self._counting:
            self._busy[is_sick] += len(claims)
        for one in claims:
            self._claims.put(one)
        return bool(claims)

    def _send_all(self) -> None:
        while one := self._claims.get():
            try:
                report = Round(one, self._sources, self._pace, lambda: self._is_stopping).sent()
                self._database.write_now(SYSTEM, partial(outbox.record, claim=one, report=report))
            except Exception:  # its lease runs out, and then it is sent again
                _log.exception("delivery_failed", webhook=one.webhook.id)
            with self._counting:
                self._busy[one.webhook.failures_in_a_row > 0] -= 1
            self._wake.set()

    def _now(self) -> str:
        return self._sources.clock()

    def _in(self, seconds: float) -> str:
        return later(self._now(), seconds)
