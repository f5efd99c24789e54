"""One's own account: name, password, sessions."""

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.visits import Visit


async def _account(visit: Visit) -> Gathered:
    asked = {"filter[account_id]": visit.actor.account_id, "filter[kind]": "session", "sort": "-created_at"}
    me, keys = await visit.together(visit.me(), visit.every("/api_keys", asked, 200))
    return {"me": me, "open": [key for key in keys if key.revoked_at is None]}


PAGES = (Page("/ui/account", "account.html", _account),)
