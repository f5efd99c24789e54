"""Operations together are as the same requests one after the other, or as none of them: on both databases."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as pysqlite3
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.declare import RESOURCES
from app.operations.changes import Event
from app.operations.idempotency import Answer
from app.storage.postgresql import PostgresDatabase
from app.storage.statement import Statement
from app.web.jsonapi import documents, lids, operations
from app.work import SYSTEM
from tests.app.jsonapi.asking import ATOMIC, NOBODY, operate
from tests.app.jsonrpc.test_batches import BOX, Side
from tests.lab import Lab, Person, Reply

_keys = count(1)


def operation(side: Side, step: Any) -> dict[str, Any]:
    """STEP as an operation on a side's dataset. Records that it adds have lids, and are named by them."""
    kind, which, what = step
    entry = {"type": "entries", "id": [*side.entries, NOBODY][which % 4]}
    by_lid = {"type": "entries", "lid": f"{which}"}
    annotation = {"type": "annotations", "id": side.id(which)}
    dataset = {"data": {"type": "datasets", "id": side.dataset}}
    shape = {"dimensions": BOX, "annotation": {"n": what}}
    new_entry = {"type": "entries", "attributes": {"resource": "x", "priority": what}}

    def added(data: dict[str, Any], **links: Any) -> dict[str, Any]:
        return {"op": "add", "data": data | {"relationships": links}}

    found: dict[str, dict[str, Any]] = {
        "add entry": added(new_entry, dataset=dataset),
        "add entry with a lid": added(new_entry | {"lid": f"{which}"}, dataset=dataset),
        "add entry with an id": added(new_entry | {"id": side.id(500 + which)}, dataset=dataset),
        "add named entry": added(
            {"type": "entries", "attributes": {"resource": "x", "external_id": f"{what}"}}, dataset=dataset
        ),
        "add annotation": added({"type": "annotations", "attributes": shape}, entry={"data": entry}),
        "add annotation to a lid": added(
            {"type": "annotations", "attributes": shape}, entry={"data": by_lid}
        ),
        "add annotation with an id": added(annotation | {"attributes": shape}, entry={"data": entry}),
        "add wrong annotation": added(
            {"type": "annotations", "attributes": {"dimensions": what}}, entry={"data": entry}
        ),
        "set entry": {"op": "update", "ref": entry, "data": entry | {"attributes": {"priority": what}}},
        "set entry by lid": {"op": "update", "data": by_lid | {"attributes": {"priority": what}}},
        "set annotation": {"op": "update", "data": annotation | {"attributes": {"annotation": {"n": what}}}},
        "remove annotation": {"op": "remove", "href": f"/annotations/{annotation['id']}"},
        "remove entry": {"op": "remove", "href": f"/entries/{entry['id']}{'?force=true' if what else ''}"},
        "remove entry by lid": {"op": "remove", "ref": by_lid},
        "confirm dataset": {"op": "update", "ref": entry | {"relationship": "dataset"}, **dataset},
        "change dataset": {
            "op": "update",
            "ref": entry | {"relationship": "dataset"},
            "data": {"type": "datasets", "id": NOBODY},
        },
    }
    return found[kind]


KINDS = [
    *["add entry", "add entry with a lid", "add annotation", "add annotation to a lid"] * 3,
    *["add entry with an id", "add annotation with an id", "add named entry", "set entry"] * 2,
    *["add wrong annotation", "set entry by lid", "set annotation", "remove annotation", "remove entry"],
    *["remove entry by lid", "confirm dataset", "change dataset"],
]
STEPS = st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(0, 2))


class Refused(Exception):
    """It cannot be sent alone: it names a record by an unknown lid, or adds one by a taken lid."""


def alone(person: Person, one: dict[str, Any], known: dict[str, str]) -> Reply:
    """The answer to operation ONE, sent as the request that it stands for. KNOWN are ids by lid."""

    def named(identifier: Any) -> Any:
        if not isinstance(identifier, dict) or "lid" not in identifier:
            return identifier
        if identifier["lid"] not in known:
            raise Refused
        return {"type": identifier["type"], "id": known[identifier["lid"]]}

    data: Any = one.get("data")
    if one["op"] == "add":
        links = {name: {"data": named(link["data"])} for name, link in data["relationships"].items()}
        if data.get("lid") in known:
            raise Refused
        reply = person.post(f"/{data['type']}", {"data": data | {"relationships": links}})
        if reply.status == 201 and "lid" in data:
            known[data["lid"]] = reply.id
        return reply
    if "href" in one:
        return person.delete(one["href"])
    target = named(one.get("ref") or {name: data[name] for name in data if name in ("type", "id", "lid")})
    at = f"/{target['type']}/{target['id']}"
    if one["op"] == "remove":
        return person.delete(at)
    if "relationship" in one.get("ref", {}):
        return person.patch(f"{at}/relationships/{one['ref']['relationship']}", {"data": data})
    return person.patch(at, {"data": {**data, **target}})


