"""Reads Pascal VOC: boxes, and outlines where a file has them. docs/formats.md says what is lost."""

import posixpath
from array import array
from collections.abc import Iterator, Mapping
from functools import partial
from math import isfinite
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.formats.archives import Archive
from app.formats.errors import BadDocument, FormatError
from app.formats.folders import picture_of
from app.formats.items import Class, PictureRef, Problems, Reading, ReadItem, ReadMark
from app.formats.opened import opened_picture, picture_ref, required_archive
from app.formats.splits import named, split_of
from app.formats.voc_document import MOST_BYTES, Document, document_of
from app.formats.zip_records import Entry
from app.geometry import BadGeometry, shape_of

PICTURES = "JPEGImages"
FLAGS = ("truncated", "difficult", "occluded")
DIGITS = 6  # of a pixel
MOST_CLASSES = 10_000
MOST_NAME = 1_000  # characters of a class's
MOST_POINTS = 10_000
MOST_SPLITS = 20
MOST_LIST = 8 << 20  # bytes of a list of names


def read(source: BinaryIO) -> Reading:
    """What the archive SOURCE says. Raises FormatError."""
    archive, problems = required_archive(source), Problems()
    splits = _splits_in(archive)
    names: dict[str, None] = {}
    for _, document in _documents(archive, Problems()):
        found = (texts.get("name", "") for texts, _ in document.objects)
        names |= {name: None for name in found if 0 < len(name) <= MOST_NAME}
        if len(names) > MOST_CLASSES:
            raise BadDocument("voc_classes", f"its objects have more than {MOST_CLASSES} names")
    classes = tuple(Class(id=name, name=name, number=at) for at, name in enumerate(names))
    items = (_item(archive, entry, one, splits, problems) for entry, one in _documents(archive, problems))
    return Reading(classes, items, problems, partial(opened_picture, archive))


def _documents(archive: Archive, problems: Problems) -> Iterator[tuple[Entry, Document]]:
    found = 0
    for entry in archive.entries():
        if not entry.name.endswith(".xml") or entry.name.startswith("__MACOSX/"):
            continue
        found += 1
        try:
            yield entry, document_of(archive.read(entry, MOST_BYTES))
        except FormatError as error:
            problems.add(entry.name, error.code, error.detail)
    if not found:
        raise BadDocument("voc_documents", "the archive has no XML document")


def _splits_in(archive: Archive) -> dict[str, NDArray[np.int64]]:
    """Split -> the hashes of the stems that its list names: 8 bytes each."""
    found: dict[str, NDArray[np.int64]] = {}
    for entry in archive.entries():
        folder, base = posixpath.split(entry.name)
        stem, suffix = posixpath.splitext(base)
        if (
            f"/{folder}".endswith("/ImageSets/Main")
            and suffix == ".txt"
            and stem != "trainval"
            and len(found) < MOST_SPLITS
        ):
            lines = archive.read(entry, MOST_LIST).splitlines()
            hashes = array("q", (hash(line.strip()) for line in lines if len(line.split()) == 1))
            found[named(stem) or stem] = np.sort(np.asarray(hashes, dtype=np.int64))
    return found


def _item(
    archive: Archive,
    entry: Entry,
    document: Document,
    splits: Mapping[str, NDArray[np.int64]],
    problems: Problems,
) -> ReadItem:
    folder, base = posixpath.split(entry.name)
    stem = base.removesuffix(".xml")
    name = document.texts.get("filename") or stem
    return ReadItem(
        name=name,
        external_id=None,
        split=_split(stem, splits) or split_of(f"{folder}/-"),
        width=_side(document.texts.get("size/width", "")),
        height=_side(document.texts.get("size/height", "")),
        metadata={},
        marks=tuple(_marks(entry, document, problems)),
        picture=_picture(archive, folder, name, stem),
    )


def _marks(entry: Entry, document: Document, problems: Problems) -> Iterator[ReadMark]:
    for number, (texts, attributes) in enumerate(document.objects):
        try:
            yield _mark(texts, attributes)
        except (ValueError, BadGeometry) as error:
            problems.add(entry.name, "object_invalid", f"object {number}: {error}")


def _split(stem: str, splits: Mapping[str, NDArray[np.int64]]) -> str | None:
    wanted = hash(stem.encode())
    for split, hashes in splits.items():
        at = int(np.searchsorted(hashes, wanted))
        if at < len(hashes) and hashes[at] == wanted:
            return split
    return None


def _picture(archive: Archive, folder: str, name: str, stem: str) -> PictureRef | None:
    above = posixpath.dirname(folder)
    folders = [folder, *(posixpath.join(above, one) for one in (PICTURES, "images"))]
    found = picture_ref(archive, *[posixpath.join(one, name) for one in folders])
    for one in folders:
        found = found or picture_of(archive, posixpath.join(one, stem))
    return found


def _mark(texts: Mapping[str, str], attributes: dict[str, str]) -> ReadMark:
    if not 0 < len(texts.get("name", "")) <= MOST_NAME:
        raise ValueError(f"it has no name, or one of more than {MOST_NAME} characters")
    told: dict[str, Any] = dict(attributes)
    told |= {flag: True for flag in FLAGS if texts.get(flag) == "1"}
    if texts.get("pose", "Unspecified") not in ("", "Unspecified"):
        told["pose"] = texts["pose"]
    dimensions = _polygon(texts) or _box(texts)
    shape_of(dimensions)
    annotation: dict[str, Any] = {"label": texts["name"]}
    return ReadMark(dimensions, annotation | ({"attributes": told} if told else {}))


def _box(texts: Mapping[str, str]) -> dict[str, Any]:
    left, top, right, bottom = (
        _number(texts.get(f"bndbox/{one}")) for one in ("xmin", "ymin", "xmax", "ymax")
    )
    sides = left - 1, top - 1, right - left + 1, bottom - top + 1
    return {"type": "box", **dict(zip(("x", "y", "width", "height"), map(_rounded, sides), strict=True))}


def _polygon(texts: Mapping[str, str]) -> dict[str, Any] | None:
    points: list[list[float]] = []
    while (x := texts.get(f"polygon/x{len(points) + 1}")) is not None and len(points) <= MOST_POINTS:
        y = texts.get(f"polygon/y{len(points) + 1}")
        points.append([_rounded(_number(x) - 1), _rounded(_number(y) - 1)])
    return {"type": "polygon", "points": points} if points else None


def _number(text: str | None) -> float:
    number = float(text) if text and len(text) < 40 and text.isascii() and "_" not in text else float("nan")
    if not isfinite(number):
        raise ValueError("a corner is no number")
    return number


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0.0


def _side(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) else None
