"""What is not in the trash: neither the record itself nor anything that it belongs to.

Putting a parent into the trash touches the parent alone: what is beneath asks for its tombstone.
The trash is small and its tombstones are indexed, so asking costs next to nothing.
"""

from typing import Any

from sqlalchemy import exists, or_, select

from app.declare import RESOURCES, Resource

# Since when something is in the trash that is just being removed for good, and cannot be restored any more.
DOOMED = "0000-01-01T00:00:00.000000Z"


def is_living(card: Resource, *, is_one: bool = False) -> list[Any]:
    """The conditions that a row of CARD is not in the trash. IS_ONE: one row is read, and by its key."""
    conditions = [card.columns["deleted_at"].is_(None)] if card.has_trash else []
    return [*conditions, *has_living_ancestors(card, is_one=is_one)]


def has_living_ancestors(card: Resource, *, is_one: bool = False) -> list[Any]:
    """The conditions that nothing above a row of CARD is in the trash."""
    conditions = []
    for key, type in card.ancestors.items():
        parent = RESOURCES[type]
        id, tombstone = parent.columns["id"], parent.columns["deleted_at"]
        column = card.columns[key]
        # Of many rows each is looked up among the dead, which are gathered once; that takes as long as four
        # rows whose parents are looked at.
        is_outside = (
            exists().where(id == column, tombstone.is_(None))
            if is_one
            else column.not_in(select(id).where(tombstone.is_not(None)))
        )
        if card.every_attribute[key].is_nullable:
            is_outside = or_(column.is_(None), is_outside)
        conditions.append(is_outside)
    return conditions
