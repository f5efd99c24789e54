"""The label configuration that an export was made under, as far as its labels show it.

An export tells the names of entries and their kinds, and no tree: where each stands is seen in what was
labelled, and so are the options of a choice. A question that nobody answered stands nowhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

import msgspec

from app.formats.bundle import document_in
from app.formats.datagym_entries import Entry, entries_in
from app.formats.datagym_exports import DOCUMENT, Classes, classes_in, elements_of
from app.formats.datagym_labels import labels_of
from app.formats.datagym_schema import DEEPEST
from app.formats.datagym_words import Kind, Refused, is_name
from app.formats.errors import BadDocument
from app.formats.items import Problems
from app.formats.json_stream import decoded

CONFIGURATION = "configuration.json"  # a member of an archive that tells the entries whole
MOST_BYTES = 8 << 20
MOST_NODES = 5_000
MOST_OPTIONS = 2_000  # of one choice
_value = msgspec.json.Decoder(Any)

Json = dict[str, Any]


@dataclass(slots=True)
class _Node:
    """An entry as it was seen: its KIND, the VALUES that answered it, and what stands below it."""

    kind: Kind
    values: dict[str, None] = field(default_factory=dict)
    below: "dict[str, _Node]" = field(default_factory=dict)


def configuration_in(source: BinaryIO) -> Json:
    """The label configuration of SOURCE, an export or an archive with one. Raises FormatError."""
    archive, opened = document_in(source, DOCUMENT)
    member = archive.find(CONFIGURATION) if archive else None
    if archive and member:
        return labels_of(_told(archive.read(member, MOST_BYTES)))
    with opened() as content:
        classes = classes_in(content)
    with opened() as content:
        seen = _Seen(classes)
        for item in elements_of(content, Problems()):
            seen.look_at(item)
    return labels_of(seen.entries(), classes.times)


def _told(content: bytes) -> tuple[Entry, ...]:
    try:
        return entries_in(decoded(content, _value))
    except (ValueError, Refused) as error:
        raise BadDocument("datagym_configuration", f"{CONFIGURATION} is wrong: {error}") from None


class _Seen:
    """What the labels of an export of CLASSES show."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._count = 0
        self._roots: dict[str, _Node] = {}
        self._met: set[str] = set()  # the keys of geometries

    def look_at(self, item: Any) -> None:
        for key, given in _members(item, "global_classifications"):
            self._answer(self._roots, key, given, 1)
        for key, given in _members(item, "labels"):
            self._marks(self._roots, key, given)

    def entries(self) -> tuple[Entry, ...]:
        """The roots. A geometry that nothing was marked by is one."""
        for name, kind in self._classes.geometries.items():
            if name not in self._met:
                self._node(self._roots, name, kind)
        return tuple(_entry(key, node) for key, node in self._roots.items())

    def _marks(self, siblings: dict[str, _Node], key: str, given: Any) -> None:
        for mark in given if isinstance(given, list) else ():
            self._met.add(key)
            said = (one for one in Kind if isinstance(mark, Mapping) and one.value in mark)
            node = self._node(siblings, key, next(said, self._classes.geometries.get(key, Kind.POLYGON)))
            if node is None or not node.kind.is_geometry:
                return
            for inner, below in _members(mark, "classifications"):
                self._answer(node.below, inner, below, 1)
            if siblings is self._roots:
                for inner, below in _members(mark, "nested_geometries"):
                    self._marks(node.below, inner, below)

    def _answer(self, siblings: dict[str, _Node], key: str, given: Any, depth: int) -> None:
        node = self._node(siblings, key, self._classes.questions.get(key, Kind.FREETEXT))
        if node is None or not isinstance(given, list) or depth > DEEPEST:
            return
        for one in given:
            if isinstance(one, str) and node.kind.has_options and len(node.values) < MOST_OPTIONS:
                node.values[one] = None
            for inner, below in one.items() if isinstance(one, Mapping) else ():
                self._answer(node.below, inner, below, depth + 1)

    def _node(self, siblings: dict[str, _Node], key: str, kind: Kind) -> _Node | None:
        """What is known of KEY there; None where it cannot be a name, or there are too many."""
        if key not in siblings:
            if self._count == MOST_NODES or not is_name(key):
                return None
            self._count += 1
            siblings[key] = _Node(kind)
        return siblings[key]


def _members(given: Any, name: str) -> Iterator[tuple[str, Any]]:
    inner = given.get(name) if isinstance(given, Mapping) else None
    yield from inner.items() if isinstance(inner, Mapping) else ()


def _entry(key: str, node: _Node) -> Entry:
    values = [one for one in node.values if is_name(one)]
    kind = Kind.FREETEXT if node.kind.has_options and not values else node.kind
    return Entry(
        key,
        key,
        kind,
        options=tuple((one, one) for one in islice(values, MOST_OPTIONS)) if kind.has_options else (),
        children=tuple(_entry(inner, below) for inner, below in node.below.items()),
    )
