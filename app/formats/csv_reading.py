"""Reads the rows of marks that `csv` writes: items with their marks. What a cell is stands in `csv_rows`."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, groupby
from math import isfinite
from typing import Any, BinaryIO

import msgspec

from app.formats.bundle import document_in
from app.formats.csv_rows import rows_in
from app.formats.errors import BadDocument
from app.formats.items import Class, PictureRef, Problems, Reading, ReadItem, ReadMark
from app.formats.json_stream import decoded
from app.formats.opened import opened_picture, picture_ref

DOCUMENT = "marks.csv"
WHOLE = ("dimensions", "annotation", "metadata")  # columns that hold all of a mark, as JSON
MOST_CLASSES = 10_000
MOST_NAME = 1_000  # characters of a class's
MOST_MARKS = 20_000  # of one item
_object = msgspec.json.Decoder(dict[str, Any])


def read(source: BinaryIO) -> Reading:
    """What SOURCE, rows or an archive, says. Rows of one item stand together. Raises FormatError."""
    archive, opened = document_in(source, DOCUMENT)
    problems = Problems()
    with opened() as content:
        classes = _classes_in(rows_in(content, WHOLE, Problems()))

    def items() -> Iterator[ReadItem]:
        with opened() as content:
            rows = rows_in(content, ("name", *WHOLE), problems)
            for _, group in groupby(rows, lambda row: (row.get("item"), row["name"])):
                if item := _read_item(group, partial(picture_ref, archive), problems):
                    yield item

    return Reading(classes, items(), problems, partial(opened_picture, archive))


def _classes_in(rows: Iterator[Mapping[str, str]]) -> tuple[Class, ...]:
    """The classes that rows name, in the order in which they first appear."""
    found: dict[str, str] = {}
    for row in rows:
        label = row.get("label", "")
        is_drawn = row.get("dimensions", "{}") != "{}"
        if is_drawn and 0 < len(label) <= MOST_NAME and label not in found:
            found[label] = row.get("class", "")[:MOST_NAME] or label
        if len(found) > MOST_CLASSES:
            raise BadDocument("csv_classes", f"it has more than {MOST_CLASSES} labels")
    return tuple(Class(id=label, name=name, number=at) for at, (label, name) in enumerate(found.items()))


def _read_item(
    rows: Iterator[Mapping[str, str]], picture: Callable[[str], PictureRef | None], problems: Problems
) -> ReadItem | None:
    first = next(rows)
    try:
        metadata = decoded((first.get("item_metadata") or "{}").encode(), _object)
        width, height = (_side(first.get(name, "")) for name in ("item_width", "item_height"))
    except ValueError as error:
        problems.add(first["name"], "item_invalid", str(error))
        return None
    return ReadItem(
        name=first["name"],
        external_id=first.get("external_id") or None,
        split=first.get("split") or None,
        width=width,
        height=height,
        metadata=metadata,
        marks=tuple(_read_marks(chain([first], rows), problems)),
        picture=picture(first["picture"]) if first.get("picture") else None,
    )


def _read_marks(rows: Iterator[Mapping[str, str]], problems: Problems) -> Iterator[ReadMark]:
    for number, row in enumerate(rows):
        if number == MOST_MARKS:
            problems.add(row["name"], "too_many_marks", f"it has more than {MOST_MARKS} marks")
            return
        try:
            if row["dimensions"]:
                yield _read_mark(row)
        except ValueError as error:
            problems.add(row["name"], "mark_invalid", str(error))


def _read_mark(row: Mapping[str, str]) -> ReadMark:
    parts = [decoded((row[name] or "{}").encode(), _object) for name in WHOLE]
    score = float(row["score"]) if row.get("score") else None
    if score is not None and not isfinite(score):
        raise ValueError("its score is no number")
    return ReadMark(parts[0], parts[1], parts[2], score)


def _side(given: str) -> int | None:
    if given and not (given.isascii() and given.isdigit() and len(given) < 8):
        raise ValueError("a side is a whole number of pixels")
    return int(given) if given else None
