"""YOLO data sets: a file of labels for each picture, and data.yaml. What a line says is the caller's.

`<split>/images/x.jpg` goes with `<split>/labels/x.txt`; what has no split lies in `images` and `labels`.
"""

from collections.abc import Callable, Sequence
from typing import BinaryIO

from app.formats.archive_writer import ArchiveWriter
from app.formats.csv_cells import row_of
from app.formats.export import Content, Export, Items, Placed, Tell
from app.formats.items import Head, Problem, Problems
from app.formats.numbering import names_of, ordered
from app.formats.yolo_yaml import yaml_of

DESCRIPTION = "data.yaml"
SIZES = "sizes.csv"  # without pictures nothing else says how many pixels there are
_OTHERS = {"valid": "val"}  # splits that data.yaml calls otherwise

Lines = Callable[[Placed, Problems], list[str]]  # may raise LeftOut


def write_yolo(
    head: Head, items: Items, out: BinaryIO, content: Content | None, tell: Tell, lines: Lines
) -> Sequence[Problem]:
    """Writes what LINES says of each item, and its pictures."""
    folders: dict[str, None] = {}
    with ArchiveWriter(out) as archive:
        sizes = archive.member(SIZES)
        sizes.write(row_of("file", "width", "height"))
        export = Export(archive, content, tell, "")
        for placed in export.placed(items):
            with export.guarded(placed.item):
                folder = f"{placed.folder}/" if placed.folder else ""
                told = lines(placed, export.problems)
                export.put_picture(placed, f"{folder}images")
                archive.put(f"{folder}labels/{placed.stem}.txt", ["".join(told).encode()])
                sizes.write(row_of(f"{folder}images/{placed.file_name}", *map(str, placed.size)))
                folders[placed.folder] = None
        if not export.has_pictures:
            archive.add(sizes)
        names = names_of(head.classes)
        told_names = [names[one.id] for one in ordered(head.classes)]
        archive.put(DESCRIPTION, [yaml_of(told_names, _folders(list(folders))).encode()])
    return export.problems


def _folders(given: list[str]) -> dict[str, list[str]]:
    """What data.yaml says of the folders GIVEN. A trainer asks for train and val: one stands for both."""
    found: dict[str, list[str]] = {"train": [], "val": []}
    for folder in given:
        key = _OTHERS.get(folder, folder) or "train"
        found.setdefault(key, []).append(f"{folder}/images" if folder else "images")
    first = next((paths for paths in found.values() if paths), ["images"])
    return {split: paths or found["train"] or first for split, paths in found.items()}


def line_of(index: int, *values: float) -> str:
    """One line of labels. Twelve digits: so a pixel of the largest picture comes back to a millionth."""
    return " ".join([str(index), *[f"{value:.12g}" for value in values]]) + "\n"
