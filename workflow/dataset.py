"""What a dataset's workflow configuration says: today, how many entries are reviewed."""

from collections.abc import Mapping
from typing import Any

# What `check` lets pass, as JSON Schema.
SCHEMA: Mapping[str, Any] = {
    "properties": {"sample_rate": {"type": "number", "minimum": 0, "maximum": 1}, "type": {}},
    "additionalProperties": False,
}


class BadConfiguration(Exception):
    """The configuration breaks a rule, at the member POINTER (RFC 6901) of it."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


def sample_rate_of(configuration: Mapping[str, Any]) -> float:
    """The share of entries that is reviewed, 0 to 1; all where CONFIGURATION says nothing."""
    rate: float = configuration.get("sample_rate", 1.0)
    return rate


def check(configuration: Mapping[str, Any]) -> None:
    """Raises BadConfiguration where CONFIGURATION is not {} or {"sample_rate": r, "type"?: any}."""
    for name in configuration:
        if name not in ("sample_rate", "type"):
            raise BadConfiguration(f"/{name}", f"{name} is no setting of a workflow: sample_rate is")
    rate = configuration.get("sample_rate", 1)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise BadConfiguration("/sample_rate", "sample_rate is a number from 0 to 1")
