"""Where clients without a key find files: addresses below this face, that nobody guesses and that do not end.

An asset's is good as long as the asset is there; those of a dataset's files until its owner revokes them.
"""

from typing import Any
from urllib.parse import urlsplit

from app.addresses import Address, address_in
from app.declare import RESOURCES
from app.errors import NotFound
from app.formats.export import SUFFIXES
from app.operations import rows
from app.web.vendors.files import ALWAYS, ASSETS
from app.work import Work

MOUNT = "/segments"
LAYERS, BITMAPS = "layers", "bitmaps"  # kinds beside those of every face: drawn when they are asked for


class Places:
    """Makes addresses at a HOST: scheme and host of who asks."""

    def __init__(self, work: Work, host: str) -> None:
        self._work = work
        self._base = f"{host}{MOUNT}"

    def of(self, kind: str, id: str, version: int, name: str) -> str:
        return f"{self._base}/{self._work.sources.addresses.path(kind, id, version, name)}"

    def again(self, url: str) -> str:
        """URL; where it is the address of an asset of ours, at this host: they may be kept for years."""
        said = _said(self._work, url)
        return url if said is None else self.of(ASSETS, said.id, ALWAYS, said.name)

    def all_again(self, value: Any) -> Any:
        """VALUE, a sample's attributes, with all its URLs so."""
        if isinstance(value, dict):
            return {
                name: self.again(one) if name == "url" and isinstance(one, str) else self.all_again(one)
                for name, one in value.items()
            }
        return [self.all_again(one) for one in value] if isinstance(value, list) else value


def asset_at(work: Work, url: str) -> Any:
    """The actor's organization's asset whose address URL is; None where it is none."""
    said = _said(work, url)
    found = rows.one(work, RESOURCES["assets"], said.id) if said else None
    if found is None or found.deleted_at is not None:
        return None
    return found if found.organization_id == work.actor.organization_id else None


def _said(work: Work, url: str) -> Address | None:
    """What URL says, where it is the address of an asset, at whatever host it was told."""
    try:
        given = urlsplit(url)
        said = address_in(url, f"{given.scheme}://{given.netloc}")
        if said is None or said.kind != ASSETS:
            return None
        work.sources.addresses.check(said, ALWAYS)
    except (NotFound, ValueError):
        return None
    return said


def picture_name(name: str, media_type: str | None) -> str:
    """NAME as the end of a picture's address: clients go by its suffix."""
    last = name.rstrip("/").rpartition("/")[2].partition("?")[0] or "file"
    suffix = SUFFIXES.get(media_type or "", "")
    if not suffix or last.lower().endswith((suffix, ".jpeg" if suffix == ".jpg" else suffix)):
        return last
    return last + suffix
