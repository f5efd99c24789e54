"""Every format there is, by its name. What one does stands in its own file, of the same name.

That is loaded once it is asked for: numpy and what lays out pictures take a tenth of a second at every start.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, BinaryIO

from app.formats.items import Problem, Reading

ZIP, ZIP_TYPE = ".zip", "application/zip"


@dataclass(frozen=True)
class Format:
    """A format: its NAME, ABOUT it in one sentence, and how it is written and read.

    SUFFIX and MEDIA_TYPE are those of a file without pictures; with pictures every format is a zip archive.
    MODULE is where it stands, if not in a file of its name. IS_ADDRESSED: `write` also takes `places`.

    `write(head, items, out, *, content, tell)` writes what the iterator of `items()` gives to OUT, of which
    only `write` is asked, and returns the problems: what was left out, and why. CONTENT gives the bytes of a
    picture, or is None for an export without pictures; TELL hears how many more items are through.

    `read(source)` gives a Reading, or raises FormatError; SOURCE has to be seekable. None: it is not read.
    """

    name: str
    about: str
    suffix: str = ZIP
    media_type: str = ZIP_TYPE
    module: str = ""
    is_addressed: bool = False

    @property
    def write(self) -> Callable[..., Sequence[Problem]]:
        written: Callable[..., Sequence[Problem]] = self._module.write
        return written

    @property
    def read(self) -> Callable[[BinaryIO], Reading] | None:
        read: Callable[[BinaryIO], Reading] | None = self._module.read
        return read

    @cached_property
    def _module(self) -> Any:
        return import_module(f"app.formats.{self.module or self.name}")

    def file_type(self, with_pictures: bool) -> tuple[str, str]:
        """The suffix and the media type of a file WITH_PICTURES or without."""
        return (ZIP, ZIP_TYPE) if with_pictures else (self.suffix, self.media_type)


_ALL = (
    Format(
        "postil",
        "Postil's own: loses nothing; a line of JSON for each item",
        ".ndjson",
        "application/x-ndjson",
    ),
    Format("coco_instances", "COCO instances: boxes, polygons and masks with classes"),
    Format("coco_panoptic", "COCO panoptic: a picture of ids for each picture, and its segments"),
    Format("coco_keypoints", "COCO keypoints: the joints of skeletons"),
    Format("yolo_detect", "YOLO boxes, with data.yaml"),
    Format("yolo_segment", "YOLO outlines, with data.yaml"),
    Format("voc", "Pascal VOC: boxes, as XML for each picture"),
    Format("csv", "A table with a row for each mark", ".csv", "text/csv"),
    Format("masks_png", "PNG: for each picture one of instances' ids and one of classes"),
    Format("masks_bmp", "BMP: for each picture and class its pixels, white on black"),
    Format("datagym", "DataGym: what its own client exports, as one document", ".json", "application/json"),
    Format("jtheta", "JTheta: one JSON document of labels and images", ".json", "application/json"),
    Format("theos", "Theos JSON: boxes, as JSON for each picture, with classes.json"),
    Format(
        "segments",
        "Segments.ai's release file: samples with labels of any task type",
        ".json",
        "application/json",
        module="segments.files",
        is_addressed=True,
    ),
)
FORMATS: Mapping[str, Format] = {one.name: one for one in _ALL}
