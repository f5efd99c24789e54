"""Tells whether something is still where it was when it was read. It must not draw anything."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import msgspec

from app.formats.segments.soundness import Json
from app.geometry import Shape

_MOMENT = ("frame", "track", "keyframe", "instance")
_encode = msgspec.json.Encoder(order="sorted").encode


def digest_of_shape(shape: Shape) -> str:
    """A digest of where SHAPE is, whenever that is: 1 and 1.0 are the same place."""
    return blake2b(repr(replace(shape, moment=None)).encode(), digest_size=8).hexdigest()


def digest_of(things: Sequence[tuple[Any, Json]]) -> str:
    """A digest of THINGS: ids, and where each is. Their order does not matter, nor what has no pixels."""
    parts = sorted(
        _encode([id, {name: where[name] for name in where if name not in _MOMENT}])
        for id, where in things
        if where["type"] != "mask" or where["counts"] != [where["size"][0] * where["size"][1]]
    )
    return blake2b(b"\n".join(parts), digest_size=16).hexdigest()
