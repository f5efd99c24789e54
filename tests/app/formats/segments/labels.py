"""What tests of Segments' formats send as labels: real shapes from its API, and any that there may be."""

from typing import Any

from hypothesis import strategies as st

from app.formats.segments.categories import configuration_of
from app.formats.segments.classes import Classes
from app.geometry import Mask
from tests.app.formats.segments.task_attributes import RICH, anything, names, with_extra, words
from workflow.labels.numbering import numbered
from workflow.labels.reading import canonical

CONFIGURATION = numbered({}, canonical(configuration_of(RICH)))
CLASSES = Classes(CONFIGURATION)

XYZ = {"x": 0.0, "y": 0.2, "z": 0.5}
CUBOID: Any = {
    "id": 1,
    "category_id": 1,
    "type": "cuboid",
    "position": XYZ,
    "dimensions": {"x": 1.2, "y": 1, "z": 1},
    "yaw": 0.63,
    "rotation": {"qx": 0, "qy": 0.049, "qz": 0.309, "qw": 0.949},
}
BITMAP: Any = {
    "format_version": "0.1",
    "annotations": [{"id": 1, "category_id": 1}, {"id": 2, "category_id": 2}],
    "segmentation_bitmap": {"url": "https://example.com/label.png"},
}
VECTOR: Any = {
    "format_version": "0.1",
    "annotations": [
        {
            "id": 1,
            "category_id": 1,
            "type": "bbox",
            "points": [[12, 4.5], [20.1, 30]],
            "attributes": {"color": "red", "wheels": 4, "parts": ["roof", "door"], "at": "x", "note": ""},
        },
        {"id": 2, "category_id": 2, "type": "polygon", "points": [[0, 0], [9, 0], [9, 9.25]]},
        {"id": 5, "category_id": 9, "type": "polyline", "points": [[0, 0], [9, 0]], "track_id": 3},
        {"id": 4, "category_id": 1, "type": "point", "points": [[7, 8]]},
    ],
    "links": [{"from_id": 1, "to_id": 2, "attributes": {}}],
    "image_attributes": {"weather": "sunny", "car": True, "other": 1},
}
SEQUENCE: Any = {
    "format_version": "0.2",
    "frames": [
        {
            "timestamp": "00001",
            "format_version": "0.2",
            "annotations": [
                {
                    "id": 1,
                    "category_id": 1,
                    "type": "bbox",
                    "points": [[0, 0], [3, 3]],
                    "track_id": 1,
                    "is_keyframe": True,
                }
            ],
            "image_attributes": {"weather": "rain"},
        },
        {"timestamp": 2, "annotations": []},
        {
            "annotations": [
                {
                    "id": 1,
                    "category_id": 2,
                    "type": "point",
                    "points": [[0.5, 0]],
                    "track_id": 2,
                    "is_keyframe": False,
                }
            ]
        },
    ],
}
BITMAPS: Any = {
    "format_version": "0.2",
    "frames": [
        {
            "annotations": [{"id": 7, "category_id": 1, "track_id": 1, "is_keyframe": True}],
            "segmentation_bitmap": {"url": "https://example.com/1.png"},
            "timestamp": "1",
        },
        {"annotations": [], "segmentation_bitmap": None},
    ],
}
CLOUD: Any = {
    "format_version": "0.1",
    "annotations": [{"id": 3, "category_id": 1}, {"id": 2, "category_id": 2}],
    "point_annotations": [0, 0, 3, 2, 2, 3, 7, 0],
}
CLOUDS: Any = {
    "format_version": "0.2",
    "frames": [
        {
            "annotations": [{"id": 3, "category_id": 1, "track_id": 9, "is_keyframe": True}],
            "point_annotations": [3, 0],
        },
        {"annotations": [], "point_annotations": []},
    ],
}
CUBOIDS: Any = {"annotations": [CUBOID], "links": [{"from_id": 1, "to_id": 2, "attributes": {}}]}
CUBOID_FRAMES: Any = {
    "format_version": "0.2",
    "frames": [{"annotations": [CUBOID | {"track_id": 1, "is_keyframe": True, "type": "cuboid-sync"}]}],
}
SPACE: Any = {
    "annotations": [
        {"id": 1, "category_id": 1, "type": "polygon", "points": [[0, 0, 0], [1, 0, 0.5], [1, 1, 0]]},
        {"id": 2, "category_id": 1, "type": "polyline", "points": [[0, 0, 0], [1, 0, 0.5]]},
        {"id": 3, "category_id": 1, "type": "point", "points": [[0, 0.25, 0]]},
        CUBOID | {"id": 4, "velocity": {"relative": None, "absolute": 1.5}},
    ]
}
SENSORS: Any = {
    "sensors": [
        {"name": "Lidar", "task_type": "pointcloud-cuboid-sequence", "attributes": CUBOID_FRAMES},
        {"name": "Camera", "task_type": "image-vector-sequence", "attributes": SEQUENCE},
        {"name": "Rear", "task_type": "image-vector-sequence", "attributes": []},
    ],
    "links": [],
}
TEXT: Any = {
    "format_version": "0.1",
    "annotations": [{"start": 0, "end": 4, "category_id": 1}, {"start": 14, "end": 19, "category_id": 2}],
}
REAL: list[tuple[str, dict[str, Any]]] = [
    ("segmentation-bitmap", BITMAP),
    ("segmentation-bitmap-highres", BITMAP),
    ("vector", VECTOR),
    ("bboxes", {"annotations": VECTOR["annotations"][:1]}),
    ("keypoints", {"annotations": VECTOR["annotations"][3:], "links": []}),
    ("image-vector-sequence", SEQUENCE),
    ("image-segmentation-sequence", BITMAPS),
    ("pointcloud-segmentation", CLOUD),
    ("pointcloud-segmentation-sequence", CLOUDS),
    ("pointcloud-cuboid", CUBOIDS),
    ("pointcloud-cuboid-sequence", CUBOID_FRAMES),
    ("pointcloud-vector", SPACE),
    ("multisensor-sequence", SENSORS),
    ("text-named-entities", TEXT),
    ("text-span-categorization", TEXT),
    ("", VECTOR),
]

