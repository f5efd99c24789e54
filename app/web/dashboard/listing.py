"""Lists as addresses: a page's query is the API's own, shown as fields, kept in every way that leads on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from app.web.dashboard.visits import Refusal

Pair = tuple[str, str]
_PLACES = ("page[after]", "page[before]", "page[number]")


@dataclass(frozen=True)
class Field:
    """A field of the form: the parameter that it says, and what it is worth now."""

    name: str
    value: str


@dataclass(frozen=True)
class Part:
    """A parameter of the address, and the address without it."""

    name: str
    value: str
    without: str


def address(path: str, pairs: Iterable[Pair]) -> str:
    """PATH with the query, spelt as the API's documents do: filter[status__in]=ready,in_progress."""
    text = urlencode(list(pairs), quote_via=quote, safe="[],:")
    return f"{path}?{text}" if text else path


def kept(pairs: Iterable[Pair], dropped: Sequence[str]) -> list[Pair]:
    """PAIRS without those whose name begins with one that is DROPPED."""
    return [(name, value) for name, value in pairs if not name.startswith(tuple(dropped))]


def placeless(pairs: Iterable[Pair]) -> list[Pair]:
    """PAIRS without what says which page of the list it is."""
    return kept(pairs, _PLACES)


def place(pairs: Iterable[Pair]) -> list[Pair]:
    """Those of PAIRS that say which page of the list it is."""
    return [(name, value) for name, value in pairs if name in _PLACES]


def parts(path: str, pairs: Sequence[Pair]) -> list[Part]:
    """Each of PAIRS, with the way to the list without it."""
    return [
        Part(name, value, address(path, [*pairs[:n], *pairs[n + 1 :]]))
        for n, (name, value) in enumerate(pairs)
    ]


def refused(path: str, pairs: Sequence[Pair], refusal: Refusal | None) -> list[Part]:
    """The parameters that the REFUSAL is about: all of them, where it names none that there is."""
    if refusal is None:
        return []
    found = parts(path, pairs)
    return [part for part in found if part.name == refusal.parameter] or found


def fields(pairs: Sequence[Pair], known: Mapping[str, Sequence[str]]) -> tuple[dict[str, Field], list[Pair]]:
    """The fields of a form by their keys in KNOWN, and the pairs that no field shows.

    KNOWN are the parameters that a field may say: it says the one that the address does, else the first.
    """
    shown: dict[str, Field] = {}
    taken: set[str] = set()
    for key, names in known.items():
        said = next((pair for pair in pairs if pair[0] in names), None)
        is_alone = said is not None and [name for name, _ in pairs].count(said[0]) == 1
        if said and is_alone:
            taken.add(said[0])
        shown[key] = Field(said[0], said[1]) if said and is_alone else Field(names[0], "")
    return shown, [pair for pair in pairs if pair[0] not in taken]


def ways(path: str, pairs: Iterable[Pair], links: Mapping[str, str | None]) -> dict[str, str | None]:
    """The addresses of the pages before and after, by the cursors in the API's LINKS."""
    others = placeless(pairs)
    found: dict[str, str | None] = {}
    for name in ("prev", "next"):
        query = parse_qsl(urlsplit(links.get(name) or "").query, keep_blank_values=True)
        found[name] = address(path, [*others, *at]) if (at := place(query)) else None
    return found
