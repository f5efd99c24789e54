"""Webhooks: who is told of what happens, what was sent to them, and sending it again."""

from app.web.dashboard import listing
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.visits import Visit

AT_ONCE = 25  # deliveries on a page
STATES = {"": "All", "pending": "Waiting", "succeeded": "Succeeded", "failed": "Given up"}


async def _index(visit: Visit) -> Gathered:
    if not visit.actor.is_administrator:
        return {"webhooks": [], "projects": {}}
    webhooks, projects = await visit.together(
        visit.every("/webhooks", {"sort": "-created_at"}, 200),
        visit.every("/projects", {"sort": "name"}, 200),
    )
    return {"webhooks": webhooks, "projects": {one.id: one for one in projects}}


async def _show(visit: Visit) -> Gathered:
    id, state = visit.parameters["id"], visit.said("filter[state]")
    asked = [("filter[webhook_id]", id), ("sort", "-id"), ("include", "event")]
    if state:
        asked.append(("filter[state]", state))
    told, deliveries = await visit.together(
        visit.get(f"/webhooks/{id}", {"include": "project"}),
        visit.get("/webhook_deliveries", [*asked, ("page[size]", str(AT_ONCE)), *listing.place(visit.query)]),
    )
    return {
        "webhook": told.record,
        "project": told.record.one("project"),
        "deliveries": deliveries.records,
        "at": listing.ways(visit.path, visit.query, deliveries.links),
        "states": STATES,
        "state": state,
    }


PAGES = (
    Page("/ui/webhooks", "webhooks.html", _index, "automation"),
    Page("/ui/webhooks/{id}", "webhook.html", _show, "automation"),
)
