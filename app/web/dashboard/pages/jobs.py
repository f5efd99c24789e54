"""Slow work: what goes on, how far each job is, what it could not do and what came of it."""

import asyncio
from typing import Any

from app.web.dashboard import listing
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Refusal, Visit

AT_ONCE = 50  # jobs, and errors, on a page
MOST = 100_000  # bytes of a list of differences that are shown
STATES = {
    "": "All",
    "queued,running": "Under way",
    "failed": "Failed",
    "succeeded": "Succeeded",
    "cancelled": "Cancelled",
}
KINDS = (
    *("import_items", "write_release", "write_export", "compare_releases", "change_many", "change_labels"),
    *("undo_labels", "copy_items", "move_entries", "score_reference", "decide_consensus", "empty_trash"),
)


async def _index(visit: Visit) -> Gathered:
    state, kind = visit.said("filter[state__in]"), visit.said("filter[kind]")
    filters = [(name, value) for name, value in visit.query if name.startswith("filter[") and value]
    asked = [("sort", "-created_at"), *filters, ("page[size]", str(AT_ONCE)), *listing.place(visit.query)]
    answer = await visit.get("/jobs", asked)
    places = await places_of(visit, answer.records)
    return {
        "jobs": answer.records,
        "at": listing.ways(visit.path, visit.query, answer.links),
        "states": STATES,
        "state": state,
        "kinds": KINDS,
        "kind": kind,
        "dataset_id": visit.said("filter[dataset_id]"),
        "datasets": places,
    }


async def places_of(visit: Visit, jobs: list[Record]) -> dict[str, Record]:
    """The datasets that JOBS work in, by id: those that may be seen."""
    ids = sorted({job.dataset_id for job in jobs if job.dataset_id})
    if not ids:
        return {}
    found = await visit.every("/datasets", {"filter[id__in]": ",".join(ids)}, len(ids))
    return {one.id: one for one in found}


async def _show(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    asked = [
        ("filter[job_id]", id),
        ("sort", "id"),
        ("page[size]", str(AT_ONCE)),
        *listing.place(visit.query),
    ]
    told, errors = await visit.together(visit.get(f"/jobs/{id}"), visit.get("/job_errors", asked))
    job = told.record
    dataset, account, made = await visit.together(
        _or_none(visit, "datasets", job.dataset_id),
        _or_none(visit, "accounts", job.account_id),
        _made(visit, job),
    )
    return {
        "job": job,
        "errors": errors.records,
        "at": listing.ways(visit.path, visit.query, errors.links),
        "dataset": dataset,
        "account": account,
        **made,
    }


async def _made(visit: Visit, job: Record) -> dict[str, Any]:
    """What came of it, where that is a release, a file or a list of differences."""
    export, release, other, differences = None, None, None, None
    if job.kind == "write_export":
        found = await visit.every("/exports", {"filter[job_id]": job.id}, 1)
        export = (await visit.get(f"/exports/{found[0].id}")).record if found else None
        release = await _or_none(visit, "releases", export.release_id) if export else None
    elif job.kind == "write_release":
        written = await visit.every("/releases", {"filter[job_id]": job.id}, 1)
        release = written[0] if written else None
    elif job.kind == "compare_releases" and job.state == "succeeded":
        release, other, differences = await asyncio.gather(
            _or_none(visit, "releases", job.result.get("after_id")),
            _or_none(visit, "releases", job.result.get("before_id")),
            _differences(visit, job.result["content_hash"]),
        )
    return {"export": export, "release": release, "other": other, "differences": differences}


async def _differences(visit: Visit, hash: str) -> list[Any] | None:
    """The first of them; None where the file has been swept."""
    try:
        return await visit.lines(f"/files/{hash}", MOST)
    except Refusal:
        return None


async def _or_none(visit: Visit, type: str, id: str | None) -> Record | None:
    found = await visit.or_none(f"/{type}/{id}") if id else None
    return found.record if found else None


PAGES = (
    Page("/ui/jobs", "jobs.html", _index, "jobs"),
    Page("/ui/jobs/{id}", "job.html", _show, "jobs"),
)
