"""Brings the items that an import is to keep: fetched, looked at, and kept as files. Some at a time.

The entries are there already, and wait. One whose item cannot be had, or is no picture, is told and stays.
"""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from app.declare import RESOURCES
from app.errors import Problem
from app.fetching import Limits
from app.jobs.importing.gathering import fetch
from app.jobs.importing.keeping import keep_item
from app.jobs.importing.placing import hold
from app.jobs.kinds import ItemError, Watch
from app.operations import changes
from app.resources import files
from app.resources.files import Content
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import Status

AT_ONCE = 32  # items
_TOGETHER = 8  # requests
_LIMITS = Limits(seconds=120, bytes=64 << 20)


class Waiting(NamedTuple):
    """An entry whose item is to be brought."""

    id: str
    resource: str


class Brought(NamedTuple):
    """What came of it: the file, or why there is none."""

    id: str
    resource: str
    content: Content | None
    code: str = ""
    detail: str = ""


def waiting(work: Work, dataset_id: str, job_id: str) -> list[Waiting]:
    """The next entries that wait for the job."""
    found = work.rows(_WAITING, {"dataset_id": dataset_id, "job_id": job_id, "size": AT_ONCE})
    return [Waiting(*row) for row in found]


def bring(entries: Sequence[Waiting], watch: Watch) -> list[Brought]:
    """Fetch the items of ENTRIES, and keep what is sound."""
    with ThreadPoolExecutor(_TOGETHER) as pool:
        return list(pool.map(partial(_brought, watch), entries))


def _brought(watch: Watch, entry: Waiting) -> Brought:
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "item"
            with path.open("wb") as file:
                fetch(watch, entry.resource, file, _LIMITS)
            return Brought(entry.id, entry.resource, keep_item(watch.sources, path))
    except Problem as error:
        return Brought(entry.id, entry.resource, None, error.code, error.detail)


def settle(
    work: Work, dataset_id: str, job_id: str, brought: Sequence[Brought], *, keeps_same: bool = False
) -> list[ItemError]:
    """Let the entries that wait for what was BROUGHT be served; what went wrong with which.

    One whose content another entry has is none, unless it KEEPS_SAME.
    """
    hold(work, dataset_id)
    errors = []
    for one in brought:
        found = work.rows(_HELD, {"id": one.id, "job_id": job_id})
        if not found:  # it was removed meanwhile, or another import has it
            continue
        entry = RESOURCES["entries"].of(found[0])
        if one.content is None:
            errors.append(ItemError(one.resource, one.code, one.detail))
            _set(work, entry, {"status": Status.PROCESSING_ERROR.value}, "fail")
        elif not keeps_same and (other := _same(work, dataset_id, one.content.hash)):
            errors.append(ItemError(one.resource, "duplicate", f"the entry {other} has the same content"))
            changes.remove(work, RESOURCES["entries"], entry)
        else:
            files.add(work, entry.organization_id, one.content)
            _set(work, entry, {"status": Status.READY.value, **_columns(one.content)}, "ready")
    return errors


def _columns(content: Content) -> dict[str, Any]:
    told = {"content_hash": content.hash, "media_type": content.media_type}
    header = content.header
    return told | ({"width": header.width, "height": header.height} if header else {})


def _set(work: Work, entry: Any, values: dict[str, Any], event: str) -> None:
    changes.change(work, RESOURCES["entries"], entry, values, event)


def _same(work: Work, dataset_id: str, hash: str) -> str | None:
    found = work.rows(_SAME, {"dataset_id": dataset_id, "hash": hash, "size": 1})
    return found[0][0] if found else None


def _waiting() -> Any:
    columns = RESOURCES["entries"].columns
    return (
        select(columns["id"], columns["resource"])
        .where(
            columns["dataset_id"] == bindparam("dataset_id"),
            columns["status"] == Status.PENDING.value,
            columns["deleted_at"].is_(None),
            columns["job_id"] == bindparam("job_id"),
        )
        .order_by(columns["priority"], columns["id"])
        .limit(bindparam("size"))
    )


def _held() -> Any:
    card = RESOURCES["entries"]
    return (
        select(*card.columns.values())
        .where(
            card.columns["id"] == bindparam("id"),
            card.columns["job_id"] == bindparam("job_id"),
            card.columns["status"] == Status.PENDING.value,
            card.columns["deleted_at"].is_(None),
        )
        .with_for_update(of=card.table, key_share=True)
    )


def _same_content() -> Any:
    columns = RESOURCES["entries"].columns
    is_it = columns["dataset_id"] == bindparam("dataset_id"), columns["content_hash"] == bindparam("hash")
    return select(columns["id"]).where(*is_it, columns["deleted_at"].is_(None)).limit(bindparam("size"))


_WAITING = Statement(_waiting)
_HELD = Statement(_held)
_SAME = Statement(_same_content)