# ---- any label

whole = st.integers(-(2**63), 2**63 - 1)
small = st.integers(1, 9)
coordinates = st.integers(-50, 50) | st.floats(-1e6, 1e6) | st.sampled_from([0.1, 0.2, 0.3, -0.0, 1e9])
places = st.lists(coordinates, min_size=2, max_size=2)
places_3d = st.lists(coordinates, min_size=3, max_size=3)
sides = st.integers(0, 9) | st.floats(0, 99)


def xyz(numbers: Any) -> Any:
    return with_extra({"x": numbers, "y": numbers, "z": numbers}, "x", "y", "z")


OF_ANY: Any = {
    "id": small | whole,
    "category_id": st.sampled_from([1, 2, 9]),
    "attributes": st.none()
    | st.dictionaries(
        st.sampled_from(["color", "wheels", "note", "parts", "parked", "at", "x"]),
        words | anything,
        max_size=4,
    )
    | st.fixed_dictionaries(
        {},
        optional={
            "color": st.sampled_from(["red", "blue"]),
            "wheels": st.integers(0, 9),
            "parts": st.just(["door"]),
        },
    ),
    "track_id": small | whole | st.none(),
    "is_keyframe": st.booleans() | st.none(),
}
KNOWN = ("id", "category_id", "type", "points", "position", "dimensions")
NO_PLACE = ("points", "position")


def annotation(**where: Any) -> Any:
    return with_extra(OF_ANY | where, *KNOWN)


