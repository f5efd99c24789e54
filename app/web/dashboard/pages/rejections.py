"""The rejecting verdicts, all or for one reason, in a dataset or a project: what statistics count."""

from typing import Any

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Visit

MOST = 1000  # verdicts that are looked through


async def _of_dataset(visit: Visit) -> Gathered:
    dataset = (await visit.get(f"/datasets/{visit.parameters['id']}")).record
    told = await _verdicts(visit, "dataset_id", dataset.project_id)
    return told | {"dataset": dataset}


async def _of_project(visit: Visit) -> Gathered:
    return await _verdicts(visit, "project_id", visit.parameters["id"]) | {"dataset": None}


async def _verdicts(visit: Visit, parent: str, project_id: str) -> dict[str, Any]:
    """What the verdicts say, the newest first: those for the `reason` that is asked for, or all."""
    reason = dict(visit.query).get("reason")
    project, *found = await visit.together(
        visit.get(f"/projects/{project_id}"),
        *(_rejecting(visit, parent, *told) for told in (("approved", "false"), ("outcome", "reject"))),
    )
    events = {one.id: one for events in found for one in events}
    # As the figure has it, which tells reasons apart by their first 200 characters.
    its = [
        one for one in events.values() if reason is None or (one.details.get("reason") or "")[:200] == reason
    ]
    return {
        "project": project.record,
        "reason": reason,
        "verdicts": sorted(its, key=lambda one: str(one.at), reverse=True),
        "people": await _people(visit, {one.actor_id for one in its if one.actor_id}),
        "is_cut": any(len(events) == MOST for events in found),
        "most": MOST,
    }


async def _rejecting(visit: Visit, parent: str, name: str, value: str) -> list[Record]:
    asked = {
        f"filter[{parent}]": visit.parameters["id"],
        "filter[resource]": "entries",
        "filter[kind]": "submit",
        f"filter[details][{name}]": value,
        "sort": "-sequence",
        "fields": "details,actor_id,record_id,at",
    }
    return await visit.every("/events", asked, MOST)


async def _people(visit: Visit, ids: set[str]) -> dict[str, Record]:
    if not ids:
        return {}
    found = await visit.every("/accounts", {"filter[id__in]": ",".join(sorted(ids))}, len(ids))
    return {one.id: one for one in found}


PAGES = (
    Page("/ui/datasets/{id}/rejections", "rejections.html", _of_dataset, "projects"),
    Page("/ui/projects/{id}/rejections", "rejections.html", _of_project, "projects"),
)
