"""What is told of a dataset's workflow: its steps and what stands there, drawings, and checks of drafts."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from marshmallow import Schema, fields
from sqlalchemy import or_
from sqlmodel import col

from app.declare import Resource, Values
from app.errors import Fault, Invalid
from app.operations import reading, records
from app.resources import ages, moving, statistics, tallies, workflows
from app.resources.tallies import Tally
from app.work import Work
from workflow import checking
from workflow import dataset as flow
from workflow.default import is_default
from workflow.drawing.mermaid import mermaid_of
from workflow.drawing.svg import svg_of
from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.graph import ERROR, Graph, Step, edges_of
from workflow.reading import escaped

_READ = ("project_id", "workflow_configuration", "workflow_version", "paused_steps")


def view(work: Work, card: Resource, id: str, body: Values) -> Mapping[str, Any]:
    """The dataset's workflow as it stands: steps with live counts and ages, edges, drawings, and what is
    wrong with it for who is in the project now. No entry is read: counts and ages are sums of tallies.
    """
    project_id, configuration, version, paused = reading.show(work, card, id, _READ)
    graph = flow.workflow_of(configuration).graph
    figures = _figures(work, id)
    counts = _counts(figures)
    told = statistics.ages_of((), figures, ages.microseconds_of(work.now))
    held_up = set(msgspec.json.decode(paused))
    names = [*graph.steps, *sorted(counts.keys() - graph.steps.keys())]
    return {
        "at": work.now,
        "version": version,
        "start": graph.start,
        "steps": [
            _step(name, graph.steps.get(name), counts[name], told.get(name), name in held_up)
            for name in names
        ],
        "edges": [edge for step in graph.steps.values() for edge in _edges(step)],
        "faults": _faults(_team_faults(work, graph, project_id, configuration)),
        "mermaid": mermaid_of(graph, counts),
        "svg": svg_of(graph, counts),
    }


def _step(
    name: str, step: Step | None, count: int, age: Mapping[str, Any] | None, is_paused: bool
) -> dict[str, Any]:
    kind = step.kind.value if step is not None else "error" if name == ERROR else None
    return {
        "name": name,
        "kind": kind,  # null: of an older version
        "entries": count,
        "ages": age or dict.fromkeys(statistics.SHARES),
        "paused": is_paused,
        "roles": list(step.roles) if step is not None else [],
        "members": list(step.members) if step is not None else [],
        "people": step.people if step is not None else 1,
    }


def _edges(step: Step) -> list[dict[str, Any]]:
    return [{"from": one.start, "outcome": one.label, "to": one.end} for one in edges_of(step)]


def _counts(figures: statistics.Figures) -> Counter[str]:
    """Entries by step."""
    counts: Counter[str] = Counter()
    for key, count in figures.get(tallies.ENTRIES, {}).items():
        if count:
            counts[key.partition(":")[0]] += count
    return counts


def _team_faults(work: Work, graph: Graph, project_id: str, configuration: str) -> list[ConfigurationFault]:
    if is_default(msgspec.json.decode(configuration)):
        return []
    return list(checking.faults_of(graph, workflows.team_of(work, project_id)))


def _faults(faults: Any) -> list[dict[str, Any]]:
    return [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in faults]


# ---- a draft


class DraftBody(Schema):
    workflow_configuration = fields.Dict(
        required=True,
        metadata={"description": "the draft: what the dataset's attribute would be", "holds": flow.SCHEMA},
    )


def validate(work: Work, card: Resource, id: str, body: Values) -> Mapping[str, Any]:
    """Whether the draft would be accepted, and all that is wrong with it; nothing is changed."""
    (project_id,) = reading.show(work, card, id, ("project_id",))
    draft = msgspec.json.decode(body["workflow_configuration"])
    try:
        graph = flow.check(draft, workflows.team_of(work, project_id))
    except BadConfiguration as error:
        return {"valid": False, "faults": _faults(error.faults), "mermaid": None, "svg": None}
    return {"valid": True, "faults": [], "mermaid": mermaid_of(graph), "svg": svg_of(graph)}


# ---- moving entries to the newest version


class MoveBody(Schema):
    mapping = fields.Dict(
        required=True,
        metadata={"description": "a step of older versions -> the step of the newest where its entries go"},
    )
    dry_run = fields.Boolean(metadata={"description": "only tell how many would go where"})


def migrate(work: Work, card: Resource, id: str, body: Values) -> Mapping[str, Any]:
    """Move the entries of older versions to the newest by a mapping of steps, or tell how many go where.

    What the mapping does not name stays with its version, but for what nobody has begun: the start is its.
    Counts are sums of tallies; the moving is a job's.
    """
    reading.may(work, card.key_scope)
    dataset = records.find(work, card, id, card.access.update, "move entries of")
    mapping = msgspec.json.decode(body["mapping"])
    aim = moving.aim_of(work, dataset, _checked(mapping, dataset))
    moves: Counter[tuple[str, str]] = Counter()
    stays: Counter[str] = Counter()
    for (step, status), count in _of_older(work, dataset).items():
        to = moving.end_of(aim, step, status)
        if to is None:
            stays[step] += count
        else:
            moves[step, to] += count
    is_dry = bool(body.get("dry_run"))
    job = None if is_dry else moving.enqueue(work, dataset, mapping)
    return {
        "version": dataset.workflow_version,
        "dry_run": is_dry,
        "moves": [{"from": one, "to": to, "entries": n} for (one, to), n in sorted(moves.items())],
        "stays": [{"step": step, "entries": count} for step, count in sorted(stays.items())],
        "job_id": job and job.id,
    }


def _checked(mapping: Any, dataset: Any) -> dict[str, str]:
    at = "/data/attributes/mapping"
    if not all(isinstance(to, str) for to in mapping.values()):
        raise Invalid(Fault("attribute_invalid", "mapping has names of steps", at))
    graph = flow.workflow_of(dataset.workflow_configuration)
    faults = [
        Fault("workflow_step_unknown", detail, f"{at}/{escaped(name)}")
        for name, detail in moving.faults_of(mapping, graph)
    ]
    if faults:
        raise Invalid(*faults)
    known: dict[str, str] = mapping
    return known


def _of_older(work: Work, dataset: Any) -> Counter[tuple[str, str]]:
    """The entries of older versions, by step and status."""
    found: Counter[tuple[str, str]] = Counter()
    for key, count in _figures(work, dataset.id).get(tallies.ENTRIES, {}).items():
        step, status, version = [*key.split(":"), "1"][:3]
        if count and int(version) < dataset.workflow_version:
            found[step, status] += count
    return found


# ---- what the tallies say


def _figures(work: Work, dataset_id: str) -> statistics.Figures:
    """Entries by step and status, and when they came there."""
    figures: dict[str, dict[str, int]] = {}
    for name, key, value in work.rows(_FIGURES, {"dataset_id": dataset_id}):
        figures.setdefault(name, {})[key] = value
    return figures


_FIGURES = tallies.figures_where(or_(col(Tally.name) == tallies.ENTRIES, tallies.begin_with(tallies.ARRIVED)))
