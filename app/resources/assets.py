"""Assets: files that people and programs brought, by name. The content is kept once, by its hash."""

from typing import Annotated

from sqlalchemy import ColumnElement, Index, false

from app.access import is_actor, scope
from app.attributes import HIDDEN, READ_ONLY, Id, at_most, filter_by
from app.declare import Access, Resource
from app.storage.rows import STRICT, Row, integer, text


class Asset(Row, table=True):
    __tablename__ = "assets"
    __table_args__ = (Index(None, "organization_id", "content_hash"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    account_id: Annotated[Id | None, READ_ONLY] = text("Who brought it.", default=None)
    name: Annotated[str, at_most(255), filter_by("match")] = text("What it is called: a label, never a path.")
    content_hash: Annotated[str, READ_ONLY] = text("SHA-256 of the content, hex: /files/{content_hash}.")
    media_type: Annotated[str, READ_ONLY] = text("What it is, by its content.")
    size: Annotated[int, READ_ONLY] = integer("Bytes.")
    width: Annotated[int | None, READ_ONLY] = integer("Of a picture, in pixels, as shown.", default=None)
    height: Annotated[int | None, READ_ONLY] = integer("The same of its height.", default=None)


def _own() -> ColumnElement[bool]:
    return is_actor(Asset.account_id)


_mine = scope(Asset.organization_id, _own)

ASSETS = Resource(
    Asset,
    type="assets",
    about="A file that somebody brought: as multipart, as the raw body, or by a signed upload.",
    access=Access(read=_mine, create=lambda sight: false(), update=_mine, delete=_mine),
    example={"name": "0001.png"},
    verbs=frozenset({"index", "show", "update", "delete"}),
)
