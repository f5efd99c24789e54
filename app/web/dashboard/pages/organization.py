"""The organization: its name and its people, who they are, what they may, and links by which they sign in."""

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Visit

MOST = 1000  # people, and keys, that are looked at
_USED = {"sort": "-last_used_at", "filter[last_used_at__gt]": "2000-01-01T00:00:00Z"}
ROLES = {
    "member": "member: what their projects allow",
    "admin": "admin: all but owners",
    "owner": "owner: all",
}


async def _index(visit: Visit) -> Gathered:
    organization, people, members, projects = await visit.together(
        visit.get(f"/organizations/{visit.actor.organization_id}"),
        visit.every("/accounts", {"sort": "email"}, MOST),
        visit.every("/project_members", {"sort": "created_at", "filter[enabled]": "true"}, MOST),
        visit.every("/projects", {"sort": "name"}, MOST),
    )
    places: dict[str, list[Record]] = {}
    for member in members:
        places.setdefault(member.account_id, []).append(member)
    return {
        "organization": organization.record,
        "people": people,
        "seen": await _last_seen(visit) if visit.actor.is_administrator else {},
        "places": places,
        "projects": {one.id: one for one in projects},
        "roles": ROLES,
    }


async def _last_seen(visit: Visit) -> dict[str, str]:
    """When each person was last there, as far as the keys that were used last tell, by account."""
    seen: dict[str, str] = {}
    for key in await visit.every("/api_keys", _USED, MOST):
        seen.setdefault(key.account_id, key.last_used_at)
    return seen


async def _person(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    of_them = {"filter[account_id]": id}
    person, members, projects = await visit.together(
        visit.get(f"/accounts/{id}"),
        visit.every("/project_members", {**of_them, "filter[enabled]": "true"}, MOST),
        visit.every("/projects", {"sort": "name"}, MOST),
    )
    keys = []
    if visit.actor.is_administrator:
        keys = await visit.every("/api_keys", {**of_them, **_USED}, 1)
    return {
        "person": person.record,
        "places": members,
        "projects": {one.id: one for one in projects},
        "seen": keys[0].last_used_at if keys else None,
        "roles": ROLES,
    }


async def _health(visit: Visit) -> Gathered:
    told, failed, webhooks = await visit.together(
        visit.get(f"/organizations/{visit.actor.organization_id}/health"),
        visit.every("/jobs", {"filter[state]": "failed", "sort": "-created_at"}, 5),
        visit.every("/webhooks", {"filter[failures_in_a_row__gt]": "0"}, 5),
    )
    days = told.record.events_by_day
    growth = {
        "x": [one["day"] for one in days],
        "series": [{"name": "Events", "values": [one["events"] for one in days], "filled": True}],
    }
    return {"health": told.record, "growth": growth, "failed": failed, "failing": webhooks}


PAGES = (
    Page("/ui/organization", "organization.html", _index, "organization"),
    Page("/ui/accounts/{id}", "person.html", _person, "organization"),
    Page("/ui/health", "health.html", _health, "organization"),
)
