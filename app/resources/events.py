"""Events: the ordered feed of an organization, from which its whole state can be rebuilt."""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, select, true
from sqlmodel import col

from app.access import Role, in_my_projects, scope
from app.attributes import Kind, read_integer
from app.declare import Access, OwnFilter, Resource
from app.operations.changes import Event
from app.storage.statement import Statement
from app.work import Sight, Work


def _after(numbers: list[Any]) -> ColumnElement[bool]:
    is_after: ColumnElement[bool] = col(Event.sequence) > numbers[0]
    return is_after


def _mine() -> ColumnElement[bool]:
    """Those in projects that the actor owns, but for those of webhooks, whose addresses may be secrets."""
    return and_(in_my_projects(Event.project_id, Role.OWNER), col(Event.resource) != "webhooks")


def _numbered(sight: Sight) -> ColumnElement[bool]:
    if sight is Sight.SYSTEM:
        return true()
    return and_(col(Event.sequence).is_not(None), scope(Event.organization_id, _mine)(sight))


EVENTS = Resource(
    Event,
    type="events",
    about="What happened, in order: single, bulk, job and cascade changes alike. A reader that follows it by "
    "`after` rebuilds the state exactly. Project owners see their projects' events, whose numbers have gaps.",
    access=Access(
        read=_numbered,
        create=lambda sight: false(),
        update=lambda sight: false(),
        delete=lambda sight: false(),
    ),
    is_noted=False,  # thinning and erasure overwrite what they bear
    example={},
    order=("sequence",),
    is_feed=True,
    filters=(
        OwnFilter(
            "after",
            _after,
            lambda text, me: read_integer(text),
            Kind.INTEGER,
            "Events behind this number.",
            is_plain=True,
        ),
    ),
    verbs=frozenset({"index", "show"}),
)

_LAST = Statement(
    lambda: select(func.max(col(Event.sequence))).where(
        col(Event.organization_id) == bindparam("organization_id")
    )
)


def last_of(work: Work, organization_id: str) -> int | None:
    """The number of the organization's last event; None where it has none."""
    number: int | None = work.rows(_LAST, {"organization_id": organization_id})[0][0]
    return number
