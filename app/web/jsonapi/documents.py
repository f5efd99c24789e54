"""Documents: pages and single records, with what is included, as bytes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from app.declare import RESOURCES, Link, Resource, ToOne
from app.operations import reading, then
from app.operations.related import Budget, related
from app.query import Filter, Page, Query
from app.web.jsonapi import cursors
from app.web.jsonapi.mounts import Place, query_of
from app.web.jsonapi.parse import Params, without_page
from app.web.jsonapi.writer import Linkage, Shape, Writer, identifier, writer_of
from app.work import Work

VERSION = '"jsonapi":{"version":"1.1"}'
_PIECE = (
    1 << 16
)  # bytes that are written at once: more are mapped anew by the C library, and mapped out again
Tree = dict[str, Any]  # link name -> the tree of what is included behind it


class Asked(NamedTuple):
    """A request for a document: where its links lead, what it asks, at which address (without a query)."""

    place: Place
    address: str
    params: Params
    query: Query
    is_profiled: bool = False  # whether the cursor profile is applied by name


class Document(NamedTuple):
    """A record's document, and the version that it shows."""

    text: bytes
    version: int


def collection(work: Work, card: Resource, asked: Asked, time: str | None = None) -> bytes:
    """A page of CARD as a document; as it was at TIME, where one is named."""
    query = asked.query
    included = Included(work, asked)
    shape = included.prepared(list_shape(card, asked.place, query))
    writer = writer_of(shape)
    if time is None:
        page = reading.index(work, card, query, writer.fields)
    else:
        page = then.index_at(work, card, query, writer.fields, time)
    linkages = included.follow(shape, writer.fields, page.rows, included.tree)
    links = msgspec.json.encode(links_of(asked, writer.fields, page)).decode()
    more = included.pieces({row[0] for row in page.rows}, card) if query.included else []
    more += [meta_of(asked, page.total)] if page.total is not None else []
    rows = page.rows
    del page, included
    start, end = f'{{{VERSION},"links":{links},"data":[', ",".join(["]", *more]) + "}"
    return b"".join([start.encode(), *_data_of(writer, rows, linkages), end.encode()])


