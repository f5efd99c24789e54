"""What may be marked in a dataset: its classes as a tree with their uses, what was and can be changed."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.leading import leads_among, members_of
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Refusal, Visit

FEW = 10_000  # entries whose annotations are counted unasked
MOST = 1000  # classes that are shown
CHANGES = 10  # that are told
_MAKES, _UNDOES = "change_labels", "undo_labels"  # kinds of job

Json = Mapping[str, Any]


class Line(NamedTuple):
    """A class in the tree, so deep below the top."""

    depth: int
    told: Json


class Change(NamedTuple):
    """A version of the configuration: how it came, the job that followed, and what it made of the classes."""

    event: Record
    job: Record | None
    words: tuple[str, ...]
    is_undoable: bool


async def _labels(visit: Visit) -> Gathered:
    told = await visit.get(f"/datasets/{visit.parameters['id']}", {"include": "project"})
    dataset = told.record
    members = await members_of(visit, dataset.project_id)
    its = dataset.label_configuration_id
    found = await visit.or_none(f"/label_configurations/{its}") if its else None
    configuration = found.record.configuration if found else dataset.labeling_configuration
    leads = leads_among(visit, members)
    may = leads and found is not None
    sharing = (
        await visit.every("/datasets", {"filter[label_configuration_id]": its}, 50) if its else [dataset]
    )
    entries = sum(one.entries_total_count for one in sharing)
    is_counted = visit.said("uses") == "true"
    uses = await _uses(visit, its) if may and is_counted else None
    changes = await _changes(visit, its, configuration) if may else []
    lines = _tree(configuration.get("classes", []), visit.said("match"))
    shown = {one["id"] for key in ("classes", "classifications") for one in configuration.get(key, [])}
    return {
        "dataset": dataset,
        "project": dataset.one("project"),
        "its": its,
        "is_typed": "classes" in configuration,
        "configuration": json.dumps(configuration, ensure_ascii=False, indent=2),
        "proposal": _proposal(dataset.labels),
        "classes": configuration.get("classes", []),
        "classifications": configuration.get("classifications", []),
        "lines": lines[:MOST],
        "count": len(lines),
        "match": visit.said("match"),
        "may": may,
        "leads": leads,
        "sharing": [one for one in sharing if one.id != dataset.id],
        "entries": entries,
        "is_few": entries <= FEW,
        "uses": uses,
        "strays": {label: one for label, one in (uses or {}).items() if label not in shown},
        "changes": changes,
        "etag": found.headers.get("etag", "") if found else "",
        "people": await _people(visit, members, changes),
    }


async def _uses(visit: Visit, id: str) -> Json | None:
    """How many annotations have each label, on how many entries. None where it is not for the actor."""
    try:
        answer = await visit.post(f"/label_configurations/{id}/preview", {"change": "clear"})
    except Refusal as refusal:
        if refusal.status == 403:
            return None
        raise
    labels: Json = answer.record.labels
    return labels


async def _people(visit: Visit, members: list[Record], changes: list[Change]) -> dict[str, Record]:
    """The members, and who else made the changes, as far as the actor may know them."""
    people = {member.account_id: member for member in members}
    others = sorted({one.event.actor_id for one in changes} - people.keys() - {None})
    found = await visit.or_none("/accounts", {"filter[id]": ",".join(others)}) if others else None
    return {**people, **{one.id: one for one in (found.records if found else [])}}


# ---- the tree


def _tree(classes: list[Json], match: str) -> list[Line]:
    """The classes, each before those below it; of a search those that bear MATCH in their name or id."""
    if match:
        found = [one for one in classes if match.casefold() in f"{one['name']} {one['id']}".casefold()]
        return [Line(0, one) for one in found]
    below: dict[str | None, list[Json]] = defaultdict(list)
    for one in classes:
        below[one.get("parent")].append(one)
    return list(_lines(below))


def _lines(below: Mapping[str | None, list[Json]]) -> Iterator[Line]:
    waiting = [Line(0, one) for one in reversed(below.get(None, []))]
    while waiting:
        line = waiting.pop()
        yield line
        waiting += [Line(line.depth + 1, one) for one in reversed(below.get(line.told["id"], []))]


def _proposal(labels: list[str]) -> str:
    """A label configuration that has a class for each of LABELS."""
    classes: list[Json] = [{"name": name} for name in labels]
    classes = classes or [{"name": "object", "geometries": ["box", "polygon"]}]
    return json.dumps({"classes": classes}, ensure_ascii=False, indent=2)


# ---- what was changed


async def _changes(visit: Visit, id: str, configuration: Json) -> list[Change]:
    """The last changes, the newest first. A version and the job of its change are of the same moment."""
    asked = [("sort", "-id"), ("page[size]", str(CHANGES + 1))]
    if len(configuration.get("classes", [])) > MOST:
        asked.append(("fields", "at,actor_id,kind,record_version"))
    history, jobs = await visit.together(
        visit.get(f"/label_configurations/{id}/history", asked),
        visit.every("/jobs", [*(("filter[kind]", kind) for kind in (_MAKES, _UNDOES)), ("sort", "-id")], 200),
    )
    events = list(reversed(history.records))
    by_time = {job.created_at: job for job in jobs}
    followed = [by_time.get(event.at) for event in events]
    open = _undoable(followed)
    told = [
        Change(event, job, _words(events[n - 1] if n else None, event), n == open)
        for n, (event, job) in enumerate(zip(events, followed, strict=True))
    ]
    return list(reversed(told))[:CHANGES]


def _undoable(jobs: list[Record | None]) -> int | None:
    """The place of the change that may be taken back: the last that was not. None: something came between."""
    open: list[int] = []
    for n, job in enumerate(jobs):
        if job is None:
            open.clear()
        elif job.kind == _MAKES:
            open.append(n)
        elif open:
            open.pop()
    last = jobs[open[-1]] if open else None
    return open[-1] if last is not None and last.finished_at else None


def _words(before: Record | None, after: Record) -> tuple[str, ...]:
    """What became of the classes between two versions."""
    then, now = _classes(before), _classes(after)
    if before is None or then is None or now is None:
        return ()
    words = [f"{then[id]['name']} is gone" for id in then if id not in now]
    words += [f"{now[id]['name']} is new" for id in now if id not in then]
    for id in now:
        if id in then and then[id] != now[id]:
            words.append(_altered(then[id], now[id]))
    if not words and list(then) != list(now):
        words = ["another order"]
    return (*words[:5], *([f"and {len(words) - 5} more"] if len(words) > 5 else ()))


def _classes(event: Record | None) -> dict[str, Json] | None:
    record = event.attributes.get("record") if event else None
    classes = (record or {}).get("configuration", {}).get("classes")
    return None if classes is None else {one["id"]: one for one in classes}


def _altered(then: Json, now: Json) -> str:
    if then["name"] != now["name"]:
        return f"{then['name']} is called {now['name']}"
    members = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    return f"{now['name']}: other {', '.join(members)}"


PAGES = (Page("/ui/datasets/{id}/labels", "labels.html", _labels, "projects"),)
