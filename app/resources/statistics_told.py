"""What statistics look like, as JSON Schema: told to clients. Their meaning stands in docs/statistics.md."""

from collections.abc import Mapping
from typing import Any

from app.resources import tallies

Schema = Mapping[str, Any]


def _whole(properties: Schema, about: str = "") -> Schema:
    """An object that has all of PROPERTIES."""
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return schema | ({"description": about} if about else {})


def _list(items: Schema, about: str) -> Schema:
    return {"type": "array", "items": items, "description": about}


def _by_step(items: Schema, about: str = "") -> Schema:
    """An object with ITEMS by step: those of the workflow, and those where entries are beyond these."""
    return {"type": "object", "additionalProperties": items, "description": about or "By step."}


def _counts(about: str) -> Schema:
    return {"type": "object", "additionalProperties": _COUNT, "description": about}


_COUNT = {"type": "integer", "format": "int64"}
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
_LINE = {name: _COUNT for name in _COUNTED} | {"seconds_worked": _SECONDS}
_AGES = {share: {"type": ["number", "null"], "format": "double"} for share in ("p50", "p90")}

TOLD = {
    "at": {"type": "string", "format": "date-time", "description": "As of when."},
    "entries": _whole(
        {
            "total": _COUNT,
            "by_step": _by_step(_counts("Entries by status.")),
        },
        "The entries that are not in the trash, by step and status.",
    ),
    "totals": _whole(_LINE, "What was done in all."),
    "members": _list(
        _whole({"account_id": {"type": "string", "format": "uuid"}, **_LINE}),
        "What each account did: all of them to who owns the project, one's own line to others.",
    ),
    "throughput": _list(
        _whole(
            {"day": {"type": "string", "format": "date"}, "submitted": _COUNT, "completed": _COUNT},
        ),
        "By day (UTC), the oldest first, today last.",
    ),
    "ages": _by_step(
        _whole(_AGES),
        "How long, in seconds, the entries of a step have been there: half of them, nine in ten at most.",
    ),
    "rejections": _list(
        _whole({"reason": {"type": ["string", "null"]}, "count": _COUNT}),
        "Rejecting verdicts by reason, the most frequent first; null: none was given.",
    ),
}