def _data_of(writer: Writer, rows: list[tuple[Any, ...]], linkages: Sequence[Linkage]) -> Iterator[bytes]:
    """The ROWS by comma, in pieces. Those that are written are let go: a page may be large."""
    between, size = b"", 1
    while rows:
        some = rows[:size]
        del rows[:size]
        piece = between + ",".join(writer.write(some, *linkages)).encode()
        between, size = b",", max(1, _PIECE * len(some) // len(piece))
        yield piece


def list_shape(card: Resource, place: Place, query: Query) -> Shape:
    """How a record of the list that QUERY asks for is written, without what is included."""
    return Shape(
        card,
        place,
        query.fields.get(card.type),
        cursor_sort=query.sort if query.by_cursor else None,
        extra=cursors.fields_of(query.sort),  # what the order goes by: it lets an index serve it
    )


def single(work: Work, card: Resource, id: str, asked: Asked) -> Document:
    """The record as a document. Raises NotFound where the actor may not read it."""
    plan = _plan_of(card, asked)
    return _of_one(work, plan, reading.show(work, card, id, plan.writer.fields), asked)


def written(work: Work, card: Resource, record: Any, asked: Asked, meta: Any = None) -> Document:
    """RECORD, as a change left it, as a document: the actor need not be able to read it any more."""
    plan = _plan_of(card, asked)
    return _of_one(work, plan, plan.row_of(record), asked, meta)


def written_many(work: Work, card: Resource, records: Sequence[Any], asked: Asked) -> bytes:
    """The same of RECORDS, in their order."""
    plan = _plan_of(card, asked)
    included = Included(work, asked) if asked.query.included else None
    data = ",".join(_data(work, plan, plan.row_of(one), included) for one in records)
    members = [VERSION, f'"links":{{"self":{_text(_self(asked))}}}', f'"data":[{data}]']
    if included is not None:
        members += included.pieces({one.id for one in records}, card)
    return document(members)


def result(work: Work, card: Resource, record: Any, asked: Asked, meta: Any = None) -> str:
    """RECORD, as an operation left it, as a result: what its own document says, without that one's links."""
    plan = _plan_of(card, asked)
    members = [f'"data":{_data(work, plan, plan.row_of(record), None)}', *_told(meta)]
    return f"{{{','.join(members)}}}"


def summary(name: str, id: str, attributes: Mapping[str, Any], asked: Asked) -> bytes:
    """The ATTRIBUTES that sum up the record ID, as a resource object of type NAME."""
    links = {"self": _self(asked)}
    resource = {"type": asked.place.prefix + name, "id": id, "attributes": attributes, "links": links}
    text = msgspec.json.encode(resource).decode()
    return document([VERSION, f'"links":{{"self":{_text(_self(asked))}}}', f'"data":{text}'])


def empty(asked: Asked) -> bytes:
    """A to-one that is empty."""
    return document([VERSION, f'"links":{{"self":{_text(_self(asked))}}}', '"data":null'])


class _Plan(NamedTuple):
    """How a single record's document is written."""

    shape: Shape
    writer: Writer
    version_at: int | None  # where the version stands among the fields
    meta_at: tuple[int, ...]  # and what the card's meta is made of

    def row_of(self, record: Any) -> tuple[Any, ...]:
        """What is to be written of RECORD."""
        held = vars(record)
        return tuple([held[field] for field in self.writer.fields])


def _plan_of(card: Resource, asked: Asked) -> _Plan:
    return _plan(card, asked.place, asked.query.fields.get(card.type), asked.query.included)


@lru_cache(4096)
def _plan(card: Resource, place: Place, wanted: frozenset[str] | None, included: tuple[str, ...]) -> _Plan:
    extra: tuple[str, ...] = ("version",) if "version" in card.every_attribute else ()
    extra += card.meta.fields if card.meta else ()
    shape = _with_links(Shape(card, place, wanted, is_full=True, extra=extra), _tree(included))
    writer = writer_of(shape)
    version_at = writer.fields.index("version") if "version" in writer.fields else None
    meta_at = tuple(writer.fields.index(one) for one in (card.meta.fields if card.meta else ()))
    return _Plan(shape, writer, version_at, meta_at)


def _of_one(work: Work, plan: _Plan, row: tuple[Any, ...], asked: Asked, meta: Any = None) -> Document:
    included = Included(work, asked) if asked.query.included else None
    links = f'"links":{{"self":{_text(_self(asked))}}}'
    members = [VERSION, links, f'"data":{_data(work, plan, row, included)}']
    if included is not None:
        members += included.pieces({row[0]}, plan.shape.card)
    version = 1 if plan.version_at is None else row[plan.version_at]
    return Document(document([*members, *_told(meta)]), version)


def _data(work: Work, plan: _Plan, row: tuple[Any, ...], included: "Included | None") -> str:
    """The record whose fields are ROW, with what is told of it alone."""
    shape, writer, _, meta_at = plan
    linkages = included.follow(shape, writer.fields, [row], included.tree) if included else ()
    data = writer.write([row], *linkages)[0]
    meta = shape.card.meta
    if meta and (told := meta.of(work, tuple([row[at] for at in meta_at]))):
        return f'{data[:-1]},"meta":{msgspec.json.encode(told).decode()}}}'
    return data


def _told(meta: Any) -> list[str]:
    """The member that tells META, where there is any."""
    return [f'"meta":{msgspec.json.encode(meta).decode()}'] if meta else []


class Included:
    """What is included in one answer, each record once, in its own read scope."""

    def __init__(self, work: Work, asked: Asked) -> None:
        self.work = work
        self._asked = asked
        self._budget = Budget()
        self._texts: dict[str, dict[str, str]] = {}  # type -> id -> what is written of it
        self.tree = _tree(asked.query.included)

    def prepared(self, shape: Shape) -> Shape:
        """SHAPE with what following the links needs."""
        return _with_links(shape, self.tree)

    def follow(
        self, shape: Shape, fields: tuple[str, ...], rows: Sequence[tuple[Any, ...]], tree: Tree
    ) -> list[dict[str, str]]:
        """Include what TREE asks of ROWS; the linkages of the shape's to-many links."""
        linkages: dict[str, dict[str, str]] = {}
        for name, subtree in tree.items():
            link = shape.card.link_of[name]
            if isinstance(link, ToOne):
                at = fields.index(link.key)
                self.include(link, "id", (row[at] for row in rows), subtree)
            else:
                linkages[name] = self.include(link, link.key, (row[0] for row in rows), subtree)
        return [linkages[name] for name in shape.linked]

    def include(self, link: Link, key: str, ids: Iterable[Any], tree: Tree) -> dict[str, str]:
        """Include the records whose KEY is one of IDS; for each of these, the linkage."""
        target = RESOURCES[link.type]
        place = self._asked.place
        shape = Shape(target, place, self._asked.query.fields.get(target.type), extra=(key,))
        shape = _with_links(shape, tree)
        writer = writer_of(shape)
        rows = related(self.work, target, writer.fields, key, ids, self._budget)
        linkages = self.follow(shape, writer.fields, rows, tree)
        known = self._texts.setdefault(target.type, {})
        for row, text in zip(rows, writer.write(rows, *linkages), strict=True):
            known.setdefault(row[0], text)
        at = writer.fields.index(key)
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            groups[row[at]].append(row[0])
        start, end = identifier(place, link, "").removesuffix('"}'), '"}'
        between = f"{end},{start}"
        return {id: f"[{start}{between.join(linked)}{end}]" for id, linked in groups.items()}

    def pieces(self, primary: set[Any], card: Resource) -> list[str]:
        """The document's `included`, which they are by comma: without the PRIMARY records of CARD."""
        texts: list[str] = []
        for type, known in self._texts.items():
            texts += (
                known.values()
                if type != card.type
                else [text for id, text in known.items() if id not in primary]
            )
        self._texts.clear()
        pieces = texts or [""]
        pieces[0] = f'"included":[{pieces[0]}'
        pieces[-1] += "]"
        return pieces


def _tree(paths: tuple[str, ...]) -> Tree:
    tree: Tree = {}
    for path in paths:
        node = tree
        for name in path.split("."):
            node = node.setdefault(name, {})
    return tree


def _with_links(shape: Shape, tree: Tree) -> Shape:
    links = [shape.card.link_of[name] for name in tree]
    keys = tuple(link.key for link in links if isinstance(link, ToOne))
    many = tuple(link.name for link in links if not isinstance(link, ToOne))
    return shape._replace(extra=(*shape.extra, *keys), linked=many)


def links_of(asked: Asked, fields: tuple[str, ...], page: Page) -> dict[str, str | None]:
    """The page's links: those that there are (all of prev and next where the profile is applied).

    FIELDS are those that the page's rows hold.
    """
    query = asked.query
    links: dict[str, str | None] = {"self": _self(asked)}
    if query.by_cursor:
        links |= _cursor_links(asked, fields, page)
    else:
        links["first"] = _to(asked, ("page[number]", "1"))
        if page.has_previous:
            links["prev"] = _to(asked, ("page[number]", str(query.number - 1)))
        if page.has_next:
            links["next"] = _to(asked, ("page[number]", str(query.number + 1)))
        if page.total is not None:
            last = max(1, -(-page.total // query.size))
            links["last"] = _to(asked, ("page[number]", str(last)))
    return links


def _cursor_links(asked: Asked, fields: tuple[str, ...], page: Page) -> dict[str, str | None]:
    sort = asked.query.sort
    places = [fields.index(field) for field in cursors.fields_of(sort)]

    def cursor(row: tuple[Any, ...]) -> str:
        return cursors.write(",".join(sort), tuple(row[at] for at in places))

    found: dict[str, str | None] = {"first": _to(asked, ("page[after]", ""))}
    found["prev"] = (
        _to(asked, ("page[before]", cursor(page.rows[0]))) if page.rows and page.has_previous else None
    )
    found["next"] = (
        _to(asked, ("page[after]", cursor(page.rows[-1]))) if page.rows and page.has_next else None
    )
    if asked.is_profiled:
        return found
    return {name: link for name, link in found.items() if link}


def _self(asked: Asked) -> str:
    return asked.address + query_of(asked.params)


def _to(asked: Asked, *params: tuple[str, str]) -> str:
    return asked.address + query_of([*without_page(asked.params), *params])


def meta_of(asked: Asked, total: int) -> str:
    page = f',"page":{{"total":{total}}}' if asked.query.by_cursor else ""
    return f'"meta":{{"count":{total},"total":{total}{page}}}'


def _text(text: str) -> str:
    return msgspec.json.encode(text).decode()


def document(members: list[str]) -> bytes:
    return ("{" + ",".join(members) + "}").encode()


def below(asked: Asked, link: Link, id: str) -> Asked:
    """ASKED, of the records alone that LINK leads to from the record ID."""
    own = Filter(link.key, "eq", (id,))
    return asked._replace(query=replace(asked.query, filters=(*asked.query.filters, own)))
