"""Pictures of ids that labels name by their addresses: those of assets are read, no other is fetched."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from app.formats.segments.labels import Masks, no_masks
from app.geometry import Mask
from app.web.vendors.calls import Call
from app.web.vendors.segments.addresses import asset_at
from app.web.vendors.segments.files import in_thread
from app.work import Sources, Work

LARGEST = 16 << 20  # bytes of a picture that is read
MOST = 2000  # pictures of one label: of a sequence each frame has one


async def masks_of(call: Call, attributes: Any) -> Masks:
    """Gives what is in the picture at each of the addresses that ATTRIBUTES, of a label, name."""
    urls = _urls_in(attributes)
    if not urls:
        return no_masks

    def job(work: Work) -> Mapping[str, str]:
        found = {url: asset_at(work, url) for url in urls}
        return {
            url: asset.content_hash
            for url, asset in found.items()
            if asset is not None and asset.media_type == "image/png" and asset.size <= LARGEST
        }

    hashes = await call.read(job)
    sources = call.service.database.sources
    found = await in_thread(call.service, lambda: _read(sources, hashes))
    return lambda url: found.get(url)


def _read(sources: Sources, hashes: Mapping[str, str]) -> dict[str, Sequence[Mask]]:
    by_hash: dict[str, Sequence[Mask] | None] = {}
    for hash in hashes.values():
        if hash not in by_hash:
            by_hash[hash] = _masks_in(sources.blobs.get(hash))
    return {url: masks for url, hash in hashes.items() if (masks := by_hash[hash]) is not None}


def _masks_in(content: bytes) -> Sequence[Mask] | None:
    # Loaded once there is a picture: it brings numpy, which every start would wait for.
    masks_in = import_module("app.formats.segments.bitmaps").masks_in
    try:
        found: Sequence[Mask] = masks_in(content)
    except ValueError:
        return None
    return found


def _urls_in(attributes: Any) -> list[str]:
    """The addresses of the pictures of ids that ATTRIBUTES name, each once."""
    found: dict[str, None] = {}
    waiting = [attributes]
    while waiting and len(found) < MOST:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            picture = one.get("segmentation_bitmap")
            if isinstance(picture, dict) and isinstance(picture.get("url"), str):
                found[picture["url"]] = None
            waiting += [value for name, value in one.items() if name in _HOLDERS]
    return list(found)


_HOLDERS = ("frames", "sensors", "attributes")
