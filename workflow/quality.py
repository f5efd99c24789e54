"""What a dataset asks of people's scores on reference entries, and what low ones lead to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow.errors import BadConfiguration, ConfigurationFault

REACTIONS = ("nothing", "warn", "pause")
MOST_SCORES = 1000

SCHEMA: Mapping[str, Any] = {  # what `rules_of` takes, as JSON Schema
    "properties": {
        "reference_rate": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The share of what is served that are reference entries, while there are any; "
            "unless said, they are served like all others.",
        },
        "window": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_SCORES,
            "description": "How many of the last scores count. 20 unless said.",
        },
        "least": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_SCORES,
            "description": "How many there are at least before anything is said of them. 5 unless said.",
        },
        "below": {"type": "number", "minimum": 0, "maximum": 1, "description": "A mean below is low."},
        "then": {"type": "string", "enum": list(REACTIONS), "description": "What a low mean leads to."},
    },
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The mean of the last WINDOW scores counts, once there are LEAST; BELOW a bound, THEN comes."""

    reference_rate: float | None = None
    window: int = 20
    least: int = 5
    below: float = 0.0
    then: str = "nothing"

    def mean_of(self, scores: Sequence[float]) -> float | None:
        """The mean of the last SCORES, the latest first; None where there are too few."""
        some = scores[: self.window]
        return sum(some) / len(some) if len(some) >= min(self.least, self.window) else None

    def is_low(self, mean: float | None) -> bool:
        return mean is not None and mean < self.below


def rules_of(configuration: Mapping[str, Any]) -> Rules:
    """The rules that CONFIGURATION sets, the rest by default. Raises BadConfiguration."""
    faults = [fault for name, value in configuration.items() if (fault := _fault(name, value)) is not None]
    if faults:
        raise BadConfiguration(faults)
    return Rules(**configuration)


def _fault(name: str, value: Any) -> ConfigurationFault | None:
    schema = SCHEMA["properties"].get(name)
    if schema is None:
        known = ", ".join(SCHEMA["properties"])
        return _told("", f"there is no setting {name[:64]}: there are {known}")
    if "enum" in schema:
        is_sound = isinstance(value, str) and value in schema["enum"]
        return None if is_sound else _told(name, f"{name} is one of {', '.join(schema['enum'])}")
    is_number = isinstance(value, int if schema["type"] == "integer" else int | float)
    least, most = schema["minimum"], schema["maximum"]
    if is_number and not isinstance(value, bool) and least <= value <= most:
        return None
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    return _told(name, f"{name} is {kind} from {least} to {most}")


def _told(name: str, detail: str) -> ConfigurationFault:
    return ConfigurationFault(f"/{name}" if name else "", "quality_invalid", detail)
