"""The reviewer's queue, and one entry under review: what was handed in beside what was there before."""

from collections.abc import Sequence
from typing import Any

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.revisions import Moment, Step, changes_between, moments_of, steps_of
from app.web.dashboard.shapes import Classes, answers_of, label_of, picture_of
from app.web.dashboard.stages import OWNER, Stage, stages_of
from app.web.dashboard.visits import Refusal, Visit

MOST_DATASETS = 40  # whose queues are shown
MOST_WAITING = 6  # entries shown of a queue
MOST_OWN = 20
FEW = 10_000  # entries at a step that are counted one by one: those that the actor sees
HANDING = ("submit", "decide", "send_back", "reopen", "label")  # what brings an entry to a review
MADE_BY_ONE = ("annotate", "agent")  # kinds of step at which one alone annotates
MOST = 1000  # annotations, events and notes of an entry

# ---- the queue


async def _queue(visit: Visit) -> Gathered:
    me = visit.actor.account_id
    mine = {"filter[account_id]": me, "filter[enabled]": "true"}
    own = {"filter[assigned_to_id]": me, "sort": "priority"}
    datasets, places, held = await visit.together(
        visit.every("/datasets", {"sort": "name"}),
        visit.every("/project_members", mine),
        visit.every("/entries", own, MOST_OWN),
    )
    roles = {place.project_id: place.role for place in places}
    working = [one for one in datasets if one.entries_total_count > one.entries_completed_count]
    working.sort(key=lambda one: not one.entries_in_progress_count)
    asked = [_queues_of(visit, one, _role(visit, roles, one)) for one in working[:MOST_DATASETS]]
    found = [queue for queues in await visit.together(*asked) for queue in queues]
    found.sort(key=lambda queue: queue["urgency"])
    at_review = {(queue["dataset"].id, queue["stage"].name) for queue in found}
    held = [entry for entry in held if (entry.dataset_id, entry.wf_step) in at_review]
    return {
        "queues": found,
        "held": held,
        "names": {one.id: one.name for one in datasets},
        "people": await _people(visit, {one["dataset"].project_id for one in found}),
        "left_off": max(0, len(working) - MOST_DATASETS),
    }


def _role(visit: Visit, roles: dict[str, str], dataset: Record) -> str | None:
    return OWNER if visit.actor.is_administrator else roles.get(dataset.project_id)


async def _queues_of(visit: Visit, dataset: Record, role: str | None) -> list[dict[str, Any]]:
    """What waits at each review of the dataset that the actor may do."""
    if role is None or role == "annotator":
        configured = str(dataset.workflow_configuration)
        if role is None or visit.actor.account_id not in configured:
            return []
    told = (await visit.get(f"/datasets/{dataset.id}/workflow", is_shown=False)).record.attributes
    stages = [
        stage
        for stage in stages_of(told, dataset.workflow_configuration).values()
        if stage.kind == "review" and stage.entries and stage.is_worked_by(visit.actor.account_id, role)
    ]
    return list(await visit.together(*(_queue_at(visit, dataset, stage) for stage in stages)))


async def _queue_at(visit: Visit, dataset: Record, stage: Stage) -> dict[str, Any]:
    asked = {"filter[dataset_id]": dataset.id, "filter[wf_step]": stage.name, "sort": "priority"}
    asked |= {"page[size]": str(MOST_WAITING)} | ({"count": "true"} if stage.entries <= FEW else {})
    page = await visit.get("/entries", asked)
    entries, me = page.records, visit.actor.account_id
    return {
        "dataset": dataset,
        "stage": stage,
        "count": page.meta.get("count", stage.entries),
        "is_open": not stage.is_paused and any(one.assigned_to_id in (None, me) for one in entries),
        "entries": entries,
        "urgency": min((_urgency(one) for one in entries), default=("~", 0.0, "")),
    }


def _urgency(entry: Record) -> tuple[str, float, str]:
    """What is due first, then what comes first by priority, then the oldest."""
    return entry.due_at or "~", entry.priority, entry.created_at


async def _people(visit: Visit, projects: set[str]) -> dict[str, Record]:
    """The members of the PROJECTS, and whoever asks, by account."""
    me = await visit.me()
    asked = {"filter[project_id__in]": ",".join(sorted(projects))}
    members = await visit.every("/project_members", asked) if projects else []
    return {me.id: me} | {one.account_id: one for one in members}


# ---- one entry


