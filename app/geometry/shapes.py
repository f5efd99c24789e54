"""The shapes, as values. It must not know how they are written, and checks nothing: `reading.shape_of` does.

Pixels; the origin is the upper left corner of the upper left pixel, x to the right, y down. A coordinate is
a point between pixels: the first pixel column lies from x = 0 to x = 1, and its centres at 0.5. What is in
space is in metres.
"""

from dataclasses import dataclass

MOST_POINTS = 10_000  # of one shape, those of its holes included
MOST_COUNTS = 1_000_000  # run lengths
MOST_SIDE = 1_000_000  # pixels of a mask
MOST_IN_CLOUD = 1_000_000_000  # points of a cloud
MOST_INSTANCE = 2**32 - 1
FURTHEST = 1e9  # a coordinate's or a side's size: areas then keep far from what a float can hold

XY = tuple[float, float]
XYZ = tuple[float, float, float]
Ring = tuple[XY, ...]  # a closed outline, its first point not repeated


@dataclass(frozen=True, slots=True)
class Moment:
    """When a shape holds: FRAME counts from 0; TRACK names the same object in all frames.

    KEYFRAME tells a shape that somebody drew from one that was put between two such.
    """

    frame: int | None = None
    track: str | None = None
    keyframe: bool | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class RotatedBox:
    """A rectangle around its centre (X, Y), turned clockwise on the screen by ANGLE degrees."""

    x: float
    y: float
    width: float
    height: float
    angle: float
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Polygon:
    """What POINTS enclose, without HOLES: inside is told by the even-odd rule over all rings together."""

    points: Ring
    holes: tuple[Ring, ...] = ()
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line from point to point, open."""

    points: tuple[XY, ...]
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: float
    y: float
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Keypoints:
    """The joints of a skeleton: x, y and v, which is 0 (not labelled), 1 (but hidden) or 2 (visible)."""

    points: tuple[tuple[float, float, int], ...]
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Mask:
    """Pixels, column by column: COUNTS of off and on in turn, off first, for HEIGHT times WIDTH.

    INSTANCE is the id that it has in a picture of ids.
    """

    height: int
    width: int
    counts: tuple[int, ...]
    instance: int | None = None
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Cuboid:
    """A box in space around CENTER, in metres, turned by the unit quaternion ROTATION (x, y, z, w)."""

    center: XYZ
    size: XYZ
    rotation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Point3D:
    """A place in space."""

    point: XYZ
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Polyline3D:
    """An open line in space."""

    points: tuple[XYZ, ...]
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Polygon3D:
    """A closed line in space; its points need not lie in one plane."""

    points: tuple[XYZ, ...]
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class PointSet:
    """Some of the SIZE points of a cloud, in its own order: COUNTS of off and on in turn, off first."""

    size: int
    counts: tuple[int, ...]
    instance: int | None = None
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Code points of a text, from START up to END, which is not part of it."""

    start: int
    end: int
    moment: Moment | None = None


Shape = (
    Box
    | RotatedBox
    | Polygon
    | Polyline
    | Point
    | Keypoints
    | Mask
    | Cuboid
    | Point3D
    | Polyline3D
    | Polygon3D
    | PointSet
    | TextSpan
)
