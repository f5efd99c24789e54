"""The ledger of what was acknowledged, the feed as its reader has it, and what judges them. No HTTP.

An event here is the attributes of a record of `/events`: sequence, kind, resource, record_id, record_version,
at, record.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]
Attributes = Mapping[str, Any]

COUNTS = ("entries_total_count", "entries_completed_count", "entries_in_progress_count")
# What is computed or inherited, makes no version, and so stands in no event (docs/keeping.md: ETag).
DERIVED: Mapping[str, frozenset[str]] = {
    "datasets": frozenset({*COUNTS, "status", "progress"}),
    "entries": frozenset({"updated_at"}),
    "api_keys": frozenset({"last_used_at"}),
}


@dataclass(frozen=True)
class Line:
    """What a client was told: the record's attributes after a change, of a KIND and to a VERSION.

    Where an answer does not tell the version it is None; an empty KIND is that of an answer that need not
    have changed anything, such as a renewed lease.
    """

    type: str
    id: str
    kind: str
    version: int | None
    attributes: Attributes


def missing(lines: Iterable[Line], events: Iterable[Event]) -> list[Line]:
    """The lines that no event bears out: acknowledged, and not to be found again.

    A change is borne out by an event of its own; a line without a kind may share one.
    """
    of_record: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        of_record[event["record_id"]].append(event)
    found, used = [], set()
    for line in lines:
        fitting = [event["sequence"] for event in of_record[line.id] if _bears_out(event, line)]
        free = [number for number in fitting if not line.kind or number not in used]
        if not free:
            found.append(line)
        elif line.kind:
            used.add(free[0])
    return found


def _bears_out(event: Event, line: Line) -> bool:
    return (
        event["resource"] == line.type
        and (not line.kind or event["kind"] == line.kind)
        and (line.version is None or event["record_version"] == line.version)
        and not _differing(line.type, line.attributes, event["record"])
    )


def _differing(type: str, shown: Attributes, record: Attributes) -> list[str]:
    """The names of what SHOWN tells otherwise than RECORD."""
    derived = DERIVED.get(type, frozenset())
    return [name for name, value in shown.items() if name not in derived and record.get(name, ...) != value]


@dataclass
class Reader:
    """Who follows the feed from its beginning, and has the state by it. `faults` are those of the feed."""

    last: int = 0
    faults: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    _records: dict[str, dict[str, Event]] = field(default_factory=lambda: defaultdict(dict))
    _touched: dict[str, str] = field(default_factory=dict)  # entry -> when it was last changed

    def read(self, events: Sequence[Event]) -> None:
        """Take in the next events of the feed."""
        for event in events:
            if event["sequence"] != self.last + 1:
                self.faults.append(f"event {event['sequence']} came after event {self.last}")
            self.last = event["sequence"]
            type, id = event["resource"], event["record_id"]
            before = self._records[type].get(id)
            if event["record_version"] != (before["record_version"] if before else 0) + 1:
                self.faults.append(f"event {self.last} is version {event['record_version']} of {type} {id}")
            self._records[type][id] = event
            if type == "entries":
                self._touched[id] = event["record"]["updated_at"]
            elif type == "annotations":
                self._touched[event["record"]["entry_id"]] = event["at"]
            self.events.append(event)

    def versions(self, type: str) -> dict[str, int]:
        """The version of each record of TYPE that ever was, the trash included."""
        return {id: event["record_version"] for id, event in self._records[type].items()}

    def living(self, type: str) -> dict[str, Attributes]:
        """The records of TYPE that are not in the trash, nor anything above them, by id."""
        return {
            id: self._shown(type, id, event["record"])
            for id, event in self._records[type].items()
            if event["kind"] != "delete" and not self._has_dead_ancestor(event["record"])
        }

    def _has_dead_ancestor(self, record: Attributes) -> bool:
        ancestors = (("projects", "project_id"), ("datasets", "dataset_id"), ("entries", "entry_id"))
        found = (self._records[type].get(record.get(key, "")) for type, key in ancestors)
        return any(event is not None and event["kind"] == "delete" for event in found)

    def _shown(self, type: str, id: str, record: Attributes) -> Attributes:
        return {**record, "updated_at": self._touched[id]} if type == "entries" else record


def differences(type: str, rebuilt: Mapping[str, Attributes], shown: Mapping[str, Attributes]) -> list[str]:
    """What is SHOWN of the records of TYPE, by id, otherwise than it was REBUILT."""
    unlike = [f"{type} {id} is rebuilt, and not shown" for id in rebuilt.keys() - shown.keys()]
    unlike += [f"{type} {id} is shown, and not rebuilt" for id in shown.keys() - rebuilt.keys()]
    for id in rebuilt.keys() & shown.keys():
        names = _differing(type, shown[id], rebuilt[id])
        if type == "entries" and shown[id]["updated_at"] != rebuilt[id]["updated_at"]:
            names.append("updated_at")
        unlike += [
            f"{type} {id}: {name} is {shown[id][name]!r}, not {rebuilt[id].get(name)!r}" for name in names
        ]
    return unlike


def counts_of(entries: Iterable[Attributes]) -> dict[str, int]:
    """The counts of a dataset that has ENTRIES."""
    statuses = [entry["status"] for entry in entries]
    completed = sum(status in ("completed", "errored") for status in statuses)
    return dict(zip(COUNTS, (len(statuses), completed, statuses.count("in_progress")), strict=True))