rotations = st.none() | with_extra(
    dict.fromkeys(("qx", "qy", "qz", "qw"), st.floats(-1, 1) | st.integers(-1, 1)), "qx", "qy", "qz", "qw"
)
cuboids = annotation(
    type=st.sampled_from(["cuboid", "cuboid-sync"]),
    position=xyz(coordinates),
    dimensions=xyz(sides),
    yaw=coordinates | st.none(),
    rotation=rotations,
)
vectors = st.one_of(
    annotation(
        type=st.just("bbox"),
        points=st.lists(
            st.lists(coordinates.filter(lambda x: abs(x) < 1e8), min_size=2, max_size=2),
            min_size=2,
            max_size=2,
        ),
    ),
    annotation(
        type=st.sampled_from(["polygon", "polyline"]), points=st.lists(places, min_size=1, max_size=5)
    ),
    annotation(type=st.just("point"), points=st.lists(places, min_size=1, max_size=1)),
)
in_space = cuboids | st.one_of(
    annotation(
        type=st.sampled_from(["polygon", "polyline"]), points=st.lists(places_3d, min_size=1, max_size=5)
    ),
    annotation(type=st.just("point"), points=st.lists(places_3d, min_size=1, max_size=1)),
)
without_place = annotation().map(lambda one: {name: one[name] for name in one if name not in NO_PLACE})
spans = st.tuples(
    with_extra(
        {"category_id": st.sampled_from([1, 2, 9]), "id": small, "attributes": OF_ANY["attributes"]},
        "category_id",
    ),
    st.integers(0, 99),
    st.integers(1, 9),
).map(lambda parts: parts[0] | {"start": parts[1], "end": parts[1] + parts[2]})
bitmaps = st.none() | with_extra({"url": st.sampled_from(["a", "b", "unknown", ""]) | st.none()})
clouds = st.none() | st.lists(st.integers(0, 5) | st.sampled_from([2**32 - 1]), max_size=12)
answers = st.none() | st.dictionaries(
    st.sampled_from(["weather", "car", "other"]), anything | st.just("sunny"), max_size=3
)


def still(ones: Any, **beside: Any) -> Any:
    members = {
        "annotations": st.lists(ones, max_size=4) | st.none(),
        "image_attributes": answers,
        "links": anything,
    }
    found = with_extra(members | {"format_version": st.sampled_from(["0.1", 0.1])} | beside)
    # Of frames there is a test of its own.
    return found.map(lambda one: {name: one[name] for name in one if name != "frames"})


def frames(ones: Any, **beside: Any) -> Any:
    listed = st.lists(still(ones, timestamp=anything, **beside) | st.none() | st.just([]), max_size=4)
    found = with_extra({"frames": listed | st.none(), "format_version": st.just("0.2")})
    whole = found.map(lambda one: {name: one[name] for name in one if name != "annotations"})
    return whole | st.none() | st.just([])


BY_TASK: dict[str, Any] = {
    "segmentation-bitmap": still(without_place, segmentation_bitmap=bitmaps) | st.none(),
    "vector": still(vectors) | st.none(),
    "image-segmentation-sequence": frames(without_place, segmentation_bitmap=bitmaps),
    "image-vector-sequence": frames(vectors),
    "pointcloud-segmentation": still(without_place, point_annotations=clouds),
    "pointcloud-segmentation-sequence": frames(without_place, point_annotations=clouds),
    "pointcloud-cuboid": still(cuboids),
    "pointcloud-vector": still(in_space),
    "pointcloud-vector-sequence": frames(in_space),
    "text-named-entities": still(spans),
    "": anything,
}
_IN_FRAMES = [name for name in BY_TASK if name.endswith("-sequence")]
_sensor = st.sampled_from(_IN_FRAMES).flatmap(
    lambda task: with_extra(
        {"name": names, "task_type": st.just(task), "attributes": BY_TASK[task]}, "name", "task_type"
    )
)
BY_TASK["multisensor-sequence"] = with_extra(
    {"sensors": st.lists(_sensor, max_size=3, unique_by=lambda one: one["name"]), "links": anything},
    "sensors",
)

# What the pictures of ids show, by URL: 4 by 5 pixels.
MASKS: dict[str, list[Mask]] = {
    "a": [Mask(4, 5, (3, 2, 15), 1), Mask(4, 5, (10, 1, 9), 7)],
    "b": [],
    "https://example.com/label.png": [Mask(4, 5, (0, 2, 18), 1), Mask(4, 5, (2, 18), 2)],
    "https://example.com/1.png": [Mask(4, 5, (0, 2, 18), 7)],
}


def masks(url: str) -> list[Mask] | None:
    return MASKS.get(url)
