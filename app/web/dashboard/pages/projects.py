"""The front page, and the projects that somebody sees, with their datasets."""

from collections import defaultdict
from typing import Any

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.visits import Visit

MOST = 200  # projects, and datasets, that are shown


async def _front(visit: Visit) -> Gathered:
    """Who only works goes to their work, who leads to their projects."""
    if visit.actor.is_administrator:
        return {"redirect": "/ui/projects"}
    members = await visit.every(
        "/project_members", {"filter[account_id]": visit.actor.account_id, "filter[enabled]": "true"}
    )
    leads = any(member.role == "project_owner" for member in members)
    return {"redirect": "/ui/projects" if leads else "/ui/work"}


async def _index(visit: Visit) -> Gathered:
    projects, datasets = await visit.together(
        visit.every("/projects", {"sort": "name"}, MOST), visit.every("/datasets", {"sort": "name"}, MOST)
    )
    by_project: dict[str, list[Any]] = defaultdict(list)
    for dataset in datasets:
        by_project[dataset.project_id].append(dataset)
    return {"projects": projects, "datasets": by_project}


PAGES = (
    Page("/ui", "projects.html", _front),
    Page("/ui/projects", "projects.html", _index, "projects"),
)
