"""A sample's `attributes`, and what our entries keep of them: an address, a content, or several files."""

from typing import Any

import msgspec

from app.declare import Values
from app.errors import Fault, Invalid
from app.json import text_of
from app.web.vendors.files import ENTRIES
from app.web.vendors.segments.addresses import Places, asset_at, picture_name
from app.web.vendors.segments.bodies import Json
from app.work import Work

_PLAIN = {"image": ("url",)}  # of a sample that is one picture
LONGEST = 4096  # characters of an address
MOST_DEPTH = 32


def values_of(work: Work, given: Any, name: str) -> Values:
    """What an entry keeps of the attributes GIVEN of the sample NAME. Raises Invalid."""
    if not isinstance(given, dict):
        raise _invalid("attributes are an object")
    _check_depth(given)
    url = _url_in(given)
    if url is not None and len(url) > LONGEST:
        raise _invalid(f"an address has at most {LONGEST} characters")
    asset = asset_at(work, url) if url else None
    is_plain = (
        list(given) == ["image"] and isinstance(given["image"], dict) and list(given["image"]) == ["url"]
    )
    values: Values = {
        "resource": url or name,
        "media": None if is_plain and url else text_of(given),
        "content_hash": None,
        "media_type": None,
        "width": None,
        "height": None,
    }
    if asset is None or "image" not in given:
        return values
    kept = ("content_hash", "media_type", "width", "height")
    return values | {field: getattr(asset, field) for field in kept}


def attributes_of(places: Places, entry: Any, version: int) -> Json:
    """ENTRY as a sample's attributes. VERSION is that of its dataset's addresses."""
    if entry.media is not None:
        again: Json = places.all_again(msgspec.json.decode(entry.media))
        return again
    is_address = "://" in entry.resource
    if entry.content_hash is None or is_address:
        return {"image": {"url": places.again(entry.resource)}}
    name = picture_name(entry.external_id or entry.resource, entry.media_type)
    return {"image": {"url": places.of(ENTRIES, entry.id, version, name)}}


def _url_in(given: Any) -> str | None:
    """The first address in GIVEN: the picture's, the cloud's, or that of the first frame."""
    waiting = [given]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("url"), str):
                return str(one["url"])
            waiting += reversed(one.values())
        elif isinstance(one, list):
            waiting += reversed(one)
    return None


def _check_depth(given: Json) -> None:
    level: list[Any] = [given]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
    if level:
        raise _invalid(f"they are nested deeper than {MOST_DEPTH} levels")


def _invalid(detail: str) -> Invalid:
    return Invalid(Fault("attribute_invalid", f"attributes: {detail}", "/attributes"))
