"""Where on a sample an issue is pinned, as Segments' clients say it.

What they could not read again is refused: one such issue would fail the list of all for them.
"""

from typing import Any

from app.web.vendors.segments.bodies import Json, invalid

_NEEDED: dict[str, tuple[str, ...]] = {
    "basic": (),
    "track": ("trackNumber",),
    "sceneAttribute": ("sceneAttribute",),
    "location": ("location",),
}
_AXES = {"2d": "xy", "3d": "xyz"}
_TYPES: dict[str, type] = {
    "sensor": str,
    "frame": int,
    "trackNumber": int,
    "trackAttribute": str,
    "sceneAttribute": str,
    "location": dict,
}
_OPTIONAL = ("sensor", "frame", "trackAttribute")


def check_anchor(anchor: Json) -> None:
    """Raise Invalid where ANCHOR is none."""
    kind = anchor.get("type")
    if not isinstance(kind, str) or kind not in _NEEDED:
        raise invalid("anchor", f"its type is one of {', '.join(_NEEDED)}")
    for name in (*_NEEDED[kind], *_OPTIONAL):
        value = anchor.get(name)
        if value is None and name in _OPTIONAL:
            continue
        if type(value) is not _TYPES[name]:
            raise invalid("anchor", f"{name} is missing, or of another type than {_TYPES[name].__name__}")
    if kind == "location":
        _check_location(anchor["location"])


def _check_location(location: Json) -> None:
    kind: Any = location.get("type")
    if not isinstance(kind, str) or kind not in _AXES:
        raise invalid("anchor", "the type of its location is 2d or 3d")
    if any(type(location.get(axis)) not in (int, float) for axis in _AXES[kind]):
        raise invalid("anchor", f"its location has the numbers {', '.join(_AXES[kind])}")
