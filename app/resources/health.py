"""How an organization's part of the service fares: what there is, what waits, how it grows.

Everything is counted for the one organization, so that none learns of another. Of what all share there is
told when the last backup was made, and how large the database is: that where nobody else is in it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, cast, exists, func, literal, literal_column, select
from sqlmodel import col

from app.declare import RESOURCES, Resource, Summary, Values
from app.errors import Forbidden
from app.operations.changes import Event
from app.operations.reading import show
from app.resources import tallies
from app.resources.files import File
from app.resources.tallies import Tally
from app.storage.functions import by_database
from app.storage.statement import Statement
from app.work import Work

DAYS = 30  # that growth is told of
RECENT = timedelta(days=7)  # in which a failed job is still told of


def health(work: Work, card: Resource, id: str, body: Values) -> dict[str, Any]:
    """How the organization fares. Raises NotFound, Forbidden."""
    show(work, card, id, ("id",))
    if not work.actor.is_administrator:
        raise Forbidden("the health of an organization is told to its owners and admins")
    asked = {"organization_id": id, "since": _back(work.now, RECENT)}
    found = work.rows_together(*((statement, asked) for statement in _ASKED))
    (counts,), sums, (files,), (jobs,), (webhooks,), (database,) = found
    figures = {name: int(value) for name, value in sums}
    projects, datasets, accounts, events = counts
    waiting, running, failed, oldest = jobs
    return {
        "at": work.now,
        "records": {
            "accounts": accounts,
            "projects": projects,
            "datasets": datasets,
            "entries": figures.get(tallies.ENTRIES, 0),
            "annotations": figures.get(tallies.ANNOTATIONS, 0),
            "events": events or 0,
        },
        "files": {"count": files[0], "bytes": int(files[1])},
        "jobs": {"waiting": waiting, "running": running, "failed": failed, "oldest_waiting_at": oldest},
        "webhooks": {"waiting": int(webhooks[0]), "failing": webhooks[1]},
        "events_by_day": _events_by_day(work, id, events or 0),
        "database_bytes": database[0],
        "backup_at": work.sources.backup_at(),
    }


def _events_by_day(work: Work, id: str, last: int) -> list[Mapping[str, Any]]:
    """How many events each of the last days had: one look a midnight, since they are numbered in order."""
    days = [_back(work.now[:10] + "T00:00:00.000000Z", timedelta(days=n)) for n in range(DAYS - 1, -1, -1)]
    firsts = work.rows_together(*((_FIRST, {"organization_id": id, "day": day}) for day in days))
    numbers = [*(rows[0][0] if rows else last + 1 for rows in firsts), last + 1]
    counts = [max(after - first, 0) for first, after in pairwise(numbers)]
    return [{"day": day[:10], "events": count} for day, count in zip(days, counts, strict=True)]


def _back(now: str, age: timedelta) -> str:
    return (datetime.fromisoformat(now) - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _of(type: str, what: Any) -> Any:
    """WHAT is selected of the organization's records of TYPE."""
    columns = RESOURCES[type].columns
    return select(*what(columns)).where(columns["organization_id"] == bindparam("organization_id"))


def _count(type: str) -> Any:
    columns = RESOURCES[type].columns
    return _of(type, lambda _: [func.count()]).where(columns["deleted_at"].is_(None)).scalar_subquery()


def _counts() -> Any:
    last = select(func.max(col(Event.sequence))).where(
        col(Event.organization_id) == bindparam("organization_id")
    )
    return select(_count("projects"), _count("datasets"), _count("accounts"), last.scalar_subquery())


def _sums() -> Any:
    datasets = RESOURCES["datasets"].columns
    return (
        select(col(Tally.name), func.sum(col(Tally.value)))
        .join(datasets["id"].table, datasets["id"] == col(Tally.dataset_id))
        .where(
            datasets["organization_id"] == bindparam("organization_id"),
            datasets["deleted_at"].is_(None),
            col(Tally.name).in_([literal(tallies.ENTRIES), literal(tallies.ANNOTATIONS)]),
        )
        .group_by(col(Tally.name))
    )


def _files() -> Any:
    size = func.coalesce(func.sum(col(File.size)), 0)
    return select(func.count(), size).where(col(File.organization_id) == bindparam("organization_id"))


def _jobs() -> Any:
    def what(job: Any) -> list[Any]:
        is_queued = job["state"] == "queued"
        is_lately = (job["state"] == "failed") & (job["finished_at"] > bindparam("since"))
        each = [is_queued, job["state"] == "running", is_lately]
        oldest = func.min(case((is_queued, job["created_at"])))
        return [*(func.count(case((one, 1))) for one in each), oldest]

    return _of("jobs", what)


def _webhooks() -> Any:
    def what(webhook: Any) -> list[Any]:
        failing = func.count(case((webhook["failures_in_a_row"] > 0, 1)))
        return [func.coalesce(func.sum(webhook["pending_count"]), 0), failing]

    deleted_at = RESOURCES["webhooks"].columns["deleted_at"]
    return _of("webhooks", what).where(deleted_at.is_(None))


def _database() -> Any:
    """Its bytes; null where there is another organization."""
    pages = "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())"
    size = by_database(
        literal_column(pages, BigInteger),
        literal_column("pg_database_size(current_database())", BigInteger),
    )
    other = RESOURCES["organizations"].columns["id"]
    has_others = exists(select(1).where(other != bindparam("organization_id")))
    return select(case((~has_others, cast(size, BigInteger))))


_ASKED = tuple(Statement(one) for one in (_counts, _sums, _files, _jobs, _webhooks, _database))
_FIRST = Statement(
    lambda: (
        select(col(Event.sequence))
        .where(
            col(Event.organization_id) == bindparam("organization_id"),
            col(Event.at) >= bindparam("day"),
            col(Event.sequence).is_not(None),
        )
        .order_by(col(Event.at))
        .limit(1)
    )
)

_COUNT = {"type": "integer", "format": "int64"}
_TIME = {"type": "string", "format": "date-time"}
_NO_TIME = {"type": ["string", "null"], "format": "date-time"}


def _whole(about: str, **properties: Any) -> Mapping[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "description": about,
    }


HEALTH = Summary(
    "health",
    health,
    "How the organization's part of the service fares: what there is, what waits, how it grows. For its "
    "owners and admins. Nothing of another organization is counted.",
    {
        "at": _TIME | {"description": "As of when."},
        "records": _whole(
            "What there is, but for the trash; annotations and events: those ever made.",
            **dict.fromkeys(("accounts", "projects", "datasets", "entries", "annotations", "events"), _COUNT),
        ),
        "files": _whole("The contents of files that the organization has.", count=_COUNT, bytes=_COUNT),
        "jobs": _whole(
            "Jobs that wait for a worker, that run, and that failed in the last 7 days.",
            waiting=_COUNT,
            running=_COUNT,
            failed=_COUNT,
            oldest_waiting_at=_NO_TIME | {"description": "Since when the oldest waits."},
        ),
        "webhooks": _whole(
            "Deliveries that wait to be tried again, and webhooks whose last attempt failed.",
            waiting=_COUNT,
            failing=_COUNT,
        ),
        "events_by_day": {
            "type": "array",
            "items": _whole("A day, by UTC.", day={"type": "string", "format": "date"}, events=_COUNT),
            "description": "How many events each of the last 30 days had.",
        },
        "database_bytes": {
            "type": ["integer", "null"],
            "format": "int64",
            "description": "How large the database is; null where other organizations are in it.",
        },
        "backup_at": _NO_TIME
        | {"description": "Of when the last backup is that was made with this data folder; null: of none."},
    },
)
