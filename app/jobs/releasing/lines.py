"""An entry with its annotations as a line of a release.

A line has the words of an import, and of `app.formats.items.Item`: whoever reads either reads it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw, Struct


class _Mark(Struct, omit_defaults=True):
    id: str
    dimensions: Raw
    annotation: Raw
    metadata: Raw
    created_at: str
    created_by: str


class _Picture(Struct):
    hash: str
    media_type: str
    size: int = 0


class _Line(Struct, omit_defaults=True):
    id: str
    name: str
    external_id: str | None
    resource: str
    split: str | None
    width: int | None
    height: int | None
    priority: float
    metadata: Raw
    status: str
    wf_step: str
    layer_status: str | None
    score: float | None
    created_at: str
    picture: _Picture | None
    marks: list[_Mark]
    media: Raw | None = None
    vendor: Raw | None = None
    layer_vendor: Raw | None = None


_encode = msgspec.json.Encoder().encode


class Said(NamedTuple):
    """What a layer says of its entry."""

    layer_id: str
    status: str | None
    score: float | None
    vendor: str = "{}"


NOTHING = Said("", None, None)


def line_of(entry: Any, said: Said, annotations: Sequence[Any], size: int | None) -> bytes:
    """ENTRY with its ANNOTATIONS, and what their layer SAID. SIZE is its file's, where it has one."""
    picture = None
    if entry.content_hash is not None and size is not None:
        picture = _Picture(entry.content_hash, entry.media_type or "", size)
    return _encode(
        _Line(
            entry.id,
            entry.resource.rstrip("/").rpartition("/")[2].partition("?")[0] or entry.resource,
            entry.external_id,
            entry.resource,
            entry.split,
            entry.width,
            entry.height,
            entry.priority,
            Raw(entry.metadata_),
            entry.status,
            entry.wf_step,
            said.status,
            said.score,
            entry.created_at,
            picture,
            [_mark_of(one) for one in annotations],
            _said(entry.media),
            _said(entry.vendor),
            _said(said.vendor),
        )
    )


def _said(text: str | None) -> Raw | None:
    """TEXT, an object, unless it says nothing."""
    return None if text is None or text == "{}" else Raw(text)


def _mark_of(annotation: Any) -> _Mark:
    return _Mark(
        annotation.id,
        Raw(annotation.dimensions),
        Raw(annotation.annotation),
        Raw(annotation.metadata_),
        annotation.created_at,
        annotation.created_by_id,
    )
