"""The words a resource file is written in.

A resource file holds one table and one card. The card says once what every face of the
service needs: JSON:API routes, filters and relationships, JSON-RPC methods and the OpenAPI
document are all read from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from marshmallow import Schema
from sqlalchemy import ColumnElement, Table, UniqueConstraint

from app.attributes import Attribute, Kind, attribute_of
from app.storage.rows import Keyed, index_trash
from app.work import Sight, Work

Values = dict[str, Any]  # field -> value
Scope = Callable[[Sight], ColumnElement[bool]]  # which rows an actor of that sight may touch
Passing = Callable[[Sight], Any]  # one row is SELECTed, another where time has moved what such an actor sees

VERBS = frozenset({"index", "show", "create", "update", "delete"})


@dataclass(frozen=True)
class Link:
    """A relationship named NAME to records of TYPE, held together by the column KEY."""

    name: str
    type: str
    key: str
    about: str = ""


@dataclass(frozen=True)
class ToOne(Link):
    """A link to one record, whose id is in our column KEY."""


@dataclass(frozen=True)
class ToMany(Link):
    """Links to the records whose column KEY bears our id."""


@dataclass(frozen=True)
class OwnFilter:
    """A filter beyond those of the attributes: filter[NAME]=value.

    MATCHES gives the condition, of the bound parameters it is handed, one for each value. READ
    turns the text of one value into what is bound, and may know `me`, the actor's account id.
    """

    name: str
    matches: Callable[[list[Any]], ColumnElement[bool]]
    read: Callable[[str, str], Any]  # text, the actor's account id -> value; raises ValueError
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()
    takes_several: bool = False
    is_plain: bool = False  # whether it is NAME=value, without filter[]


@dataclass(frozen=True)
class Action:
    """A verb on one record beyond update and delete, at METHOD /path/{id}/name."""

    name: str
    methods: tuple[str, ...]
    run: Callable[[Work, Any, Values], Any]
    allowed: Scope  # the rows, of those that they may read, on which an actor may do it
    body: type[Schema] | None = None
    example: Mapping[str, Any] | None = None  # attributes of the body
    about: str = ""
    refusal: str = ""  # what to do, told with a 403
    refusal_code: str = "forbidden"
    salvage: Callable[[Work, str, Values], Any] | None = None  # where it is refused: what to keep and tell
    is_for_many: bool = False  # whether it may be done to all that a filter finds
    gives: str = ""  # the type of what RUN gives, where it is another record: a job, which goes on by itself


@dataclass(frozen=True)
class Offer:
    """What a parent offers of a card: METHOD /parents/{id}/name gives one of its records, or none.

    RUN is given the parent's type and id, the filters of the card, and the body's values.
    """

    name: str
    parents: tuple[str, ...]
    run: Callable[[Work, str, str, tuple[Any, ...], Values], Any]
    about: str
    methods: tuple[str, ...] = ("POST",)
    body: type[Schema] | None = None
    example: Mapping[str, Any] | None = None  # attributes of the body
    is_filtered: bool = False  # whether the card's filters may be asked of it

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing: RUN is given a snapshot that cannot be written."""
        return self.methods == ("GET",)


@dataclass(frozen=True)
class Summary:
    """What is told of a record that is none: METHOD /path/{id}/NAME gives it, as an object of type TYPE.

    OF is given the card, the record's id and the body's values. TOLD are its attributes, by name, as JSON
    Schema. It changes nothing, unless it CHANGES. IS_BY_JOB: a job does it, whose id is told as `job_id`.
    """

    name: str
    of: Callable[[Work, "Resource", str, Values], Mapping[str, Any]]
    about: str
    told: Mapping[str, Any]
    method: str = "GET"
    body: type[Schema] | None = None
    example: Mapping[str, Any] | None = None  # attributes of the body
    changes: bool = False
    is_by_job: bool = False
    type: str = ""  # NAME, unless said

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", self.type or self.name)


@dataclass(frozen=True)
class Meta:
    """What single documents of a record tell beside its attributes, of the FIELDS of its row.

    TOLD are its members, by name, as JSON Schema.
    """

    fields: tuple[str, ...]
    of: Callable[[Work, tuple[Any, ...]], Mapping[str, Any] | None]
    told: Mapping[str, Any]


@dataclass(frozen=True)
class Access:
    """The rows that an actor may read, leave behind by a create, update and delete."""

    read: Scope
    create: Scope
    update: Scope
    delete: Scope


class Change(NamedTuple):
    """A record before and after a change; None where it was not yet, or is no more."""

    before: Any
    after: Any


def _nothing(work: Work, *given: Any) -> None:
    """The rule of a resource that has none."""


