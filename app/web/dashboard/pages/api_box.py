"""A box to speak to the API in, many calls at once; by default it only shows what would happen."""

from typing import Any

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.visits import Visit

NOBODY = "00000000-0000-7000-8000-000000000000"  # stands in an example where there is no such record yet
CONTRACTS = {
    "Postil": "/openapi.json",
    "Segments": "/openapi/segments.json",
    "DataGym": "/openapi/datagym.json",
    "jTheta": "/openapi/jtheta.json",
    "Theos": "/openapi/theos.json",
}


async def _show(visit: Visit) -> Gathered:
    projects, datasets, entries = await visit.together(
        visit.every("/projects", {"sort": "-created_at"}, 1),
        visit.every("/datasets", {"sort": "-created_at"}, 1),
        visit.every("/entries", {"sort": "-id", "fields": "status"}, 1),
    )
    ids = {
        "project": projects[0].id if projects else NOBODY,
        "dataset": datasets[0].id if datasets else NOBODY,
        "entry": entries[0].id if entries else NOBODY,
    }
    return {"examples": _examples(visit.actor.organization_id, ids), "contracts": CONTRACTS}


def _examples(organization: str, ids: dict[str, str]) -> dict[str, Any]:
    point = {"type": "point", "x": 1, "y": 2}
    return {
        "What there is": [_call(1, "rpc.discover")],
        "Show my organization": [_call(1, "organizations.show", id=organization)],
        "Show an entry": [_call(1, "entries.show", id=ids["entry"])],
        "Make a dataset": [
            _call(1, "datasets.create", project_id=ids["project"], name="From the box", modality="image"),
            _call(2, "projects.show", id=ids["project"]),
        ],
        "Add two annotations": [
            _call(n, "annotations.create", entry_id=ids["entry"], dimensions=point, annotation={"label": "a"})
            for n in (1, 2)
        ],
    }


def _call(n: int, method: str, /, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": n, "method": method, **({"params": params} if params else {})}


PAGES = (Page("/ui/api-box", "api-box.html", _show, "automation"),)
