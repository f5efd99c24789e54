"""Whether a graph makes sense as a whole: that every entry gets to an end, and somebody can work every step.

Each check is linear in the graph, so that a large one is refused in bounded time.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.graph import ERROR, MAKING, Edge, Graph, Kind, Outcome, Step, edges_of

Team = Mapping[str, str]  # account -> its role, of those who are enabled in the project
Ways = Mapping[str, list[Edge]]

_NEAR = 1e-9  # how far a sum of rates may be off


def check(graph: Graph, team: Team | None = None) -> None:
    """Raises BadConfiguration with all that is wrong with GRAPH, and with it for TEAM where one is given."""
    faults = list(faults_of(graph, team))
    if faults:
        raise BadConfiguration(faults)


def faults_of(graph: Graph, team: Team | None = None) -> Iterator[ConfigurationFault]:
    """All that is wrong with GRAPH. What follows from steps that do not exist is not told beside these."""
    unknown = list(_unknown_steps(graph))
    yield from unknown
    if not unknown:
        yield from _ways(graph)
    for step in graph.steps.values():
        yield from _rates(step)
    if team is not None:
        yield from _people(graph, team)


def _unknown_steps(graph: Graph) -> Iterator[ConfigurationFault]:
    if graph.start not in graph.steps:
        yield ConfigurationFault("/start", "workflow_step_unknown", f"there is no step {graph.start}")
    elif not graph.steps[graph.start].is_worked:
        yield ConfigurationFault("/start", "workflow_start", "entries start at a step that somebody works")
    for edge in graph.edges():
        if edge.end not in graph.steps and edge.end != ERROR:
            detail = f"there is no step {edge.end}"
            yield ConfigurationFault(edge.pointer, "workflow_step_unknown", detail)
    for step in graph.steps.values():
        for member in ("not_by", "prefer"):
            for n, name in enumerate(getattr(step, member)):
                if name not in graph.steps or not graph.steps[name].is_worked:
                    pointer = f"/steps/{step.name}/{member}/{n}"
                    detail = f"there is no step {name} that somebody works"
                    yield ConfigurationFault(pointer, "workflow_step_unknown", detail)


def _ways(graph: Graph) -> Iterator[ConfigurationFault]:
    """Where entries can never get to, and where they can never get away from."""
    forward, backward = _by_end(graph)
    reached = _reached([graph.start], forward, "end")
    ends = [step.name for step in graph.steps.values() if step.kind is Kind.DONE]
    ending = _reached(ends, backward, "start")
    making = _reached((step.name for step in graph.steps.values() if step.kind in MAKING), backward, "start")
    circling = _circling_gates(graph)
    if not ends:
        yield ConfigurationFault("/steps", "workflow_no_end", "there is no step of kind done")
    for name, step in graph.steps.items():
        at = f"/steps/{name}"
        if name not in reached:
            detail = f"no way leads from {graph.start} to {name}"
            yield ConfigurationFault(at, "workflow_step_unreachable", detail)
        if ends and name not in ending:
            detail = f"no way leads from {name} to an end"
            yield ConfigurationFault(at, "workflow_no_way_to_done", detail)
        if name in circling:
            detail = f"from {name} gates lead to one another in a circle, and nobody works in between"
            yield ConfigurationFault(at, "workflow_gates_circle", detail)
        rejected = step.on.get(Outcome.REJECT)
        if rejected is not None and rejected not in making:
            detail = f"what {name} rejects never comes to somebody who works on it again"
            yield ConfigurationFault(f"{at}/on/reject", "workflow_no_way_back", detail)


def _by_end(graph: Graph) -> tuple[Ways, Ways]:
    """Every way by where it starts, and those that are ever taken by where they end.

    A step behind a rate of 0 is there, and at rest; but no entry may wait for such a way.
    """
    never = {name: _never_taken(step) for name, step in graph.steps.items()}
    forward: dict[str, list[Edge]] = defaultdict(list)
    backward: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges():
        forward[edge.start].append(edge)
        if edge.label not in never[edge.start]:
            backward[edge.end].append(edge)
    return forward, backward


def _never_taken(step: Step) -> set[str]:
    """The ways of a gate that no entry takes: with a rate of 0, and those behind rates that leave nothing."""
    never, left = set(), 1.0
    for number, rule in enumerate(step.rules):
        if left <= _NEAR or rule.rate == 0:
            never.add(str(number))
        left -= rule.rate or 0.0
    return never | {"else"} if left <= _NEAR else never


def _reached(starts: Iterable[str], ways: Ways, end: str) -> set[str]:
    """The steps that WAYS lead to from STARTS, these too. END is the end of an edge that is walked to."""
    found = set(starts)
    ahead = list(found)
    while ahead:
        for edge in ways.get(ahead.pop(), ()):
            name: str = getattr(edge, end)
            if name not in found:
                found.add(name)
                ahead.append(name)
    return found


def _circling_gates(graph: Graph) -> set[str]:
    """The gates that lie on a circle of gates, or lead into one: taken away are those that lead out."""
    gates = {name for name, step in graph.steps.items() if step.kind is Kind.GATE}
    ways = {name: {edge.end for edge in edges_of(graph.steps[name])} & gates for name in gates}
    leading: dict[str, list[str]] = defaultdict(list)
    for name, ends in ways.items():
        for end in ends:
            leading[end].append(name)
    left = {name: len(ends) for name, ends in ways.items()}
    ahead = [name for name, count in left.items() if count == 0]
    while ahead:
        name = ahead.pop()
        gates.discard(name)
        for before in leading[name]:
            left[before] -= 1
            if left[before] == 0:
                ahead.append(before)
    return gates


def _rates(step: Step) -> Iterator[ConfigurationFault]:
    """Shares of all that come to a gate: together they are no more than all."""
    rates = [rule.rate for rule in step.rules if rule.rate is not None]
    total = sum(rates)
    if total > 1 + _NEAR:
        detail = f"the rates add up to {total:g}: they are shares of all that come, at most 1"
        yield ConfigurationFault(f"/steps/{step.name}/rules", "workflow_rates", detail)


def _people(graph: Graph, team: Team) -> Iterator[ConfigurationFault]:
    crews = {name: eligible(step, team) for name, step in graph.steps.items() if step.is_worked}
    held = set(team.values())
    for name, crew in crews.items():
        step, at = graph.steps[name], f"/steps/{name}"
        for n, role in enumerate(step.roles):
            if role not in held:
                detail = f"nobody in the project is {role}"
                yield ConfigurationFault(f"{at}/roles/{n}", "workflow_role_unheld", detail)
        for n, account in enumerate(step.members):
            if account not in team:
                detail = "the account is no enabled member of the project"
                yield ConfigurationFault(f"{at}/members/{n}", "workflow_member_unknown", detail)
        if not crew:
            continue  # told above, by who is missing
        if step.people > len(crew):
            detail = f"{step.people} people are to work on it, and {len(crew)} may"
            yield ConfigurationFault(f"{at}/people", "workflow_too_few_people", detail)
        elif step.not_by and _left(step, crew, crews, graph) < step.people:
            detail = f"who may work it may all have worked {', '.join(step.not_by)} before: nobody is left"
            yield ConfigurationFault(f"{at}/not_by", "workflow_nobody_left", detail)


def eligible(step: Step, team: Team) -> set[str]:
    """The accounts of TEAM that may work STEP."""
    members = set(step.members)
    return {account for account, role in team.items() if role in step.roles or account in members}


def _left(step: Step, crew: Collection[str], crews: Mapping[str, set[str]], graph: Graph) -> int:
    """How many of CREW are left at least, once each step of NOT_BY was worked by as many as work it."""
    seats: Counter[frozenset[str]] = Counter()  # by who may sit there: one who sits on two is barred once
    for name in set(step.not_by) & crews.keys():
        seats[frozenset(crews[name].intersection(crew))] += graph.steps[name].people
    barred = sum(min(count, len(sitting)) for sitting, count in seats.items())
    return len(crew) - min(barred, len(frozenset[str]().union(*seats)))
