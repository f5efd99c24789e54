"""Where an export's files are got without a key: paths below the service, which its faces make whole.

What they are made of is told by the record and its dataset (`app.addresses`); whoever serves such a file puts
scheme and host before each `"/segments/files/`, since a job knows neither.
"""

from typing import Any
from urllib.parse import urlsplit

from app.addresses import Address, Addresses, address_in
from app.errors import NotFound
from app.formats.export import SUFFIXES
from app.formats.items import Item

MOUNT = "/segments/"
ASSETS, ENTRIES, BITMAPS = "assets", "entries", "bitmaps"
_ALWAYS = 1  # the version of what is revoked by deleting it


class ExportPlaces:
    """The addresses of files of the export EXPORT_ID, of a dataset whose addresses have VERSION."""

    def __init__(self, addresses: Addresses, export_id: str, version: int) -> None:
        self._addresses = addresses
        self._export_id = export_id
        self._version = version

    def picture(self, item: Item) -> str:
        if item.picture is None or "://" in item.resource:
            return self._again(item.resource)
        return self._path(ENTRIES, item.id, self._version, picture_name(item))

    def bitmap(self, item: Item, sensor: str | None, frame: int | None) -> str:
        return self._path(BITMAPS, self._export_id, self._version, bitmap_name(item.id, sensor, frame))

    def again(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: self._again(one) if name == "url" and isinstance(one, str) else self.again(one)
                for name, one in value.items()
            }
        return [self.again(one) for one in value] if isinstance(value, list) else value

    def _again(self, url: str) -> str:
        said = self._said(url)
        return url if said is None else self._path(ASSETS, said.id, _ALWAYS, said.name)

    def _said(self, url: str) -> Address | None:
        """What URL says, where it is the address of an asset of ours, at whatever host that was told."""
        try:
            given = urlsplit(url)
            said = address_in(url, f"{given.scheme}://{given.netloc}")
            if said is None or said.kind != ASSETS:
                return None
            self._addresses.check(said, _ALWAYS)
        except (NotFound, ValueError):
            return None
        return said

    def _path(self, kind: str, id: str, version: int, name: str) -> str:
        return MOUNT + self._addresses.path(kind, id, version, name)


def picture_name(item: Item) -> str:
    """The end of the address of the picture of ITEM: clients go by its suffix."""
    last = (item.external_id or item.name).rstrip("/").rpartition("/")[2].partition("?")[0] or "file"
    suffix = SUFFIXES.get(item.picture.media_type, "") if item.picture else ""
    is_told = last.lower().endswith((suffix, ".jpeg" if suffix == ".jpg" else suffix))
    return last if is_told else last + suffix


def bitmap_name(item_id: str, sensor: str | None, frame: int | None) -> str:
    """What a picture of ids is called at its address: it says whose, and of which frame of which sensor."""
    told = "" if sensor is None else sensor.encode().hex()
    return f"{item_id}~{told}~{'' if frame is None else frame}.png"