@dataclass(frozen=True, eq=False)  # a card is itself alone, and so may key a cache
class Resource:
    """A resource's card."""

    model: type[Keyed]
    type: str
    about: str
    access: Access
    example: Mapping[str, Any]  # attributes of a record, as a client would send them
    links: tuple[Link, ...] = ()
    paths: tuple[str, ...] = ()  # what may be included beyond the links themselves
    filters: tuple[OwnFilter, ...] = ()
    actions: tuple[Action, ...] = ()
    ancestors: Mapping[str, str] = field(
        default_factory=dict
    )  # key -> type, of all that it goes to the trash with
    # key of a parent -> the fields that are the parent's own, of the same name, and never change
    inherited: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    summaries: tuple[Summary, ...] = ()
    live: Mapping[str, Any] = field(
        default_factory=dict
    )  # field -> what it is read by, in place of its column
    meta: Meta | None = None
    order: tuple[str, ...] = ()  # of lists, where the client names none
    is_feed: bool = False  # whether its list can be followed as a stream
    is_noted: bool = True  # whether no row that its lists show changes without an event: then lists have tags
    passing: Passing | None = None  # where time alone moves who may read it: what moves with it
    verbs: frozenset[str] = VERBS
    key_scope: str = "write"  # what a key must bear to change a record
    # Rules. They run inside the transaction and raise to refuse.
    before_create: Callable[[Work, Values], Mapping[str, Any] | None] = _nothing  # gives what meta tells once
    before_change: Callable[[Work, Any, Values], None] = _nothing  # the record, and what is to be set
    before_delete: Callable[[Work, Any, bool], None] = _nothing  # the record, and whether it is forced
    before_restore: Callable[[Work, Any], None] = _nothing  # the record, which is in the trash
    # The record and what is to be set, in every change that is made of it; gives what is set along with it.
    amend: Callable[[Work, Any, Values], Values | None] = _nothing
    after_changes: Callable[[Work, Sequence[Change]], None] = _nothing
    # Whether creates of many may be made together: none of them changes what another is checked against.
    is_made_in_runs: bool = False
    # Whether PATCH of its list changes all that filters find: no update changes what another is checked by.
    is_changed_by_filter: bool = False
    delete: Callable[[Work, Any], None] | None = None  # where deleting means something else

    def __post_init__(self) -> None:
        RESOURCES[self.type] = self
        if self.has_trash:
            index_trash(self.table)

    @property
    def path(self) -> str:
        return "/" + self.type

    @property
    def table(self) -> Table:
        table: Table = self.model.__table__  # type: ignore[attr-defined]
        return table

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Every column's name in Python, hidden ones too, in the order that rows are read in."""
        return tuple(self.model.model_fields)

    @cached_property
    def columns(self) -> dict[str, Any]:
        """Field -> the column that it is read by, or the expression."""
        return {name: self.live.get(name, getattr(self.model, name)) for name in self.fields}

    @cached_property
    def written_fields(self) -> tuple[str, ...]:
        """The fields that are written: all but those that the database computes."""
        mapped = self.model.__mapper__.columns  # type: ignore[attr-defined]
        return tuple(name for name in self.fields if mapped[name].computed is None)

    @cached_property
    def unique_fields(self) -> frozenset[str]:
        """The fields by which a change may come to break a rule that rows are unique by."""
        rules = [one for one in self.table.constraints if isinstance(one, UniqueConstraint)]
        indexes = [index for index in self.table.indexes if index.unique]
        columns = {column for rule in rules for column in rule.columns}
        columns |= {column for index in indexes for column in index.columns}
        mapped = self.model.__mapper__.columns  # type: ignore[attr-defined]
        found = {name for name in self.fields if mapped[name] in columns}
        return frozenset(found | ({"deleted_at"} if indexes else set()))  # those are of the living alone

    @cached_property
    def every_attribute(self) -> dict[str, Attribute]:
        """Field -> attribute, the id and the hidden ones too."""
        return {name: attribute_of(name, info) for name, info in self.model.model_fields.items()}

    @property
    def has_trash(self) -> bool:
        return "deleted_at" in self.every_attribute

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Wire name -> attribute, of those that clients see."""
        seen = (one for one in self.every_attribute.values() if not one.is_hidden and one.field != "id")
        return {attribute.name: attribute for attribute in seen}

    @cached_property
    def link_of(self) -> dict[str, Link]:
        return {link.name: link for link in self.links}

    @cached_property
    def to_ones(self) -> tuple[ToOne, ...]:
        return tuple(link for link in self.links if isinstance(link, ToOne))

    @cached_property
    def own_filters(self) -> dict[str, OwnFilter]:
        return {one.name: one for one in self.filters}

    @cached_property
    def parents(self) -> dict[str, ToOne]:
        """Name -> the links that a client gives on create, as a relationship or as the attribute KEY."""
        given = (link for link in self.to_ones if link.key in self.attributes)
        return {link.name: link for link in given if not self.attributes[link.key].is_read_only}

    @cached_property
    def include_paths(self) -> frozenset[str]:
        return frozenset(self.link_of) | frozenset(self.paths)

    def attribute(self, name: str) -> Attribute | None:
        """The attribute that clients call NAME, or id; None where there is none."""
        return self.every_attribute["id"] if name == "id" else self.attributes.get(name)

    def of(self, values: Sequence[Any]) -> Any:
        """The record whose columns, in the order of `fields`, hold VALUES."""
        return self.model.of(dict(zip(self.fields, values, strict=True)))

    def altered(self, record: Any, values: Mapping[str, Any]) -> Any:
        """RECORD with VALUES, as a record of its own."""
        return self.model.of({**vars(record), **values})


# Every card, by type: a card enters itself. `app.catalog` imports them all.
RESOURCES: dict[str, Resource] = {}
