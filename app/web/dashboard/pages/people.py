"""The people of a project or dataset: what each has and has done, what they hold, how far they agree."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.web.dashboard.agreeing import Question, question_of
from app.web.dashboard.classes import Classes
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.leading import leads
from app.web.dashboard.records import Record
from app.web.dashboard.revisions import seats_of, steps_of
from app.web.dashboard.visits import Visit

MOST_HELD = 40  # entries whose lease is shown
MOST_SEATED = 20  # entries at a consensus
MOST_DATASETS = 30  # of a project, whose figures and agreement are shown
MOST_ACCOUNTS = 500  # to choose a new member from
ROLES = ("annotator", "reviewer", "project_owner")
NONE: Mapping[str, Any] = {
    **dict.fromkeys(("held", "submitted", "approved", "rejected", "reviewed", "completed", "annotations"), 0),
    "seconds_worked": 0.0,
}


async def _of_project(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    project, datasets = await visit.together(
        visit.get(f"/projects/{id}"),
        visit.every("/datasets", {"filter[project_id]": id, "sort": "name"}, MOST_DATASETS + 1),
    )
    told = await _people(visit, project.record, datasets[:MOST_DATASETS], None)
    return told | {"most": MOST_DATASETS if len(datasets) > MOST_DATASETS else None}


async def _of_dataset(visit: Visit) -> Gathered:
    dataset = (await visit.get(f"/datasets/{visit.parameters['id']}")).record
    project = (await visit.get(f"/projects/{dataset.project_id}")).record
    return await _people(visit, project, [dataset], dataset) | {"most": None}


async def _people(
    visit: Visit, project: Record, datasets: Sequence[Record], dataset: Record | None
) -> dict[str, Any]:
    """The page, of one DATASET, or of all DATASETS of the PROJECT."""
    is_lead = await leads(visit, project.id)
    asked = {"filter[project_id]": project.id, "sort": "name"}
    members, figures, agreements = await visit.together(
        visit.every("/project_members", asked),
        visit.together(*(visit.get(f"/datasets/{one.id}/statistics") for one in datasets)),
        visit.together(*(visit.get(f"/datasets/{one.id}/agreement") for one in datasets)),
    )
    told = {one.id: answer.record for one, answer in zip(datasets, figures, strict=True)}
    scores = {one["account_id"]: one for answer in agreements for one in answer.record.scores}
    person = next((one for one in members if one.account_id == visit.said("person")), None)
    return {
        "project": project,
        "dataset": dataset,
        "datasets": datasets,
        "is_lead": is_lead,
        "roles": ROLES if visit.actor.is_administrator else ROLES[:2],
        "lines": [_line(one, datasets, told, scores) for one in _in_order(members)],
        "person": _line(person, datasets, told, scores) if person else None,
        "held": await _held(visit, project, dataset, members) if is_lead else None,
        "seated": await _seated(visit, datasets) if is_lead else [],
        "people": {one.account_id: one for one in members},
        "names": {one.id: one.name for one in datasets},
        "questions": _questions(datasets, agreements),
        "strangers": await _strangers(visit, members) if is_lead else [],
    }


def _in_order(members: Sequence[Record]) -> list[Record]:
    """Those who may work first, by role and name."""
    return sorted(
        members, key=lambda one: (one.disabled_at is not None, -ROLES.index(one.role), one.name or one.email)
    )


def _line(
    member: Record, datasets: Sequence[Record], told: Mapping[str, Record], scores: Mapping[str, Any]
) -> dict[str, Any]:
    """What a MEMBER has and did, in all and by dataset."""
    account = member.account_id
    by_dataset = [(one, _figures_of(told[one.id], account)) for one in datasets]
    total = {name: sum(figures[name] for _, figures in by_dataset) for name in NONE}
    verdicts = total["approved"] + total["rejected"]
    hours = total["seconds_worked"] / 3600
    return {
        "member": member,
        "total": total,
        "acceptance": total["approved"] / verdicts if verdicts else None,
        "pace": (total["submitted"] + total["reviewed"]) / hours if hours >= 0.01 else None,
        "by_dataset": [(one, figures) for one, figures in by_dataset if any(figures.values())],
        "score": scores.get(account),
    }


def _figures_of(statistics: Record, account: str) -> Mapping[str, Any]:
    return next((one for one in statistics.members if one["account_id"] == account), NONE)


async def _held(
    visit: Visit, project: Record, dataset: Record | None, members: Sequence[Record]
) -> dict[str, Any]:
    """The entries that somebody holds, each with its lease; the ones held longest come first."""
    within = {"filter[dataset_id]": dataset.id} if dataset else {"filter[project_id]": project.id}
    accounts = ",".join(one.account_id for one in members)
    if not accounts:
        return {"entries": [], "count": 0}
    asked = {
        **within,
        "filter[assigned_to_id__in]": accounts,
        "filter[status__in]": "ready,in_progress,waiting_changed",
        "sort": "updated_at",
        "count": "true",
        "page[size]": str(MOST_HELD),
    }
    page = await visit.get("/entries", asked)
    entries = page.records
    told = await visit.together(*(visit.get(f"/entries/{one.id}", is_shown=False) for one in entries))
    leases = [answer.record.meta.get("lease", {}) for answer in told]
    return {"entries": list(zip(entries, leases, strict=True)), "count": page.meta["count"]}


async def _seated(visit: Visit, datasets: Sequence[Record]) -> list[dict[str, Any]]:
    """The entries at a consensus that somebody has begun, and who has a seat there."""
    found: list[Record] = []
    for dataset in datasets:
        declared = dataset.workflow_configuration.get("steps", {})
        steps = [name for name, step in declared.items() if step.get("kind") == "consensus"]
        if steps:
            asked = {"filter[dataset_id]": dataset.id, "filter[wf_step__in]": ",".join(steps)}
            asked |= {"filter[status]": "in_progress", "sort": "updated_at"}
            found += await visit.every("/entries", asked, MOST_SEATED)
    stories = await visit.together(
        *(visit.every(f"/entries/{one.id}/history") for one in found[:MOST_SEATED])
    )
    told = [(one, seats_of(steps_of(story), one.wf_step)) for one, story in zip(found, stories, strict=False)]
    return [
        {"entry": one, "seats": sorted(seats.items()), "is_open": not all(seats.values())}
        for one, seats in told
        if seats
    ]


async def _strangers(visit: Visit, members: Sequence[Record]) -> list[Record]:
    """The accounts of the organization that have no place in the project."""
    there = {one.account_id for one in members}
    accounts = await visit.every("/accounts", {"sort": "email"}, MOST_ACCOUNTS)
    return [one for one in accounts if one.id not in there and one.disabled_at is None]


def _questions(
    datasets: Sequence[Record], agreements: Sequence[Any]
) -> list[tuple[Record, Question, Classes]]:
    return [
        (dataset, question_of(told), Classes.of(dataset.labeling_configuration))
        for dataset, answer in zip(datasets, agreements, strict=True)
        for told in answer.record.questions
    ]


PAGES = (
    Page("/ui/projects/{id}/people", "people.html", _of_project, "projects"),
    Page("/ui/datasets/{id}/people", "people.html", _of_dataset, "projects"),
)