def differences(lab: Lab, person: Person, steps: list[Any], key: Mapping[str, str]) -> list[Any]:
    """What differs between STEPS together and one after the other: nothing, where all is well."""
    whole, single = Side(lab), Side(lab)
    before = whole.state()
    sent = [operation(whole, step) for step in steps]
    dry = operate(person, *sent, query="?dry_run=true")
    untouched = whole.state()
    reply = operate(person, *sent, **key)
    again = operate(person, *sent, **key) if key else reply
    told, refusal = one_after_the_other(person, [operation(single, step) for step in steps])
    pairs: dict[str, Any] = {"what a dry run left": (untouched, before)}
    pairs["dry run"] = (whole.plain(shown(dry)), whole.plain(shown(reply)))
    if refusal is None:
        pairs["answer"] = (whole.plain(shown(reply)), single.plain(shown_of(told)))
        pairs["state"] = (whole.state(), single.state())
    else:
        pairs["refusal"] = (whole.plain(shown(reply)), single.plain(refusal))
        pairs["state"] = (whole.state(), before)
    if key and reply.status in (200, 204, 409, 422):
        pairs["again"] = (again.text, reply.text)
    return [(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1]]


def one_after_the_other(person: Person, sent: list[Any]) -> tuple[list[Reply], Any]:
    """The answers to operations, each sent alone; and what the first that fails says, placed among them."""
    known: dict[str, str] = {}
    told: list[Reply] = []
    for n, one in enumerate(sent):
        try:
            reply = alone(person, one, known)
        except Refused:
            return told, [400, n]
        if reply.status >= 400:
            return told, [reply.status, n, *faults(reply)]
        told.append(reply)
    return told, None


def shown_of(told: list[Reply]) -> Any:
    """What the requests that were answered so would say together."""
    results = [{"data": one.data} if one.text else {} for one in told]
    return [result for result in results if result] and results


def shown(reply: Reply) -> Any:
    """What REPLY says: its results, or where and why it refuses."""
    if reply.status < 400:
        return reply.document["atomic:results"] if reply.text else []
    _, member, n, *_ = [*str(reply.source["pointer"]).split("/"), "", ""]
    assert member == "atomic:operations"
    if reply.code.startswith("lid_"):  # it has no like among requests that are sent alone
        return [reply.status, int(n)]
    return [reply.status, int(n), *faults(reply, f"/atomic:operations/{n}")]


def faults(reply: Reply, at: str = "") -> list[Any]:
    """The codes, words and places of a refusal, which stand below AT."""
    errors = reply.document["errors"]
    pointers = [error.get("source", {}).get("pointer", "") for error in errors]
    assert all(one.startswith(at) for one in pointers)
    return [
        [error["code"], error["detail"], pointer.removeprefix(at)]
        for error, pointer in zip(errors, pointers, strict=True)
    ]


def kept(lab: Lab) -> Any:
    """Every row of the organization: its records, alive or not, and its events."""
    values = {"organization_id": lab.organization}
    return lab.house.database.write_now(SYSTEM, lambda work: [work.rows(one, values) for one in _ROWS])


def _rows_of(model: Any, *but: str) -> Statement:
    columns = [col(getattr(model, name)) for name in model.model_fields if name not in but]
    return Statement(
        lambda: (
            select(*columns)
            .where(col(model.organization_id) == bindparam("organization_id"))
            .order_by(col(model.id))
        )
    )


_ROWS = [
    *(_rows_of(RESOURCES[type].model) for type in ("datasets", "entries", "annotations")),
    _rows_of(Event, "sequence"),  # which PostgreSQL gives after the commit
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=8), is_annotator=st.booleans(), is_keyed=st.booleans())
def test_operations_are_as_their_requests_one_after_the_other(
    lab: Lab, steps: list[Any], is_annotator: bool, is_keyed: bool
) -> None:
    person = lab.annotator if is_annotator else lab.owner
    key = {"Idempotency_Key": f"whole-{next(_keys)}"} if is_keyed else {}

    assert differences(lab, person, steps, key) == []


def test_neighbours_of_one_type_are_added_by_one_statement(lab: Lab) -> None:
    """The same operations, and no more statements for ten than for two."""
    side = Side(lab)
    counted = []
    for n in (2, 10):
        with interrupted(None) as seen:
            assert operate(lab.owner, *[operation(side, ("add annotation", 0, 1))] * n).status == 200
        counted.append(len(seen))

    assert counted[0] == counted[1]


# ---- killed at each statement


STORY: list[Any] = [
    ("add entry with a lid", 0, 1),
    ("add annotation to a lid", 0, 1),
    ("set entry by lid", 0, 2),
    ("add annotation with an id", 1, 2),
    ("set annotation", 1, 1),
    ("remove annotation", 1, 0),
    ("remove entry", 1, 1),
    ("confirm dataset", 0, 0),
]
Strike = Callable[[Any], None]  # ends the transaction of a driver's connection


