"""From a query string to a Query: names are looked up in the card, values are read and typed.

Raw and percent-encoded brackets are the same. Nothing here becomes SQL.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from app.declare import RESOURCES, Resource
from app.errors import BadQuery
from app.query import MOST_OFFSET, PAGE_SIZE, Cursor, Query
from app.web.jsonapi import cursors
from app.web.jsonapi.filters import filter_of
from app.web.jsonapi.mounts import plain
from app.web.jsonapi.negotiation import CURSOR_PROFILE

Params = list[tuple[str, str | None]]  # name, value; None: no equals sign

_MEMBER = re.compile(r"\[([^\[\]]*)\]")
_FAMILY = re.compile(r"(filter|page|fields)((?:\[[^\[\]]*\])+)")
EVERYTHING = frozenset({"filter", "page", "sort", "count", "fields", "included"})
_INCLUDED = dict.fromkeys(("include", "include[]", "included[]"), "included")
MOST_PARAMS = 1000
MOST_SORTS = 8
MOST_INCLUDES = 8


def split(query: bytes) -> Params:
    """The parameters of a raw query string, decoded. Raises BadQuery."""
    parts = [part for part in query.split(b"&") if part]
    if len(parts) > MOST_PARAMS:
        raise BadQuery(f"more than {MOST_PARAMS} parameters", "filter", code="parameter_too_many")
    params: Params = []
    for part in parts:
        name, equals, value = part.partition(b"=")
        params.append((_text(name), _text(value) if equals else None))
    return params


def _text(encoded: bytes) -> str:
    try:
        text = unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise BadQuery("the query is not UTF-8", _shown(encoded), code="parameter_invalid") from None
    if "\0" in text:
        raise BadQuery("U+0000 is not allowed", _shown(encoded), code="character_not_allowed")
    return text


def _shown(encoded: bytes) -> str:
    return encoded[:64].decode("ascii", "replace")


def taken_out(params: Params, name: str) -> tuple[str | None, Params]:
    """The value of the parameter NAME, and the others. Raises BadQuery where it stands there twice."""
    found = [value or "" for one, value in params if one == name]
    if len(found) > 1:
        raise BadQuery(f"{name} is given twice", name, code="parameter_duplicate")
    return (found[0] if found else None), [pair for pair in params if pair[0] != name]


def flag_taken_out(params: Params, name: str) -> tuple[bool, Params]:
    """Whether PARAMS set NAME, and the others. Raises BadQuery."""
    value, others = taken_out(params, name)
    return value is not None and _truth(name, value), others


WORDS: Mapping[str | None, bool] = {"true": True, "false": False}
FLAGS: Mapping[str | None, bool] = {**WORDS, "1": True, "0": False}


def flag(params: Params, name: str, words: Mapping[str | None, bool] = WORDS) -> bool:
    """Whether PARAMS, which may name nothing else, set NAME by one of WORDS. Raises BadQuery."""
    for given, _ in params:
        if given != name:
            raise BadQuery(f"{given} is no parameter of this endpoint", given, code="parameter_unknown")
    if len(params) > 1:
        raise BadQuery(f"{name} is given twice", name, code="parameter_duplicate")
    return bool(params) and _truth(name, params[0][1], words)


def _truth(name: str, value: str | None, words: Mapping[str | None, bool] = FLAGS) -> bool:
    if value not in words:
        raise BadQuery(f"{name} is true or false", name)
    return words[value]


@dataclass
class _Draft:
    """A query as far as it has been read."""

    card: Resource
    me: str
    filters: dict[str, list[str | None]] = field(default_factory=dict)  # parameter -> values
    page: dict[str, str] = field(default_factory=dict)
    fields: dict[str, frozenset[str]] = field(default_factory=dict)
    sort: tuple[str, ...] | None = None
    count: bool | None = None
    included: dict[str, list[str]] = field(default_factory=dict)  # by the parameter's name


def parse(
    card: Resource,
    params: Params,
    *,
    me: str = "",
    allowed: frozenset[str] = EVERYTHING,
    by_cursor: bool = False,
) -> Query:
    """The query that PARAMS ask of CARD. Raises BadQuery, naming the parameter.

    ALLOWED are the families that the endpoint knows. ME is the caller's account id.
    """
    if not params:
        return _of_nothing(card, by_cursor=by_cursor)
    draft = _Draft(card, me)
    for name, value in params:
        _read(draft, name, value, allowed)
    sort = draft.sort or card.order
    number, size, cursor = _page(card, sort, draft.page)
    return Query(
        filters=tuple(filter_of(card, name, values, me) for name, values in draft.filters.items()),
        sort=sort,
        number=number,
        size=size,
        cursor=cursor,
        by_cursor=(by_cursor and "number" not in draft.page) or bool(draft.page.keys() & {"after", "before"}),
        count=bool(draft.count),
        included=_included(draft.included),
        fields=draft.fields,
    )


@lru_cache(512)
def _of_nothing(card: Resource, *, by_cursor: bool) -> Query:
    """The query of a request without parameters."""
    return Query(sort=card.order, by_cursor=by_cursor)


def _read(draft: _Draft, name: str, value: str | None, allowed: frozenset[str]) -> None:
    found = _FAMILY.fullmatch(name)
    if (own := draft.card.own_filters.get(name)) and own.is_plain and "filter" in allowed:
        draft.filters.setdefault(name, []).append(value)
        return
    family = found[1] if found else _INCLUDED.get(name, name)
    reader = _READERS.get(family)
    if reader is None or family not in allowed:
        raise BadQuery(f"{name} is no parameter of this endpoint", name, code="parameter_unknown")
    reader(draft, name, _MEMBER.findall(found[2]) if found else [], value)


def _read_filter(draft: _Draft, name: str, members: list[str], value: str | None) -> None:
    if not members or not members[0]:
        raise BadQuery(f"{name}: a filter is filter[attribute]", name, code="filter_unknown")
    draft.filters.setdefault(name.removesuffix("[]"), []).append(value)


def _read_page(draft: _Draft, name: str, members: list[str], value: str | None) -> None:
    if len(members) != 1 or members[0] not in ("number", "size", "after", "before"):
        raise BadQuery(
            f"{name}: the page is given by number, size, after, before", name, code="parameter_unknown"
        )
    if members[0] in draft.page:
        raise BadQuery(f"{name} is given twice", name, code="parameter_duplicate")
    draft.page[members[0]] = value or ""


def _names(value: str | None) -> list[str]:
    """The names in a list: of nothing none."""
    return value.split(",") if value else []


def _read_fields(draft: _Draft, name: str, members: list[str], value: str | None) -> None:
    type = plain(members[0]) if members and members[0] else draft.card.type
    card = RESOURCES.get(type)
    if card is None or len(members) > 2 or (len(members) == 2 and members[1]) or (members and not members[0]):
        raise BadQuery(f"{name} names no type", name, code="field_unknown")
    wanted = frozenset(_names(value))
    for one in sorted(wanted):
        if one not in card.attributes and one not in card.link_of:
            raise BadQuery(f"{type} has no field {one}", name, code="field_unknown")
    draft.fields[type] = draft.fields.get(type, frozenset()) | wanted


def _read_sort(draft: _Draft, name: str, members: list[str], value: str | None) -> None:
    if draft.sort is not None:
        raise BadQuery("sort is given twice", name, code="parameter_duplicate")
    names = _names(value)
    if not names or len(names) > MOST_SORTS:
        raise BadQuery(f"sort names 1 to {MOST_SORTS} attributes", name, code="sort_unknown")
    sorts = []
    for one in names:
        attribute = draft.card.attribute(one.removeprefix("-"))
        if attribute is None or not attribute.kind.is_scalar:
            code = "sort_unknown"
            raise BadQuery(f"{draft.card.type} cannot be sorted by {one.removeprefix('-')}", name, code=code)
        sorts.append(("-" if one.startswith("-") else "") + attribute.field)
    draft.sort = tuple(sorts)


def _read_count(draft: _Draft, name: str, members: list[str], value: str | None) -> None:
    if draft.count is not None:
        raise BadQuery("count is given twice", name, code="parameter_duplicate")
    draft.count = _truth(name, value)


def _read_included(draft: _Draft, name: str, members: list[str], value: str | None) -> None:
    paths = _names(value)
    for path in paths:
        if path.count(".") > 1:
            raise BadQuery(f"{path} is deeper than two links", name, code="include_too_deep")
        if path not in draft.card.include_paths:
            raise BadQuery(f"{draft.card.type} cannot include {path}", name, code="include_unknown")
    draft.included.setdefault(name.removesuffix("[]"), []).extend(paths)


_READERS: dict[str, Callable[[_Draft, str, list[str], str | None], None]] = {
    "filter": _read_filter,
    "page": _read_page,
    "fields": _read_fields,
    "sort": _read_sort,
    "count": _read_count,
    "included": _read_included,
}


def _included(given: dict[str, list[str]]) -> tuple[str, ...]:
    ways = [set(paths) for paths in given.values()]
    if len(ways) == 2 and ways[0] != ways[1]:
        detail = "include and included ask for different records: send one of them"
        raise BadQuery(detail, "include", code="parameter_conflict")
    paths = tuple(dict.fromkeys(path for way in given.values() for path in way))
    if len(paths) > MOST_INCLUDES:
        raise BadQuery(f"at most {MOST_INCLUDES} paths are included", "include", code="include_too_large")
    return paths


def _page(card: Resource, sort: tuple[str, ...], page: dict[str, str]) -> tuple[int, int, Cursor | None]:
    size = _whole(page.get("size"), "page[size]", PAGE_SIZE, PAGE_SIZE)
    number = _whole(page.get("number"), "page[number]", 1, 10**9)
    if (number - 1) * size > MOST_OFFSET:
        detail = f"page[number] reaches {MOST_OFFSET} records deep: page by cursor (page[after]) beyond"
        raise BadQuery(detail, "page[number]", code="page_too_deep")
    given = [name for name in ("after", "before") if name in page]
    if len(given) == 2:
        raise BadQuery(
            "a page starts after a cursor or ends before one, not both",
            "page[before]",
            code="range_unsupported",
            about=f"{CURSOR_PROFILE}/range-pagination-not-supported",
        )
    if given and "number" in page:
        detail = "page[number] and a cursor exclude one another"
        raise BadQuery(detail, "page[number]", code="parameter_conflict")
    if not given or (given[0] == "after" and not page["after"]):  # an empty page[after] is the start
        return number, size, None
    name = f"page[{given[0]}]"
    keys = cursors.read(card, sort, page[given[0]], name)
    return number, size, Cursor(keys, is_before=given[0] == "before")


def _whole(text: str | None, name: str, default: int, most: int) -> int:
    if text is None:
        return default
    code = f"{name.replace('[', '_').replace(']', '')}_invalid"
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
    if name == "page[size]" and number > most:
        raise BadQuery(
            f"a page has at most {most} records",
            name,
            code=code,
            meta={"page": {"maxSize": most}},
            about=f"{CURSOR_PROFILE}/max-size-exceeded",
        )
    if not 1 <= number <= most:
        raise BadQuery(f"{name} is a whole number from 1", name, code=code)
    return number


def without_page(params: Params) -> Params:
    """PARAMS but those that say which page it is; its size stays."""
    return [(name, value) for name, value in params if name not in _PLACES]


_PLACES = {"page[number]", "page[after]", "page[before]"}
