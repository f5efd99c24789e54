"""What a dataset's workflow configuration says, and the workflow that it makes.

It is {} or {"sample_rate": r, "type"?: any}, the default workflow; or a graph of steps.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from workflow import checking, reading
from workflow.checking import Team
from workflow.default import SETTINGS, default, is_default
from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.graph import Graph, Kind, Order
from workflow.machine import Workflow

_NAME = {"type": "string", "pattern": f"^{reading.NAME.pattern}$"}
_TEXTS = {"type": "array", "items": {"type": "string"}, "maxItems": reading.MOST_NAMES}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_DURATION = {"type": "string", "description": "An ISO 8601 duration, such as PT30M."}
_CONDITION = {"description": "A constant, or an object of eq, in, lt, lte, gt, gte, exists."}
_RULE: Mapping[str, Any] = {
    "type": "object",
    "required": ["to"],
    "properties": {
        "to": _NAME,
        "rate": _SHARE,
        "where": {"type": "object", "additionalProperties": _CONDITION},
        "agreement": _CONDITION,
        "score": _CONDITION,
    },
}
_STEP: Mapping[str, Any] = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
        "on": {"type": "object", "additionalProperties": _NAME},
        "roles": {"type": "array", "items": {"type": "string", "enum": list(reading.ROLES)}},
        "members": _TEXTS,
        "not_by": _TEXTS,
        "prefer": _TEXTS,
        "lease": _DURATION,
        "due": _DURATION,
        "order": {"type": "string", "enum": [order.value for order in Order]},
        "skip_reasons": _TEXTS,
        "reject_reasons": _TEXTS,
        "people": {"type": "integer", "minimum": 2, "maximum": reading.MOST_PEOPLE},
        "agreement": _SHARE,
        "retries": {"type": "integer", "minimum": 0, "maximum": reading.MOST_RETRIES},
        "rules": {"type": "array", "items": _RULE, "maxItems": reading.MOST_RULES},
        "else": _NAME,
    },
}

# What `check` lets pass, as JSON Schema: roughly, for the rest is told by faults with pointers.
SCHEMA: Mapping[str, Any] = {
    "anyOf": [
        {
            "properties": {"sample_rate": _SHARE, "type": {}},
            "additionalProperties": False,
        },
        {
            "required": ["start", "steps"],
            "properties": {
                "start": _NAME | {"description": "The step where entries begin."},
                "steps": {
                    "type": "object",
                    "description": "Steps by name.",
                    "minProperties": 1,
                    "maxProperties": reading.MOST_STEPS,
                    "additionalProperties": _STEP,
                },
            },
            "additionalProperties": False,
        },
    ]
}


def graph_of(configuration: Mapping[str, Any]) -> Graph:
    """The graph that CONFIGURATION is. Raises BadConfiguration where its shape is none."""
    if not isinstance(configuration, Mapping):
        raise BadConfiguration([ConfigurationFault("", "workflow_invalid", "a workflow is an object")])
    if not is_default(configuration):
        return reading.graph_of(configuration)
    for name in configuration:
        if name not in SETTINGS:
            detail = f"{name[:64]} is no setting of a workflow: sample_rate is, or start and steps"
            pointer = f"/{reading.escaped(name)}"
            raise BadConfiguration([ConfigurationFault(pointer, "workflow_invalid", detail)])
    rate = configuration.get("sample_rate", 1)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        detail = "sample_rate is a number from 0 to 1"
        raise BadConfiguration([ConfigurationFault("/sample_rate", "workflow_invalid", detail)])
    return reading.graph_of(default(rate))


def check(configuration: Mapping[str, Any], team: Team | None = None) -> Graph:
    """The graph that CONFIGURATION is, which is sound; and for TEAM, where one is given.

    Raises BadConfiguration. The default suits every team: whoever is missing may still come.
    """
    try:
        graph = graph_of(configuration)
        if not is_default(configuration):
            checking.check(graph, team)
    except BadConfiguration as error:
        told = error.faults[: reading.MOST_FAULTS]
        raise BadConfiguration(
            [fault._replace(pointer=_there(fault.pointer, configuration)) for fault in told]
        ) from None
    return graph


@lru_cache(256)
def workflow_of(configuration: str) -> Workflow:
    """The workflow that CONFIGURATION, as JSON text that was checked, makes: compiled once for each text."""
    return Workflow(graph_of(msgspec.json.decode(configuration)))


def _there(pointer: str, configuration: Mapping[str, Any]) -> str:
    """POINTER, or as much of it as CONFIGURATION has: what is meant unless said has no place of its own."""
    found: Any = configuration
    known: list[str] = []
    for step in pointer.split("/")[1:]:
        member = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and member in found:
            found = found[member]
        elif isinstance(found, list) and member.isdigit() and int(member) < len(found):
            found = found[int(member)]
        else:
            break
        known.append(step)
    return "".join(f"/{step}" for step in known)
