"""Gathers what an import names into one file of lines, an item each: whatever comes after reads that alone.

It needs no database. What cannot be read as a whole fails the import before anything of it is there.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

import msgspec

from app.errors import Malformed
from app.fetching import FetchFailed, Limits
from app.jobs.importing.archives import items_of_archive
from app.jobs.importing.buckets import items_of_bucket
from app.jobs.importing.items import Bad, Content, Item, item_from, item_of_request
from app.jobs.importing.manifests import MOST_BYTES, items_of
from app.jobs.kinds import Watch
from workflow.labels.known import labels_of

_LIMITS = Limits(seconds=600, bytes=MOST_BYTES)
_TOLD = 1000  # items between two looks whether to go on


class Asked(NamedTuple):
    """What is gathered: the import's ARGUMENTS, and the files that they name, as assets know them."""

    arguments: Mapping[str, Any]
    files: tuple[tuple[str, Content, int | None, int | None], ...] = ()  # name, content, width, height
    labels: str = "{}"  # the dataset's label configuration


class Gathered(NamedTuple):
    """The file of lines, by its hash; and how many there are."""

    hash: str
    total: int


_encode = msgspec.json.Encoder().encode


def gather(asked: Asked, watch: Watch) -> Gathered | None:
    """The lines of what is ASKED for; None where the import was stopped. Raises Problem."""
    count = 0
    with watch.sources.blobs.writer() as draft:
        for item in _items(asked, watch):
            draft.write(_encode(item) + b"\n")
            count += 1
            if count % _TOLD == 0 and not watch.go_on():
                return None
    return Gathered(draft.hash, count)


def _items(asked: Asked, watch: Watch) -> Iterable[Item | Bad]:
    arguments = asked.arguments
    given, defaults = arguments["given"], arguments["defaults"]
    match arguments["source"]:
        case "manifest_url":
            return _of_address(given, defaults, watch)
        case "manifest":
            return items_of(watch.sources.blobs.open(asked.files[0][1].hash), defaults)
        case "archive":
            return items_of_archive(
                arguments["format"], asked.files[0][1].hash, defaults, labels_of(asked.labels), watch
            )
        case "items":
            return (item_of_request(one, f"item {n}", defaults) for n, one in enumerate(given))
        case "urls":
            return (item_from({"resource": one}, f"item {n}", defaults) for n, one in enumerate(given))
        case "assets":
            return (_of_file(*one, defaults) for one in asked.files)
    return items_of_bucket(given, defaults, watch)


def _of_address(url: str, defaults: Mapping[str, Any], watch: Watch) -> Iterator[Item | Bad]:
    with tempfile.TemporaryFile() as file:
        fetch(watch, url, file, _LIMITS)
        file.seek(0)
        yield from items_of(file, defaults)


def fetch(watch: Watch, url: str, into: BinaryIO, limits: Limits) -> None:
    """Write what is at URL INTO a file. Raises Malformed, with the fetcher's own code."""
    try:
        answer = watch.sources.fetcher.send("GET", url, limits=limits, redirects=3, sink=into.write)
    except FetchFailed as error:
        raise Malformed(str(error), code=error.code) from None
    if answer.status != 200:
        raise Malformed(f"the answer had the status {answer.status}", code="fetch_failed")


def _of_file(
    name: str, content: Content, width: int | None, height: int | None, defaults: Mapping[str, Any]
) -> Item | Bad:
    item = item_from({"resource": name, "width": width, "height": height}, name, defaults)
    if isinstance(item, Item):
        item.content = content
    return item
