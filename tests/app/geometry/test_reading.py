"""What is a shape and what is refused as none; and that a shape comes back from what is written of it."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.geometry import TYPES, BadGeometry, dimensions_of, shape_of
from app.geometry.shapes import (
    MOST_COUNTS,
    MOST_POINTS,
    Box,
    Mask,
    Moment,
    Polygon,
    RotatedBox,
    Shape,
    TextSpan,
)
from tests.app.geometry.figures import SHAPES
from workflow.agreement import shapes as agreed
from workflow.agreement.dimensions import shape_of as agreed_shape_of
from workflow.agreement.errors import BadShape

NAN, INFINITY = float("nan"), float("inf")
BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4.5}
TURNED = BOX | {"type": "rotated_box", "angle": -30}
POLYGON: dict[str, Any] = {"type": "polygon", "points": [[0, 0], [4, 0], [0, 3]]}
KEYPOINTS: dict[str, Any] = {"type": "keypoints", "points": [[0, 0, 2], [1, 1, 0]]}
MASK: dict[str, Any] = {"type": "mask", "size": [2, 3], "counts": [1, 2, 3]}
CUBOID: dict[str, Any] = {"type": "cuboid", "center": [0, 0, 0], "size": [1, 2, 3]}
LINE_3D: dict[str, Any] = {"type": "polyline_3d", "points": [[0, 0, 0], [1, 1, 1]]}
CLOUD: dict[str, Any] = {"type": "point_set", "size": 6, "counts": [1, 2, 3]}
SPAN: dict[str, Any] = {"type": "text_span", "start": 0, "end": 4}
RING = [[0, 0], [1, 0], [0, 1]]

PLAIN = st.sampled_from(
    [None, True, False, -1, 0, 1, 2, 3, 6, 2.5, 1e300, 10**400, NAN, INFINITY, "", "3", "123", "o\ud800"]
)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
)
NEAR = st.lists(st.tuples(*[st.integers(-1, 3)] * 3).map(list) | st.lists(PLAIN, max_size=4), max_size=4)
MEMBERS = (
    *("x", "y", "width", "height", "angle", "points", "holes", "size", "counts", "instance", "center"),
    *("rotation", "point", "start", "end", "frame", "track", "keyframe"),
)


@settings(deadline=None)
@given(SHAPES | st.builds(TextSpan, st.just(3), st.integers(4, 10**9)))
def test_a_shape_comes_back_from_what_is_written_of_it(shape: Shape) -> None:
    assert shape_of(dimensions_of(shape)) == shape


def test_members_of_a_tool_are_left_alone() -> None:
    assert shape_of(BOX | {"colour": "red"}) == shape_of(BOX)


def test_a_shape_may_have_a_moment() -> None:
    shape = shape_of(BOX | {"frame": 0, "track": "car-4", "keyframe": False})

    assert shape == Box(1, 2, 3, 4.5, Moment(0, "car-4", False))


def test_a_mask_is_read_from_the_compressed_text_too() -> None:
    assert shape_of(MASK | {"counts": "123"}) == shape_of(MASK)


def test_a_cuboid_is_not_turned_unless_it_says_so() -> None:
    assert shape_of(CUBOID) == shape_of(CUBOID | {"rotation": [0, 0, 0, 1]})


@pytest.mark.parametrize(
    ("dimensions", "pointer"),
    [
        (None, ""),
        ([], ""),
        ({}, "/type"),
        ({"type": "circle"}, "/type"),
        ({"type": ["box"]}, "/type"),
        ({"type": "box"}, "/x"),
        (BOX | {"x": NAN}, "/x"),
        (BOX | {"y": -INFINITY}, "/y"),
        (BOX | {"y": 10**400}, "/y"),
        (BOX | {"x": 1e9 + 1}, "/x"),
        (BOX | {"x": True}, "/x"),
        (BOX | {"x": "1"}, "/x"),
        (BOX | {"width": -1}, "/width"),
        (BOX | {"height": None}, "/height"),
        (BOX | {"frame": -1}, "/frame"),
        (BOX | {"frame": 1.0}, "/frame"),
        (BOX | {"frame": None}, "/frame"),
        (BOX | {"track": ""}, "/track"),
        (BOX | {"track": None}, "/track"),
        (BOX | {"track": "x" * 256}, "/track"),
        (BOX | {"keyframe": 1}, "/keyframe"),
        (TURNED | {"angle": INFINITY}, "/angle"),
        (POLYGON | {"points": "square"}, "/points"),
        (POLYGON | {"points": [[0, 0], [1, 1]]}, "/points"),
        (POLYGON | {"points": [[0, 0]] * (MOST_POINTS + 1)}, "/points"),
        (POLYGON | {"points": [[0, 0], [1, 1], [2]]}, "/points/2"),
        (POLYGON | {"points": [[0, 0], [1, NAN], [2, 2]]}, "/points/1/1"),
        (POLYGON | {"points": [[0, 0], [1, 1], [True, 2]]}, "/points/2/0"),
        (POLYGON | {"holes": None}, "/holes"),
        (POLYGON | {"holes": [RING, RING[:2]]}, "/holes/1"),
        (POLYGON | {"holes": [RING, [*RING, ["0", 0]]]}, "/holes/1/3/0"),
        (POLYGON | {"holes": [RING] * (MOST_POINTS // 3)}, "/holes"),
        (POLYGON | {"holes": [[[0, 0]] * (MOST_POINTS - 2)]}, "/holes/0"),
        ({"type": "polyline", "points": [[0, 0]]}, "/points"),
        ({"type": "point", "x": 1}, "/y"),
        (KEYPOINTS | {"points": []}, "/points"),
        (KEYPOINTS | {"points": [[0, 0]]}, "/points/0"),
        (KEYPOINTS | {"points": [[0, 0, 3]]}, "/points/0/2"),
        (KEYPOINTS | {"points": [[0, 0, 2.0]]}, "/points/0/2"),
        (MASK | {"size": [6]}, "/size"),
        (MASK | {"size": [0, 3]}, "/size/0"),
        (MASK | {"size": [2, 3.0]}, "/size/1"),
        (MASK | {"counts": "12"}, "/counts"),
        (MASK | {"counts": "124"}, "/counts"),
        (MASK | {"counts": "7"}, "/counts"),
        (MASK | {"counts": []}, "/counts"),
        (MASK | {"counts": [0] * (MOST_COUNTS + 1)}, "/counts"),
        (MASK | {"counts": [1, 2, 4]}, "/counts"),
        (MASK | {"counts": [1, -1, 6]}, "/counts/1"),
        (MASK | {"counts": [1, 2, True]}, "/counts/2"),
        (MASK | {"counts": [7, 2]}, "/counts/0"),
        (MASK | {"instance": 0}, "/instance"),
        (MASK | {"instance": 2**32}, "/instance"),
        (CUBOID | {"center": [0, 0]}, "/center"),
        (CUBOID | {"size": [1, -2, 3]}, "/size/1"),
        (CUBOID | {"rotation": [0, 0, 0, 0]}, "/rotation"),
        (CUBOID | {"rotation": [0, 0, 1]}, "/rotation"),
        (CUBOID | {"rotation": None}, "/rotation"),
        ({"type": "point_3d", "point": [0, 0, "0"]}, "/point/2"),
        (LINE_3D | {"points": [[0, 0, 0]]}, "/points"),
        (LINE_3D | {"points": [[0, 0, 0], [0, 0]]}, "/points/1"),
        (LINE_3D | {"type": "polygon_3d"}, "/points"),
        (CLOUD | {"size": 7}, "/counts"),
        (CLOUD | {"size": 0}, "/size"),
        (CLOUD | {"counts": "123"}, "/counts"),
        (SPAN | {"start": -1}, "/start"),
        (SPAN | {"end": 0}, "/end"),
        (SPAN | {"start": 4}, "/end"),
    ],
)
def test_what_is_no_shape_is_refused_by_the_member(dimensions: object, pointer: str) -> None:
    with pytest.raises(BadGeometry) as caught:
        shape_of(dimensions)

    assert caught.value.pointer == pointer
    assert caught.value.code == "bad_geometry"
    assert caught.value.detail


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(sorted(TYPES)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, PLAIN | JSON | NEAR)),
)
def test_whatever_is_given_is_a_shape_or_refused(kind: str, members: dict[str, Any]) -> None:
    pointer = None
    try:
        shape_of({"type": kind, **members})
    except BadGeometry as refused:
        pointer = refused.pointer

    assert pointer is None or pointer.split("/")[1] in MEMBERS


@settings(deadline=None)
@given(JSON)
@example({"type": {}})
def test_what_is_not_even_an_object_is_refused_too(given: object) -> None:
    with pytest.raises(BadGeometry):
        shape_of(given)


class Numbers(list[Any]):
    """A list that counts how often it is walked through."""

    walks = 0

    def __iter__(self) -> Any:
        self.walks += 1
        return super().__iter__()


@pytest.mark.parametrize("last", [0, -1, NAN, "1"])
def test_run_lengths_are_walked_through_a_few_times_however_many_they_are(last: object) -> None:
    counts = Numbers([1] * 999 + [last])

    with suppress(BadGeometry):
        shape_of({"type": "mask", "size": [1, 999], "counts": counts})

    assert 1 <= counts.walks <= 6


def test_shapes_are_read_without_numpy() -> None:
    root = Path(__file__).parents[3]

    told = subprocess.run(
        [sys.executable, "-c", "import sys, app.geometry; print('numpy' in sys.modules)"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "False\n"


# ---- what agreement compares is the same here


def as_agreed(shape: Shape) -> agreed.Shape:
    match shape:
        case Box(x, y, width, height):
            return agreed.Box(x, y, width, height)
        case RotatedBox(x, y, width, height, angle):
            return agreed.RotatedBox(x, y, width, height, angle)
        case Polygon(points):
            return agreed.Polygon(points)
        case Mask(height, width, counts):
            return agreed.Mask(height, width, counts)
    raise AssertionError(shape)


@settings(deadline=None)
@given(SHAPES)
def test_agreement_reads_the_same_shape(shape: Shape) -> None:
    dimensions = dimensions_of(shape)

    if isinstance(shape, Box | RotatedBox | Mask | Polygon):
        assert agreed_shape_of(dimensions) == as_agreed(shape)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from([BOX, TURNED, POLYGON, MASK]),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("x", "width", "angle", "points", "size", "counts"), PLAIN | NEAR)
    ),
)
@example(POLYGON, {"points": ((0, 0), (1, 1), (2, 2))})
@example(MASK, {"counts": [0, 6]})
@example(MASK, {"counts": [1, 2, 3, 0, 0]})
def test_agreement_accepts_and_refuses_the_same(whole: dict[str, Any], members: dict[str, Any]) -> None:
    dimensions = whole | members
    if isinstance(dimensions.get("counts"), str):
        dimensions["counts"] = []  # agreement does not read the compressed text

    assert told(shape_of, dimensions) == told(agreed_shape_of, dimensions)


def told(read: Any, dimensions: object) -> object:
    """What READ makes of DIMENSIONS: where it refuses them, or the values of the shape."""
    try:
        shape = read(dimensions)
    except (BadGeometry, BadShape) as refused:
        return refused.pointer, refused.detail
    return as_agreed(shape) if read is shape_of else shape
