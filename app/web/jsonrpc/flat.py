"""Writes records as JSON-RPC results: the id and the attributes side by side."""

from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec

from app.declare import Resource
from app.template import Template, Write, member, object_of


class Flat:
    """Writes the records of CARD. `fields` are what is to be selected."""

    def __init__(self, card: Resource) -> None:
        template = Template(card)
        members = [member("id", '"{id}"'), *(template.attribute(one) for one in card.attributes.values())]
        self._write: Write = template.compiled(object_of([",".join(members) + "{rest}"]), "rest")
        self.fields = template.fields
        self._values_of = itemgetter(*self.fields)

    def of(self, row: tuple[Any, ...], rest: str = "") -> bytes:
        """The record whose `fields` are ROW; REST is the text of further members."""
        return self._write([row], rest)[0].encode()

    def of_record(self, record: Any, meta: Mapping[str, Any] | None = None) -> bytes:
        rest = f',"meta":{msgspec.json.encode(meta).decode()}' if meta else ""
        return self.of(self._values_of(vars(record)), rest)


@lru_cache(256)
def flat_of(card: Resource) -> Flat:
    return Flat(card)
