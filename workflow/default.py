"""The workflow of a dataset that declares none, as the graph that it is. It is written here alone."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class DefaultStep(StrEnum):
    START = "start"
    ANNOTATE = "annotate"
    REVIEW = "review"
    DONE = "done"
    ERROR = "error"


SETTINGS = ("sample_rate", "type")  # what its configuration may set; `type` means nothing to us


def default(sample_rate: float = 1.0) -> dict[str, Any]:
    """The configuration of the default workflow, which has SAMPLE_RATE (0 to 1) of the entries reviewed.

    Who submits at its start keeps the entry. What is rejected goes back to who submitted it, and what is
    reviewed again to who reviewed it.
    """
    return {
        "start": "start",
        "steps": {
            "start": {"kind": "open", "on": {"submit": "annotate", "skip": "done"}},
            "annotate": {
                "kind": "annotate",
                "prefer": ["annotate"],
                "on": {"submit": "sample", "skip": "done"},
            },
            "sample": {
                "kind": "gate",
                "rules": [{"rate": sample_rate, "to": "review"}],
                "else": "done",
            },
            "review": {
                "kind": "review",
                "not_by": ["annotate"],
                "prefer": ["review"],
                "on": {"accept": "done", "reject": "annotate"},
            },
            "done": {"kind": "done"},
        },
    }


def is_default(configuration: Mapping[str, Any]) -> bool:
    """Whether CONFIGURATION only sets what the default leaves open."""
    return "steps" not in configuration and "start" not in configuration
