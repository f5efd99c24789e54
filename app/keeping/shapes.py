"""What tables a database has, at whatever revision. It knows no declared table: old ones are read too."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Connection, Float, Integer, Text, inspect, text

from app.keeping.refusals import Refused

REVISION = "alembic_version"  # the table that tells the revision, and is itself no content


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True)
class Shape:
    """A table: its columns but for those that the database computes, and its primary key."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    key: tuple[str, ...]


def shapes_of(connection: Connection) -> tuple[Shape, ...]:
    """Every table, each behind those that it refers to."""
    seen = inspect(connection)
    names = [name for name, _ in seen.get_sorted_table_and_fkc_names() if name not in (None, REVISION)]
    return tuple(_shape(seen, str(name)) for name in names)


def revision_of(connection: Connection) -> str:
    """The revision of the tables. Raises Refused where there are none of ours."""
    if not inspect(connection).has_table(REVISION):
        raise Refused("there is no database of Postil's: name it by --data or --database")
    found = connection.execute(text(f"SELECT version_num FROM {REVISION}")).scalars().all()
    if len(found) != 1:
        raise Refused("the database is at no revision: it was migrated in part, so run `postil migrate`")
    return str(found[0])


def _shape(seen: Any, name: str) -> Shape:
    columns = dict(_columns(seen, name))
    key = tuple(seen.get_pk_constraint(name)["constrained_columns"])
    return Shape(name, tuple(columns), tuple(columns.values()), key)


def _columns(seen: Any, table: str) -> Iterator[tuple[str, Kind]]:
    for column in seen.get_columns(table):
        if not column.get("computed"):
            yield column["name"], _kind(table, column)


def _kind(table: str, column: Any) -> Kind:
    match column["type"]:
        case Text():
            return Kind.TEXT
        case Integer() | BigInteger():
            return Kind.INTEGER
        case Float():
            return Kind.NUMBER
    raise Refused(f"{table}.{column['name']} is of a type that no backup knows: {column['type']}")
