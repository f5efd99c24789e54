"""Answers as DataGym lists them, `["a", {"note": ["n"]}]`, and as Postil keeps them. It knows no geometry.

In Postil what stands below an answer is asked once that is given. DataGym may answer it all the same: such an
answer is not held.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from app.formats.datagym_entries import Entry, find
from app.formats.datagym_words import Kind, Refused, escaped

LONGEST_TEXT = 10_000  # characters, where the question says no less

Listed = list[Any]  # of texts, null, and objects of what is answered below


# ---- read


def answer_in(entry: Entry, given: Sequence[Any], at: str) -> tuple[Any, bool]:
    """What GIVEN answers to ENTRY, None for nothing; and whether all of it is in that. Raises Refused.

    GIVEN has the form that the schema asks for.
    """
    value = _value(entry, [one for one in given if isinstance(one, str)], at)
    is_asked = value is not None and value is not False
    below: dict[str, Any] = {}
    is_whole = True
    for n, one in enumerate(given):
        for name, listed in one.items() if isinstance(one, Mapping) else ():
            child = _child(entry, name, f"{at}/{n}")
            answer, is_held = answer_in(child, listed, f"{at}/{n}/{escaped(name)}")
            is_whole = is_whole and is_held and (is_asked or answer is None)
            if answer is not None and is_asked:
                below[child.class_id] = answer
    return ({"value": value, "attributes": below} if below else value), is_whole


def _child(entry: Entry, name: str, at: str) -> Entry:
    child = find(entry.classifications, name)
    if child is None:
        detail = f"there is no {name[:100]} below {entry.key}"
        raise Refused("gen_wrong_entry_id", (name[:100],), f"{at}/{escaped(name)}", detail)
    return child


def _value(entry: Entry, texts: list[str], at: str) -> Any:
    if entry.kind is Kind.CHECKLIST:
        chosen = list(dict.fromkeys(texts))
        for one in chosen:
            _check_option(entry, one, at)
        return chosen or None
    if not texts or texts == [""]:
        return None
    if len(texts) > 1:
        detail = f"{entry.key} has one answer, and not {len(texts)}"
        raise Refused("gen_upload_illegal_value", (texts[1][:100], entry.key), at, detail)
    if entry.kind is Kind.SELECT:
        _check_option(entry, texts[0], at)
        return texts[0] == "true" if entry.native == "boolean" else texts[0]
    return _number(entry, texts[0], at) if entry.native == "number" else _text(entry, texts[0], at)


def _check_option(entry: Entry, key: str, at: str) -> None:
    if not any(key == one for one, _ in entry.options):
        raise unfit(entry.kind, at, f"{entry.key} has no option {key[:100]}")


def _text(entry: Entry, text: str, at: str) -> str:
    most = entry.max_length or LONGEST_TEXT
    if len(text) > most:
        raise unfit(entry.kind, at, f"{entry.key} has at most {most} characters")
    return text


def _number(entry: Entry, text: str, at: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise unfit(entry.kind, at, f"{entry.key} is a number")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def unfit(kind: Kind, at: str, detail: str) -> Refused:
    """That a value of KIND is none."""
    return Refused("gen_entry_value_validation", (kind.upper(),), at, detail)


# ---- told


def told_answer(answer: object) -> Listed:
    """ANSWER, any that Postil holds, as a list."""
    value, below = answer, {}
    if isinstance(answer, Mapping):
        value = answer.get("value")
        attributes = answer.get("attributes")
        below = dict(attributes) if isinstance(attributes, Mapping) else {}
    return [*_texts(value), *({name: told_answer(one)} for name, one in below.items())]


def _texts(value: object) -> list[str | None]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)] or [None]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [None if value is None else str(value)]
