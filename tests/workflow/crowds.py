"""Crowds of several kinds, for proving forecasts: graphs, office hours, shifts around the clock, small teams.

It must not know what is foretold of them.
"""

from typing import Any

from tests.workflow.crowd import Crowd, Group
from workflow.dataset import check, graph_of
from workflow.graph import Graph


def _graph(start: str, **steps: Any) -> Graph:
    return check({"start": start, "steps": {**steps, "done": {"kind": "done"}}})


CHAIN = _graph(
    "label",
    label={"kind": "annotate", "prefer": ["label"], "on": {"submit": "first"}},
    first={"kind": "review", "on": {"accept": "second", "reject": "label"}},
    second={"kind": "review", "roles": ["project_owner"], "on": {"accept": "done", "reject": "label"}},
)
CONSENSUS = _graph(
    "both",
    both={
        "kind": "consensus",
        "people": 2,
        "agreement": 0.7,
        "on": {"agree": "sample", "disagree": "settle"},
    },
    sample={"kind": "gate", "rules": [{"rate": 0.2, "to": "settle"}], "else": "done"},
    settle={"kind": "review", "on": {"accept": "done", "reject": "both"}},
)
AGENT = _graph(
    "draw",
    draw={
        "kind": "agent",
        "members": ["00000000-0000-4000-8000-000000000000"],
        "on": {"submit": "sure", "fail": "correct"},
    },
    sure={"kind": "gate", "rules": [{"agreement": {"gte": 0.9}, "to": "check"}], "else": "correct"},
    correct={"kind": "annotate", "on": {"submit": "check", "skip": "done"}},
    check={"kind": "review", "on": {"accept": "done", "reject": "correct"}},
)
SHARED = _graph(
    "label",
    label={"kind": "annotate", "roles": ["annotator", "reviewer"], "on": {"submit": "check"}},
    check={"kind": "review", "not_by": ["label"], "on": {"accept": "done", "reject": "label"}},
)
ALL_ALIKE = _graph(
    "label",
    label={"kind": "annotate", "on": {"submit": "sample"}},
    sample={"kind": "gate", "rules": [{"rate": 0.6, "to": "check"}], "else": "done"},
    check={
        "kind": "review",
        "roles": ["annotator"],
        "not_by": ["label"],
        "on": {"accept": "done", "reject": "label"},
    },
)
HALF, WHOLE = graph_of({"sample_rate": 0.5}), graph_of({"sample_rate": 1})
REJECT = {"review": {"reject": 0.12}}
MAKE = ("annotate", "start")

CROWDS = (
    Crowd(
        "an office that reviews half",
        HALF,
        (Group(8, MAKE), Group(3, ("review",))),
        {"start": 20, "annotate": 400, "review": 150},
        REJECT,
        "annotate",
    ),
    Crowd(
        "an office with too few reviewers",
        WHOLE,
        (Group(10, MAKE), Group(2, ("review",), hours=6)),
        {"start": 15, "annotate": 200, "review": 150},
        REJECT,
        "review",
    ),
    Crowd(
        "a crowd around the clock",
        HALF,
        (
            Group(12, MAKE, begin=0, hours=6, days=7, spread=24, away=0.2),
            Group(2, ("review",), begin=13, hours=8, days=6),
        ),
        {"start": 30, "annotate": 600, "review": 120},
        REJECT,
    ),
    Crowd(
        "two agree, or a third settles it",
        CONSENSUS,
        (Group(9, ("both",), begin=6, hours=7), Group(2, ("settle",), begin=14, hours=5)),
        {"both": 260, "settle": 200},
        {"both": {"disagree": 0.25}, "settle": {"reject": 0.05}},
    ),
    Crowd(
        "three people, part of the day",
        WHOLE,
        (Group(2, MAKE, hours=5, away=0.1), Group(1, ("review",), hours=3, days=4)),
        {"start": 5, "annotate": 90, "review": 40},
        REJECT,
    ),
    Crowd(
        "a program draws, people correct",
        AGENT,
        (
            Group(1, ("draw",), begin=0, hours=24, days=7, spread=0, away=0),
            Group(5, ("correct",), begin=9),
            Group(3, ("check",), begin=9, hours=7),
        ),
        {"draw": 45, "correct": 300, "check": 100},
        {"sure": {"0": 0.35}, "draw": {"fail": 0.03}, "check": {"reject": 0.1}, "correct": {"skip": 0.02}},
    ),
    Crowd(
        "reviewers who annotate meanwhile",
        SHARED,
        (Group(6, ("label",)), Group(4, ("check", "label"))),
        {"label": 300, "check": 120},
        {"check": {"reject": 0.15}},
    ),
    Crowd(
        "all do all",
        ALL_ALIKE,
        (Group(4, ("label", "check"), begin=1), Group(5, ("check", "label"), begin=8)),
        {"label": 350, "check": 140},
        {"check": {"reject": 0.2}},
    ),
    Crowd(
        "a chain of reviews, and slow work",
        CHAIN,
        (
            Group(25, ("label",), begin=15),
            Group(8, ("first",), begin=16),
            Group(4, ("second",), begin=18, hours=6),
        ),
        {"label": 1500, "first": 500, "second": 200},
        {"first": {"reject": 0.25}, "second": {"reject": 0.08}},
    ),
    Crowd(
        "done within days",
        HALF,
        (Group(14, MAKE, begin=22, hours=9, days=6), Group(5, ("review",), begin=23)),
        {"start": 5, "annotate": 110, "review": 60},
        REJECT,
    ),
)
