"""What is a shape, and what is refused as none."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.agreement.dimensions import MOST_COUNTS, MOST_POINTS, shape_of
from workflow.agreement.errors import BadShape
from workflow.agreement.shapes import Box, Mask, Polygon, RotatedBox

BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4.5}
TURNED = BOX | {"type": "rotated_box", "angle": -30}
POLYGON: dict[str, Any] = {"type": "polygon", "points": [[0, 0], [4, 0], [0, 3]]}
MASK: dict[str, Any] = {"type": "mask", "size": [2, 3], "counts": [1, 2, 3]}

NAN, INFINITY = float("nan"), float("inf")
PLAIN = st.sampled_from([None, True, -1, 0, 3, 2.5, 1e300, 10**400, NAN, INFINITY, "", "3"])
JSON = PLAIN | st.lists(PLAIN | st.lists(PLAIN, max_size=3), max_size=4)
MEMBERS = ("x", "y", "width", "height", "angle", "points", "size", "counts")


def test_every_kind_is_read() -> None:
    assert shape_of(BOX) == Box(1, 2, 3, 4.5)
    assert shape_of(TURNED) == RotatedBox(1, 2, 3, 4.5, -30)
    assert shape_of(POLYGON) == Polygon(((0, 0), (4, 0), (0, 3)))
    assert shape_of(MASK) == Mask(2, 3, (1, 2, 3))


def test_members_of_a_tool_are_left_alone() -> None:
    assert shape_of(BOX | {"colour": "red"}) == shape_of(BOX)


@pytest.mark.parametrize(
    ("dimensions", "pointer"),
    [
        (None, ""),
        ([], ""),
        ({}, "/type"),
        ({"type": "point", "x": 1, "y": 2}, "/type"),
        ({"type": ["box"]}, "/type"),
        ({"type": "box"}, "/x"),
        (BOX | {"x": NAN}, "/x"),
        (BOX | {"y": -INFINITY}, "/y"),
        (BOX | {"y": 10**400}, "/y"),
        (BOX | {"x": True}, "/x"),
        (BOX | {"x": "1"}, "/x"),
        (BOX | {"width": -1}, "/width"),
        (BOX | {"height": None}, "/height"),
        (TURNED | {"angle": INFINITY}, "/angle"),
        (POLYGON | {"points": "square"}, "/points"),
        (POLYGON | {"points": [[0, 0], [1, 1]]}, "/points"),
        (POLYGON | {"points": [[0, 0]] * (MOST_POINTS + 1)}, "/points"),
        (POLYGON | {"points": [[0, 0], [1, 1], [2]]}, "/points/2"),
        (POLYGON | {"points": [[0, 0], [1, NAN], [2, 2]]}, "/points/1/1"),
        (MASK | {"size": [6]}, "/size"),
        (MASK | {"size": [0, 3]}, "/size/0"),
        (MASK | {"size": [2, 3.0]}, "/size/1"),
        (MASK | {"counts": "1 2 3"}, "/counts"),  # the compressed form is not read
        (MASK | {"counts": [0] * (MOST_COUNTS + 1)}, "/counts"),
        (MASK | {"counts": [1, 2, 4]}, "/counts"),
        (MASK | {"counts": [1, 2]}, "/counts"),
        (MASK | {"counts": [1, -1, 6]}, "/counts/1"),
        (MASK | {"counts": [1, 2, True]}, "/counts/2"),
    ],
)
def test_what_is_no_shape_is_refused_by_the_member(dimensions: object, pointer: str) -> None:
    with pytest.raises(BadShape) as caught:
        shape_of(dimensions)

    assert caught.value.pointer == pointer


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["box", "rotated_box", "polygon", "mask"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, JSON)),
)
def test_whatever_is_given_is_a_shape_or_refused(kind: str, members: dict[str, Any]) -> None:
    pointer = None
    try:
        shape_of({"type": kind, **members})
    except BadShape as refused:
        pointer = refused.pointer

    assert pointer is None or pointer.split("/")[1] in MEMBERS
