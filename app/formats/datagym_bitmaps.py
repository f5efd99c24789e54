"""The segmentations of one class in a picture, as DataGym's bitmap: 8 bits, white on black."""

from collections.abc import Iterable

import numpy as np

from app.formats.datagym_writing import Writer
from app.formats.items import Mark
from app.formats.pictures import MOST_PIXELS, bmp_of
from app.geometry import BadGeometry, Mask, Polygon, Shape, shape_of
from app.geometry.converting import mask_of
from app.geometry.masks import Pixels, array_of

WHITE = 255
MEDIA_TYPE = "image/bmp"


def bitmap_of(marks: Iterable[Mark], key: str, writer: Writer, width: int, height: int) -> bytes | None:
    """The pixels of those MARKS that are segmentations of the entry KEY; None where there are none.

    The outline of each is filled, and its holes are cut out of it. Raises BadGeometry for a picture that is
    too large.
    """
    if width * height > MOST_PIXELS:
        raise BadGeometry("", f"a picture of more than {MOST_PIXELS} pixels is not laid out")
    found = None
    for shape in _segmentations(marks, key, writer):
        pixels = _pixels(shape, height, width)
        found = pixels if found is None else found | pixels
    return None if found is None else bmp_of(found.astype(np.uint8) * WHITE)


def _segmentations(marks: Iterable[Mark], key: str, writer: Writer) -> Iterable[Shape]:
    for mark in marks:
        label = mark.annotation.get("label")
        entry = writer.entry_of(label) if isinstance(label, str) else None
        told = writer.told([mark]).segmented if (entry.key if entry else label) == key else []
        if told:
            yield shape_of(mark.dimensions)


def _pixels(shape: Shape, height: int, width: int) -> Pixels:
    if not isinstance(shape, Polygon):
        return _laid_out(shape, height, width)
    pixels = _laid_out(Polygon(shape.points), height, width)
    for hole in shape.holes:
        pixels = pixels & ~_laid_out(Polygon(hole), height, width)
    return pixels


def _laid_out(shape: Shape, height: int, width: int) -> Pixels:
    mask = mask_of(shape, height, width)
    assert isinstance(mask, Mask)
    return array_of(mask)
