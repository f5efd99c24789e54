"""A project: its datasets and how far they are, what was done in all, and who is in it."""

from collections import Counter

from app.web.dashboard import courses
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.leading import leads
from app.web.dashboard.visits import Visit

MOST = 200  # datasets, and members, that are shown
ENDS = ("done", "error")  # what most workflows call them


async def _show(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    its = {"filter[project_id]": id, "sort": "name"}
    project, statistics, datasets, members, is_lead = await visit.together(
        visit.get(f"/projects/{id}"),
        visit.get(f"/projects/{id}/statistics"),
        visit.every("/datasets", its, MOST),
        visit.every("/project_members", its, MOST),
        leads(visit, id),
    )
    figures = statistics.record
    enabled = [one for one in members if one.disabled_at is None]
    return {
        "project": project.record,
        "etag": project.headers.get("etag", ""),
        "is_lead": is_lead,
        "figures": figures,
        "datasets": datasets,
        "members": enabled,
        "roles": Counter(one.role for one in enabled),
        "most": MOST,
        "throughput": courses.throughput(figures.throughput),
        "cumulative": courses.cumulative_flow(
            figures.flow, list(figures.entries["by_step"]), [*ENDS, *_ended(figures.entries["by_step"])]
        ),
    }


def _ended(by_step: dict[str, dict[str, int]]) -> list[str]:
    """The steps whose entries are at their end."""
    return [
        step for step, counts in by_step.items() if counts and not counts.keys() - {"completed", "errored"}
    ]


PAGES = (Page("/ui/projects/{id}", "project.html", _show, "projects"),)
