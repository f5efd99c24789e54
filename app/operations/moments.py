"""What moves whenever a list may show something else, read before it and in its snapshot (decision 17)."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from app.declare import Passing, Resource
from app.operations.changes import Event
from app.operations.statements import readable_of
from app.storage.rows import TEXT
from app.storage.statement import Statement
from app.work import Sight, Work

_ORGANIZATION: Any = bindparam("actor_organization_id", type_=TEXT)

Moment = tuple[Any, ...]


def moment_of(work: Work, cards: Collection[Resource]) -> Moment | None:
    """What differs wherever lists of CARDS, as the actor sees them, differ; None where nothing tells.

    It is how many events the organization has, which is the last one, and what time alone has moved.
    """
    if not all(card.is_noted for card in cards):
        return None
    sight = work.actor.sight
    passing = frozenset(card.passing for card in cards if card.passing and is_timed(card, sight))
    return _moment_from(work.rows(_moment(passing, sight), {"size": 1})[0])


def _moment_from(row: tuple[Any, ...]) -> Moment:
    # The sum, and the newest event of all, stay as they are while the newest ones are being numbered.
    number, last, unnumbered, newest, *passed = row
    return ((number or 0) + unnumbered, newest or last, *passed)


@lru_cache(256)
def is_timed(card: Resource, sight: Sight) -> bool:
    """Whether what an actor of SIGHT may read of CARD changes as time passes."""
    return "now" in readable_of(card, sight).for_sqlite.names


@lru_cache(64)
def _moment(passing: frozenset[Passing], sight: Sight) -> Statement:
    """The last event's number and id, how many have no number, the newest of those; what PASSING tells."""

    def build() -> Any:
        is_ours = col(Event.organization_id) == _ORGANIZATION
        has_number = col(Event.sequence).is_not(None)
        last = _first(col(Event.sequence).desc(), is_ours, has_number)
        newest = _first(col(Event.position).desc(), is_ours, ~has_number)
        sides = [select_passing(sight).subquery(f"passing_{n}") for n, select_passing in enumerate(passing)]
        columns = (
            last.with_only_columns(col(Event.sequence)).scalar_subquery(),
            last.with_only_columns(col(Event.id)).scalar_subquery(),
            select(func.count()).select_from(Event).where(is_ours, ~has_number).scalar_subquery(),
            newest.with_only_columns(col(Event.id)).scalar_subquery(),
        )
        return select(*columns, *(column for side in sides for column in side.c))

    return Statement(build)


def _first(order: Any, *conditions: Any) -> Any:
    return select(Event).where(*conditions).order_by(order).limit(bindparam("size"))
