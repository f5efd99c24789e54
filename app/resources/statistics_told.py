"""What statistics look like, as JSON Schema: told to clients. Their meaning stands in docs/statistics.md."""

from collections.abc import Mapping
from typing import Any

from app.resources import tallies

Schema = Mapping[str, Any]


def whole(properties: Schema, about: str = "") -> Schema:
    """An object that has all of PROPERTIES."""
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return schema | ({"description": about} if about else {})


def several(items: Schema, about: str = "") -> Schema:
    """A list of ITEMS."""
    return {"type": "array", "items": items} | ({"description": about} if about else {})


def _by_step(items: Schema, about: str = "") -> Schema:
    """An object with ITEMS by step: those of the workflow, and those where entries are beyond these."""
    return {"type": "object", "additionalProperties": items, "description": about or "By step."}


def _counts(about: str) -> Schema:
    return {"type": "object", "additionalProperties": COUNT, "description": about}


COUNT = {"type": "integer", "format": "int64"}
_SECONDS = {"type": "number", "format": "double"}
_COUNTED = (
    tallies.HELD,
    tallies.SUBMITTED,
    tallies.APPROVED,
    tallies.REJECTED,
    tallies.REVIEWED,
    tallies.COMPLETED,
    tallies.ANNOTATIONS,
)
_LINE = {name: COUNT for name in _COUNTED} | {"seconds_worked": _SECONDS}
_AGES = {share: {"type": ["number", "null"], "format": "double"} for share in ("p50", "p90")}

TOLD = {
    "at": {"type": "string", "format": "date-time", "description": "As of when."},
    "entries": whole(
        {
            "total": COUNT,
            "by_step": _by_step(_counts("Entries by status.")),
        },
        "The entries that are not in the trash, by step and status.",
    ),
    "totals": whole(_LINE, "What was done in all."),
    "members": several(
        whole({"account_id": {"type": "string", "format": "uuid"}, **_LINE}),
        "What each account did: all of them to who owns the project, one's own line to others.",
    ),
    "throughput": several(
        whole(
            {"day": {"type": "string", "format": "date"}, "submitted": COUNT, "completed": COUNT},
        ),
        "By day (UTC), the oldest first, today last.",
    ),
    "flow": several(
        whole(
            {
                "day": {"type": "string", "format": "date"},
                "steps": _by_step(COUNT, "Entries by step."),
            }
        ),
        "How many entries stood at each step at the end of the day (UTC), the oldest first; today: now.",
    ),
    "ages": _by_step(
        whole(_AGES),
        "How long, in seconds, the entries of a step have been there: half of them, nine in ten at most.",
    ),
    "rejections": several(
        whole({"reason": {"type": ["string", "null"]}, "count": COUNT}),
        "Rejecting verdicts by reason, the most frequent first; null: none was given.",
    ),
}
