"""Workers are killed and frozen at random on PostgreSQL, and every chunk has its effect once.

    python -m tests.app.jobs.chaos postgresql://.../database [jobs]

The database is to be empty: it is migrated. An effect is a row that bears a job's id and a chunk's number.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from uuid import uuid4

from sqlalchemy import bindparam, insert, text

import app.catalog  # noqa: F401 - every table is to be known
from app.commands.setting_up import found_organization
from app.jobs.kinds import Kind, Step
from app.jobs.worker import Worker
from app.resources.jobs import Job, enqueue
from app.resources.leases import Lease
from app.storage.opening import engine_of, migrate, open_database
from app.storage.statement import Statement
from app.work import SYSTEM, Work

CHUNKS, WORKERS = 4, 6
LEASE = 0.6  # seconds
ADD = Statement(lambda: insert(Lease).values({name: bindparam(f"v_{name}") for name in Lease.model_fields}))


def effect(work: Work, job: Job, cursor: str) -> Step:
    number = int(cursor or 0)
    time.sleep(random.uniform(0.01, 0.06))
    row = dict.fromkeys(Lease.model_fields, "") | {
        "id": work.sources.ids(),
        "entry_id": job.id,
        "wf_step": str(number),
        "token": uuid4().hex,
    }
    work.run(ADD, {f"v_{name}": value for name, value in row.items()})
    return Step(None if number + 1 == CHUNKS else str(number + 1), 1)


def work_on(url: str) -> None:
    database = open_database(url, connections=2)
    worker = Worker(database, {"chaos": Kind("chaos", effect)}, lease=LEASE, idle=0.05, threads=2)
    worker.start()
    signal.pause()


def run(url: str, jobs: int) -> None:
    migrate(url)
    database = open_database(url, connections=2)
    made = database.write_now(SYSTEM, lambda work: found_organization(work, "a@x.example", uuid4().hex))
    for _ in range(jobs):
        database.write_now(SYSTEM, lambda work: enqueue(work, "chaos", made["organization_id"], total=CHUNKS))

    def begun() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "tests.app.jobs.chaos", "--work", url])

    chance, faults = random.Random(1), Counter[str]()
    workers = [begun() for _ in range(WORKERS)]
    frozen: dict[int, float] = {}
    started = time.time()
    with engine_of(url) as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        count = text("SELECT count(*) FROM jobs WHERE finished_at IS NULL")
        while connection.execute(count).scalar_one() and time.time() - started < 120:
            time.sleep(0.15)
            for n in [n for n, until in frozen.items() if time.time() > until]:
                os.kill(workers[n].pid, signal.SIGCONT)
                del frozen[n]
            n, fate = chance.randrange(WORKERS), chance.random()
            if fate < 0.03:
                workers[n].kill()
                workers[n].wait()
                frozen.pop(n, None)
                workers[n] = begun()
                faults["kills"] += 1
            elif fate < 0.5 and n not in frozen:
                os.kill(workers[n].pid, signal.SIGSTOP)
                frozen[n] = time.time() + chance.uniform(0.3, 1.5)
                faults["freezes"] += 1
        for one in workers:
            one.kill()
            one.wait()
        states = connection.execute(
            text("SELECT state, count(*), max(attempt) FROM jobs GROUP BY state")
        ).all()
        effects = connection.execute(
            text("SELECT count(*), count(DISTINCT (entry_id, wf_step)) FROM leases")
        ).one()
    database.close()
    print(f"{dict(faults)} in {time.time() - started:.0f} s; jobs by state, with the most attempts: {states}")
    print(f"effects {effects[0]}, distinct {effects[1]}, expected {jobs * CHUNKS}")


if __name__ == "__main__":
    if sys.argv[1] == "--work":
        work_on(sys.argv[2])
    else:
        run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300)
