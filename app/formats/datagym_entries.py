"""A label configuration as DataGym has it: a tree of entries, read from JSON and checked, and told as JSON.

It must not know how Postil declares the same (`datagym_labels`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.formats.datagym_words import FORBIDDEN, Kind, Refused

LAST_LEVEL = 4
LAST_OF_GEOMETRIES = 2  # a level
MOST_ENTRIES = 5_000
LONGEST_VALUE = 255  # characters
LONGEST_TEXT = 255
_KEY = re.compile(r"[a-zA-Z0-9_ -]{1,56}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. KEY is unique in the tree of its root, VALUE is what people see.

    TAKES are the geometries that mark it, KIND first; for entries of DataGym it is KIND alone. CLASS_ID is
    the id of the class or of the question that it is in Postil. NATIVE is the type of a question that
    DataGym has no word for: its answers are told as texts.
    """

    key: str
    value: str
    kind: Kind
    color: str | None = None
    shortcut: str | None = None
    required: bool = False
    max_length: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    children: "tuple[Entry, ...]" = ()
    class_id: str = ""
    takes: tuple[Kind, ...] = ()
    native: str | None = None

    @property
    def geometries(self) -> "tuple[Entry, ...]":
        """The geometries that are nested in it."""
        return tuple(one for one in self.children if one.kind.is_geometry)

    @property
    def classifications(self) -> "tuple[Entry, ...]":
        """What is asked about it, or below its answer."""
        return tuple(one for one in self.children if not one.kind.is_geometry)


def find(entries: Sequence[Entry], key: str) -> Entry | None:
    """The entry of KEY; where none has it, the one that differs by upper and lower case alone.

    DataGym keeps keys in lower case, so its users may write either.
    """
    exact = next((one for one in entries if one.key == key), None)
    alike = [one for one in entries if one.key.lower() == key.lower()]
    return exact or (alike[0] if len(alike) == 1 else None)


def walk(entries: Sequence[Entry]) -> Iterator[Entry]:
    """ENTRIES and all below them, each before its children."""
    for one in entries:
        yield one
        yield from walk(one.children)


# ---- read


def entries_in(given: object) -> tuple[Entry, ...]:
    """The entries GIVEN, a list of roots. Raises Refused at the first that breaks a rule."""
    if not isinstance(given, list):
        raise _invalid("", "a label configuration is a list of entries")
    reader = _Reader()
    roots = []
    for n, one in enumerate(given):
        reader.keys = set()
        roots.append(reader.entry(one, f"/{n}", 1, None))
    return tuple(roots)


