"""What somebody has to do: the next entry, what they hold, what came back, their drafts, their figures."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Refusal, Visit

MOST = 100  # entries, and drafts, that are shown
MOST_DATASETS = 30  # whose figures are asked for
MOST_LEASES = 50  # entries that are asked one by one for how long they are in whose hands
MOST_RETURNED = 20  # entries whose history is asked why they came back
_HELD = ("ready", "in_progress", "waiting_changed")
_RETURNS = ("send_back", "reopen")


class Place(NamedTuple):
    """A project that somebody works in, with its DATASETS. ROLE: None, where they administer it all."""

    project: Record
    role: str | None
    datasets: list[Record]


class Returned(NamedTuple):
    """An entry that came back: by which EVENT, and what was said."""

    entry: Record
    event: Record | None


class Line(NamedTuple):
    """What somebody did in a dataset: FIGURES as docs/statistics.md names them."""

    dataset: Record
    figures: Mapping[str, Any]

    @property
    def acceptance(self) -> float | None:
        judged = self.figures["approved"] + self.figures["rejected"]
        return self.figures["approved"] / judged if judged else None

    @property
    def pace(self) -> float | None:
        """Seconds for one submit."""
        submitted = self.figures["submitted"]
        return self.figures["seconds_worked"] / submitted if submitted else None


async def _work(visit: Visit) -> Gathered:
    me = visit.actor.account_id
    held_asked = {"filter[assigned_to_id]": me, "filter[status__in]": ",".join(_HELD), "sort": "priority"}
    drafts_asked = [("filter[account_id]", me), ("include", "entry"), ("sort", "-updated_at")]
    places, held, drafts = await visit.together(
        _places(visit), visit.every("/entries", held_asked, MOST), visit.every("/drafts", drafts_asked, MOST)
    )
    datasets = [dataset for place in places for dataset in place.datasets]
    seats, returned, lines = await visit.together(
        _at_consensus(visit, datasets), _returned(visit, held), _lines(visit, datasets[:MOST_DATASETS])
    )
    leases = await _leases(visit, [*held, *seats])
    seated = [entry for entry in seats if "token" in leases.get(entry.id, {})]
    return {
        "places": places,
        "held": [*held, *seated],
        "leases": leases,
        "returned": returned,
        "drafts": drafts,
        "lines": lines,
        "total": _total(lines),
        "names": {dataset.id: dataset.name for dataset in datasets},
        "nothing": visit.said("nothing"),
    }


async def _places(visit: Visit) -> list[Place]:
    asked = {"filter[account_id]": visit.actor.account_id, "filter[enabled]": "true", "include": "project"}
    members, datasets = await visit.together(
        visit.every("/project_members", asked), visit.every("/datasets", {"sort": "name"})
    )
    roles = {member.project_id: member.role for member in members}
    projects = [project for member in members if (project := member.one("project"))]
    if not projects and visit.actor.is_administrator:
        projects = await visit.every("/projects", {"sort": "name"})
    return [
        Place(one, roles.get(one.id), [dataset for dataset in datasets if dataset.project_id == one.id])
        for one in sorted(projects, key=lambda one: str(one.name).casefold())
    ]


async def _at_consensus(visit: Visit, datasets: Iterable[Record]) -> list[Record]:
    """What stands where several work at once, and is assigned to nobody: some of it may be theirs too."""
    found: list[Record] = []
    for dataset in datasets:
        steps = dataset.workflow_configuration.get("steps", {})
        several = [name for name, step in steps.items() if step.get("kind") == "consensus"]
        if several:
            asked = {"filter[dataset_id]": dataset.id, "filter[wf_step__in]": ",".join(several)}
            found += await visit.every("/entries", asked, MOST_LEASES)
    return found


async def _leases(visit: Visit, entries: Iterable[Record]) -> dict[str, Mapping[str, Any]]:
    """For how long the ENTRIES are in the hands of who has them, by id: lists do not tell."""
    told = await visit.together(*(_lease(visit, one.id) for one in list(entries)[:MOST_LEASES]))
    return {id: lease for id, lease in told if lease}


async def _lease(visit: Visit, id: str) -> tuple[str, Mapping[str, Any]]:
    try:
        answer = await visit.get(f"/entries/{id}", {"fields": "status"}, is_shown=False)
    except Refusal:  # it went to somebody else meanwhile
        return id, {}
    return id, answer.record.meta.get("lease", {})


async def _returned(visit: Visit, held: Iterable[Record]) -> list[Returned]:
    """Of what is HELD, what came back to be done again, and why."""
    back = [entry for entry in held if entry.label_status == "rejected"][:MOST_RETURNED]
    histories = await visit.together(*(visit.every(f"/entries/{one.id}/history") for one in back))
    return [Returned(one, _why(history)) for one, history in zip(back, histories, strict=True)]


def _why(history: Iterable[Record]) -> Record | None:
    """The last event by which an entry came back."""
    back = [
        event
        for event in history
        if event.kind in _RETURNS
        or event.details.get("outcome") == "reject"
        or event.details.get("approved") is False
    ]
    return back[-1] if back else None


async def _lines(visit: Visit, datasets: Iterable[Record]) -> list[Line]:
    """What they did in each of the DATASETS, where they did something."""
    known = list(datasets)
    told = await visit.together(*(visit.or_none(f"/datasets/{one.id}/statistics") for one in known))
    lines = []
    for dataset, answer in zip(known, told, strict=True):
        members = answer.record.members if answer else ()
        mine = [one for one in members if one["account_id"] == visit.actor.account_id]
        if mine and any(value for name, value in mine[0].items() if name != "account_id"):
            lines.append(Line(dataset, mine[0]))
    return lines


def _total(lines: list[Line]) -> Line | None:
    if not lines:
        return None
    names = [name for name in lines[0].figures if name != "account_id"]
    return Line(lines[0].dataset, {name: sum(one.figures[name] for one in lines) for name in names})


PAGES = (Page("/ui/work", "work.html", _work, "work"),)