class Struck:
    """A CONNECTION, whose statement AT (from 1) STRIKE comes before. SEEN are all that there were."""

    def __init__(self, connection: Any, at: int | None, strike: Strike | None, seen: list[str]) -> None:
        self._connection, self._at, self._strike, self._seen = connection, at, strike, seen

    def __getattr__(self, name: str) -> Any:
        if name in ("rows", "rows_together", "run", "run_later", "run_many", "run_many_later"):
            self._seen.append(name)
            if len(self._seen) == self._at and self._strike:
                self._strike(self._connection.driver)
        return getattr(self._connection, name)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Without the log of every crash, which takes longer than all the rest."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@contextmanager
def interrupted(at: int | None, strike: Strike | None = None) -> Iterator[list[str]]:
    """Within, STRIKE comes before statement AT of a request's operations; the statements that there were."""
    seen: list[str] = []
    run = operations._run

    def struck(work: Any, *more: Any) -> Any:
        seen.clear()  # who lost a race runs once more
        return run(work._replace(connection=Struck(work.connection, at, strike, seen)), *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "_run", struck)
        yield seen


class Bug(Exception):
    """No failure of the database, but a fault of ours."""


def a_bug(driver: Any) -> None:
    raise Bug


def the_driver_s_error(driver: Any) -> None:
    if isinstance(driver, psycopg.Connection):
        raise psycopg.OperationalError("the server is gone")
    error = pysqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = 10
    raise error


def a_lost_connection(driver: Any) -> None:
    """The real thing: PostgreSQL ends the session, SQLite rolls the whole transaction back under our feet."""
    if isinstance(driver, psycopg.Connection):
        with psycopg.connect(driver.info.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (driver.info.backend_pid,))
        return
    driver.execute("ROLLBACK")
    raise pysqlite3.OperationalError("interrupted")


def faults_of_atomicity(lab: Lab, strike: Strike) -> list[str]:
    """Where STORY, killed at each of its statements, was done in part, or the service did not live on."""
    side = Side(lab)
    sent = {"atomic:operations": [operation(side, step) for step in STORY]}
    headers = {"Content-Type": ATOMIC, "Authorization": f"Bearer {lab.owner.key}"}
    before = kept(lab)
    found = []
    # PostgreSQL's transaction begins with its first statement: a connection lost before is just replaced.
    is_replaced = strike is a_lost_connection and isinstance(lab.house.database, PostgresDatabase)
    for at in count(1 + is_replaced):
        with interrupted(at, strike) as seen:
            reply = lab.house.client.post("/operations", json=sent, headers=headers)
        if len(seen) < at:  # it was done before the strike
            assert reply.status_code == 200, reply.text
            break
        if reply.status_code not in (500, 503):
            found.append(f"killed at statement {at}: answered {reply.status_code}")
        if "atomic:results" in reply.text:
            found.append(f"killed at statement {at}: results were told")
        if kept(lab) != before:
            found.append(f"killed at statement {at}: something was kept")
            return found
    assert at > len(STORY)
    if kept(lab) == before:
        found.append("nothing was done in the end")
    return found


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("strike", [a_bug, the_driver_s_error, a_lost_connection])
def test_a_request_killed_at_any_statement_leaves_all_or_nothing(lab: Lab, strike: Strike) -> None:
    assert faults_of_atomicity(lab, strike) == []


# ---- the checkers themselves


@pytest.mark.usefixtures("quiet")
def test_checker_detects_an_executor_that_is_not_atomic(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    run = operations._run

    def as_far_as_it_goes(*asked: Any) -> Answer:
        try:
            return run(*asked)
        except Bug:
            return Answer(503)

    monkeypatch.setattr(operations, "_run", as_far_as_it_goes)

    assert any("something was kept" in one for one in faults_of_atomicity(lab, a_bug))


def test_checker_detects_a_lid_that_leaks_between_requests(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [("add entry with a lid", 0, 1), ("add annotation to a lid", 0, 1), ("set entry by lid", 0, 2)]
    alone = [("set entry by lid", 0, 2)]
    assert differences(lab, lab.owner, steps, {}) + differences(lab, lab.owner, alone, {}) == []
    leaking = lids.Lids()
    monkeypatch.setattr(operations, "Lids", lambda: leaking)
    # In one request after the other, a lid that leaks is taken the second time, and known the third.
    operate(lab.owner, operation(Side(lab), steps[0]))

    assert differences(lab, lab.owner, steps, {}) != []
    assert differences(lab, lab.owner, alone, {}) != []


def test_checker_detects_a_result_that_is_not_the_record_s(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    result = documents.result
    monkeypatch.setattr(
        documents,
        "result",
        lambda *more: result(*more).replace('"priority":1.0', '"priority":0.0'),
    )

    assert differences(lab, lab.owner, [("set entry", 0, 1)], {}) != []
