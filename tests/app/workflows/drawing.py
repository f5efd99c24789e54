"""What tests of declared workflows have in common: datasets that have one, and work on their entries."""

from dataclasses import replace
from typing import Any

import pytest

from app.jobs.catalog import kinds_of
from app.jobs.deciding import DECIDING
from app.jobs.worker import Worker
from app.resources import consensus
from tests.lab import Lab, Person, Reply

BOX = {"type": "box", "x": 10, "y": 10, "width": 100, "height": 100}
NEAR = BOX | {"x": 12}
FAR = BOX | {"x": 500}


def dataset_with(lab: Lab, configuration: Any, **attributes: Any) -> str:
    """A new dataset with a workflow, which must be accepted."""
    made = lab.owner.create(
        "datasets",
        project_id=lab.project,
        name=f"{lab.mark}Drawn",
        workflow_configuration=configuration,
        **attributes,
    )
    assert made.status == 201, made
    return made.id


def mark(box: dict[str, Any], label: str = "vessel") -> dict[str, Any]:
    return {"dimensions": box, "annotation": {"label": label}}


def next_of(person: Person, dataset: str) -> Reply:
    reply = person.post(f"/datasets/{dataset}/next")
    assert reply.status in (200, 204), reply
    return reply


def submit(person: Person, entry: str, **attributes: Any) -> Reply:
    reply = person.act(entry, "submit", **attributes)
    assert reply.status == 200, reply
    return reply


def stands(reply: Reply) -> tuple[Any, ...]:
    return tuple(reply.attributes[name] for name in ("wf_step", "status", "assigned_to_id"))


ONCE: dict[str, Any] = {
    "start": "label",
    "steps": {"label": {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}},
}


def two(**more: Any) -> dict[str, Any]:
    step = {"kind": "consensus", "people": 2, "agreement": 0.8, "on": {"agree": "done", "disagree": "decide"}}
    return {
        "start": "twice",
        "steps": {
            "twice": step | more,
            "decide": {"kind": "review", "not_by": ["twice"], "on": {"accept": "done", "reject": "twice"}},
            "done": {"kind": "done"},
        },
    }


def label_check(**more: Any) -> dict[str, Any]:
    return {
        "start": "label",
        "steps": {
            "label": {"kind": "annotate", "on": {"submit": "check"}},
            "check": {"kind": "review", "on": {"accept": "done", "reject": "label"}} | more,
            "done": {"kind": "done"},
        },
    }


def make_decisions_wait(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave every consensus to a job that `run_jobs` does, and that the service itself does not know."""
    own = f"decide_{lab.organization}"
    monkeypatch.setattr("app.resources.agreements.AT_ONCE", 1)
    monkeypatch.setattr("app.resources.consensus.KIND", own)
    monkeypatch.setattr("app.resources.jobs.NEEDED", frozenset({own}))


def run_jobs(lab: Lab) -> None:
    """Work the jobs that wait, to their end; those that the service itself has begun come to theirs too."""
    kinds = {**kinds_of(lab.house.settings), consensus.KIND: replace(DECIDING, name=consensus.KIND)}
    worker = Worker(lab.house.database, kinds, idle=0.01, threads=1)
    while worker.run_next() or lab.owner.get("/jobs?filter[state]=running&fields=state").data:
        pass
