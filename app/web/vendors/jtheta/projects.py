"""Keys and projects: validate_key, create_project, delete_project, and how far the work on one is."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import NotFound
from app.operations import records
from app.resources import numbers, statistics
from app.web.vendors.calls import Call, Json, Numbering, told
from app.web.vendors.jtheta.records import datasets_of, project_titled
from app.web.vendors.texts import plain, text_for
from app.work import Work
from workflow.dataset import workflow_of
from workflow.graph import Kind

WORDS = ("pending", "in_progress", "in_review", "completed", "error")
_BY_STATUS = {  # of entries; those in progress go by their step
    "pending": "pending",
    "processing": "pending",
    "ready": "pending",
    "waiting_changed": "in_progress",
    "completed": "completed",
    "errored": "error",
    "processing_error": "error",
}


async def validate_key(call: Call) -> Response:
    """That the key is good, and whose it is."""
    return told({"valid": True, "message": "The API key is valid.", "email": call.actor.email})


async def create(call: Call) -> Response:
    body = await call.object()
    projects = RESOURCES["projects"]
    title = text_for(projects, "name", body.get("project_title"), "project_title")
    category = text_for(projects, "category", body.get("project_category"), "project_category")

    def job(work: Work) -> Json:
        values = {"organization_id": work.actor.organization_id, "name": title, "category": category}
        row = records.create(work, projects, values).row
        return _told_of(row, numbers.drawn(work, [row.id])[row.id])

    return told(await call.write(job), 201)


async def delete(call: Call) -> Response:
    """Put the project into the trash, with all that is beneath it."""
    body = await call.object()
    title = plain(body.get("project_title"), "project_title")

    def job(work: Work) -> Json:
        project = project_titled(work, title)
        records.delete(work, RESOURCES["projects"], project.id)
        return {"message": "The project was deleted.", "project_title": title}

    return told(await call.write(job))


async def status_of_one(call: Call) -> Response:
    """How far the project is whose title is one part of the path."""
    return await _status(call, [call.path["title"]])


async def status_of_rest(call: Call) -> Response:
    """The same for the SDK, which writes titles as they are: their slashes and question marks too."""
    path = call.request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
    title = unquote(path.partition("/annotation/status/")[2], errors="replace")
    query = call.request.scope["query_string"].decode("latin-1")
    if query:
        title += "?" + unquote(query, errors="replace")
    return await _status(call, [title, title.removesuffix("/")])


async def _status(call: Call, titles: list[str]) -> Response:
    def job(work: Work, numbering: Numbering) -> Json:
        project = _first(work, titles)
        datasets = datasets_of(work, project.id)
        number_of = numbering(work, [project.id, *(one.id for one in datasets)])
        counts = {one.id: counts_of(work, one) for one in datasets}
        each = [
            {"id": number_of[one.id], "dataset_name": one.name, **_progress(counts[one.id])}
            for one in datasets
        ]
        whole: Counter[str] = sum(counts.values(), Counter())
        return _told_of(project, number_of[project.id]) | _progress(whole) | {"datasets": each}

    return told(await call.numbered(job))


def _first(work: Work, titles: list[str]) -> Any:
    try:
        return project_titled(work, titles[0])
    except NotFound:
        return project_titled(work, titles[-1])


def counts_of(work: Work, dataset: Any) -> Counter[str]:
    """How many images of DATASET are how far, in JTheta's words."""
    figures = statistics.of_record(work, RESOURCES["datasets"], dataset.id, {})
    graph = workflow_of(dataset.workflow_configuration).graph
    counts: Counter[str] = Counter()
    for step, statuses in figures["entries"]["by_step"].items():
        is_review = step in graph.steps and graph.steps[step].kind is Kind.REVIEW
        for status, count in statuses.items():
            word = "in_review" if is_review else "in_progress"
            counts[_BY_STATUS.get(status, word)] += count
    return counts


def _progress(counts: Mapping[str, int]) -> Json:
    total = sum(counts.values())
    done = counts.get("completed", 0) + counts.get("error", 0)
    begun = total - counts.get("pending", 0)
    status = "completed" if total and done == total else "in_progress" if begun else "pending"
    told = {word: counts.get(word, 0) for word in WORDS}
    return {
        "status": status,
        "total_images": total,
        **told,
        "progress": round(100 * done / total, 2) if total else 0.0,
    }


def _told_of(project: Any, number: int) -> Json:
    return {
        "id": number,
        "project_title": project.name,
        "project_category": project.category,
        "created_at": project.created_at,
    }
