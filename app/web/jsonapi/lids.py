"""Local ids: the names by which operations of one request speak of records that it makes itself.

https://jsonapi.org/format/1.1/#document-resource-object-identification
"""

from collections.abc import Mapping
from typing import Any

from app.errors import Malformed
from app.web.action_bodies import escaped
from app.web.jsonapi.mounts import plain

Object = Mapping[str, Any]


class Lids:
    """The ids of the records that earlier operations have made, by type and local id.

    It lives as long as one run of a request: a run that lost a race makes other ids.
    """

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}

    def learn(self, type: str, data: Object, id: str) -> None:
        """Remember the ID of the new record of TYPE that DATA describes. Raises Malformed."""
        if "lid" in data:
            new = Lids()
            new._ids[type, data["lid"]] = id
            self.take(new)

    def take(self, new: "Lids") -> None:
        """Remember what NEW does, or nothing of it. Raises Malformed."""
        if self._ids.keys() & new._ids.keys():
            detail = "an operation before this one has given its record the same lid"
            raise Malformed(detail, "/data/lid", code="lid_taken")
        self._ids |= new._ids

    def id_of(self, type: str, lid: str, pointer: str) -> str:
        """The id of the record of TYPE that LID names at POINTER. Raises Malformed."""
        if (type, lid) not in self._ids:
            detail = f"no operation before this one adds a record of {type} with this lid"
            raise Malformed(detail, f"{pointer}/lid", code="lid_unknown")
        return self._ids[type, lid]

    def resolved(self, operation: Object, *, is_new: bool) -> Object:
        """OPERATION with ids in its data for local ids. IS_NEW: the data's own is that of a new record."""
        data = operation.get("data")
        if isinstance(data, list):
            named: Any = [self._named(one, f"/data/{n}") for n, one in enumerate(data)]
        elif isinstance(data, dict):
            named = dict(data if is_new else self._named(data, "/data"))
            if isinstance(links := data.get("relationships"), dict):
                named["relationships"] = {name: self._linked(name, one) for name, one in links.items()}
        else:
            return operation
        return {**operation, "data": named}

    def _linked(self, name: str, relationship: Any) -> Any:
        if not isinstance(relationship, dict) or "data" not in relationship:
            return relationship
        at, data = f"/data/relationships/{escaped(name)}/data", relationship["data"]
        if isinstance(data, list):
            return {**relationship, "data": [self._named(one, f"{at}/{n}") for n, one in enumerate(data)]}
        return {**relationship, "data": self._named(data, at)}

    def _named(self, identifier: Any, pointer: str) -> Any:
        """IDENTIFIER with the id of its local id. What is none is refused by who reads it."""
        if not isinstance(identifier, dict) or "id" in identifier:
            return identifier
        type, lid = identifier.get("type"), identifier.get("lid")
        if not isinstance(type, str) or not isinstance(lid, str):
            return identifier
        return {**identifier, "id": self.id_of(plain(type), lid, pointer)}
