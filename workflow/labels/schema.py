"""What `workflow.labels.reading` lets pass, as JSON Schema: roughly, for the rest is told by faults."""

from collections.abc import Mapping
from typing import Any

from workflow.labels.answers import LONGEST_TEXT
from workflow.labels.classes import MOST_NUMBER
from workflow.labels.declared import GEOMETRIES, Kind
from workflow.labels.members import LONGEST_ID, LONGEST_NAME
from workflow.labels.reading import MOST_CLASSES

Json = dict[str, Any]

_SPELT = 2  # levels of attributes: all four would take 40 kB in every body that holds a configuration

_ID: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
_NAME: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
_FLAG: Json = {"type": "boolean"}
_VENDOR: Json = {"type": "object", "description": "Anything: it is kept, and never read."}
_BYTE: Json = {"type": "integer", "minimum": 0, "maximum": 255}
_COLOR: Json = {
    "description": "Left out: one by the place in the list.",
    "anyOf": [
        {"type": "string", "pattern": "^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"},
        {"type": "array", "items": _BYTE, "minItems": 3, "maxItems": 4},
    ],
}


def _list(items: Json, about: str = "", **more: Any) -> Json:
    return {"type": "array", "items": items} | ({"description": about} if about else {}) | more


def _object(properties: Mapping[str, Json]) -> Json:
    return {
        "type": "object",
        "anyOf": [{"required": ["name"]}, {"required": ["id"]}],
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _question(depth: int) -> Json:
    """A question that stands DEPTH levels deep; what stands further below it is only said to be objects."""
    asked = _question(depth + 1) if depth < _SPELT else {"type": "object"}
    below = {"attributes": _list(asked, "Asked below it, to the fourth level.")}
    option = _object({"id": _ID, "name": _NAME, "vendor": _VENDOR} | below)
    members: dict[str, Json] = {
        "id": _ID,
        "name": _NAME,
        "type": {"type": "string", "enum": [kind.value for kind in Kind]},
        "options": _list(option, "Of a select and a checklist.", minItems=1),
        "required": _FLAG,
        "default": {"description": "What is required and missing gets it when the labels change."},
        "minimum": {"type": "number"},
        "maximum": {"type": "number"},
        "step": {"type": "number", "exclusiveMinimum": 0},
        "max_length": {"type": "integer", "minimum": 1, "maximum": LONGEST_TEXT},
        "vendor": _VENDOR,
    }
    return _object(members | below) | {"required": ["type"]}


_CLASS = _object(
    {
        "id": _ID | {"description": "What annotation.label says. Left out: the name."},
        "name": _NAME | {"description": "Left out: the id."},
        "color": _COLOR,
        "number": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_NUMBER,
            "description": "For systems that know classes by number. Left out: one that was never used.",
        },
        "geometries": _list(
            {"type": "string", "enum": sorted(GEOMETRIES)}, "What may mark it. Left out: anything."
        ),
        "parent": _ID | {"description": "The id of the class above it."},
        "has_text": _FLAG | {"description": "annotation.text may be said."},
        "requires_text": _FLAG,
        "is_hidden": _FLAG,
        "shortcut": {"anyOf": [{"type": "string", "pattern": "^[0-9]$"}, _BYTE | {"maximum": 9}]},
        "keypoints": _list(_ID, "The names of its points."),
        "skeleton": _list(
            _list({"type": "integer", "minimum": 0}, minItems=2, maxItems=2),
            "Pairs of positions in keypoints, from 0.",
        ),
        "has_instances": _FLAG | {"description": "True unless said."},
        "attributes": _list(_question(1)),
        "vendor": _VENDOR,
    }
)

SCHEMA: Json = {
    "anyOf": [
        {"not": {"required": ["classes"]}, "description": "Nothing is declared: any object."},
        {
            "required": ["classes"],
            "properties": {
                "classes": _list(_CLASS, "In their dense order.", maxItems=MOST_CLASSES),
                "classifications": _list(_question(1), "Questions about the whole item."),
                "next_number": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": MOST_NUMBER + 1,
                    "description": "Classes were given all numbers below. It never falls.",
                },
                "vendor": _VENDOR,
            },
            "additionalProperties": False,
        },
    ]
}
