"""What is told of a change of labels before it is made, as JSON Schema."""

from typing import Any

_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}

PREVIEWED: dict[str, Any] = {
    "change": {"type": "string", "description": "What would be done."},
    "configuration": {"type": "object", "description": "The configuration after it."},
    "labels": {
        "type": "object",
        "description": "Of each label that it touches, how many annotations have it, on how many entries.",
        "additionalProperties": {
            "type": "object",
            "required": ["annotations", "entries"],
            "properties": {"annotations": _COUNT, "entries": _COUNT},
        },
    },
    "annotations": {**_COUNT, "description": "How many annotations it would change or remove."},
    "relabelled": {
        "type": "object",
        "description": "Labels that become others.",
        "additionalProperties": {"type": "string"},
    },
    "removed": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Labels that go, with their annotations.",
    },
}
