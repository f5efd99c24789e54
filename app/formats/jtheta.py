"""JTheta's JSON, in a shape of ours: labels, and images with their annotations. docs/formats.md says more."""

from collections.abc import Sequence
from functools import partial
from typing import Any, BinaryIO

from app.formats.bundle import Frame, write_bundle
from app.formats.encoding import encoded
from app.formats.export import Content, Items, Tell
from app.formats.items import Class, Head, Item, Problem, Problems
from app.formats.jtheta_marks import HELD, annotation_of, answer_of
from app.formats.jtheta_reading import DOCUMENT, FORMAT, VERSION, read
from app.formats.numbering import names_of, ordered
from app.formats.still import drawn

__all__ = ["read", "write"]


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT: as one document, or with pictures as a zip archive."""
    problems = Problems()
    told = partial(_image, {one.id: one for one in head.classes}, names_of(head.classes), problems)
    frame = Frame(_start(head), b",\n", b"\n]}\n")
    for one in write_bundle(DOCUMENT, frame, told, items, out, content, tell):
        problems.add(one.item, one.code, one.detail)
    return problems


def _start(head: Head) -> bytes:
    names = names_of(head.classes)
    labels = []
    for one in ordered(head.classes):
        color = {"color": one.color} if one.color else {}
        whole = {} if one.has_instances else {"has_instances": False}
        labels.append({"label": names[one.id], "class": one.id, **color, **whole})
    about = {"name": head.name, "description": head.description, "created_at": head.created_at}
    start = encoded({"format": FORMAT, "version": VERSION, "dataset": about, "labels": labels})
    return start.removesuffix(b"}") + b',\n"images":[\n'


def _image(
    classes: dict[str, Class], names: dict[str, str], problems: Problems, item: Item, file: str | None
) -> list[bytes]:
    marks = [
        annotation_of(mark, shape, names[label], classes[label])
        for mark, label, shape in drawn(item, HELD, classes, problems, with_answers=True)
    ]
    marks += [one for one in map(answer_of, item.marks) if one is not None]
    image: dict[str, Any] = {"file_name": item.name, "width": item.width, "height": item.height}
    own = {"split": item.split, "external_id": item.external_id, "metadata": item.metadata, "picture": file}
    own["status"] = item.layer_status
    image |= {name: value for name, value in own.items() if value}
    return [encoded(image | {"annotations": marks})]
