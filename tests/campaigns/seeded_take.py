"""The service with a seeded bug: an entry is chosen by one transaction and taken by another, unguarded.

    python -m tests.campaigns.seeded_take serve ...

It takes the command line of `app`. Who asks between the two is given the same entry: the naive way to write a
queue, which the campaign of takes is to catch.
"""

from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from app.__main__ import main
from app.declare import Offer
from app.operations.idempotency import Answer
from app.operations.statements import Hold, held_of
from app.query import Query
from app.resources import entry_moves, entry_work
from app.resources.entries import ENTRIES
from app.resources.entry_rows import Entry
from app.storage.statement import Statement
from app.web.jsonapi.writes import Writes
from app.work import Sight, Work

_FREE = Statement(
    lambda: (
        select(col(Entry.id))
        .where(
            col(Entry.dataset_id) == bindparam("dataset_id"),
            col(Entry.assigned_to_id).is_(None),
            col(Entry.worked_by) == "annotator",
        )
        .order_by(col(Entry.priority), col(Entry.id))
        .limit(bindparam("size"))
    )
)
_BY_ID = held_of(ENTRIES, ENTRIES.access.read, Sight.SYSTEM, Hold.CHANGED)


async def naive_offer(writes: Writes, offer: Offer, parent: str, request: Request) -> Response:
    call = await writes._call(request)
    asked = call.asked(Query())

    def choose(work: Work) -> Any:
        return work.rows(_FREE, {"dataset_id": call.id, "size": 1})

    chosen = await writes.service.database.read(call.actor, choose)  # SELECT
    if not chosen:
        return call.reply(Answer(204, None))

    def take(work: Work) -> Answer:  # UPDATE, whoever has it by now
        entry = ENTRIES.of(work.rows(_BY_ID, {"id": chosen[0][0]})[0][:-1])
        row = entry_work.take(work, entry, entry_moves.terms_of(work, entry))
        assert row is not None
        return writes._written(work, row, call.at(ENTRIES, row.id, asked))

    return await writes._write(call, take)


if __name__ == "__main__":
    Writes.offer = naive_offer  # type: ignore[assignment, method-assign]
    main()
