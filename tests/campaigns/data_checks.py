"""What is at odds with the model after an import, a merge and a release: each a list of faults. No HTTP.

Records are as JSON:API has them: {"id": ..., "attributes": {...}}; events are attributes of `/events`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tests.campaigns.manifest import MERGED, Json, Model, merged

MARK = ("dimensions", "annotation", "metadata")
LINE = ("external_id", "resource", "split", "width", "height", "metadata", "status")


def faults_of_errors(model: Model, errors: Sequence[Json]) -> list[str]:
    """ERRORS are a job's: each that is expected is there, and once."""
    found = Counter((one["attributes"]["item"], one["attributes"]["code"]) for one in errors)
    return [
        f"{key} is told {found[key]} times, not {model.errors[key]}"
        for key in sorted(found.keys() | model.errors.keys())
        if found[key] != model.errors[key]
    ]


def faults_of_entries(model: Model, entries: Sequence[Json]) -> list[str]:
    """ENTRIES are those that were imported: each is there, once, as the manifest has it."""
    found = Counter(one["attributes"]["external_id"] for one in entries)
    faults = [
        f"{id} is there {found[id]} times" for id in found.keys() | model.entries.keys() if found[id] != 1
    ]
    for one in entries:
        shown, wanted = one["attributes"], model.entries.get(one["attributes"]["external_id"], {})
        faults += [
            f"{shown['external_id']}: {name} differs" for name in wanted if shown[name] != wanted[name]
        ]
    return faults


def faults_of_marks(
    model: Model, entries: Sequence[Json], annotations: Sequence[Json], *, is_merged: bool
) -> list[str]:
    """ANNOTATIONS are those of ENTRIES: as many as the model has, and the same."""
    ids = {one["id"]: one["attributes"]["external_id"] for one in entries}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in annotations:
        if (id := ids.get(one["attributes"]["entry_id"])) is not None:
            found[id][_text(one["attributes"])] += 1
    faults = []
    for id, marks in model.marks.items():
        wanted = Counter(_text(merged(one) if is_merged else one) for one in marks)
        if found[id] != wanted:
            faults.append(f"{id} has {dict(found[id])}, not {dict(wanted)}")
    return faults


def _text(mark: Json) -> str:
    return json.dumps([mark.get(name, {}) for name in MARK], sort_keys=True)


def faults_of_history(model: Model, entries: Sequence[Json], events: Iterable[Json]) -> list[str]:
    """One create an entry and an annotation, and one update an annotation that was merged; no more."""
    ids = {one["id"]: one["attributes"]["external_id"] for one in entries}
    kinds: dict[str, list[str]] = defaultdict(list)
    first: dict[str, Json] = {}
    made: Counter[str] = Counter()
    for event in events:
        record = event["record"]
        if event["resource"] == "entries" and event["record_id"] in ids:
            kinds[event["record_id"]].append(event["kind"])
        elif event["resource"] == "annotations" and record["entry_id"] in ids:
            first.setdefault(event["record_id"], record)
            kinds[event["record_id"]].append(event["kind"])
            made[ids[record["entry_id"]]] += event["kind"] == "create"
    faults = [f"{id} has the events {kinds[id]}" for id in ids if kinds[id] != ["create"]]
    for id, record in first.items():
        wanted = ["create", "update"] if record["annotation"]["label"] in MERGED else ["create"]
        if kinds[id] != wanted:
            faults.append(f"annotation {id} has the events {kinds[id]}, not {wanted}")
    return faults + [
        f"{id} was given {made[id]} annotations, not {len(all)}"
        for id, all in model.marks.items()
        if made[id] != len(all)
    ]


def faults_of_writes(known: Mapping[str, Json], annotations: Sequence[Json], entries: set[str]) -> list[str]:
    """What was acknowledged (KNOWN, by id) is there, and ENTRIES, nobody else's, have no more."""
    shown = {one["id"]: one["attributes"] for one in annotations if one["attributes"]["entry_id"] in entries}
    faults = [f"annotation {id} is not there" for id in known.keys() - shown.keys()]
    faults += [f"annotation {id} was never acknowledged" for id in shown.keys() - known.keys()]
    for id in known.keys() & shown.keys():
        wanted = merged(known[id])
        if any(shown[id][name] != wanted[name] for name in ("dimensions", "annotation")):
            faults.append(f"annotation {id} is {shown[id]}, not {wanted}")
    return faults


def stood(events: Iterable[Json], dataset: str, sequence: int) -> dict[str, Json]:
    """The lines of a release of the dataset, by entry: what EVENTS had told up to the number SEQUENCE."""
    entries: dict[str, Json] = {}
    annotations: dict[str, Json] = {}
    tables = {"entries": entries, "annotations": annotations}
    for event in events:
        table = tables.get(event["resource"])
        if table is None or event["sequence"] > sequence or event["dataset_id"] != dataset:
            continue
        if event["kind"] == "delete":
            table.pop(event["record_id"], None)
        else:
            table[event["record_id"]] = event["record"]
    lines = {id: {**{name: one[name] for name in LINE}, "marks": {}} for id, one in entries.items()}
    for id, one in annotations.items():
        if one["entry_id"] in lines:
            lines[one["entry_id"]]["marks"][id] = {name: one[name] for name in MARK}
    return lines


def faults_of_lines(wanted: Mapping[str, Json], lines: Sequence[Json]) -> list[str]:
    """LINES are a release's, as the postil format writes its items: each of WANTED is there once."""
    count = Counter(one["id"] for one in lines)
    faults = [f"{id} is there {count[id]} times" for id in wanted.keys() | count.keys() if count[id] != 1]
    for one in lines:
        if one["id"] not in wanted:
            faults.append(f"{one['id']} was not there")
            continue
        told: Json = {name: one.get(name) for name in LINE}
        told["metadata"] = one.get("metadata", {})
        told["marks"] = {
            mark["id"]: {name: mark.get(name, {}) for name in MARK} for mark in one.get("marks", ())
        }
        if told != wanted[one["id"]]:
            faults.append(f"{one['id']} is {told}, not {wanted[one['id']]}")
    return faults
