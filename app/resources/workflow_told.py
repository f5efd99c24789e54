"""What is told of workflows, as JSON Schema: for clients."""

from app.resources.statistics_told import COUNT, several, whole

_TEXT = {"type": "string"}
_NUMBER = {"type": "number", "format": "double"}
_MAYBE = {"type": ["number", "null"], "format": "double"}
_DRAWN = {
    "mermaid": {"type": ["string", "null"], "description": "The workflow as a Mermaid flowchart."},
    "svg": {"type": ["string", "null"], "description": "The same as an SVG image of its own."},
}


_FAULTS = several(
    whole({"pointer": _TEXT, "code": _TEXT, "detail": _TEXT}),
    "What is wrong with it, at which member of the configuration (RFC 6901).",
)

TOLD = {
    "at": {"type": "string", "format": "date-time", "description": "As of when."},
    "version": COUNT | {"description": "The version of the workflow that new entries go by."},
    "start": _TEXT | {"description": "The step where entries begin."},
    "steps": several(
        whole(
            {
                "name": _TEXT,
                "kind": {"type": ["string", "null"], "description": "null: a step of an older version."},
                "entries": COUNT | {"description": "Entries that are there now."},
                "ages": whole({"p50": _MAYBE, "p90": _MAYBE}, "For how many seconds they have been."),
                "paused": {"type": "boolean"},
                "roles": several(_TEXT),
                "members": several(_TEXT),
                "people": COUNT | {"description": "How many work on one entry."},
            }
        )
    ),
    "edges": several(
        whole({"from": _TEXT, "outcome": _TEXT, "to": _TEXT}),
        "Where each outcome leads; of a gate its rules by number, and else.",
    ),
    "faults": {**_FAULTS, "description": "What keeps it from being worked by who is in the project now."},
    **_DRAWN,
}

CHECKED = {
    "valid": {"type": "boolean", "description": "Whether the dataset would accept it."},
    "faults": _FAULTS,
    **_DRAWN,
}

_SECONDS = {"type": ["number", "null"], "format": "double", "description": "From the start."}

PLAYED = {
    "entries": COUNT,
    "plays": COUNT,
    "seconds": whole(
        {"p5": _SECONDS, "p50": _SECONDS, "p95": _SECONDS},
        "When all is done, in seconds from the start: so in 5, 50 and 95 of 100 plays at most.",
    ),
    "bottleneck": {
        "type": ["string", "null"],
        "description": "The step whose people are busiest up to the end.",
    },
    "standing": {
        "type": "object",
        "additionalProperties": COUNT,
        "description": "Where it came to stand still, as nobody may work what is left: entries by step.",
    },
    "steps": {
        "type": "object",
        "description": "By step, the means over all plays.",
        "additionalProperties": whole(
            {
                "worked": _NUMBER | {"description": "Works of one person on one entry."},
                "seconds_worked": _NUMBER,
                "wait_mean": _NUMBER | {"description": "Seconds from when an entry comes until it is taken."},
                "wait_p90": _NUMBER,
                "longest_queue": _NUMBER | {"description": "The most entries that waited at once."},
                "busy": _NUMBER | {"description": "Of their working hours, what its people worked, 0 to 1."},
            }
        ),
    },
}

_WHEN = {"type": ["string", "null"], "format": "date-time"}

FORETOLD = {
    "at": {"type": "string", "format": "date-time", "description": "As of when."},
    "known": {"type": "boolean", "description": "Whether the past says enough."},
    "why": {"type": ["string", "null"], "description": "Why it does not."},
    "done_at": _WHEN | {"description": "When what stands now is done: as likely earlier as later."},
    "done_from": _WHEN | {"description": "From here to done_to it lies nine times in ten."},
    "done_to": _WHEN,
    "bottleneck": {"type": ["string", "null"], "description": "The step that holds it back."},
    "steps": {
        "type": "object",
        "description": "By step what is still to do there.",
        "additionalProperties": whole(
            {
                "left": _NUMBER | {"description": "How many times entries will leave it."},
                "per_hour": _NUMBER | {"description": "How many its people do in an hour that they work."},
                "hours": _NUMBER | {"description": "The one divided by the other."},
            }
        ),
    },
}

_LABEL = {"type": ["string", "number", "null"], "description": "null: one did not mark the thing."}
_MATRIX = {
    "type": ["array", "null"],
    "items": whole({"first": _LABEL, "second": _LABEL, "count": COUNT}),
    "description": "How often the one gave the first label and the other the second; null: too many labels.",
}

AGREED = {
    "at": {"type": "string", "format": "date-time", "description": "As of when."},
    "questions": several(
        whole(
            {
                "question": {"type": ["string", "null"], "description": "null: the labels of shapes."},
                "observed_agreement": _MAYBE | {"description": "The share of pairs with the same label."},
                "fleiss_kappa": _MAYBE,
                "krippendorff_alpha": whole({"nominal": _MAYBE, "ordinal": _MAYBE, "interval": _MAYBE}),
                "labels": several(whole({"label": _LABEL, "f_score": _MAYBE})),
                "pairs": several(
                    whole(
                        {
                            "account_ids": several(_TEXT),
                            "judged": COUNT | {"description": "Things that both gave a label."},
                            "observed_agreement": _MAYBE,
                            "cohen_kappa": _MAYBE,
                            "confusion": _MATRIX,
                        }
                    ),
                    "Of two people each: all to who owns the project, one's own to others.",
                ),
                "confusion": _MATRIX,
            }
        )
    ),
    "scores": several(
        whole(
            {
                "account_id": _TEXT,
                "score": _MAYBE | {"description": "The mean of the last ones; null: there are too few."},
                "counted": COUNT,
                "is_low": {"type": "boolean"},
            }
        ),
        "How well people do on reference entries, for who owns the project.",
    ),
}

MOVED = {
    "version": COUNT | {"description": "The version that they are moved to."},
    "dry_run": {"type": "boolean", "description": "Whether this is all that happens."},
    "moves": several(whole({"from": _TEXT, "to": _TEXT, "entries": COUNT}), "How many go where."),
    "stays": several(whole({"step": _TEXT, "entries": COUNT}), "How many stay with their version."),
    "job_id": {"type": ["string", "null"], "format": "uuid", "description": "The job that moves them."},
}
