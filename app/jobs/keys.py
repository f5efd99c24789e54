"""forget_keys: idempotency keys, and the answers kept with them, go when they are two days old."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_
from sqlmodel import col

from app.jobs.kinds import CHUNK, Kind, Step, arguments_of, before
from app.operations.idempotency import IdempotencyKey
from app.resources.accounts import Account
from app.resources.jobs import Job
from app.storage.statement import Statement
from app.work import Work

KEPT = timedelta(hours=48)  # a client may repeat a request for a day at least


def due(work: Work, organization_id: str) -> Mapping[str, Any] | None:
    values = {"organization_id": organization_id, "before": before(work, KEPT), "size": 1}
    return {"before": values["before"]} if work.rows(_OLD, values) else None


def run(work: Work, job: Job, cursor: str) -> Step:
    """Forget up to CHUNK keys."""
    values = {"organization_id": job.organization_id, "before": arguments_of(job)["before"], "size": CHUNK}
    forgotten = work.run(_FORGET, values)
    return Step(None if forgotten < CHUNK else str(job.done + forgotten), forgotten)


def _old() -> Any:
    accounts = select(col(Account.id)).where(col(Account.organization_id) == bindparam("organization_id"))
    return (
        select(col(IdempotencyKey.account_id), col(IdempotencyKey.key))
        .where(col(IdempotencyKey.at) < bindparam("before"), col(IdempotencyKey.account_id).in_(accounts))
        .limit(bindparam("size"))
    )


_OLD = Statement(_old)
_FORGET = Statement(
    lambda: delete(IdempotencyKey).where(
        tuple_(col(IdempotencyKey.account_id), col(IdempotencyKey.key)).in_(_old())
    )
)

FORGETTING = Kind("forget_keys", run, timedelta(hours=6), due)
