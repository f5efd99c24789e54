"""What has arrived of a request: each file put, or why it is not. It knows no request and no database."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from app.errors import Fault, Invalid
from app.resources import files
from app.resources.assets import Brought
from app.resources.files import Content
from app.web.uploads.spools import Spool
from app.work import Sources


class Arrived(NamedTuple):
    """A file, its DIGEST as it came; without CONTENT it is refused by FAULTS."""

    name: str
    digest: str
    content: Content | None
    faults: tuple[Fault, ...] = ()


def arrived(sources: Sources, spool: Spool, name: Callable[[], str], pointer: str | None = None) -> Arrived:
    """What is in SPOOL, put, under the NAME that is asked for; POINTER says which file it is.

    It waits. What is refused of it is told by it; raises Unavailable.
    """
    told = ""
    try:
        told = name()
        return Arrived(told, spool.digest, files.put(sources, spool.path))
    except Invalid as error:
        at = f"{told!a}: " if told and pointer else ""
        faults = (replace(one, detail=f"{at}{one.detail}", pointer=pointer) for one in error.faults)
        return Arrived(told, spool.digest, None, tuple(faults))


def brought(files: Sequence[Arrived]) -> list[Brought]:
    """What assets are made of. Raises Invalid, with all that is wrong, where one of FILES is refused."""
    faults = [fault for one in files for fault in one.faults]
    if faults:
        raise Invalid(*faults)
    return [Brought(one.name, one.content) for one in files if one.content is not None]


def fingerprint(files: Sequence[Arrived]) -> bytes:
    """What tells FILES from others, however they were sent: a repeated request has another boundary."""
    return b"".join(f"{len(one.name)}:{one.name}{one.digest}".encode() for one in files)
