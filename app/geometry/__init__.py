"""Shapes in pixels and metres: read from `dimensions`, measured, converted. It imports nothing of ours.

Here stands what needs no numpy. The rest is imported from its file: `converting`, `masks`, `pictures_of_ids`.
"""

from app.geometry.boxes import box_of, clipped
from app.geometry.errors import BadGeometry
from app.geometry.measuring import Bounds, area_of, bounds_of
from app.geometry.reading import TYPES, shape_of
from app.geometry.shapes import (
    Box,
    Cuboid,
    Keypoints,
    Mask,
    Moment,
    Point,
    Point3D,
    PointSet,
    Polygon,
    Polygon3D,
    Polyline,
    Polyline3D,
    RotatedBox,
    Shape,
    TextSpan,
)
from app.geometry.writing import dimensions_of

__all__ = [
    "TYPES",
    "BadGeometry",
    "Bounds",
    "Box",
    "Cuboid",
    "Keypoints",
    "Mask",
    "Moment",
    "Point",
    "Point3D",
    "PointSet",
    "Polygon",
    "Polygon3D",
    "Polyline",
    "Polyline3D",
    "RotatedBox",
    "Shape",
    "TextSpan",
    "area_of",
    "bounds_of",
    "box_of",
    "clipped",
    "dimensions_of",
    "shape_of",
]