class _Reader:
    """Reads trees of entries one after the other. KEYS are those of the tree at hand."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self._roots: set[str] = set()
        self._shortcuts: set[str] = set()
        self._count = 0

    def entry(self, given: object, at: str, level: int, above: Kind | None) -> Entry:
        if not isinstance(given, Mapping):
            raise _invalid(at, "an entry is an object")
        self._count += 1
        if self._count > MOST_ENTRIES:
            raise _invalid(at, f"there are at most {MOST_ENTRIES} entries")
        if level > LAST_LEVEL:
            raise Refused("gen_config_depth", (), at, f"entries are nested at most {LAST_LEVEL} levels deep")
        key, kind = self._key(given, at, level), _kind(given, at)
        _check_place(kind, above, at, level)
        children = given.get("children")
        if children is not None and not isinstance(children, list):
            raise _invalid(f"{at}/children", "children are a list of entries")
        below = f"{at}/children"
        return Entry(
            key,
            _value(given, at),
            kind,
            color=_color(given) if kind.is_geometry else None,
            shortcut=self._shortcut(given, at) if kind.is_geometry else None,
            required=_required(given, at) and not kind.is_geometry,
            max_length=_max_length(given, at) if kind is Kind.FREETEXT else None,
            options=_options(given, at, kind) if kind.has_options else (),
            children=tuple(
                self.entry(one, f"{below}/{n}", level + 1, kind) for n, one in enumerate(children or ())
            ),
        )

    def _key(self, given: Mapping[str, Any], at: str, level: int) -> str:
        key = given.get("entryKey")
        if not (isinstance(key, str) and _KEY.fullmatch(key)):
            detail = "entryKey has 1 to 56 letters, digits, spaces, _ and -"
            raise _invalid(f"{at}/entryKey", detail)
        if key in FORBIDDEN:
            raise Refused("gen_forbidden_keyword", (key,), f"{at}/entryKey", f"no entry may be called {key}")
        is_twice = key in self.keys or (level == 1 and key in self._roots)
        if is_twice:
            detail = f"another entry of this tree, or another root, has the key {key}"
            raise Refused("alreadyexists", ("Label entry", "entryKey:", key), f"{at}/entryKey", detail)
        self.keys.add(key)
        if level == 1:
            self._roots.add(key)
        return key

    def _shortcut(self, given: Mapping[str, Any], at: str) -> str | None:
        shortcut = given.get("shortcut")
        if shortcut is None:
            return None
        digit = str(shortcut) if type(shortcut) is int else shortcut
        if not (isinstance(digit, str) and len(digit) == 1 and digit in "0123456789"):
            raise _invalid(f"{at}/shortcut", "shortcut is a digit, 0 to 9")
        if digit in self._shortcuts:
            params = ("Shortcut", "value:", digit)
            raise Refused("alreadyexists", params, f"{at}/shortcut", f"{digit} is another entry's shortcut")
        self._shortcuts.add(digit)
        return digit


def _invalid(at: str, detail: str) -> Refused:
    return Refused("validation", (), at, detail)


def _kind(given: Mapping[str, Any], at: str) -> Kind:
    word = given.get("type")
    if isinstance(word, str) and word.lower() in set(Kind):
        return Kind(word.lower())
    detail = f"type is one of {', '.join(Kind)}"
    raise Refused("gen_entry_type_not_found", ("entry type",), f"{at}/type", detail)


def _check_place(kind: Kind, above: Kind | None, at: str, level: int) -> None:
    is_below_an_answer = above is not None and not above.is_geometry
    if kind.is_geometry and (level > LAST_OF_GEOMETRIES or is_below_an_answer):
        detail = "a geometry is a root, or stands directly in a geometry that is one"
        raise Refused("gen_geometry_definition_incorrect", (kind.value,), f"{at}/type", detail)


def _value(given: Mapping[str, Any], at: str) -> str:
    value = given.get("entryValue")
    if isinstance(value, str) and 1 <= len(value) <= LONGEST_VALUE and not _CONTROL.search(value):
        return value
    raise _invalid(f"{at}/entryValue", f"entryValue has 1 to {LONGEST_VALUE} characters")


def _color(given: Mapping[str, Any]) -> str | None:
    """What is no colour in figures is no reason to refuse the rest: the entry gets one of its own."""
    color = given.get("color")
    return color if isinstance(color, str) and _COLOR.fullmatch(color) else None


def _required(given: Mapping[str, Any], at: str) -> bool:
    required = given.get("required")
    if required is not None and not isinstance(required, bool):
        raise _invalid(f"{at}/required", "required is true or false")
    return bool(required)


def _max_length(given: Mapping[str, Any], at: str) -> int:
    length = given.get("maxLength")
    if length is None:
        detail = "a freetext says its maxLength"
        raise Refused("gen_entry_classification_incorrect", (Kind.FREETEXT.upper(),), at, detail)
    if type(length) is not int or not 1 <= length <= LONGEST_TEXT:
        raise _invalid(f"{at}/maxLength", f"maxLength is from 1 to {LONGEST_TEXT}")
    return length


def _options(given: Mapping[str, Any], at: str, kind: Kind) -> tuple[tuple[str, str], ...]:
    options = given.get("options")
    if not isinstance(options, Mapping) or not options:
        detail = f"a {kind} has options: an object of what each is called, by its key"
        raise Refused("gen_entry_classification_incorrect", (kind.upper(),), f"{at}/options", detail)
    for key, name in options.items():
        if not (_is_name(key, 128) and _is_name(name, LONGEST_VALUE)):
            raise _invalid(f"{at}/options", "keys of options have 1 to 128 characters, their texts 1 to 255")
    return tuple(options.items())


def _is_name(value: object, most: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= most and not _CONTROL.search(value)


# ---- told

IdOf = Callable[[str], str]  # of an entry, by the keys that lead to it


def told(entries: Sequence[Entry], id_of: IdOf, changed_at: int) -> list[dict[str, Any]]:
    """ENTRIES as a GET answers them: types in upper case, with ids. CHANGED_AT is in milliseconds."""
    return [_told(one, "", None, id_of, changed_at) for one in entries]


def _told(one: Entry, above: str, parent_id: str | None, id_of: IdOf, changed_at: int) -> dict[str, Any]:
    path = f"{above}/{one.key}"
    own_id = id_of(path)
    is_text = one.kind is Kind.FREETEXT
    return {
        "id": own_id,
        "lcEntryParentId": parent_id,
        "entryKey": one.key,
        "entryValue": one.value,
        "type": one.kind.upper(),
        "color": one.color,
        "shortcut": one.shortcut,
        "timestamp": changed_at,
        "maxLength": min(one.max_length or LONGEST_TEXT, LONGEST_TEXT) if is_text else None,
        "required": one.required,
        "options": dict(one.options),
        "children": [_told(child, path, own_id, id_of, changed_at) for child in one.children],
    }
