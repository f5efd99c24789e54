"""Items out of a bucket that the operator named: each object is copied, and so its name may be anything.

It knows no store and no record.
"""

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from app import filenames
from app.errors import Fault, Invalid, Malformed, Problem
from app.jobs.importing.items import Bad, Content, Item, item_from
from app.jobs.importing.keeping import keep_item
from app.jobs.importing.manifests import MOST_ITEMS
from app.jobs.kinds import Watch

AT_ONCE = 32  # objects
_TOGETHER = 8  # copies


def items_of_bucket(place: str, defaults: Mapping[str, Any], watch: Watch) -> Iterator[Item | Bad]:
    """The items below PLACE, `photos/2024/`, their contents put. Raises Invalid, Malformed, Unavailable.

    One that cannot be had is told by a Bad, and stops no other; as is a place where nothing lies.
    """
    names = watch.sources.buckets.names(place)
    count = 0
    with ThreadPoolExecutor(_TOGETHER) as pool:
        while some := list(islice(names, AT_ONCE)):
            if not watch.go_on():
                return
            count += len(some)
            if count > MOST_ITEMS:
                detail = f"an import takes at most {MOST_ITEMS} objects: name a longer prefix"
                raise Malformed(detail, code="too_many_items")
            yield from pool.map(partial(_item, defaults, watch), some)
    if count == 0:
        yield Bad(place, "prefix_empty", "nothing lies there")


def _item(defaults: Mapping[str, Any], watch: Watch, name: str) -> Item | Bad:
    shown = name.encode("utf-8", "backslashreplace").decode()
    try:
        for part in name.split("/"):
            filenames.checked(part)
        item = item_from({"resource": name}, shown, defaults)
        return item if isinstance(item, Bad) else _with_content(item, watch, name)
    except Problem as error:
        return Bad(shown[:512], error.code, error.detail)


def _with_content(item: Item, watch: Watch, name: str) -> Item:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "item"
        _copy(watch, name, path)
        kept = keep_item(watch.sources, path)
    item.content = Content(kept.hash, kept.media_type, kept.size)
    if kept.header is not None:
        item.width, item.height = kept.header.width, kept.header.height
    return item


def _copy(watch: Watch, name: str, into: Path) -> None:
    buckets = watch.sources.buckets
    size = 0
    with into.open("wb") as file:
        for piece in buckets.pieces(name):
            size += len(piece)
            if size > buckets.largest:
                raise Invalid(Fault("too_large", f"an object has at most {buckets.largest} bytes"))
            file.write(piece)
