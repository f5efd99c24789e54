"""Pascal VOC: XML for each picture, and a list for each split. docs/formats.md says what is lost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from app.formats.archive_writer import ArchiveWriter, Member
from app.formats.encoding import encoded
from app.formats.export import Content, Export, Items, Placed, Tell
from app.formats.items import Head, Problem, Problems
from app.formats.numbering import names_of
from app.formats.still import Drawn, drawn
from app.formats.voc_reading import DIGITS, FLAGS, PICTURES, read
from app.geometry import Box, Mask, Polygon, RotatedBox, bounds_of

__all__ = ["read", "write"]

HELD = (Box, RotatedBox, Polygon, Mask)
_CONTROLS = {
    one: "\ufffd" for one in (*range(32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)) if one not in (9, 10)
}


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    names = names_of(head.classes)
    splits: dict[str, Member] = {}
    with ArchiveWriter(out) as archive:
        export = Export(archive, content, tell, "")
        for placed in export.placed(items):
            with export.guarded(placed.item):
                document = "".join(_document(placed, names, export.problems)).encode()
                export.put_picture(placed, PICTURES)
                archive.put(f"Annotations/{placed.stem}.xml", [document])
                if placed.folder:
                    name = "val" if placed.folder == "valid" else placed.folder
                    if name not in splits:
                        splits[name] = archive.member(f"ImageSets/Main/{name}.txt")
                    splits[name].write(f"{placed.stem}\n".encode())
        for member in splits.values():
            archive.add(member)
    return export.problems


def _document(placed: Placed, names: Mapping[str, str], problems: Problems) -> Iterator[str]:
    width, height = placed.size
    yield f"<annotation>\n  <folder>{PICTURES}</folder>\n  <filename>{_text(placed.file_name)}</filename>\n"
    yield "  <source><database>Postil</database></source>\n"
    yield f"  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>\n"
    yield "  <segmented>0</segmented>\n"
    for one in drawn(placed.item, HELD, names, problems):
        if bounds_of(one.shape) is None:
            problems.add(placed.item.id, "mark_covered", f"mark {one.mark.id} has no pixel")
            continue
        yield from _object(one, names[one.label])
    yield "</annotation>\n"


def _object(one: Drawn, name: str) -> Iterator[str]:
    given = one.mark.annotation.get("attributes")
    attributes = dict(given) if isinstance(given, dict) else {}
    pose = attributes.pop("pose", "Unspecified")
    yield f"  <object>\n    <name>{_text(name)}</name>\n    <pose>{_text(_said(pose))}</pose>\n"
    for flag in FLAGS:
        if flag in attributes or flag != "occluded":
            yield f"    <{flag}>{int(bool(attributes.pop(flag, False)))}</{flag}>\n"
    yield from _box(one)
    if isinstance(one.shape, Polygon) and not one.shape.holes:
        corners = "".join(
            f"<x{at}>{_figure(x + 1)}</x{at}><y{at}>{_figure(y + 1)}</y{at}>"
            for at, (x, y) in enumerate(one.shape.points, 1)
        )
        yield f"    <polygon>{corners}</polygon>\n"
    if attributes:
        yield "    <attributes>\n"
        for key, value in attributes.items():
            said = f"<name>{_text(key)}</name><value>{_text(_said(value))}</value>"
            yield f"      <attribute>{said}</attribute>\n"
        yield "    </attributes>\n"
    yield "  </object>\n"


def _box(one: Drawn) -> Iterator[str]:
    """The first and the last pixel, both counted from 1: so a box has one pixel at least."""
    bounds = bounds_of(one.shape)
    assert bounds
    left, top = round(bounds.left + 1, DIGITS), round(bounds.top + 1, DIGITS)
    right, bottom = max(left, round(bounds.right, DIGITS)), max(top, round(bounds.bottom, DIGITS))
    sides = {"xmin": left, "ymin": top, "xmax": right, "ymax": bottom}
    told = "".join(f"<{name}>{_figure(value)}</{name}>" for name, value in sides.items())
    yield f"    <bndbox>{told}</bndbox>\n"


def _figure(value: float) -> str:
    return f"{round(value, DIGITS):f}".rstrip("0").rstrip(".") or "0"


def _said(value: Any) -> str:
    return value if isinstance(value, str) else encoded(value).decode()


def _text(text: str) -> str:
    return escape(text.translate(_CONTROLS))
