"""Resource objects of JSON:API as templates read them: `entry.status`, `entry.one('dataset').name`."""

from collections.abc import Mapping
from typing import Any

Included = Mapping[tuple[str, str], Any]


class Record:
    """A resource object; its attributes are this object's. INCLUDED are the objects that came along."""

    def __init__(self, told: Mapping[str, Any], included: Included | None = None) -> None:
        self.id: str = told["id"]
        self.type: str = told["type"]
        self.attributes: Mapping[str, Any] = told.get("attributes", {})
        self.meta: Mapping[str, Any] = told.get("meta", {})
        self._relationships: Mapping[str, Any] = told.get("relationships", {})
        self._included = included or {}

    def __getattr__(self, name: str) -> Any:
        try:
            return self.attributes[name]
        except KeyError:
            raise AttributeError(name) from None

    def one(self, name: str) -> "Record | None":
        """The record that the relationship leads to, where it came along."""
        found = self._included.get(_key((self._relationships.get(name) or {}).get("data")))
        return Record(found, self._included) if found else None

    def many(self, name: str) -> "list[Record]":
        """The records that the relationship leads to, those that came along."""
        listed = (self._relationships.get(name) or {}).get("data") or []
        found = (self._included.get(_key(one)) for one in listed)
        return [Record(one, self._included) for one in found if one]


def _key(identifier: Any) -> tuple[str, str]:
    return (identifier["type"], identifier["id"]) if identifier else ("", "")
