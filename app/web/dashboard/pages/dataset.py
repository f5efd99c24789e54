"""A dataset: its workflow drawn as it stands, how the work goes, when it will be done, what was rejected."""

from typing import Any

from app.web.dashboard import courses
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.flow import flow_of
from app.web.dashboard.leading import leads
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Refusal, Visit

MOST = 1000  # verdicts that are looked through


async def _overview(visit: Visit) -> Gathered:
    """The whole page; only the workflow and what stands in it, where `part` says flow."""
    at = f"/datasets/{visit.parameters['id']}"
    shown, told, statistics = await visit.together(
        visit.get(at), visit.get(f"{at}/workflow"), visit.get(f"{at}/statistics")
    )
    dataset, workflow, figures = shown.record, told.record, statistics.record
    by_step = figures.entries["by_step"]
    project, is_lead = await visit.together(
        visit.get(f"/projects/{dataset.project_id}"), leads(visit, dataset.project_id)
    )
    gathered = {
        "dataset": dataset,
        "etag": shown.headers.get("etag", ""),
        "project": project.record,
        "is_lead": is_lead,
        "workflow": workflow,
        "flow": flow_of(workflow.attributes, dataset.workflow_configuration, by_step),
        "statuses": _by_status(by_step),
        "part": visit.said("part"),
    }
    if gathered["part"] == "flow":
        return gathered
    forecast = await _forecast(visit, at)
    steps = [step["name"] for step in workflow.steps if step["kind"] != "gate"]
    ends = {step["name"] for step in workflow.steps if step["kind"] in ("done", "error")} | {"error"}
    return gathered | {
        "figures": figures,
        "forecast": forecast,
        "burn_up": courses.burn_up(figures.flow, ends, forecast),
        "cumulative": courses.cumulative_flow(figures.flow, steps, ends),
        "throughput": courses.throughput(figures.throughput),
    }


async def _forecast(visit: Visit, at: str) -> Any:
    """What is foretold; None, where the actor may not ask for it."""
    try:
        # The same seed: what is shown again with nothing changed is the same.
        return (await visit.post(f"{at}/workflow/forecast", {"seed": 1})).record.attributes
    except Refusal as refusal:
        if refusal.status == 403:
            return None
        raise


def _by_status(by_step: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for statuses in by_step.values():
        for status, count in statuses.items():
            counts[status] = counts.get(status, 0) + count
    return counts


async def _rejections(visit: Visit) -> Gathered:
    """The rejecting verdicts for one reason, the newest first: what the figure counts."""
    id, reason = visit.parameters["id"], visit.said("reason")
    dataset, *found = await visit.together(
        visit.get(f"/datasets/{id}"),
        *(
            _verdicts(visit, id, name, value)
            for name, value in (("approved", "false"), ("outcome", "reject"))
        ),
    )
    verdicts = {one.id: one for events in found for one in events}
    its = [one for one in verdicts.values() if (one.details.get("reason") or "")[:200] == reason]
    project, people = await visit.together(
        visit.get(f"/projects/{dataset.record.project_id}"),
        _people(visit, {one.actor_id for one in its if one.actor_id}),
    )
    return {
        "dataset": dataset.record,
        "project": project.record,
        "reason": reason,
        "verdicts": sorted(its, key=lambda one: str(one.at), reverse=True),
        "people": people,
        "is_cut": any(len(events) == MOST for events in found),
        "most": MOST,
    }


async def _verdicts(visit: Visit, dataset_id: str, name: str, value: str) -> list[Record]:
    asked = {
        "filter[dataset_id]": dataset_id,
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
    Page("/ui/datasets/{id}", "dataset.html", _overview, "projects"),
    Page("/ui/datasets/{id}/rejections", "rejections.html", _rejections, "projects"),
)
