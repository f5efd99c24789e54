"""Uploads by manifest, one at a time, and the tasks by which they and changes of classes go on."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from app.attributes import is_id
from app.declare import RESOURCES
from app.errors import Conflict, NotFound
from app.operations import reading
from app.query import Filter, Query
from app.resources import imports, label_changes
from app.web.vendors.calls import Call, Json, told
from app.web.vendors.texts import plain
from app.web.vendors.theos.records import Row, dataset_held, dataset_of, done, fields_of, shown
from app.work import Work

MOST_TOLD = 100  # errors
SPLIT = "train"  # of items that do not say
_TYPES = {imports.KIND: "upload", label_changes.KIND: "classes"}
_WORDS = {
    "queued": "pending",
    "running": "running",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "stopped",
}
_FIELDS = ("id", "kind", "state", "done", "total", "errors_count", "created_at", "finished_at")


async def upload(call: Call) -> Response:
    """Have the items of a manifest brought by a task."""
    url = plain((await fields_of(call)).get("manifest_url"), "manifest_url")

    def job(work: Work) -> Json:
        dataset = dataset_held(work, call)
        if _under_way(work, dataset.id) is not None:
            detail = "an upload to this dataset is under way: wait for its task, or stop it"
            raise Conflict(detail, code="upload_under_way")
        body = {"manifest_url": url, "download": True, "split": SPLIT}
        return {"task_id": done(work, "datasets", dataset.id, "imports", body).id}

    return told(await call.write(job), 202)


async def stop(call: Call) -> Response:
    """End the upload: after the answer nothing more of it comes in."""

    def job(work: Work) -> Json:
        its = _under_way(work, dataset_of(work, call)["id"])
        if its is None:
            raise Conflict("no upload to this dataset is under way", code="no_upload")
        return {"task_id": done(work, "jobs", its, "cancel", {}).id, "status": _WORDS["cancelled"]}

    return told(await call.write(job))


def _under_way(work: Work, dataset_id: str) -> str | None:
    """The job that imports into the dataset now."""
    its = (
        Filter("dataset_id", "eq", (dataset_id,)),
        Filter("kind", "eq", (imports.KIND,)),
        Filter("finished_at", "eq", (None,)),
    )
    rows = reading.index(work, RESOURCES["jobs"], Query(its, size=1), ("id",)).rows
    return str(rows[0][0]) if rows else None


async def task(call: Call) -> Response:
    """How far a task is, and what it could not do."""
    id = call.path["task_id"]

    def job(work: Work) -> Json:
        if not is_id(id):
            raise NotFound("there is no such task, or you may not see it", code="task_not_found")
        row = shown(work, "jobs", id.lower(), _FIELDS)
        query = Query((Filter("job_id", "eq", (row["id"],)),), size=MOST_TOLD)
        fields = ("item", "code", "detail")
        return _told_of(row, reading.index(work, RESOURCES["job_errors"], query, fields).rows)

    return told(await call.read(job))


def _told_of(row: Row, errors: Sequence[tuple[Any, ...]]) -> Json:
    status = _WORDS[row["state"]]
    share = 1.0 if status == "completed" else row["done"] / row["total"] if row["total"] else 0.0
    return {
        "task_id": row["id"],
        "type": _TYPES.get(row["kind"], row["kind"]),
        "status": status,
        "done": row["done"],
        "total": row["total"],
        "progress": round(100 * min(share, 1.0), 2),
        "errors_count": row["errors_count"],
        "errors": [{"item": item, "code": code, "detail": detail} for item, code, detail in errors],
        "created_at": row["created_at"],
        "finished_at": row["finished_at"],
    }
