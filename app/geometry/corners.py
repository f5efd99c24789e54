"""The corners of what has straight sides. It must not check anything, and needs no numpy."""

from math import cos, radians, sin

from app.geometry.shapes import Box, Polygon, Ring, RotatedBox

Outlined = Box | RotatedBox | Polygon


def corners_of(shape: Outlined) -> Ring:
    """The corners of SHAPE in order: of a box clockwise, from what was its upper left one before turning."""
    if isinstance(shape, Polygon):
        return shape.points
    if isinstance(shape, Box):
        right, bottom = shape.x + shape.width, shape.y + shape.height
        return (shape.x, shape.y), (right, shape.y), (right, bottom), (shape.x, bottom)
    turn = radians(shape.angle % 360)
    across = shape.width / 2 * cos(turn), shape.width / 2 * sin(turn)
    down = -shape.height / 2 * sin(turn), shape.height / 2 * cos(turn)
    return tuple(
        [
            (shape.x + i * across[0] + j * down[0], shape.y + i * across[1] + j * down[1])
            for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
    )


def rings_of(shape: Outlined) -> tuple[Ring, ...]:
    """The outline of SHAPE and then its holes."""
    holes = shape.holes if isinstance(shape, Polygon) else ()
    return corners_of(shape), *holes
