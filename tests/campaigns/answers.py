"""Answers are dropped at random and requests repeated with their keys: all is as if each had been sent once.

Eight clients play a script each, in a project of its own and in one that they share, and all of it twice, on
two new servers: once through proxies that drop answers, and once straight. What comes of both is the same.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from tests.campaigns.lossy import LossyProxy, lossy
from tests.campaigns.outcomes import Outcome, inconsistencies, outcome_of
from tests.campaigns.receiving import Letter, Receiver, receiving
from tests.campaigns.retrying import Reading, Retrying
from tests.campaigns.scripts import Person, Script, Team
from tests.campaigns.serving import HOST, Caller, People, Site, settle

CLIENTS = 8
DROPPED = 0.3  # of all requests
PATIENCE = 120  # seconds in which webhooks have come that were sent to a server of this load


@dataclass(frozen=True)
class Played:
    """What came of all scripts: by team, and what is wrong with it in itself."""

    teams: list[Outcome]
    shared: dict[str, Any]
    wrong: list[str]
    requests: int
    events: int
    letters: int
    lost: int
    replayed: int
    fates: Counter[str]

    def __str__(self) -> str:
        fates = ", ".join(f"{fate} {n}" for fate, n in self.fates.most_common())
        return (
            f"{self.requests} requests, {self.lost} tries without an answer ({fates or 'no proxy'}), "
            f"{self.replayed} answers replayed, {self.events} events, {self.letters} letters"
        )


def play(site: Site, requests: int, *, dropped: float = 0.0, has_keys: bool = True) -> Played:
    """Play the scripts, of so many REQUESTS in all, on a new SITE; the share DROPPED goes astray."""
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        port = site.serve(POSTIL_ALLOWED_PRIVATE_HOSTS=HOST)[0].port
        owner = stack.enter_context(closing(site.caller()))
        seeds = [f"proxy {n}" for n in range(CLIENTS)] if dropped else []
        proxies = stack.enter_context(lossy(port, dropped, seeds))
        ports = [proxy.port for proxy in proxies] or [port] * CLIENTS
        shared = settle(owner, site.organization, ["annotator"] * CLIENTS)
        dataset = owner.make(
            "datasets", project_id=shared.project, name="Shared", workflow_configuration={"sample_rate": 0.0}
        )
        teams = [_team(site, owner, shared, dataset, n, ports[n], has_keys=has_keys) for n in range(CLIENTS)]
        feed_of(owner, site.organization)  # what came before has its number now: webhooks are told the rest
        for team in teams:
            for speaker in team.speakers:
                stack.callback(speaker.close)
            _subscribe(owner, receiver, team.project)
        _subscribe(owner, receiver, shared.project)
        scripts = [Script(team, random.Random(f"script {n}")) for n, team in enumerate(teams)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            for begun in [pool.submit(script.play, requests // CLIENTS) for script in scripts]:
                begun.result()
        reader = stack.enter_context(closing(Reading(port, site.key)))
        return _played(site, reader, scripts, dataset, receiver, proxies)


def _team(
    site: Site, owner: Caller, shared: People, dataset: str, n: int, port: int, *, has_keys: bool
) -> Team:
    own = settle(owner, site.organization, ["annotator", "reviewer"])
    datasets = [
        owner.make(
            "datasets", project_id=own.project, name=name, workflow_configuration={"sample_rate": rate}
        )
        for name, rate in (("Left eyes", 1.0), ("Right eyes", 0.0))
    ]
    accounts = [(site.owner_id, site.key), *own.members, shared.members[n]]
    names = ("owner", "annotator", "reviewer", "worker")
    people = {
        name: Person(account, Retrying(port, key, f"{name}-{n}", has_keys=has_keys))
        for name, (account, key) in zip(names, accounts, strict=True)
    }
    worker = people.pop("worker")
    return Team(people, own.project, datasets, dataset, worker)


def _subscribe(owner: Caller, receiver: Receiver, project: str) -> None:
    owner.make("webhooks", url=f"{receiver.url}/{project}", event_types=["*"], project_id=project)


def _played(
    site: Site,
    owner: Caller,
    scripts: Sequence[Script],
    dataset: str,
    receiver: Receiver,
    proxies: Iterable[LossyProxy],
) -> Played:
    speakers = [speaker for script in scripts for speaker in script.team.speakers]
    events = feed_of(owner, site.organization)
    told = owner.ask("GET", f"/datasets/{dataset}").data["attributes"]
    shared = told["project_id"]
    projects = [script.team.project for script in scripts]
    letters = _letters(receiver, _wanted(events, [*projects, shared]))
    outcomes = [
        outcome_of(owner, script.team.project, script.team.datasets, events, script.transcript)
        for script in scripts
    ]
    effects = sum((script.effects for script in scripts), Counter[tuple[str, str, str]]())
    return Played(
        teams=outcomes,
        shared={
            **{name: value for name, value in told.items() if name.startswith("entries_")},
            "effects": Counter(what for (_, what, _), n in effects.items() for _ in range(n)),
        },
        wrong=[
            *(one for script in scripts for one in script.surprises),
            *inconsistencies(owner, events, [*projects, shared]),
            *_unlike_effects(events, dataset, effects),
            *_unlike_letters(letters, _wanted(events, [*projects, shared])),
        ],
        requests=sum(one.asked.total() for one in speakers),
        events=len(events),
        letters=len(letters),
        lost=sum(one.lost for one in speakers),
        replayed=sum(one.replayed for one in speakers),
        fates=sum((Counter(map(str, proxy.fates.elements())) for proxy in proxies), Counter[str]()),
    )


def feed_of(owner: Caller, organization: str) -> list[Any]:
    """The whole feed. What is made last is numbered last: so all that was committed before it is there."""
    mark = owner.make("projects", name="The end", organization_id=organization)
    end = time.monotonic() + PATIENCE
    events: list[Any] = []
    while time.monotonic() < end:
        events += owner.every(f"/events?after={len(events)}")
        if events and events[-1]["attributes"]["record_id"] == mark:
            return events
        time.sleep(0.05)
    raise AssertionError("the feed does not come to its end")


def _wanted(events: Iterable[Any], projects: Iterable[str]) -> Counter[tuple[str, str]]:
    """What webhooks are to be told, each once: path and the event's id. Their own making comes before."""
    own = set(projects)
    begun: set[str] = set()
    wanted: Counter[tuple[str, str]] = Counter()
    for one in events:
        project = one["attributes"]["project_id"]
        if one["attributes"]["resource"] == "webhooks":
            begun.add(project)
        if project in own and project in begun:
            wanted[f"/{project}", one["id"]] += 1
    return wanted


def _letters(receiver: Receiver, wanted: Counter[tuple[str, str]]) -> list[Letter]:
    """What the receiver was sent, once all that is WANTED has come, and what comes soon after it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not {(one.path, one.id) for one in receiver.letters} >= wanted.keys():
        time.sleep(0.1)
    time.sleep(1)
    return receiver.letters


def _unlike_letters(letters: Iterable[Letter], wanted: Counter[tuple[str, str]]) -> list[str]:
    came = Counter((one.path, one.id) for one in letters)
    return [
        *(f"letter {key} did not come" for key in wanted - came),
        *(f"letter {key} came too often" for key in came - wanted),
    ]


def _unlike_effects(events: Iterable[Any], dataset: str, effects: Counter[tuple[str, str, str]]) -> list[str]:
    """Where what was done to the shared dataset's entries is not what its clients were told."""
    done = Counter(
        (one["attributes"]["record_id"], one["attributes"]["kind"], one["attributes"]["actor_id"])
        for one in events
        if one["attributes"]["resource"] == "entries" and one["attributes"]["dataset_id"] == dataset
    )
    return [
        *(f"{key} was told, and not done" for key in effects - done),
        *(f"{key} was done, and not told" for key in done - effects),
    ]
