"""What stands at the side of every page: what there is for whoever looks at it."""

from typing import NamedTuple

from app.web.dashboard.visits import Visit


class Way(NamedTuple):
    """A way to a page."""

    place: str
    name: str
    address: str


async def navigation_for(visit: Visit) -> tuple[Way, ...]:
    """The ways that are open to the actor."""
    ways = [
        Way("work", "My work", "/ui/work"),
        Way("review", "Review", "/ui/review"),
        Way("projects", "Projects", "/ui/projects"),
        Way("jobs", "Jobs", "/ui/jobs"),
        Way("automation", "Automation", "/ui/keys"),
    ]
    if visit.actor.is_administrator:
        ways.append(Way("organization", "Organization", "/ui/organization"))
    return tuple(ways)
