"""What came of the work in a project, in words that do not depend on its time and the ids it was given."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.campaigns.serving import Caller

TYPES = ("entries", "annotations", "note_feeds", "note_comments", "drafts", "project_members", "datasets")
Outcome = Mapping[str, Sequence[str]]  # part -> what it says, line by line

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RANDOM_NAME = r"\b[0-9a-f]{12}\b"  # of an account, in its email
_NAMES = re.compile(f"{_ID}|{_RANDOM_NAME}")
_TIMES = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_ADDRESSES = re.compile(r"http://127\.0\.0\.1:\d+")
_ARBITRARY = re.compile(r'("token":"|"errors":\[\{"id":")[^"]*"')


class Renaming:
    """Calls every id and random name by its place in the order in which they are first met."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        text = _ADDRESSES.sub("", _ARBITRARY.sub(r'\1"', _TIMES.sub("T", text)))
        return _NAMES.sub(lambda found: self._known.setdefault(found[0], f"#{len(self._known)}"), text)


def outcome_of(
    owner: Caller, project: str, datasets: Iterable[str], events: Sequence[Any], transcript: Iterable[str]
) -> Outcome:
    """What came of the work in PROJECT, which nobody but one client has done.

    EVENTS are the organization's. Its histories are read record by record, beside the feed.
    """
    named = Renaming()
    own = [one["attributes"] for one in events if one["attributes"]["project_id"] == project]
    parts: dict[str, list[str]] = {
        "answers": [named(line) for line in transcript],
        "events": [named(_text({**one, "sequence": None})) for one in own],
        "counts of events": [f"{key}: {n}" for key, n in sorted(_kinds(own).items())],
    }
    records = dict.fromkeys((one["resource"], one["record_id"]) for one in own)
    parts["revisions"] = [
        named(f"{type} {id} {_text(_versions(owner, type, id))}")
        for type, id in records
        if type != "webhooks"
    ]
    living = _living(owner, project, {id for _, id in records})
    parts["records"] = [named(_text(one)) for one in living]
    parts["statistics"] = [
        named(_text(_statistics(owner.ask("GET", f"/{type}/{id}/statistics"))))
        for type, id in [("projects", project), *(("datasets", one) for one in datasets)]
    ]
    return parts


def differences(first: Outcome, second: Outcome) -> dict[str, str]:
    """Where FIRST and SECOND differ: part -> the first line that does, as each has it."""
    found = {}
    for part, lines in first.items():
        others = second[part]
        if list(lines) != list(others):
            at = next(
                (n for n, (one, other) in enumerate(zip(lines, others, strict=False)) if one != other),
                min(len(lines), len(others)),
            )
            found[part] = (
                f"{len(lines)} and {len(others)} lines; line {at}:"
                f"\n  {''.join(lines[at : at + 1])[:1500]}\n  {''.join(others[at : at + 1])[:1500]}"
            )
    return found


def inconsistencies(owner: Caller, events: Sequence[Any], projects: Iterable[str]) -> list[str]:
    """Where the feed has a gap, or a living record stands otherwise than its last event says."""
    numbers = [one["attributes"]["sequence"] for one in events]
    found = [] if numbers == list(range(1, len(events) + 1)) else ["the feed has gaps"]
    last = {one["attributes"]["record_id"]: one["attributes"] for one in events}
    versions = Counter(
        (one["attributes"]["record_id"], one["attributes"]["record_version"]) for one in events
    )
    found += [f"{key} is there {n} times" for key, n in versions.items() if n > 1]
    for project in projects:
        for one in _living(owner, project, set(last)):
            told = last[one["id"]]["record"]
            found += [
                f"{one['type']} {one['id']} {name}: {value} is not {told[name]}"
                for name, value in one["attributes"].items()
                if name in told and told[name] != value and name not in _PAST_HISTORY
            ]
    return found


# An entry's time of change moves with its annotations; a dataset's counts with its entries.
_PAST_HISTORY = frozenset({"updated_at", "status", "progress"} | {
    f"entries_{name}_count" for name in ("total", "completed", "in_progress")
})  # fmt: skip


def _living(owner: Caller, project: str, known: set[str]) -> list[Any]:
    """The records of PROJECT that are not in the trash; links hold addresses and are left out."""
    found = []
    for type in TYPES:
        of_project = "" if type == "note_comments" else f"?filter[project_id]={project}"
        found += [one for one in owner.every(f"/{type}{of_project}") if one["id"] in known]
    return [{name: one[name] for name in ("type", "id", "attributes")} for one in found]


def _versions(owner: Caller, type: str, id: str) -> list[Any]:
    answer = owner.ask("GET", f"/{type}/{id}/history")
    assert answer.status == 200, answer
    return [
        [one["attributes"][name] for name in ("kind", "record_version", "record", "details", "actor_id")]
        for one in answer.data
    ]


def _statistics(answer: Any) -> Any:
    """The statistics without what depends on when the work was done, and how long it took."""
    if answer.status == 404:
        return None  # a dataset in the trash
    assert answer.status == 200, answer
    told = answer.data["attributes"]
    for name in ("at", "ages"):
        del told[name]
    for line in (told["totals"], *told["members"]):
        del line["seconds_worked"]
    told["throughput"] = {
        name: sum(day[name] for day in told["throughput"]) for name in ("submitted", "completed")
    }
    return told


def _kinds(events: Iterable[Any]) -> Counter[str]:
    return Counter(f"{one['resource']}.{one['kind']}" for one in events)


def _text(value: Any) -> str:
    return json.dumps(value)
