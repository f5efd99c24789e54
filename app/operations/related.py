"""Fetch the records that a page's records link to: one statement a link, however many records."""

from collections.abc import Iterable
from typing import Any

from app.declare import Resource
from app.errors import BadQuery
from app.operations.conditions import many_values, padded
from app.operations.reading import may
from app.operations.statements import related_of
from app.work import Work

MOST_INCLUDED = 10_000  # records in one answer
_MOST_KEYS = 1024  # in one statement


class Budget:
    """How many records may still be included in an answer."""

    def __init__(self, left: int = MOST_INCLUDED) -> None:
        self.left = left

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise BadQuery(
                f"more than {MOST_INCLUDED} records would be included: ask for a smaller page",
                "include",
                code="include_too_large",
            )


def related(
    work: Work, card: Resource, fields: tuple[str, ...], key: str, ids: Iterable[Any], budget: Budget
) -> list[tuple[Any, ...]]:
    """FIELDS of the records of CARD that the actor may read and whose KEY is one of IDS, by KEY and id.

    IDS are their own or, by another KEY, of parents that were read in the same snapshot: they are living.
    """
    may(work, "read")  # they are read, though a change may have asked for them
    wanted = sorted(set(ids) - {None})
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(wanted), _MOST_KEYS):
        some = wanted[start : start + _MOST_KEYS]
        count = padded(len(some))
        values = many_values("k", some, count) | {"size": budget.left + 1}
        statement = related_of(card, fields, key, count, work.actor.sight, has_living=key != "id")
        rows = work.rows(statement, values)
        budget.spend(len(rows))
        found += rows
    return found
