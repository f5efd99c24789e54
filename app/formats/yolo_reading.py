"""Reads YOLO data sets: boxes and outlines, in pixels again. docs/formats.md says what is lost."""

import io
import posixpath
from collections.abc import Iterator, Mapping
from functools import partial
from typing import BinaryIO

from app.formats.archives import Archive
from app.formats.csv_rows import rows_in
from app.formats.errors import BadDocument
from app.formats.export import PICTURES
from app.formats.folders import picture_of
from app.formats.items import Class, PictureRef, Problems, Reading, ReadItem, ReadMark
from app.formats.opened import opened_picture, picture_ref, required_archive
from app.formats.pictures import HEADER, size_of
from app.formats.splits import named, split_of
from app.formats.yolo import SIZES
from app.formats.yolo_labels import mark_of
from app.formats.yolo_yaml import MOST_BYTES, Value, yaml_in
from app.formats.zip_records import Entry
from app.geometry import BadGeometry

MOST_LABELS = 8 << 20  # bytes of one file of labels
MOST_MARKS = 20_000


def read(source: BinaryIO) -> Reading:
    """What the archive SOURCE says. Raises FormatError."""
    archive, problems = required_archive(source), Problems()
    entry = _description(archive)
    said = yaml_in(archive.read(entry, MOST_BYTES))
    classes = _classes(said)
    reader = _Reader(archive, posixpath.dirname(entry.name), classes, _splits(said), problems)
    return Reading(tuple(classes), reader.items(), problems, partial(opened_picture, archive))


def _description(archive: Archive) -> Entry:
    found = [
        one for one in archive.entries() if posixpath.basename(one.name) in ("data.yaml", "dataset.yaml")
    ]
    found.sort(key=lambda one: (one.name.count("/"), one.name))
    if not found:
        raise BadDocument("yolo_description", "the archive has no data.yaml")
    return found[0]


def _classes(said: Mapping[str, Value]) -> list[Class]:
    if "kpt_shape" in said:
        raise BadDocument("yolo_keypoints", "data.yaml tells of keypoints, which this format does not read")
    names = said.get("names")
    if isinstance(names, dict):
        if sorted(names, key=lambda one: (len(one), one)) != [str(index) for index in range(len(names))]:
            raise BadDocument("yolo_names", "the names in data.yaml are not numbered 0, 1, 2 without a gap")
        names = [names[str(index)] for index in range(len(names))]
    if not isinstance(names, list) or len(set(names)) != len(names):
        raise BadDocument("yolo_names", "data.yaml has no list of names, or one of them twice")
    return [Class(id=name, name=name, number=index) for index, name in enumerate(names)]


def _splits(said: Mapping[str, Value]) -> dict[str, str | None]:
    """Folder of pictures -> split; a folder that two splits name is of the one that it is called like."""
    found: dict[str, str | None] = {}
    for key, value in said.items():
        for path in [value] if isinstance(value, str) else value if isinstance(value, list) else ():
            folder = posixpath.normpath(path).removeprefix("../")
            if "images" in folder.split("/"):
                found[folder] = split_of(f"{folder}/-") if folder in found else named(key)
    return found | {"images": None}


class _Reader:
    """Goes through one data set below the folder BASE."""

    def __init__(
        self,
        archive: Archive,
        base: str,
        classes: list[Class],
        splits: dict[str, str | None],
        problems: Problems,
    ) -> None:
        self._archive, self._base, self._problems = archive, base, problems
        self._classes, self._splits = classes, splits

    def items(self) -> Iterator[ReadItem]:
        """An item for each picture; or, where there are none, for each line of the list of sizes."""
        if (sizes := self._archive.find(posixpath.join(self._base, SIZES))) is not None:
            yield from self._listed(sizes)
            return
        for entry in self._archive.entries():
            folder, base = posixpath.split(entry.name)
            parts = folder.split("/")
            suffix = posixpath.splitext(base)[1].lower()
            if "images" in parts and suffix in PICTURES and parts[0] != "__MACOSX":
                yield from self._pictured(entry)
            elif "labels" in parts and suffix == ".txt" and not self._has_picture(entry.name):
                self._problems.add(entry.name, "picture_missing", "there is no picture to these labels")

    def _pictured(self, entry: Entry) -> Iterator[ReadItem]:
        try:
            with self._archive.open(entry) as content:
                width, height = size_of(content.read(HEADER))
        except ValueError as error:
            self._problems.add(entry.name, "picture_invalid", str(error))
            return
        yield self._item(entry.name, width, height, PictureRef(entry.name, entry.size))

    def _listed(self, entry: Entry) -> Iterator[ReadItem]:
        with self._archive.open(entry) as content:
            for row in rows_in(content, ("file", "width", "height"), self._problems):
                sides = [
                    int(row[side]) if row[side].isascii() and row[side].isdigit() else 0
                    for side in ("width", "height")
                ]
                if not all(0 < side <= 1_000_000 for side in sides):
                    self._problems.add(row["file"], "size_unknown", f"{SIZES} does not say its size")
                    continue
                name = posixpath.join(self._base, row["file"])
                yield self._item(name, sides[0], sides[1], picture_ref(self._archive, name))

    def _item(self, name: str, width: int, height: int, picture: PictureRef | None) -> ReadItem:
        marks = tuple(self._marks(_labels_of(name), width, height))
        folder, base = posixpath.split(name)
        within = folder.removeprefix(f"{self._base}/")
        split = self._splits[within] if within in self._splits else split_of(f"{folder}/-")
        return ReadItem(base, None, split, width, height, {}, marks, picture)

    def _marks(self, name: str, width: int, height: int) -> Iterator[ReadMark]:
        entry = self._archive.find(name)
        if entry is None:
            return
        try:
            lines = io.BytesIO(self._archive.read(entry, MOST_LABELS))
        except ValueError as error:
            self._problems.add(name, "labels_invalid", str(error))
            return
        for number, line in enumerate(lines, 1):
            if number > MOST_MARKS:
                self._problems.add(name, "too_many_marks", f"it has more than {MOST_MARKS} marks")
                return
            try:
                if line.strip():
                    yield mark_of(line.decode("ascii", "replace").split(), self._classes, width, height)
            except ValueError as error:
                code = error.code if isinstance(error, BadDocument | BadGeometry) else "labels_invalid"
                self._problems.add(name, code, f"line {number}: {error}")

    def _has_picture(self, name: str) -> bool:
        folder, base = posixpath.split(name)
        folder = _replaced(folder, "labels", "images")
        return picture_of(self._archive, f"{folder}/{base.removesuffix('.txt')}") is not None


def _labels_of(name: str) -> str:
    folder, base = posixpath.split(name)
    return f"{_replaced(folder, 'images', 'labels')}/{posixpath.splitext(base)[0]}.txt"


def _replaced(folder: str, old: str, new: str) -> str:
    """FOLDER with NEW in place of its last part that is OLD."""
    before, found, after = f"/{folder}/".rpartition(f"/{old}/")
    return f"{before}/{new}/{after}".strip("/") if found else folder
