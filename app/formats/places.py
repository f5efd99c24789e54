"""Where files of an export are got by who has it: for formats that name addresses. It must not know them."""

from typing import Any, Protocol

from app.formats.items import Item


class Places(Protocol):
    """Addresses of what an export's items have. They need no key."""

    def picture(self, item: Item) -> str:
        """Where the picture of ITEM is got, or the item itself, whatever it is."""

    def bitmap(self, item: Item, sensor: str | None, frame: int | None) -> str:
        """Where a picture of ids is got, drawn of the marks of ITEM in that frame of that sensor."""

    def again(self, value: Any) -> Any:
        """VALUE, JSON, in which each `url` that is one of our own addresses is as they are now."""


class Nowhere:
    """Where nobody has said any: the items' own addresses, and names."""

    def picture(self, item: Item) -> str:
        return item.resource

    def bitmap(self, item: Item, sensor: str | None, frame: int | None) -> str:
        parts = (str(part) for part in (item.id, sensor, frame) if part is not None)
        return f"{'-'.join(parts)}.png"

    def again(self, value: Any) -> Any:
        return value
