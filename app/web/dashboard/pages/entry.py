"""One entry, as it is worked on: the picture, what is marked on it, what is said of it, how it came about."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Visit

PAGE = 1000
MOST_PAGES = 10  # of annotations
MOST_EVENTS = 200
_WORKED = ("open", "annotate", "consensus", "agent")  # kinds of steps at which it is annotated
_EDITED = (*_WORKED, "review")  # who reviews it may correct it
_OVER = ("completed", "errored")


async def _entry(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    answer = await visit.get(f"/entries/{id}", {"include": "dataset"})
    entry = answer.record
    dataset = Record({**answer.document["included"][0]}) if answer.document.get("included") else None
    if dataset is None:
        dataset = (await visit.get(f"/datasets/{entry.dataset_id}")).record
    annotations, feeds, draft, history, steps, role = await visit.together(
        _annotations(visit, id),
        visit.every(f"/entries/{id}/note_feeds", {"include": "note_comments", "sort": "created_at"}, PAGE),
        visit.or_none(f"/entries/{id}/draft"),
        visit.every(f"/entries/{id}/history", most=MOST_EVENTS),
        _steps(visit, dataset, entry),
        _role(visit, entry),
    )
    step = steps.get(entry.wf_step, {"kind": None, "on": ()})
    is_held = "token" in entry.meta.get("lease", {})
    kept = draft.record if draft and draft.document else None
    people, difference = await visit.together(_people(visit, entry, history), _difference(visit, id))
    is_over = entry.status in _OVER or step["kind"] in (None, "done", "gate")
    is_mine = entry.assigned_to_id == visit.actor.account_id
    return {
        "entry": entry,
        "dataset": dataset,
        "etag": answer.headers.get("etag", ""),
        "feeds": feeds,
        "history": history[::-1],
        "people": people,
        "step": step,
        "is_held": is_held,
        "is_mine": is_mine,
        "is_over": is_over,
        "is_owner": role == "project_owner" or visit.actor.is_administrator,
        "is_editable": is_held and step["kind"] in _EDITED and not is_over,
        "difference": difference,
        "versions": [event.record_version for event in history],
        "picture": _picture(entry),
        "is_text": bool(entry.content_hash) and (entry.media_type or "").startswith("text/"),
        "file": _file(entry),
        "told": {
            "id": id,
            "etag": answer.headers.get("etag", ""),
            "account": visit.actor.account_id,
            "dataset": dataset.id,
            "kind": step["kind"],
            "lease": entry.meta.get("lease"),
            "isMine": is_mine,
            "isEditable": is_held and step["kind"] in _EDITED and not is_over,
            "annotations": annotations,
            "draft": {"id": kept.id, "content": kept.content, "at": kept.updated_at} if kept else None,
            "configuration": dataset.labeling_configuration,
            "labels": dataset.labels,
            "picture": _picture(entry),
        },
    }


async def _annotations(visit: Visit, id: str) -> list[dict[str, Any]]:
    """What is marked on the entry, as a submit would carry it."""
    found: list[Record] = []
    for number in range(1, MOST_PAGES + 1):
        asked = {"page[size]": str(PAGE), "page[number]": str(number)}
        answer = await visit.get(f"/entries/{id}/annotations", asked, is_shown=number == 1)
        found += answer.records
        if not answer.links.get("next"):
            break
    return [{"id": one.id, **{name: one.attributes[name] for name in _SENT}} for one in found]


_SENT = ("dimensions", "annotation", "metadata")


async def _steps(visit: Visit, dataset: Record, entry: Record) -> dict[str, dict[str, Any]]:
    """What the workflow that the entry goes by says of its steps: kind, outcomes, reasons."""
    workflow = (await visit.get(f"/datasets/{dataset.id}/workflow")).record
    declared = dataset.workflow_configuration.get("steps", {})
    if entry.workflow_version != workflow.version:
        versions = await visit.every(f"/datasets/{dataset.id}/workflow_versions")
        old = [one.configuration for one in versions if one.number == entry.workflow_version]
        declared = old[0].get("steps", {}) if old else {}
        if declared:
            return {name: _said(step["kind"], step.get("on", {}), step) for name, step in declared.items()}
    leads: dict[str, list[str]] = {}
    for edge in workflow.edges:
        leads.setdefault(edge["from"], []).append(edge["outcome"])
    return {
        step["name"]: _said(step["kind"], leads.get(step["name"], ()), declared.get(step["name"], {}))
        for step in workflow.steps
    }


def _said(kind: str | None, on: Iterable[str], step: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "on": tuple(on), "skip_reasons": tuple(step.get("skip_reasons", ()))}


async def _role(visit: Visit, entry: Record) -> str | None:
    asked = {"filter[account_id]": visit.actor.account_id, "filter[project_id]": entry.project_id}
    members = await visit.every("/project_members", {**asked, "filter[enabled]": "true"})
    return members[0].role if members else None


async def _people(visit: Visit, entry: Record, history: Iterable[Record]) -> dict[str, Record]:
    """Whoever had to do with the entry, by id."""
    hands = (entry.assigned_to_id, entry.submitted_by_id, entry.reviewed_by_id)
    ids = {one for one in (*hands, *(event.actor_id for event in history)) if one}
    if not ids:
        return {}
    found = await visit.every("/accounts", {"filter[id__in]": ",".join(sorted(ids)[:100])})
    return {one.id: one for one in found}


async def _difference(visit: Visit, id: str) -> dict[str, Any] | None:
    """What changed between two versions, where the page's address asks for it."""
    since, until = visit.said("from"), visit.said("to")
    if not (since.isdecimal() and until.isdecimal()):
        return None
    answer = await visit.or_none(f"/entries/{id}/difference", {"from": since, "to": until})
    return dict(answer.meta) if answer else None


def _picture(entry: Record) -> str | None:
    """Where the entry's picture is; None where it has none that a page can show."""
    if entry.content_hash:
        is_picture = (entry.media_type or "").startswith("image/")
        return f"/ui/api/files/{entry.content_hash}" if is_picture else None
    if entry.media_type is None or entry.media_type.startswith("image/"):
        is_foreign = entry.resource.startswith(("http://", "https://"))
        return entry.resource if is_foreign else None
    return None


def _file(entry: Record) -> str | None:
    """Where the item can be had."""
    if entry.content_hash:
        return f"/ui/api/files/{entry.content_hash}"
    return entry.resource if entry.resource.startswith(("http://", "https://")) else None


PAGES = (Page("/ui/entries/{id}", "entry.html", _entry, "work", shows_foreign_pictures=True),)
