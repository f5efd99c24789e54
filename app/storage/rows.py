"""What every table has, and the columns that attributes become."""

from functools import lru_cache
from types import FunctionType
from typing import Annotated, Any, Self

from sqlalchemy import BigInteger, Double, Index, Integer, Table, Text
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.sqlite import REAL
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, MetaData, SQLModel

from app.attributes import HIDDEN, READ_ONLY, Id, Time

# Text sorts and compares by its bytes on both databases.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")
INTEGER = BigInteger().with_variant(Integer(), "sqlite")

STRICT = {"sqlite_strict": True}

# What an attribute `vendor` is for, on whatever record.
VENDOR = "What clients of other systems say of it and read back, by the system's name; nothing else does."

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


def text(about: str = "", **options: Any) -> Any:
    """A column of text, such as an id, a time, a choice or a JSON value."""
    return Field(sa_type=TEXT, description=about, **options)


def number(about: str = "", **options: Any) -> Any:
    return Field(sa_type=NUMBER, description=about, **options)


def integer(about: str = "", **options: Any) -> Any:
    return Field(sa_type=INTEGER, description=about, **options)


def added(value: str) -> dict[str, Any]:
    """The options of a column that came later: what rows have that were there before, as SQL."""
    return {"sa_column_kwargs": {"server_default": sql_text(value)}}


def parent_key(column: str, about: str = "", **options: Any) -> Any:
    """The id of the record that owns this one, and with which it is deleted."""
    return text(about, foreign_key=column, ondelete="CASCADE", **options)


def living_unique(*columns: str) -> Index:
    """That no two records that are not in the trash have the same COLUMNS."""
    alive = sql_text("deleted_at IS NULL")
    return Index(None, *columns, unique=True, sqlite_where=alive, postgresql_where=alive)


def index_trash(table: Table) -> None:
    """Let the rows of TABLE that are in the trash, which are few, be found among all."""
    dead = sql_text("deleted_at IS NOT NULL")
    columns = (table.c.deleted_at, table.c.id)
    Index(f"ix_{table.name}_trash", *columns, sqlite_where=dead, postgresql_where=dead)


class Keyed(SQLModel):
    """A row with an id of its own. Ids, times and JSON are text, as on the wire."""

    id: Id = text("Made by the server, or by the client on create.", primary_key=True)

    @classmethod
    def of(cls, held: dict[str, Any]) -> Self:
        """The record whose columns are HELD, by name: they are its attributes, and `vars` gives them.

        It is plain: each read of an attribute of the table's own class takes 1.3 us, and its constructor 54.
        """
        record: Self = object.__new__(_plain(cls))
        record.__dict__ = held
        return record


@lru_cache
def _plain(model: type[Any]) -> Any:
    """A class with the properties and methods of MODEL, and with nothing of SQLAlchemy's and pydantic's."""
    members: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Keyed):
            members |= {
                name: member
                for name, member in vars(base).items()
                if isinstance(member, property | FunctionType) and not name.startswith("_")
            }
    return type(model.__name__, (), members)


class Row(Keyed):
    """A record: the table's row and what verbs are handed."""

    created_at: Annotated[Time, READ_ONLY] = text("When it was made.")
    updated_at: Annotated[Time, READ_ONLY] = text("When it last changed.")
    version: Annotated[int, HIDDEN] = integer(default=1)  # one more with every change
    deleted_at: Annotated[Time | None, HIDDEN] = text(default=None)  # since when it is in the trash
