"""A dataset: its workflow drawn as it stands, how the work goes, when it will be done, what was rejected."""

from typing import Any

from app.web.dashboard import courses
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.flow import flow_of
from app.web.dashboard.leading import leads
from app.web.dashboard.visits import Refusal, Visit


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


PAGES = (Page("/ui/datasets/{id}", "dataset.html", _overview, "projects"),)
