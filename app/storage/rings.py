"""Rings: procrastinate's rows on PostgreSQL, which tell workers that a job waits. They know no kind of it.

A ring is a hint and no more: it is rung in the transaction that makes the job, heard once that is committed,
and may be lost. procrastinate keeps them in a schema of its own. Each kind of job is a queue, so that only
those hear of a job who can work it.
"""

from hashlib import blake2b
from typing import Any

from sqlalchemy import text

from app.storage.statement import Statement

SCHEMA = "procrastinate"
TASK = "ring"  # of procrastinate; its argument is `job_id`
LONGEST_QUEUE = 40  # bytes of a queue's name: PostgreSQL's channels have 63, with procrastinate's prefix
STALE = 30.0  # seconds without a heartbeat after which a listener is believed dead

# As procrastinate's own `defer_jobs` does it, in our transaction and along with our next statement.
RING = Statement(
    lambda: text(f"""
SELECT {SCHEMA}.procrastinate_defer_jobs_v1(ARRAY[
  ROW(:queue, '{TASK}', CAST(:priority AS int), NULL, :job_id,
      jsonb_build_object('job_id', CAST(:job_id AS text)), NULL)
  ::{SCHEMA}.procrastinate_job_to_defer_v1])""")
)
# Those that wait for nobody, by the ids of jobs that are open; and those that a listener took and died of.
FORGET = Statement(
    lambda: text(f"""
DELETE FROM {SCHEMA}.procrastinate_jobs AS rings
WHERE (status = 'todo' AND NOT EXISTS (
    SELECT 1 FROM jobs WHERE jobs.id = rings.queueing_lock AND jobs.finished_at IS NULL))
  OR (status = 'doing' AND NOT EXISTS (
    SELECT 1 FROM {SCHEMA}.procrastinate_workers AS workers WHERE workers.id = rings.worker_id
    AND workers.last_heartbeat > now() - interval '{STALE} s'))""")
)


def values_of(kind: str, job_id: str, *, is_begun: bool = False) -> dict[str, Any]:
    """What RING takes, for a job of KIND. One that IS_BEGUN is heard before all that wait."""
    return {"queue": queue_of(kind), "job_id": job_id, "priority": int(is_begun)}


def queue_of(kind: str) -> str:
    """The queue where jobs of KIND are rung."""
    name = kind.encode()
    return kind if len(name) <= LONGEST_QUEUE else blake2b(name, digest_size=LONGEST_QUEUE // 2).hexdigest()


def unrung(job_id: str) -> Any:
    """The condition that no ring waits for the job whose id the column JOB_ID holds."""
    return text(
        f"NOT EXISTS (SELECT 1 FROM {SCHEMA}.procrastinate_jobs AS rings"
        f" WHERE rings.queueing_lock = {job_id} AND rings.status = 'todo')"
    )
