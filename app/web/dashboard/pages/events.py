"""The feed: what happened, newest first, for those who lead a project; and the audit, for administrators."""

from typing import Any

from app.web.dashboard import listing
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Visit

AT_ONCE = 50
RESOURCES = (
    *("accounts", "annotations", "api_keys", "assets", "consensuses", "datasets", "entries", "exports"),
    *("jobs", "label_configurations", "label_sets", "note_comments", "notes", "organizations"),
    *("project_members", "projects", "releases", "webhooks", "workflow_versions"),
)
FIELDS = (
    *("resource", "kind", "actor_id", "record_id", "project_id", "dataset_id", "entry_id"),
    *("at__gte", "at__lt"),
)
# What people look for, and the filters that find it.
PRESETS = {
    "Sign-ins and keys": {"filter[resource]": "api_keys", "filter[kind]": "create"},
    "Links for passwords": {"filter[resource]": "accounts", "filter[kind]": "sign_in_link"},
    "People": {"filter[resource]": "accounts"},
    "Members of projects": {"filter[resource]": "project_members"},
    "What was deleted": {"filter[kind]": "delete"},
}


async def _index(visit: Visit) -> Gathered:
    return {**await _found(visit), "may_see": await _leads(visit)}


async def _audit(visit: Visit) -> Gathered:
    people = await visit.every("/accounts", {"sort": "email"}, 1000)
    return {**await _found(visit), "accounts": people, "presets": PRESETS}


async def _found(visit: Visit) -> dict[str, Any]:
    """The events that the page's filters find, newest first."""
    filters = [(name, value) for name, value in visit.query if name.startswith("filter[") and value]
    asked = [
        *_timed(filters),
        ("sort", "-sequence"),
        ("page[size]", str(AT_ONCE)),
        *listing.place(visit.query),
    ]
    asked_for = dict(filters)
    answer = await visit.get("/events", asked)
    events = answer.records
    return {
        "events": events,
        "people": await people_of(visit, events),
        "at": listing.ways(visit.path, visit.query, answer.links),
        "resources": RESOURCES,
        "filters": {name: asked_for.get(f"filter[{name}]", "") for name in FIELDS},
        "is_filtered": bool(filters),
    }


def _timed(filters: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """FILTERS, in which a day stands for its midnight."""
    return [
        (name, f"{value}T00:00:00Z" if name.startswith("filter[at__") and len(value) == 10 else value)
        for name, value in filters
    ]


async def people_of(visit: Visit, events: list[Record]) -> dict[str, Record]:
    """Who made the EVENTS, by id: those accounts that may be seen."""
    ids = sorted({event.actor_id for event in events if event.actor_id})
    if not ids:
        return {}
    found = await visit.every("/accounts", {"filter[id__in]": ",".join(ids)}, len(ids))
    return {one.id: one for one in found}


async def _leads(visit: Visit) -> bool:
    if visit.actor.is_administrator:
        return True
    asked = {"filter[account_id]": visit.actor.account_id, "filter[role]": "project_owner"}
    return bool(await visit.every("/project_members", {**asked, "filter[enabled]": "true"}, 1))


PAGES = (
    Page("/ui/events", "events.html", _index, "automation"),
    Page("/ui/audit", "audit.html", _audit, "organization"),
)