async def _entry(visit: Visit) -> Gathered:
    path = f"/entries/{visit.parameters['id']}"
    answer = await visit.get(path)
    entry = answer.record
    dataset_id, project_id = entry.dataset_id, entry.project_id
    dataset, told, history, annotations, notes, people = await visit.together(
        visit.get(f"/datasets/{dataset_id}"),
        visit.get(f"/datasets/{dataset_id}/workflow", is_shown=False),
        visit.every(f"{path}/history", {}, MOST),
        _annotations(visit, entry.id),
        visit.every(
            "/note_feeds", {"filter[entry_id]": entry.id, "include": "note_comments", "sort": "created_at"}
        ),
        _people(visit, {project_id}),
    )
    dataset = dataset.record
    stages = stages_of(told.record.attributes, await _configuration(visit, entry, dataset))
    stage = stages.get(entry.wf_step) or Stage(entry.wf_step, "done")
    steps = steps_of(history)
    moments = moments_of(steps, {one.name for one in stages.values() if one.kind in MADE_BY_ONE})
    moment = _chosen(visit, moments)
    before = await _annotations(visit, entry.id, moment.at) if moment else []
    classes = Classes.of(dataset.labeling_configuration)
    is_mine = entry.assigned_to_id == visit.actor.account_id and stage.kind == "review"
    corrected = await _corrections(visit, entry, steps, annotations) if is_mine else 0
    return {
        "entry": entry,
        "dataset": dataset,
        "stage": stage,
        "match": answer.headers.get("etag", ""),
        "lease": entry.meta.get("lease", {}),
        "is_mine": is_mine,
        "corrected": corrected,
        "is_stale": visit.said("seen", answer.headers.get("etag", "")) != answer.headers.get("etag", ""),
        "steps": [one for one in steps if one.kind not in ("create", "lease")],
        "moments": moments,
        "moment": moment,
        "notes": notes,
        "people": people,
        "emails": {one.email: one for one in people.values()},
        "classes": classes,
        "label_of": label_of,
        "answers_of": answers_of,
        "consensus": _consensus(entry, annotations, steps, people, classes),
        **_compared(entry, before, annotations, classes),
    }


def _compared(
    entry: Record, before: Sequence[Record], after: Sequence[Record], classes: Classes
) -> dict[str, Any]:
    changes = changes_between(before, after)
    marks = {one.id: one.mark for one in changes} if before else {}
    counts = {mark: sum(one.mark == mark for one in changes) for mark in ("added", "changed", "removed")}
    return {
        "changes": changes,
        "counts": counts,
        "was_there": bool(before),
        "before": picture_of(entry, before, classes, marks),
        "after": picture_of(entry, after, classes, marks),
    }


def _chosen(visit: Visit, moments: list[Moment]) -> Moment | None:
    """The moment that the address names, else the likeliest."""
    asked = visit.said("before")
    return next((one for one in moments if one.at == asked), moments[0] if moments else None)


async def _annotations(visit: Visit, entry_id: str, at: str | None = None) -> list[Record]:
    """Those of the ground truth that the actor may see, as they were AT a time; none where that is gone."""
    asked = {"filter[entry_id]": entry_id, "filter[layer_id]": entry_id, "sort": "created_at"}
    try:
        return await visit.every("/annotations", asked | ({"as_of": at} if at else {}), MOST)
    except Refusal as refusal:
        if refusal.status == 410:
            return []
        raise


async def _configuration(visit: Visit, entry: Record, dataset: Record) -> dict[str, Any]:
    """The workflow that the entry goes by: it may be older than that of its dataset."""
    if entry.workflow_version == dataset.workflow_version:
        return dict(dataset.workflow_configuration)
    asked = {"filter[dataset_id]": dataset.id, "filter[number]": str(entry.workflow_version)}
    found = await visit.every("/workflow_versions", asked, 1)
    return dict(found[0].configuration) if found else {}


async def _corrections(
    visit: Visit, entry: Record, steps: Sequence[Step], annotations: Sequence[Record]
) -> int:
    """How many annotations are other than what was handed in for this review."""
    handed_in = [one.at for one in steps if one.kind in HANDING]
    if not handed_in:
        return 0
    then = await _annotations(visit, entry.id, handed_in[-1])
    return sum(one.mark != "same" for one in changes_between(then, annotations))


def _consensus(
    entry: Record,
    annotations: Sequence[Record],
    steps: Sequence[Step],
    people: dict[str, Record],
    classes: Classes,
) -> dict[str, Any] | None:
    """Who worked on the entry at once, with what each of them made; None where nobody did."""
    decided = [one for one in steps if one.kind == "decide"]
    if not decided:
        return None
    at = decided[-1].step
    accounts = list(dict.fromkeys(one.by for one in steps if one.kind == "submit" and one.step == at))
    by_email = {people[id].email: id for id in accounts if id in people}
    views = []
    for email in dict.fromkeys([*by_email, *(one.created_by_email for one in annotations)]):
        own = [one for one in annotations if one.created_by_email == email]
        views.append({"email": email, "account": by_email.get(email), "annotations": own})
    for view in views:
        view["picture"] = picture_of(entry, view["annotations"], classes)
    return {
        "step": at,
        "outcome": decided[-1].outcome,
        "agreement": entry.agreement,
        "views": views,
        "is_open": sum(bool(view["annotations"]) for view in views) > 1,
    }


PAGES = (
    Page("/ui/review", "review.html", _queue, "review"),
    Page("/ui/entries/{id}/review", "reviewed.html", _entry, "review", shows_foreign_pictures=True),
)
