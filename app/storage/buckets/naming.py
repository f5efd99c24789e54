"""Which place a name stands for, by a setting of the operator's. Whoever asks never learns where it is."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from app.buckets import unknown
from app.errors import Fault, Invalid
from app.storage.buckets.folders import Folder
from app.storage.buckets.remote import Remote

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9._/-]{0,512}))?")
LONGEST = 4096  # characters of a place


class Place(Protocol):
    """A place by which objects are found. A key is what stands behind the bucket's name."""

    def below(self, prefix: str) -> Iterator[str]:
        """What lies below the folder PREFIX. Raises Unavailable."""

    def pieces(self, key: str) -> Iterator[bytes]:
        """What is at KEY. Raises Unavailable."""


class Named:
    """PLACES by name, of which objects of at most LARGEST bytes are imported."""

    def __init__(self, places: Mapping[str, Place], largest: int) -> None:
        self._places = places
        self.largest = largest

    def check(self, place: str, pointer: str | None = None) -> None:
        """Raise Invalid, with POINTER, where PLACE begins with no bucket's name, or climbs."""
        name, _, rest = place.partition("/")
        parts = rest.removesuffix("/").split("/") if rest else []
        is_odd = any(part in ("", ".", "..") or "\0" in part for part in parts)
        if is_odd or len(place) > LONGEST or not place.isprintable():
            detail = "a prefix is NAME/FOLDER/FOLDER, without . and .. and empty parts"
            raise Invalid(Fault("prefix_invalid", detail, pointer))
        if name not in self._places:
            raise unknown(pointer)

    def names(self, place: str) -> Iterator[str]:
        """The names of all that lies below PLACE."""
        self.check(place)
        name, _, prefix = place.partition("/")
        for key in self._places[name].below(prefix.strip("/")):
            if not any(part.startswith(".") for part in key.split("/")):
                yield f"{name}/{key}"

    def pieces(self, name: str) -> Iterator[bytes]:
        """What the object NAME holds, in pieces."""
        bucket, _, key = name.partition("/")
        return self._places[bucket].pieces(key)


def open_buckets(setting: str, largest: int, environment: Mapping[str, str] = os.environ) -> Named:
    """The buckets that SETTING names, NAME=s3://BUCKET/PREFIX or NAME=/FOLDER by comma.

    Raises ValueError where it cannot be read, or a folder is not there.
    """
    places: dict[str, Place] = {}
    for one in filter(None, (part.strip() for part in setting.split(","))):
        name, _, where = (part.strip() for part in one.partition("="))
        if not _NAME.fullmatch(name) or name in places:
            raise ValueError(f"POSTIL_BUCKETS: {one} begins with no name of its own: say NAME=s3://BUCKET")
        places[name] = _place(name, where, environment)
    return Named(places, largest)


def _place(name: str, where: str, environment: Mapping[str, str]) -> Place:
    if found := _S3.fullmatch(where):
        return Remote(found[1], (found[2] or "").strip("/"), environment)
    folder = Path(where)
    if not folder.is_absolute() or not folder.is_dir():
        raise ValueError(f"POSTIL_BUCKETS: {name} is neither s3://BUCKET/PREFIX nor the path of a folder")
    return Folder(folder)
