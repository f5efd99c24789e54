"""Files: the pictures that entries show, served at /files/{hash} to the people of their organization."""

from pathlib import Path
from typing import Annotated

from sqlalchemy import bindparam, insert, select
from sqlmodel import Field, SQLModel, col

from app.access import ORGANIZATION
from app.attributes import Id, Time
from app.errors import Fault, Invalid, NotFound
from app.storage import blobs
from app.storage.rows import INTEGER, STRICT, TEXT
from app.storage.statement import Statement
from app.work import Work


class File(SQLModel, table=True):
    """That an organization has the content of HASH. The content itself is kept once for all."""

    __tablename__ = "files"
    __table_args__ = STRICT

    organization_id: Annotated[str, Id] = Field(primary_key=True, sa_type=TEXT)
    hash: str = Field(primary_key=True, sa_type=TEXT)  # SHA-256, hex
    media_type: str = Field(sa_type=TEXT)  # decided by the content, never by the sender
    size: int = Field(sa_type=INTEGER)  # bytes
    created_at: Annotated[str, Time] = Field(sa_type=TEXT)


_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}

_ADD = Statement(lambda: insert(File).values({name: bindparam(f"v_{name}") for name in File.model_fields}))
_FIND = Statement(
    lambda: select(col(File.media_type), col(File.size)).where(
        col(File.hash) == bindparam("hash"), col(File.organization_id) == ORGANIZATION
    )
)


def keep(work: Work, folder: Path, organization_id: str, content: bytes) -> str:
    """Keep CONTENT, a picture, for the organization, and give its hash. Raises Invalid for anything else."""
    media_type = next((kind for start, kind in _SIGNATURES.items() if content.startswith(start)), None)
    if media_type is None:
        raise Invalid(Fault("not_an_image", "only PNG and JPEG pictures are kept"))
    hash = blobs.put(folder, content)
    if not work.rows(_FIND, {"hash": hash, "actor_organization_id": organization_id}):
        row = File(
            organization_id=organization_id,
            hash=hash,
            media_type=media_type,
            size=len(content),
            created_at=work.now,
        )
        work.run(_ADD, {f"v_{name}": getattr(row, name) for name in File.model_fields})
    return hash


def find(work: Work, hash: str) -> tuple[str, int]:
    """The media type and the size in bytes of the file. Raises NotFound where the actor has none such."""
    found = work.rows(_FIND, {"hash": hash})
    if not found:
        raise NotFound("there is no such file, or you may not see it")
    media_type, size = found[0]
    return media_type, size
