"""Who leads a project: only they are offered what an owner may do. The API has the say."""

from app.web.dashboard.visits import Visit


async def leads(visit: Visit, project_id: str) -> bool:
    """Whether the actor is an owner of the project, or an administrator of its organization."""
    if visit.actor.is_administrator:
        return True
    asked = {
        "filter[project_id]": project_id,
        "filter[account_id]": visit.actor.account_id,
        "filter[role]": "project_owner",
    }
    members = await visit.get("/project_members", asked, is_shown=False)
    return any(member.disabled_at is None for member in members.records)
