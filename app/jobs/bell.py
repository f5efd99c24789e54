"""Hears the rings of jobs, by procrastinate's worker on connections of its own. It knows no job."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector

from app.storage.rings import SCHEMA, STALE, TASK, queue_of

POLL = 5.0  # seconds after which it looks for rings, though it heard none
RETRY = 1.0  # seconds after which it listens anew, where the connection was lost
PATIENCE = 10.0  # seconds that a stop waits for what is under way
GRACE = 8.0  # of them, that procrastinate does; then it leaves jobs to their threads: others are to be begun

_log = structlog.get_logger("postil.jobs")


class Bell:
    """Calls WORK with the id of each job of KINDS that is rung at URL, as many at once as THREADS."""

    def __init__(
        self, url: str, kinds: Iterable[str], threads: int, work: Callable[[str], None], *, poll: float = POLL
    ) -> None:
        self._url = url
        self._queues = sorted(map(queue_of, kinds))
        self._threads = threads
        self._work = work
        self._poll = poll
        self._is_stopping = threading.Event()
        self._cancel: Callable[[], Any] = lambda: None
        self._thread = threading.Thread(target=self._run, name="postil-bell", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take no further ring, and wait a little for the work under way."""
        self._is_stopping.set()
        with suppress(RuntimeError):  # the loop has just ended by itself
            self._cancel()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                asyncio.run(self._listen())
            except asyncio.CancelledError:
                return
            except Exception as error:  # jobs wait meanwhile: rings stay, and what is lost is rung anew
                _log.warning("the bell is silent, and listens anew", error=repr(error))
            self._is_stopping.wait(RETRY)

    async def _listen(self) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        if self._is_stopping.is_set():
            return
        app = App(connector=PsycopgConnector(conninfo=self._url, kwargs=_OPTIONS, min_size=1, max_size=2))
        app.task(name=TASK)(self._ring)
        async with app.open_async():
            await app.run_worker_async(
                queues=self._queues,
                concurrency=self._threads,
                fetch_job_polling_interval=self._poll,
                abort_job_polling_interval=3600.0,  # nobody aborts a ring
                stalled_worker_timeout=STALE,
                shutdown_graceful_timeout=GRACE,
                delete_jobs="always",
                install_signal_handlers=False,
            )

    async def _ring(self, job_id: str) -> None:
        """Work the job in a thread. It lasts as long as that: who is busy leaves rings to others."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def work() -> None:
            self._work(job_id)
            with suppress(RuntimeError):  # nobody waits any more
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=work, name="postil-job", daemon=True).start()
        await done.wait()


_OPTIONS = {"options": f"-c search_path={SCHEMA} -c statement_timeout=5s -c lock_timeout=2s"}
