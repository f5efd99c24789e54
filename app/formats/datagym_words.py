"""The words that DataGym's own client and server speak, and how they refuse. It must not know a file.

docs/vendors/datagym.md says where they come from, and what each stands for here.
"""

import re
from enum import StrEnum


class Kind(StrEnum):
    """What an entry of a label configuration is; in the order in which an export lists its classes."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"
    IMAGE_SEGMENTATION = "image_segmentation"
    RECTANGLE = "rectangle"
    SELECT = "select"
    CHECKLIST = "checklist"
    FREETEXT = "freetext"

    @property
    def is_geometry(self) -> bool:
        return self in GEOMETRIES

    @property
    def has_options(self) -> bool:
        return self in (Kind.SELECT, Kind.CHECKLIST)


ORDER = {kind: place for place, kind in enumerate(Kind)}
GEOMETRIES = frozenset({Kind.POINT, Kind.LINE, Kind.POLYGON, Kind.IMAGE_SEGMENTATION, Kind.RECTANGLE})
# Of these an export says `geometry_type`; a segmentation is a `classification_type` there.
TOLD_AS_GEOMETRIES = GEOMETRIES - {Kind.IMAGE_SEGMENTATION}

# Names that the documents of imports and exports have themselves: no entry may be called so.
FORBIDDEN = frozenset(
    {
        *("geometry", "geometry_type", "class_name", "classification", "classifications"),
        *("global_classifications", "classification_type", "tag", "status", "label", "labeler"),
        *("label_classes", "reviewer", "image", "imageId", "external_image_ID", "internal_image_ID"),
        *("media", "mediaId", "external_media_ID", "internal_media_ID", "point", "line", "polygon"),
        *("rectangle", "checklist", "freetext", "radio", "select", "lcentrypoint", "lcentryline"),
        *("lcentrypolygon", "lcentryrectangle", "lcentrychecklist", "lcentryfreetext", "lcentryradio"),
        *("lcentryselect", "lcentrypointvalue", "lcentrylinevalue", "lcentrypolygonvalue"),
        *("lcentryrectanglevalue", "lcentrychecklistvalue", "lcentrytextvalue", "lcentryradiovalue"),
        *("lcentryselectvalue", "Dummy_Project", "Dummy_Dataset_One", "Dummy_Dataset_Two"),
        "Intersections",
    }
)


# How far the labels of an item are, in Postil -> the state of its task. What is imported is not begun.
STATES = {
    None: "backlog",
    "prelabeled": "backlog",
    "labeled": "completed",
    "in_review": "completed",
    "rejected": "waiting_changed",
    "skipped": "skipped",
    "reviewed": "reviewed",
    "verified": "reviewed",
}
STATUSES = {"completed": "labeled", "skipped": "skipped", "reviewed_skip": "skipped", "reviewed": "reviewed"}

_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")


class Refused(Exception):
    """What was sent breaks a rule of DataGym: KEY and PARAMS are its own, POINTER (RFC 6901) leads there.

    KEY is without the `ex_` that its client puts before it.
    """

    def __init__(self, key: str, params: tuple[str, ...], pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}" if pointer else detail)
        self.key = key
        self.params = params
        self.pointer = pointer
        self.detail = detail


def escaped(name: str) -> str:
    """NAME as a step of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")[:200]


def is_name(text: str) -> bool:
    """Whether an entry or an option may be called TEXT."""
    return _NAME.fullmatch(text) is not None
