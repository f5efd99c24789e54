"""A dataset's workflow: its text, checked, played and applied; its versions, and what moves between them."""

import json
from collections.abc import Mapping
from typing import Any

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.flow import flow_of
from app.web.dashboard.leading import leads
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Visit
from workflow.default import default

MOST = 50  # versions that are shown

# What a text may begin with, by what it is called.
BEGINNINGS: Mapping[str, Any] = {
    "Review of a share of all": {
        "start": "label",
        "steps": {
            "label": {
                "kind": "annotate",
                "prefer": ["label"],
                "lease": "PT30M",
                "on": {"submit": "pick", "skip": "skipped"},
            },
            "pick": {"kind": "gate", "rules": [{"rate": 0.2, "to": "check"}], "else": "done"},
            "check": {
                "kind": "review",
                "not_by": ["label"],
                "reject_reasons": ["missing", "too coarse", "wrong class"],
                "on": {"accept": "done", "fix": "done", "reject": "label"},
            },
            "done": {"kind": "done"},
            "skipped": {"kind": "done"},
        },
    },
    "Two at once, and who decides between them": {
        "start": "twice",
        "steps": {
            "twice": {
                "kind": "consensus",
                "people": 2,
                "agreement": 0.8,
                "on": {"agree": "done", "disagree": "decide"},
            },
            "decide": {
                "kind": "review",
                "not_by": ["twice"],
                "on": {"accept": "done", "fix": "done", "reject": "twice"},
            },
            "done": {"kind": "done"},
        },
    },
    "One step": {
        "start": "label",
        "steps": {"label": {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}},
    },
}


async def _show(visit: Visit) -> Gathered:
    at = f"/datasets/{visit.parameters['id']}"
    shown, told, statistics, versions = await visit.together(
        visit.get(at),
        visit.get(f"{at}/workflow"),
        visit.get(f"{at}/statistics"),
        visit.every(
            "/workflow_versions",
            {"filter[dataset_id]": visit.parameters["id"], "sort": "-number"},
            MOST,
        ),
    )
    dataset, workflow = shown.record, told.record
    configuration = dataset.workflow_configuration
    project, is_lead = await visit.together(
        visit.get(f"/projects/{dataset.project_id}"), leads(visit, dataset.project_id)
    )
    return {
        "dataset": dataset,
        "etag": shown.headers.get("etag", ""),
        "project": project.record,
        "is_lead": is_lead,
        "workflow": workflow,
        "flow": flow_of(workflow.attributes, configuration, statistics.record.entries["by_step"]),
        "text": _text(configuration),
        "beginnings": {"As it is": configuration, "The default, written out": default()} | dict(BEGINNINGS),
        "versions": versions,
        "texts": {one.id: _text(one.configuration) for one in versions},
        "older": await _older(visit, at, dataset) if is_lead else [],
        "steps": [step["name"] for step in workflow.steps if step["kind"] not in ("gate", None)],
    }


async def _older(visit: Visit, at: str, dataset: Record) -> list[Mapping[str, Any]]:
    """Where entries of older versions stand, which stay there unless somebody moves them."""
    if dataset.workflow_version == 1:
        return []
    draft = {"mapping": {}, "dry_run": True}
    moved: list[Mapping[str, Any]] = (await visit.post(f"{at}/workflow/migrate", draft)).record.stays
    return moved


def _text(configuration: Any) -> str:
    return json.dumps(configuration, indent=2, ensure_ascii=False)


PAGES = (Page("/ui/datasets/{id}/workflow", "workflow.html", _show, "projects"),)
