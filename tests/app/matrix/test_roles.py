"""The role matrix: every route and every JSON-RPC method, asked by everybody (roles.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain

import pytest
from sqlalchemy import ColumnElement, true

from app.declare import RESOURCES, Resource
from app.main import entries_of
from app.operations import statements
from app.web import jsonrpc
from app.web.docs import contract_of
from app.web.jsonapi.mounts import MOUNTS
from app.web.service import Service
from app.web.uploads.receiving import receiver_of
from app.web.vendors.catalog import FACES
from app.work import Sight
from tests.app.matrix.asking import differences, everybody, scene_of, ways_of
from tests.app.matrix.people import Cast
from tests.app.matrix.table import Line, lines
from tests.lab import CANARY, House

LINES = lines()
CARDS = list(RESOURCES.values())


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_everybody_is_answered_as_the_table_says(cast: Cast, line: Line) -> None:
    found = [one for faces in ways_of(cast, line) for one in differences(cast, line, faces)]

    assert not found, "\n".join(found)


FEED = [line for line in LINES if (line.method, line.template) == ("GET", "/events")]


@pytest.mark.parametrize("line", [one for one in FEED if not one.query], ids=lambda line: line.name)
def test_the_stream_of_events_tells_what_the_list_does(cast: Cast, line: Line) -> None:
    id = str(scene_of(cast, line).id)
    told: dict[str, str] = {}
    for column, person in everybody(cast):
        headers = {"Authorization": f"Bearer {person.key}"} if person.key else {}
        headers["Accept"] = "text/event-stream"
        reply = cast.house.client.request("GET", "/events?until=idle", content=None, headers=headers)
        got = str(reply.status_code) if reply.status_code != 200 else "sees" if id in reply.text else "none"
        assert told.setdefault(column, got) == got
        assert CANARY not in reply.text or person is cast.rival.owner

    assert told == line.cells


# What takes files, and no document of an API: `tests/app/data/test_uploads.py` tells who may send which.
UPLOADS = {("POST", mount.path + at) for mount in MOUNTS for at in ("/assets", "/assets/uploads")}
UPLOADS |= {(method, "/uploads/{id}") for method in ("PUT", "POST")}


def test_every_route_has_a_row(house: House) -> None:
    service = Service(house.database, None)  # type: ignore[arg-type]
    routes = {(entry.method, entry.template) for entry in entries_of(service, receiver_of(service))}
    known = {(line.method, line.template) for line in LINES}
    endpoints = {f"/{str(line.rpc).partition('.')[0]}/_rpc" for line in LINES if line.rpc}
    endpoints |= {"/_rpc", "/operations"}
    known |= {("POST", endpoint) for endpoint in endpoints}
    public = {(line.method, line.template) for line in LINES if line.scene in ("-", "picture")}

    expected = public | {(method, mount.path + at) for mount in MOUNTS for method, at in known - public}

    assert routes == expected | UPLOADS | {("GET", contract_of(face)) for face in FACES}


def test_every_rpc_method_has_a_row() -> None:
    methods = {f"{card.type}.{name}" for card in CARDS for name in jsonrpc.methods_of(card)}

    assert methods == {line.rpc for line in LINES if line.rpc}


# ---- the checker itself: a scope that lets everybody in must not pass unseen

# Where a scope is the read scope again, or a rule refuses the same, nobody could tell that it is gone.
GUARDED_TWICE = {
    ("accounts", "delete"),
    ("annotations", "update"),
    ("annotations", "delete"),
    ("api_keys", "update"),
    ("api_keys", "delete"),
    ("assets", "update"),
    ("assets", "delete"),
    ("exports", "create"),
    ("exports", "delete"),
    ("note_comments", "create"),
    ("reference_answers", "create"),
    ("reference_answers", "update"),
    ("reference_answers", "delete"),
    ("releases", "update"),
    ("releases", "delete"),
    ("webhooks", "update"),
    ("webhooks", "delete"),
}
# What attach and clone make must be theirs to make, wherever it is (test_escalation.py asks of their own).
ACTIONS_GUARDED_TWICE = {"attach", "cancel", "clone", "compare", "replay", "take_over", "test"}
GUARDED = [
    (card, scope)
    for card in CARDS
    for scope in ("read", "create", "update", "delete")
    if (scope == "read" or scope in card.verbs) and (card.type, scope) not in GUARDED_TWICE
]


ACTIONS = sorted({action.name for card in CARDS for action in card.actions} - ACTIONS_GUARDED_TWICE)


@pytest.mark.parametrize(("card", "scope"), GUARDED, ids=lambda one: getattr(one, "type", one))
def test_checker_detects_a_leak(cast: Cast, card: Resource, scope: str) -> None:
    verb = "show" if scope == "read" else scope
    checked = [line for line in LINES if line.type == card.type and line.verb == verb]

    with everything_allowed(card, scope):
        found = next(chain.from_iterable(differences(cast, line) for line in checked), None)

    assert found


@pytest.mark.parametrize("action", ACTIONS)
def test_checker_detects_an_action_for_everybody(cast: Cast, action: str) -> None:
    checked = [line for line in LINES if line.verb == action]
    card = RESOURCES[checked[0].type]

    with everything_allowed(card, action):
        found = next(chain.from_iterable(differences(cast, line) for line in checked), None)

    assert found


def test_checker_finds_nothing_once_the_scopes_are_back(cast: Cast) -> None:
    checked = [line for line in LINES if line.type == "projects" and line.verb in ("show", "update")]

    with everything_allowed(RESOURCES["projects"], "update"):
        assert [one for line in checked for one in differences(cast, line)]

    assert not [one for line in checked for one in differences(cast, line)]


@contextmanager
def everything_allowed(card: Resource, scope: str) -> Iterator[None]:
    """The service with one scope of CARD, or of one of its actions, gone: it holds every row."""
    access, actions = card.access, [(action, action.allowed) for action in card.actions]
    try:
        if scope in ("read", "create", "update", "delete"):
            object.__setattr__(card, "access", replace(access, **{scope: _everything}))
        for action, allowed in actions:
            object.__setattr__(action, "allowed", _everything if action.name == scope else allowed)
        forget_statements()
        yield
    finally:
        object.__setattr__(card, "access", access)
        for action, allowed in actions:
            object.__setattr__(action, "allowed", allowed)
        forget_statements()


def _everything(sight: Sight) -> ColumnElement[bool]:
    return true()


def forget_statements() -> None:
    for name in ("page_of", "count_of", "record_of", "held_of", "readable_of", "allowed_of", "related_of"):
        getattr(statements, name).cache_clear()
