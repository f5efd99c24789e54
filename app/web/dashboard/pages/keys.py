"""Keys that programs sign in with, and the sessions of browsers: made, seen, revoked."""

from app.web.dashboard import listing
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.visits import Visit

AT_ONCE = 50
SCOPES = {
    "read": "read what its holder may see",
    "write": "change what they may change",
    "admin": "people, keys, webhooks",
}


async def _index(visit: Visit) -> Gathered:
    kind = visit.said("filter[kind]", "program")
    asked = [("filter[kind]", kind), ("sort", "-created_at"), ("include", "account")]
    answer = await visit.get("/api_keys", [*asked, ("page[size]", str(AT_ONCE)), *listing.place(visit.query)])
    people = []
    if visit.actor.is_administrator:
        people = await visit.every("/accounts", {"sort": "email"}, 500)
    return {
        "keys": answer.records,
        "at": listing.ways(visit.path, visit.query, answer.links),
        "kind": kind,
        "scopes": {name: told for name, told in SCOPES.items() if name in visit.actor.scopes},
        "people": people,
    }


PAGES = (Page("/ui/keys", "keys.html", _index, "automation"),)
