"""One entry under review: what was handed in beside what was there before, and what several made of it."""

from collections.abc import Sequence
from typing import Any

from app.web.dashboard.classes import Classes, answers_of, label_of
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.leading import people_of
from app.web.dashboard.pictures import picture_of
from app.web.dashboard.records import Record
from app.web.dashboard.revisions import Moment, Step, changes_between, moments_of, steps_of
from app.web.dashboard.stages import Stage, stages_of
from app.web.dashboard.visits import Refusal, Visit

HANDING = ("submit", "decide", "send_back", "reopen", "label")  # what brings an entry to a review
MADE_BY_ONE = ("annotate", "agent")  # kinds of step at which one alone annotates
MOST = 1000  # annotations, events and notes of an entry


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
        people_of(visit, {project_id}),
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


PAGES = (Page("/ui/entries/{id}/review", "reviewed.html", _entry, "review", shows_foreign_pictures=True),)
