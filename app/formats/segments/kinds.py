"""What a dataset's task type says about its labels. It must not know what stands in them."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """How annotations say where something is."""

    BITMAP = "a picture of ids beside them"
    CLOUD = "an id for each point of a cloud beside them"
    VECTOR = "places in a picture"
    SPACE = "places in space"
    TEXT = "places in a text"


class Task(NamedTuple):
    """What labels of a task type are: of one KIND, and IN_FRAMES or not."""

    kind: Kind
    in_frames: bool


class Place(NamedTuple):
    """Where in a label a list of annotations stands: None for a label without sensors, without frames."""

    sensor: str | None = None
    frame: int | None = None


TASKS: Mapping[str, Task] = {
    "segmentation-bitmap": Task(Kind.BITMAP, False),
    "segmentation-bitmap-highres": Task(Kind.BITMAP, False),
    "image-segmentation-sequence": Task(Kind.BITMAP, True),
    "vector": Task(Kind.VECTOR, False),
    "bboxes": Task(Kind.VECTOR, False),
    "keypoints": Task(Kind.VECTOR, False),
    "image-vector-sequence": Task(Kind.VECTOR, True),
    "pointcloud-segmentation": Task(Kind.CLOUD, False),
    "pointcloud-segmentation-sequence": Task(Kind.CLOUD, True),
    "pointcloud-cuboid": Task(Kind.SPACE, False),
    "pointcloud-cuboid-sequence": Task(Kind.SPACE, True),
    "pointcloud-vector": Task(Kind.SPACE, False),
    "pointcloud-vector-sequence": Task(Kind.SPACE, True),
    "text-named-entities": Task(Kind.TEXT, False),
    "text-span-categorization": Task(Kind.TEXT, False),
}
MULTISENSOR = "multisensor-sequence"
HELD: Mapping[Kind, frozenset[str]] = {  # types of dimensions that a label of the kind can tell
    Kind.BITMAP: frozenset({"mask", "polygon", "box", "rotated_box"}),
    Kind.CLOUD: frozenset({"point_set"}),
    Kind.VECTOR: frozenset({"box", "rotated_box", "polygon", "polyline", "point", "keypoints", "mask"}),
    Kind.SPACE: frozenset({"cuboid", "point_3d", "polyline_3d", "polygon_3d"}),
    Kind.TEXT: frozenset({"text_span"}),
}
MOST_ANNOTATIONS = 100_000  # of one label
MOST_FRAMES = 20_000
LAST_COLOUR = 2**24 - 1  # the highest id that a picture of ids holds
LAST_INSTANCE = 2**32 - 1
