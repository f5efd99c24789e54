"""Files: what entries show and what is made for download, for the people of their organization.

A content is put first, which waits for the disk; the row is added in a transaction after it.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, col

from app.access import ORGANIZATION
from app.attributes import Id, Time
from app.errors import Fault, Invalid, NotFound
from app.media_types import PICTURE, media_type_of
from app.pictures import LARGEST_BYTES, Header, is_like_a_picture
from app.storage.rows import INTEGER, STRICT, TEXT
from app.storage.statement import Statement
from app.work import Sources, Work


class File(SQLModel, table=True):
    """That an organization has the content of HASH. The content itself is kept once for all."""

    __tablename__ = "files"
    __table_args__ = STRICT

    organization_id: Annotated[str, Id] = Field(primary_key=True, sa_type=TEXT)
    hash: str = Field(primary_key=True, sa_type=TEXT)  # SHA-256, hex
    media_type: str = Field(sa_type=TEXT)  # decided by the content, never by the sender
    size: int = Field(sa_type=INTEGER)  # bytes
    created_at: Annotated[str, Time] = Field(sa_type=TEXT)  # when it was last brought


class Content(NamedTuple):
    """A content that is put: what it is. HEADER is that of a picture, None for anything else."""

    hash: str
    media_type: str
    size: int  # bytes
    header: Header | None = None


_KEY = ["organization_id", "hash"]


def _adding() -> Any:
    columns = File.__table__.columns  # type: ignore[attr-defined]
    row = {name: bindparam(f"v_{name}", type_=columns[name].type) for name in File.model_fields}
    # What is brought again is young again, and held: a sweep leaves it, and whoever comes after one adds it.
    again = {"created_at": row["created_at"]}
    return insert(File).inline().values(row).on_conflict_do_update(index_elements=_KEY, set_=again)


_ADD = Statement(_adding)
_FIND = Statement(
    lambda: select(col(File.media_type), col(File.size)).where(
        col(File.hash) == bindparam("hash"), col(File.organization_id) == ORGANIZATION
    )
)


def put(sources: Sources, content: bytes | Path, *, only_pictures: bool = False) -> Content:
    """Put CONTENT, bytes or a file on disk, and tell what it is. Not in a transaction: it waits.

    A picture is decoded whole, and its thumbnail kept. Raises Invalid: `image_too_large`, and `not_an_image`
    for what claims to be a picture and is none, or is none where ONLY_PICTURES are wanted; Unavailable.
    """
    with _opened(content) as file:
        if only_pictures and not is_like_a_picture(file.read(16)):
            raise Invalid(Fault("not_an_image", "only JPEG, PNG and WEBP pictures are taken"))
        file.seek(0)
        media_type = media_type_of(file)
        size = file.seek(0, io.SEEK_END)
        if media_type == PICTURE:
            file.seek(0)
            return _put_picture(
                sources, content if isinstance(content, bytes) else file.read(LARGEST_BYTES + 1)
            )
    blobs = sources.blobs
    hash = blobs.put(content) if isinstance(content, bytes) else blobs.put_file(content)
    return Content(hash, media_type, size)


def add(work: Work, organization_id: str, content: Content) -> str:
    """That the organization has CONTENT, which is put already: its hash. Called again, it is new again."""
    row = {
        "organization_id": organization_id,
        "hash": content.hash,
        "media_type": content.media_type,
        "size": content.size,
        "created_at": work.now,
    }
    work.run(_ADD, {f"v_{name}": value for name, value in row.items()})
    return content.hash


def find(work: Work, hash: str, organization_id: str | None = None) -> tuple[str, int]:
    """The media type and the size in bytes of the file. Raises NotFound where the actor has none such.

    A link names the ORGANIZATION_ID that it was made for, and has no actor.
    """
    values: Mapping[str, str] = {"hash": hash}
    if organization_id is not None:
        values = {"hash": hash, "actor_organization_id": organization_id}
    found = work.rows(_FIND, values)
    if not found:
        raise NotFound("there is no such file, or you may not see it")
    media_type, size = found[0]
    return media_type, size


def thumbnail(sources: Sources, hash: str) -> bytes:
    """The small picture of the picture HASH, made where there is none yet. Not in a transaction."""
    if kept := sources.blobs.thumbnail(hash):
        return kept
    decoded = sources.decoder.decode(sources.blobs.get(hash))
    sources.blobs.put_thumbnail(hash, decoded.thumbnail)
    return decoded.thumbnail


def _put_picture(sources: Sources, content: bytes) -> Content:
    header, small = sources.decoder.decode(content)
    hash = sources.blobs.put(content)
    sources.blobs.put_thumbnail(hash, small)
    return Content(hash, header.media_type, len(content), header)


def _opened(content: bytes | Path) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
