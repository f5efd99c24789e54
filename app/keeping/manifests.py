"""What an archive says of itself, and by which all of it is checked. It knows no archive and no database."""

import hashlib
import re

import msgspec

from app.keeping.refusals import Damaged, Refused

FORMAT = "postil-backup"
VERSION = 1
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table's rows: how many, as how many bytes of lines, in how many chunks, and their SHA-256."""

    name: str
    columns: tuple[str, ...]
    rows: int
    bytes: int
    chunks: int
    sha256: str


class Files(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The files that rows refer to: how many, and their bytes in all."""

    count: int
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was backed up: when, by which Postil, from which database, at which revision of its tables."""

    format: str = FORMAT
    version: int = VERSION
    postil: str
    made_at: str
    database: str
    revision: str
    tables: tuple[Table, ...]
    files: Files


class _Head(msgspec.Struct):
    format: str
    version: int


def write(manifest: Manifest) -> bytes:
    """MANIFEST as a line of JSON, and its SHA-256 as a second."""
    line = msgspec.json.encode(manifest)
    return line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"


def read(content: bytes) -> Manifest:
    """The manifest that CONTENT is. Raises Damaged, and Refused where a newer Postil has made it."""
    line, _, rest = content.partition(b"\n")
    if rest != hashlib.sha256(line).hexdigest().encode() + b"\n":
        raise Damaged("its manifest is not as it was written, or the backup never came to its end")
    try:
        head = msgspec.json.decode(line, type=_Head)
        if (head.format, head.version) != (FORMAT, VERSION):
            raise Refused(
                f"the archive is of the format {head.format[:40]} {head.version}, and this Postil reads "
                f"{FORMAT} {VERSION}: restore it by the Postil that made it, or by a newer one"
            )
        manifest = msgspec.json.decode(line, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"its manifest cannot be read: {error}") from None
    if not _is_sound(manifest):
        raise Damaged("its manifest has a name or a figure that there cannot be")
    return manifest


def is_hash(text: str) -> bool:
    return _HASH.fullmatch(text) is not None


def _is_sound(manifest: Manifest) -> bool:
    names = [table.name for table in manifest.tables]
    figures = [number for table in manifest.tables for number in (table.rows, table.bytes, table.chunks)]
    return (
        len(set(names)) == len(names)
        and all(_NAME.fullmatch(name) for name in names)
        and all(is_hash(table.sha256) for table in manifest.tables)
        and all(0 <= number < 2**63 for number in (*figures, manifest.files.count, manifest.files.bytes))
    )
