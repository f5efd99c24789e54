"""The service with short leases and a seeded bug, which the campaign of data is to catch.

    POSTIL_SEEDED="loses its place" python -m tests.campaigns.seeded_data serve ...

It takes the command line of `app`. The bugs: a chunk of an import is kept before the place where it ended;
a release shows rows as they are when it comes by.
"""

import os
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from app.__main__ import main
from app.declare import Resource
from app.jobs import claims
from app.jobs.kinds import Chunk, Step, Watch
from app.jobs.releasing import then
from app.jobs.releasing.then import Moment
from app.jobs.worker import Worker
from app.resources import imports
from app.resources.jobs import Job
from app.work import Work
from tests.campaigns.short_leases import shorten

BETWEEN = 0.3  # seconds between an effect and its place

_run_chunk = claims.run_chunk
_step = Worker.step


def keep_effects_first(worker: Worker, job: Job) -> bool:
    """A step of an import: what it does in one transaction, and then where it ended in another."""
    if job.kind != imports.KIND:
        return _step(worker, job)
    done: list[Step] = []

    def run_alone(work: Work, claimed: Job, run: Chunk, lease: float, watch: Watch | None = None) -> bool:
        held = claims.held(work, claimed)
        done.append(run(work, held, held.cursor))
        return True

    claims.run_chunk = run_alone
    try:
        _step(worker, job)
    finally:
        claims.run_chunk = _run_chunk
    time.sleep(BETWEEN)
    [step] = done
    return worker._write(
        job, partial(_run_chunk, claimed=job, run=lambda *given: step, lease=worker._lease, watch=None)
    )


def show_what_is(work: Work, card: Resource, rows: Sequence[Any], moment: Moment) -> list[Any]:
    return [row for row in rows if row.deleted_at is None]


def seed(bug: str) -> None:
    if bug == "loses its place":
        Worker.step = keep_effects_first  # type: ignore[method-assign, assignment]
    else:
        assert bug == "shows what is"
        then.at = show_what_is


if __name__ == "__main__":
    shorten()
    seed(os.environ["POSTIL_SEEDED"])
    main()
