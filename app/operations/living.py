"""What is not in the trash: neither the record itself nor anything that it belongs to.

Putting a parent into the trash touches the parent alone: what is beneath asks for its tombstone.
The trash is small and its tombstones are indexed, so asking costs next to nothing.
"""

from typing import Any

from sqlalchemy import or_, select

from app.declare import RESOURCES, Resource

# Since when something is in the trash that is just being removed for good, and cannot be restored any more.
DOOMED = "0000-01-01T00:00:00.000000Z"


def is_living(card: Resource) -> list[Any]:
    """The conditions that a row of CARD is not in the trash."""
    conditions = [card.columns["deleted_at"].is_(None)] if card.has_trash else []
    return [*conditions, *has_living_ancestors(card)]


def has_living_ancestors(card: Resource) -> list[Any]:
    """The conditions that nothing above a row of CARD is in the trash."""
    conditions = []
    for key, type in card.ancestors.items():
        parent = RESOURCES[type]
        dead = select(parent.columns["id"]).where(parent.columns["deleted_at"].is_not(None))
        column = card.columns[key]
        is_outside = column.not_in(dead)
        if card.every_attribute[key].is_nullable:
            is_outside = or_(column.is_(None), is_outside)
        conditions.append(is_outside)
    return conditions
