"""Units of work: each time that somebody handed a sample on (events), and how long they had it (leases)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from app.attributes import read_time
from app.declare import RESOURCES
from app.errors import BadQuery
from app.operations.reading import every
from app.query import Filter, Query
from app.resources import leases
from app.resources.owners import owners_of
from app.web.vendors.calls import Call, Route, told
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.datasets import of_call
from app.web.vendors.segments.finding import only
from app.web.vendors.segments.pages import Paging, paging
from app.web.vendors.segments.people import Names, name_of
from app.web.vendors.segments.sample_objects import name_of_sample, status_of
from app.web.vendors.segments.schemas import WORKUNIT, many
from app.work import Work

KINDS = ("submit", "skip", "label", "send_back", "error")  # of events of entries that are somebody's work
_VERDICTS = ("approved", "outcome")  # what a verdict is told by
_REVIEWED = ("reviewed", "rejected", "verified")  # how far labels are after one
_CHUNK = 500


async def show_all(call: Call) -> Response:
    page = paging(call.query)
    bounds = [_bound(call.query, "start", "gte"), _bound(call.query, "end", "lte")]
    is_down = call.query.get("sort", "-created_at").startswith("-")

    def job(work: Work) -> list[Json]:
        dataset = of_call(work, call)
        its = (only("dataset_id", dataset.id), only("resource", "entries"), only("kind", *KINDS))
        query = Query(
            (*its, *(one for one in bounds if one is not None)), ("-sequence" if is_down else "sequence",)
        )
        units = page.checked(_units_of(work, query, page))
        spans = leases.spans_of(work, list({unit.event.record_id for unit in units}))
        return _told(owners_of(work), units, _Spans(spans))

    return told(await call.read(job))


class _Then(NamedTuple):
    """What an event tells of its entry after it."""

    external_id: str | None
    resource: str
    status: str
    label_status: str | None
    assigned_to_id: str | None
    lease_expires_at: str | None


class _Unit(NamedTuple):
    event: Any
    then: _Then


def _units_of(work: Work, query: Query, page: Paging) -> list[_Unit]:
    """Those on PAGE of the events that QUERY finds: it is no work yet to have taken an entry."""
    card = RESOURCES["events"]
    skipped = (page.number - 1) * page.size
    found: list[_Unit] = []
    with every(work, card, query, card.fields) as fetch:
        while len(found) < page.size and (rows := fetch(_CHUNK)):
            units = [unit for row in rows if (unit := _unit(card.of(row))) is not None]
            found += units[skipped:]
            skipped = max(0, skipped - len(units))
    return found[: page.size]


def _unit(event: Any) -> _Unit | None:
    record = msgspec.json.decode(event.record)
    then = _Then(*(record.get(name) for name in _Then._fields))
    return None if then.label_status in (None, "prelabeled") else _Unit(event, then)


def _bound(query: Mapping[str, str], name: str, operator: str) -> Filter | None:
    if not query.get(name):
        return None
    try:
        return Filter("at", operator, (read_time(query[name]),))
    except ValueError as error:
        raise BadQuery(f"{name}: {error}", name) from None


class _Spans:
    """How long somebody had an entry before they handed it on."""

    def __init__(self, spans: Sequence[leases.Span]) -> None:
        self._ended = {(one.entry_id, one.account_id, one.ended_at): one.taken_at for one in spans}

    def milliseconds(self, event: Any) -> int:
        """0 where nobody had taken it: its project's owner need not."""
        taken_at = self._ended.get((event.record_id, event.actor_id, event.at))
        if taken_at is None:
            return 0
        span = datetime.fromisoformat(event.at) - datetime.fromisoformat(taken_at)
        return max(0, round(span.total_seconds() * 1000))


def _told(names: Names, units: Sequence[_Unit], spans: _Spans) -> list[Json]:
    return [
        {
            "uuid": event.id,
            "created_at": event.at,
            "created_by": name_of(names, event.actor_id),
            "work_type": "review" if _is_review(event, then) else "label",
            "next_label_status": status_of(then) or "UNLABELED",
            "time": spans.milliseconds(event),
            "inactive_time": 0,
            "sample_uuid": event.record_id,
            "sample_name": name_of_sample(then),
        }
        for event, then in units
    ]


def _is_review(event: Any, then: _Then) -> bool:
    details = msgspec.json.decode(event.details)
    return then.label_status in _REVIEWED or any(name in details for name in _VERDICTS)


ROUTES = (
    Route(
        "GET",
        "/datasets/{owner}/{dataset}/workunits/",
        show_all,
        "What was worked, by whom and for how long.",
        query={
            "page": "which page, from 1",
            "per_page": "how many on it, to 1000",
            "sort": "created_at, or -created_at: the latest first",
            "start": "from this time on",
            "end": "up to this time",
            "include_session_time_metrics": "is not looked at",
        },
        answers={200: many(WORKUNIT)},
    ),
)
