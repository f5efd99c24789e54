"""Atomic operations (https://jsonapi.org/ext/atomic/): many changes in one transaction, all or none."""

import time
from collections.abc import Sequence
from functools import partial
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from app.attributes import is_id
from app.declare import Resource
from app.errors import Problem, Unavailable
from app.operations import reading, records
from app.operations.idempotency import Answer
from app.query import Query
from app.web.errors import error_response
from app.web.jsonapi import bodies, documents, relationships, targets
from app.web.jsonapi.calls import begun
from app.web.jsonapi.documents import VERSION, Asked
from app.web.jsonapi.lids import Lids
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.negotiation import ATOMIC, content_type
from app.web.jsonapi.parse import FLAGS, flag
from app.web.jsonapi.targets import Op, Operation
from app.web.jsonapi.writes import tried, written_once
from app.web.request_keys import key_of
from app.web.routing import Entry
from app.web.service import Service
from app.work import Work

_NOTHING = "{}"  # the result of a removal


def routes_of(mount: Mount, service: Service) -> list[Entry]:
    """The endpoint at MOUNT."""
    return [Entry("POST", f"{mount.path}/operations", partial(_answer, mount, service), _refuse)]


async def _answer(mount: Mount, service: Service, request: Request) -> Response:
    call = await begun(None, mount, service, request, extension=ATOMIC)
    is_dry = flag(call.params, "dry_run", FLAGS)
    asked = call.asked(Query())
    operations = targets.read(await call.document(), service.batch_limit, asked.place)

    def job(work: Work) -> Answer:
        return _run(work, operations, asked, service.batch_seconds)

    if is_dry:
        answer = await tried(service, call, job)
    else:
        answer = await written_once(service, call, key_of(request, call.body), job)
    if any(one.target.card.key_scope == "admin" for one in operations):
        service.keys.forget()  # a key or its account may have changed
    return call.reply(answer)


def _refuse(request: Request, error: Exception) -> Response:
    response = error_response(request, error)
    response.headers["Content-Type"] = content_type(frozenset(), ATOMIC)
    return response


def _run(work: Work, operations: Sequence[Operation], asked: Asked, seconds: float) -> Answer:
    """The answer to OPERATIONS, done in order. Raises what the first raises that cannot be done."""
    lids = Lids()
    ends = time.monotonic() + seconds
    results: list[str] = []
    for _, some in groupby(operations, _made_together):
        run = list(some)
        with targets.pointing_to(len(results)):
            _check_time(ends, seconds)
        if len(run) > 1 and (added := _added(work, run, lids, asked)):
            results += added
            continue
        for n, operation in enumerate(run, len(results)):
            with targets.pointing_to(n), bodies.pointing_into(operation.given):
                results.append(_done(work, operation, lids, asked))
    if all(result == _NOTHING for result in results):
        return Answer(204)
    return Answer(200, documents.document([VERSION, f'"atomic:results":[{",".join(results)}]']))


def _check_time(ends: float, seconds: float) -> None:
    if time.monotonic() > ends:
        raise Unavailable(
            f"nothing was done: a request may take {seconds:g} seconds; send fewer operations",
            code="batch_overdue",
            meta={"batch_seconds": seconds},
        )


def _made_together(operation: Operation) -> Resource | int:
    """What neighbours share that are made by one statement; others share nothing."""
    target = operation.target
    is_made = target.link is None and not target.is_record and target.card.is_made_in_runs
    return target.card if is_made else id(operation)


def _added(work: Work, run: Sequence[Operation], lids: Lids, asked: Asked) -> list[str] | None:
    """The results of RUN, additions to one collection, done together; None where one of them cannot be.

    One after the other they tell which it is, and why.
    """
    card, new = run[0].target.card, Lids()
    try:
        with work.connection.attempt():
            many = [bodies.read_create(card, lids.resolved(one.given, is_new=True)).values for one in run]
            all_made = records.create_many(work, card, many)
            for operation, made in zip(run, all_made, strict=True):
                new.learn(card.type, operation.given["data"], made.row.id)
            lids.take(new)
    except Problem:
        return None
    return [documents.result(work, card, made.row, asked, made.meta) for made in all_made]


def _done(work: Work, operation: Operation, lids: Lids, asked: Asked) -> str:
    """The result of OPERATION, as JSON."""
    target, card = operation.target, operation.target.card
    if target.link is None and not target.is_record:
        data = lids.resolved(operation.given, is_new=True)
        made = records.create(work, card, bodies.read_create(card, data).values)
        lids.learn(card.type, operation.given["data"], made.row.id)
        return documents.result(work, card, made.row, asked, made.meta)
    id = target.id if target.lid is None else lids.id_of(card.type, target.lid, target.at)
    if not is_id(id):
        raise reading.not_found(card)
    id = str(id).lower()
    if target.link is None and operation.op is Op.REMOVE:
        records.delete(work, card, id, is_forced=target.is_forced)
        return _NOTHING
    data = lids.resolved(operation.given, is_new=False)
    if target.link is None:
        checked = bodies.read_update(card, data, id)
        row = records.update(work, card, id, checked.values, checked.assertions)
        return documents.result(work, card, row, asked)
    given = bodies.read_identifiers(data, target.link)
    relationships.confirm(work, card, id, target.link, given)
    return f'{{"data":{relationships.linked(asked.place, target.link, given)}}}'
