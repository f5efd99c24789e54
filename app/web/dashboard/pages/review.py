"""The reviewer's queue: what waits at each review that they may do, the most urgent first."""

from typing import Any

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.leading import people_of
from app.web.dashboard.records import Record
from app.web.dashboard.stages import OWNER, Stage, stages_of
from app.web.dashboard.visits import Visit

MOST_DATASETS = 40  # whose queues are shown
MOST_WAITING = 6  # entries shown of a queue
MOST_OWN = 20
FEW = 10_000  # entries at a step that are counted one by one: those that the actor sees


async def _queue(visit: Visit) -> Gathered:
    me = visit.actor.account_id
    mine = {"filter[account_id]": me, "filter[enabled]": "true"}
    own = {"filter[assigned_to_id]": me, "sort": "priority"}
    datasets, places, held = await visit.together(
        visit.every("/datasets", {"sort": "name"}),
        visit.every("/project_members", mine),
        visit.every("/entries", own, MOST_OWN),
    )
    roles = {place.project_id: place.role for place in places}
    working = [one for one in datasets if one.entries_total_count > one.entries_completed_count]
    working.sort(key=lambda one: not one.entries_in_progress_count)
    asked = [_queues_of(visit, one, _role(visit, roles, one)) for one in working[:MOST_DATASETS]]
    found = [queue for queues in await visit.together(*asked) for queue in queues]
    found.sort(key=lambda queue: queue["urgency"])
    at_review = {(queue["dataset"].id, queue["stage"].name) for queue in found}
    held = [entry for entry in held if (entry.dataset_id, entry.wf_step) in at_review]
    return {
        "queues": found,
        "held": held,
        "names": {one.id: one.name for one in datasets},
        "people": await people_of(visit, {one["dataset"].project_id for one in found}),
        "left_off": max(0, len(working) - MOST_DATASETS),
    }


def _role(visit: Visit, roles: dict[str, str], dataset: Record) -> str | None:
    return OWNER if visit.actor.is_administrator else roles.get(dataset.project_id)


async def _queues_of(visit: Visit, dataset: Record, role: str | None) -> list[dict[str, Any]]:
    """What waits at each review of the dataset that the actor may do."""
    if role is None or role == "annotator":
        configured = str(dataset.workflow_configuration)
        if role is None or visit.actor.account_id not in configured:
            return []
    told = (await visit.get(f"/datasets/{dataset.id}/workflow", is_shown=False)).record.attributes
    stages = [
        stage
        for stage in stages_of(told, dataset.workflow_configuration).values()
        if stage.kind == "review" and stage.entries and stage.is_worked_by(visit.actor.account_id, role)
    ]
    return list(await visit.together(*(_queue_at(visit, dataset, stage) for stage in stages)))


async def _queue_at(visit: Visit, dataset: Record, stage: Stage) -> dict[str, Any]:
    asked = {"filter[dataset_id]": dataset.id, "filter[wf_step]": stage.name, "sort": "priority"}
    asked |= {"page[size]": str(MOST_WAITING)} | ({"count": "true"} if stage.entries <= FEW else {})
    page = await visit.get("/entries", asked)
    entries, me = page.records, visit.actor.account_id
    return {
        "dataset": dataset,
        "stage": stage,
        "count": page.meta.get("count", stage.entries),
        "is_open": not stage.is_paused and any(one.assigned_to_id in (None, me) for one in entries),
        "entries": entries,
        "urgency": min((_urgency(one) for one in entries), default=("~", 0.0, "")),
    }


def _urgency(entry: Record) -> tuple[str, float, str]:
    """What is due first, then what comes first by priority, then the oldest."""
    return entry.due_at or "~", entry.priority, entry.created_at


PAGES = (Page("/ui/review", "review.html", _queue, "review"),)
