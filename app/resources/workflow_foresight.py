"""What is foretold of a dataset's workflow: a draft played on given people, and when all will be done."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
from marshmallow import Schema, fields, validate
from sqlalchemy import or_
from sqlmodel import col

from app.attributes import wire_time
from app.declare import Resource, Values
from app.errors import Fault, Invalid
from app.operations import reading
from app.resources import ages, tallies, workflows
from app.resources.tallies import Tally
from app.work import Work
from workflow import dataset as flow
from workflow import reading as grammar
from workflow.errors import BadConfiguration
from workflow.foresight.departures import Departure
from workflow.foresight.draft import Draft, Pace, Worker, at_once
from workflow.foresight.forecast import forecast as foretell
from workflow.foresight.shifts import Shift
from workflow.foresight.simulation import MOST_ENTRIES, simulate
from workflow.graph import Graph

MOST_PEOPLE = 1000
MOST_PLAYS = 100
DAYS = 90  # of the past that a forecast looks at
PLAYS = 100  # of the future

_HOUR = 3_600_000_000  # microseconds


# ---- a draft, played


class PeopleBody(Schema):
    role = fields.String(
        required=True, validate=validate.OneOf(grammar.ROLES), metadata={"description": "in the project"}
    )
    count = fields.Integer(
        strict=True,
        validate=validate.Range(1, MOST_PEOPLE),
        metadata={"description": "how many there are of them; 1 unless said"},
    )
    account_id = fields.UUID(
        metadata={"description": "who it is, where a step names its members: nobody twice"}
    )
    hours = fields.Float(
        validate=validate.Range(0, 24, min_inclusive=False),
        metadata={"description": "a day that they work, from its start; 8 unless said"},
    )
    days = fields.Integer(
        strict=True,
        validate=validate.Range(1, 7),
        metadata={"description": "a week that they work, from its start; 5 unless said"},
    )
    speed = fields.Float(
        validate=validate.Range(0.01, 100),
        metadata={"description": "2 is done in half the time; 1 unless said"},
    )


class SimulateBody(Schema):
    workflow_configuration = fields.Dict(
        metadata={"description": "the draft; the dataset's own unless said", "holds": flow.SCHEMA}
    )
    entries = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, MOST_ENTRIES),
        metadata={"description": "how many there are, all at the start"},
    )
    plays = fields.Integer(
        strict=True,
        validate=validate.Range(1, MOST_PLAYS),
        metadata={"description": "how often it is played, each time by other chances; 10 unless said"},
    )
    people = fields.List(
        fields.Nested(PeopleBody),
        validate=validate.Length(1, 100),
        metadata={"description": "who works; the project's members, 8 hours on 5 days, unless said"},
    )
    paces = fields.Dict(
        required=True,
        metadata={
            "description": "by step, all that are worked: the mean `seconds` of one person's work on an "
            "entry, their `spread` (standard deviation by mean, 0.5 unless said), the `shares` of its "
            "outcomes, or of a gate's rules by number"
        },
    )
    seed = fields.Integer(strict=True, metadata={"description": "the same seed plays the same"})


def simulated(work: Work, card: Resource, id: str, body: Values) -> Mapping[str, Any]:
    """The draft played: when all is done, what waits where, and which step holds it back.

    Method: a discrete-event simulation (`workflow.foresight.simulation`). Work times are gamma distributed,
    and people take the first entry that they may, by age. Leases and priorities are not played.
    """
    project_id, own = reading.show(work, card, id, ("project_id", "workflow_configuration"))
    configuration = msgspec.json.decode(body.get("workflow_configuration", own))
    try:
        graph = flow.check(configuration)
    except BadConfiguration as error:
        raise Invalid(*workflows.faults_of(error)) from None
    seed = body.get("seed")
    chance = Random(work.sources.chance() if seed is None else seed)
    people = list(_people(body["people"])) if "people" in body else _members(work, project_id)
    paces = {name: _pace(name, one, graph) for name, one in msgspec.json.decode(body["paces"]).items()}
    try:
        found = simulate(Draft(graph, people, paces, at_once(body["entries"])), body.get("plays", 10), chance)
    except (ValueError, BadConfiguration) as error:
        raise Invalid(Fault("simulation_invalid", str(error), "/data/attributes")) from None
    return {
        "entries": body["entries"],
        "plays": len(found.plays),
        "seconds": {"p5": found.p5, "p50": found.p50, "p95": found.p95},
        "bottleneck": found.bottleneck,
        "standing": dict(found.standing),
        "steps": {
            name: {
                "worked": one.worked,
                "seconds_worked": one.seconds,
                "wait_mean": one.wait_mean,
                "wait_p90": one.wait_p90,
                "longest_queue": one.longest,
                "busy": one.busy,
            }
            for name, one in found.steps.items()
        },
    }


def _people(given: list[Values]) -> Iterator[Worker]:
    for n, group in enumerate(given):
        shift = Shift(group.get("hours", 8.0), group.get("days", 5))
        for number in range(group.get("count", 1)):
            account = group.get("account_id") or f"{n}-{number}"
            yield Worker(account, group["role"], shift, group.get("speed", 1.0))


def _members(work: Work, project_id: str) -> list[Worker]:
    team = workflows.team_of(work, project_id)
    return [Worker(account, role, Shift(8.0, 5)) for account, role in sorted(team.items())]


def _pace(name: str, given: Any, graph: Graph) -> Pace:
    at = f"/data/attributes/paces/{grammar.escaped(name)}"
    if name not in graph.steps:
        raise Invalid(Fault("workflow_step_unknown", f"there is no step {name[:64]}", at))
    known = {"seconds", "spread", "shares"}
    is_sound = isinstance(given, dict) and given.keys() <= known and _are_numbers(given)
    if not is_sound:
        detail = "a pace is an object with seconds, spread and shares: numbers, and numbers by outcome"
        raise Invalid(Fault("pace_invalid", detail, at))
    try:
        return Pace(**given)
    except ValueError as error:
        raise Invalid(Fault("pace_invalid", str(error), at)) from None


def _are_numbers(given: Mapping[str, Any]) -> bool:
    shares = given.get("shares", {})
    if not isinstance(shares, dict):
        return False
    numbers = (given.get("seconds", 0), given.get("spread", 0), *shares.values())
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers)


# ---- when it will be done


class ForecastBody(Schema):
    seed = fields.Integer(strict=True, metadata={"description": "the same seed foretells the same"})


def foretold(work: Work, card: Resource, id: str, body: Values) -> Mapping[str, Any]:
    """When what stands now will be done, with a band that is to hold the true end nine times in ten, and the
    step that holds it back.

    Method (`workflow.foresight.forecast`): the departures of the last 90 days by hour are resampled by days
    (a Bayesian bootstrap, recent days weighing more), and so are the ways that entries took. It reads no
    entry, but tallies.
    """
    (configuration,) = reading.show(work, card, id, ("workflow_configuration",))
    graph = flow.workflow_of(configuration).graph
    now = ages.microseconds_of(work.now) / _HOUR
    standing, history = _past(work, id, int(now) - 24 * DAYS)
    seed = body.get("seed")
    chance = Random(work.sources.chance() if seed is None else seed)
    found = foretell(graph, standing, history, now, chance, PLAYS)
    return {
        "at": work.now,
        "known": found.is_known,
        "why": found.why,
        "done_at": _time(found.at),
        "done_from": _time(found.low),
        "done_to": _time(found.high),
        "bottleneck": found.bottleneck,
        "steps": {
            name: {"left": one.left, "per_hour": one.per_hour, "hours": one.hours}
            for name, one in found.steps.items()
        },
    }


def _time(hours: float | None) -> str | None:
    """The time that is so many HOURS after 1970; the end of time, where it is beyond that."""
    if hours is None:
        return None
    try:
        return wire_time(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
    except OverflowError:
        return wire_time(datetime.max.replace(tzinfo=UTC))


def _past(work: Work, dataset_id: str, since: int) -> tuple[Counter[str], list[Departure]]:
    """What stands at which step now, and what left it since the hour SINCE."""
    standing: Counter[str] = Counter()
    history = []
    for name, key, value in work.rows(_FIGURES, {"dataset_id": dataset_id}):
        if name == tallies.ENTRIES:
            standing[key.partition(":")[0]] += value
        else:
            hour, _, to = key.partition(":")
            if int(hour) >= since and value > 0:
                history.append(Departure(int(hour), name.removeprefix(tallies.LEFT), to, value))
    return standing, history


_FIGURES = tallies.figures_where(or_(col(Tally.name) == tallies.ENTRIES, tallies.begin_with(tallies.LEFT)))
