"""Assets: files that people and programs brought, by name. The content is kept once, by its hash."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from sqlalchemy import ColumnElement, Index, false

from app import filenames
from app.access import is_actor, scope
from app.attributes import HIDDEN, READ_ONLY, Id, at_most, filter_by
from app.declare import Access, Meta, Resource, Values
from app.operations import changes
from app.operations.reading import may
from app.resources import files
from app.resources.files import Content
from app.storage.rows import STRICT, Row, integer, text
from app.work import Work


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


class Brought(NamedTuple):
    """A content that is put, and what it is to be called, which is checked. ID: that of the asset."""

    name: str
    content: Content
    id: str | None = None


def add(work: Work, brought: Sequence[Brought]) -> list[Asset]:
    """The assets that what was BROUGHT becomes, in its order, of the actor. Raises Forbidden, Conflict.

    A content that is there already, by whatever name, becomes an asset of its own; its bytes are kept once.
    """
    may(work, "write")
    # In one order for all, so that no two who bring the same wait for one another.
    for content in sorted({one.content.hash: one.content for one in brought}.values(), key=_hash):
        files.add(work, work.actor.organization_id, content)
    return changes.add_many(work, ASSETS, [_values(work, one) for one in brought])


def _hash(content: Content) -> str:
    return content.hash


def _values(work: Work, brought: Brought) -> Values:
    content = brought.content
    values: Values = {
        "organization_id": work.actor.organization_id,
        "account_id": work.actor.account_id,
        "name": brought.name,
        "content_hash": content.hash,
        "media_type": content.media_type,
        "size": content.size,
    }
    if content.header is not None:
        values |= {"width": content.header.width, "height": content.header.height}
    return values if brought.id is None else values | {"id": brought.id}


def _check_name(work: Work, asset: Asset, values: Values) -> None:
    if "name" in values:
        values["name"] = filenames.checked(values["name"], "/data/attributes/name")


def _own() -> ColumnElement[bool]:
    return is_actor(Asset.account_id)


_mine = scope(Asset.organization_id, _own)


def _link(work: Work, row: tuple[Any, ...]) -> Mapping[str, Any] | None:
    """Where the file is got without a key, for some minutes."""
    organization_id, hash, name = row
    return {"url": work.sources.links.link(organization_id, hash, name=name)}


_LINK_TOLD = {
    "url": {
        "type": "string",
        "description": "Where the content is got, without a key, for 15 minutes. Relative to the service's "
        "address.",
    }
}

ASSETS = Resource(
    Asset,
    type="assets",
    about="A file that somebody brought: as multipart, as the raw body, or by a signed upload. Whoever "
    "brought it sees it, and administrators do. Its content outlives it where anything else is made of it.",
    access=Access(read=_mine, create=lambda sight: false(), update=_mine, delete=_mine),
    example={"name": "0001.png"},
    meta=Meta(("organization_id", "content_hash", "name"), _link, _LINK_TOLD),
    before_change=_check_name,
    verbs=frozenset({"index", "show", "update", "delete"}),
)
