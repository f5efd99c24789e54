"""Every format there is, by its name. What one does stands in its own file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, BinaryIO

from app.formats import (
    coco_instances,
    coco_keypoints,
    coco_panoptic,
    csv,
    masks_bmp,
    masks_png,
    postil,
    voc,
    yolo_detect,
    yolo_segment,
)
from app.formats.items import Problem, Reading

ZIP, ZIP_TYPE = ".zip", "application/zip"


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its NAME, ABOUT it in one sentence, and how it is written and read.

    SUFFIX and MEDIA_TYPE are those of a file without pictures; with pictures every format is a zip archive.

    `write(head, items, out, *, content, tell)` writes what the iterator of `items()` gives to OUT, of which
    only `write` is asked, and returns the problems: what was left out, and why. CONTENT gives the bytes of a
    picture, or is None for an export without pictures; TELL hears how many more items are through.

    `read(source)` gives a Reading, or raises FormatError; SOURCE has to be seekable. None: it is not read.
    """

    name: str
    about: str
    suffix: str
    media_type: str
    write: Callable[..., Sequence[Problem]]
    read: Callable[[BinaryIO], Reading] | None

    def file_type(self, with_pictures: bool) -> tuple[str, str]:
        """The suffix and the media type of a file WITH_PICTURES or without."""
        return (ZIP, ZIP_TYPE) if with_pictures else (self.suffix, self.media_type)


def _format(name: str, of: ModuleType, about: str, suffix: str = ZIP, media_type: str = ZIP_TYPE) -> Format:
    module: Any = of
    return Format(name, about, suffix, media_type, module.write, module.read)


_ALL = (
    _format(
        "postil",
        postil,
        "Postil's own: loses nothing; a line of JSON for each item",
        ".ndjson",
        "application/x-ndjson",
    ),
    _format("coco_instances", coco_instances, "COCO instances: boxes, polygons and masks with classes"),
    _format(
        "coco_panoptic", coco_panoptic, "COCO panoptic: a picture of ids for each picture, and its segments"
    ),
    _format("coco_keypoints", coco_keypoints, "COCO keypoints: the joints of skeletons"),
    _format("yolo_detect", yolo_detect, "YOLO boxes, with data.yaml"),
    _format("yolo_segment", yolo_segment, "YOLO outlines, with data.yaml"),
    _format("voc", voc, "Pascal VOC: boxes, as XML for each picture"),
    _format("csv", csv, "A table with a row for each mark", ".csv", "text/csv"),
    _format("masks_png", masks_png, "PNG: for each picture one of instances' ids and one of classes"),
    _format("masks_bmp", masks_bmp, "BMP: for each picture and class its pixels, white on black"),
)
FORMATS: Mapping[str, Format] = {one.name: one for one in _ALL}
