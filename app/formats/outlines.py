"""Outlines fitted to formats that hold one ring inside of the picture. It must not know a format."""

from collections.abc import Callable, Sequence

from app.geometry import Polygon

XY = tuple[float, float]
Ring = Sequence[XY]


def one_ring(polygons: Sequence[Polygon]) -> list[XY]:
    """POLYGONS with their holes as one ring: a seam of no width leads to each further ring and back.

    By the even-odd rule it encloses the same: what a seam crosses it crosses twice.
    """
    first, *others = [ring for one in polygons for ring in (one.points, *one.holes)]
    joined = list(first)
    for ring in others:
        joined += [first[0], *ring, ring[0]]
    return joined


def clipped_ring(ring: Ring, width: float, height: float) -> list[XY]:
    """What of RING lies in a picture of WIDTH and HEIGHT; empty where nothing does (Sutherland, Hodgman)."""
    if all(0 <= x <= width and 0 <= y <= height for x, y in ring):
        return list(ring)
    for axis, bound, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        ring = _halved(ring, axis, lambda value, bound=bound, sign=sign: sign * (value - bound), bound)  # type: ignore[misc]
    return list(ring)


def _halved(ring: Ring, axis: int, inside: Callable[[float], float], bound: float) -> list[XY]:
    found: list[XY] = []
    for before, point in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        a, b = inside(before[axis]), inside(point[axis])
        if (a >= 0) != (b >= 0):
            found.append(_at(before, point, axis, bound))
        if b >= 0:
            found.append(point)
    return found


def _at(before: XY, point: XY, axis: int, bound: float) -> XY:
    part = (bound - before[axis]) / (point[axis] - before[axis])
    other = before[1 - axis] + part * (point[1 - axis] - before[1 - axis])
    return (bound, other) if axis == 0 else (other, bound)
