"""Who is in projects, and who leads them: only they are offered what an owner may do. The API has the say."""

from app.web.dashboard.records import Record
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


async def members_of(visit: Visit, project_id: str) -> list[Record]:
    """The members of the project, those that are disabled too, by their names."""
    return await visit.every("/project_members", {"filter[project_id]": project_id, "sort": "name"})


def leads_among(visit: Visit, members: list[Record]) -> bool:
    """The same as `leads`, where all MEMBERS of the project are known."""
    me = visit.actor.account_id
    return visit.actor.is_administrator or any(
        one.account_id == me and one.role == "project_owner" and one.disabled_at is None for one in members
    )


async def people_of(visit: Visit, projects: set[str]) -> dict[str, Record]:
    """The members of the PROJECTS, and whoever asks, by account."""
    me = await visit.me()
    asked = {"filter[project_id__in]": ",".join(sorted(projects))}
    members = await visit.every("/project_members", asked) if projects else []
    return {me.id: me} | {one.account_id: one for one in members}
