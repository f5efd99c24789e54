"""Our corner of `vendor` objects: what only Segments' clients say and read. Others' stay as they are."""

from typing import Any

import msgspec

from app.json import text_of

Json = dict[str, Any]
OURS = "segments"


def corner(kept: str | None) -> Json:
    """What Segments' clients said in KEPT, a record's `vendor` as text."""
    found = _object(kept).get(OURS)
    return found if isinstance(found, dict) else {}


def with_corner(kept: str | None, ours: Json) -> str:
    """KEPT with OURS in place of what was said before."""
    others = {name: value for name, value in _object(kept).items() if name != OURS}
    return text_of(others | ({OURS: ours} if ours else {}))


def changed(kept: str | None, **members: Any) -> str:
    """KEPT with the MEMBERS of our corner set, those that are None taken out."""
    ours = corner(kept) | members
    return with_corner(kept, {name: value for name, value in ours.items() if value is not None})


def _object(kept: str | None) -> Json:
    found = msgspec.json.decode(kept) if kept else {}
    return found if isinstance(found, dict) else {}
