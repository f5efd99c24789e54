"""sweep_files: contents that nothing refers to go, and before them the rows that let people see them.

Nothing that is used may go, and two rules see to that.

* A content is put before the row that names it. So nothing goes that was put, for the first time or again,
  less than a day ago, or since the oldest unfinished job began: what jobs work on has no row yet. Whoever
  puts what is there already makes it young; `Blobs.delete` looks at the age and removes as one.
* A row of `files` is as young as its last bringing, and goes where it is old. It is locked first, and what
  refers to it is looked for again after that: whoever adds it meanwhile makes it young, or waits, and adds it
  anew.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlmodel import col

from app.contents import Nowhere
from app.jobs.file_references import AT_ONCE, referred, shown_elsewhere
from app.jobs.kinds import Kind, Step, Study, Watch, arguments_of, before
from app.operations.conditions import many, many_values, padded
from app.resources.files import File
from app.resources.jobs import Job
from app.resources.organizations import Organization
from app.storage.statement import Statement
from app.work import Work

DAY = timedelta(days=1)
MARGIN = 3600.0  # seconds by which S3 lets a content look older than its last bringing
_CONTENTS = "contents:"  # the cursor, and two characters of the hashes that come next
_STARTS = 256
_TOGETHER = 10_000  # contents from which on no further start is looked at in the same thought


class _Rows(NamedTuple):
    """Some rows of `files`: what nothing refers to, and where the next ones begin; None: there are none."""

    doomed: tuple[str, ...]
    next: str | None


class _Contents(NamedTuple):
    """Contents that nothing refers to, where they are AGE seconds old; and which start comes next."""

    doomed: tuple[str, ...]
    age: float
    next: int | None


def _due(work: Work, organization_id: str) -> Mapping[str, Any] | None:
    time = before(work, DAY)
    values = {"organization_id": organization_id, "before": time, "after": "", "size": 1}
    sweeps_contents = _is_first(work, organization_id, time) and not isinstance(work.sources.blobs, Nowhere)
    if sweeps_contents or work.rows(_OLD, values):
        return {"before": time, "contents": sweeps_contents}
    return None


def _is_first(work: Work, organization_id: str, time: str) -> bool:
    """Whether the organization is the oldest, and was there at TIME: its jobs sweep what is everybody's."""
    found = work.rows(_FIRST, {"size": 1})
    return bool(found) and found[0][0] == organization_id and found[0][1] < time


def _look(work: Work, job: Job) -> _Rows | _Contents:
    if job.cursor.startswith(_CONTENTS):
        return _contents(work, job.cursor.removeprefix(_CONTENTS))
    arguments = arguments_of(job)
    values = {"organization_id": job.organization_id, "before": arguments["before"]}
    found = [hash for (hash,) in work.rows(_OLD, values | {"after": job.cursor, "size": AT_ONCE})]
    unnamed = set(found) - referred(work, found, job.organization_id)
    unnamed -= shown_elsewhere(work, unnamed)
    return _Rows(tuple(sorted(unnamed)), found[-1] if len(found) == AT_ONCE else None)


def _contents(work: Work, start: str) -> _Contents:
    age = DAY.total_seconds()
    for (time,) in work.rows(_OLDEST_JOB, {"kind": KIND, "size": 1}):
        now = datetime.fromisoformat(work.now)
        age = max(age, (now - datetime.fromisoformat(time)).total_seconds() + MARGIN)
    old: list[str] = []
    at = int(start, 16)
    while at < _STARTS and len(old) < _TOGETHER:
        old += [hash for hash, _, its in work.sources.blobs.hashes(f"{at:02x}") if its >= age]
        at += 1
    unnamed = set(old) - referred(work, old)
    unnamed -= shown_elsewhere(work, unnamed)
    return _Contents(tuple(sorted(unnamed)), age, at if at < _STARTS else None)


def _think(seen: _Rows | _Contents, watch: Watch) -> _Rows | _Contents:
    if isinstance(seen, _Contents):
        for hash in seen.doomed:
            if not watch.go_on():
                break
            watch.sources.blobs.delete(hash, age=seen.age)
    return seen


def _run(work: Work, job: Job, cursor: str, found: _Rows | _Contents | None = None) -> Step:
    if isinstance(found, _Contents):
        return Step(None if found.next is None else f"{_CONTENTS}{found.next:02x}")
    assert found is not None
    arguments = arguments_of(job)
    removed = _remove(work, job.organization_id, found.doomed, arguments["before"])
    after = found.next or (f"{_CONTENTS}00" if arguments["contents"] else None)
    return Step(after, removed)


def _remove(work: Work, organization_id: str, doomed: tuple[str, ...], time: str) -> int:
    """Remove the rows of DOOMED that are old still, and still not referred to; how many."""
    if not doomed:
        return 0
    size = padded(len(doomed))
    bound = {"organization_id": organization_id, "before": time}
    held = [hash for (hash,) in work.rows(_held(size), many_values("k", list(doomed), size) | bound)]
    gone = sorted(set(held) - referred(work, held, organization_id))
    if not gone:
        return 0
    size = padded(len(gone))
    return work.run(_gone(size), many_values("k", gone, size) | bound)


_OLD = Statement(
    lambda: (
        select(col(File.hash))
        .where(
            col(File.organization_id) == bindparam("organization_id"),
            col(File.hash) > bindparam("after"),
            col(File.created_at) < bindparam("before"),
        )
        .order_by(col(File.hash))
        .limit(bindparam("size"))
    )
)
_FIRST = Statement(
    lambda: (
        select(col(Organization.id), col(Organization.created_at))
        .order_by(col(Organization.id))
        .limit(bindparam("size"))
    )
)
_OLDEST_JOB = Statement(
    lambda: (
        select(col(Job.created_at))
        .where(col(Job.finished_at).is_(None), col(Job.kind) != bindparam("kind"))
        .order_by(col(Job.created_at))
        .limit(bindparam("size"))
    )
)


@lru_cache(64)
def _held(size: int) -> Statement:
    def build() -> Any:
        is_old = col(File.created_at) < bindparam("before")
        return select(col(File.hash)).where(*_these(size), is_old).order_by(col(File.hash)).with_for_update()

    return Statement(build)


@lru_cache(64)
def _gone(size: int) -> Statement:
    return Statement(lambda: delete(File).where(*_these(size)))


def _these(size: int) -> tuple[Any, ...]:
    hash = col(File.hash)
    return col(File.organization_id) == bindparam("organization_id"), hash.in_(many("k", size, hash))


KIND = "sweep_files"
SWEEPING = Kind(KIND, _run, DAY, _due, study=Study(_look, _think))
