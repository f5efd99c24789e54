"""What refers to contents: the rows that name a hash, whatever state they are in. It removes nothing.

Rows in the trash count, since they can be restored. Every look goes by an index of the table, but for the one
through addresses that end with a hash: that is for those alone that nothing else refers to.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import SQLModel, col

from app.operations.conditions import many, many_values, padded
from app.resources.files import File
from app.resources.items import key_of
from app.storage.statement import Statement
from app.work import Work

_HASH = 64  # characters
AT_ONCE = 500  # hashes that a statement asks for


def referred(work: Work, hashes: Collection[str], organization_id: str | None = None) -> set[str]:
    """Those of HASHES that a row refers to; of ORGANIZATION_ID, where it is said: a row beside `files`."""
    found: set[str] = set()
    looks = _OF_ALL if organization_id is None else _OF_ONE
    for some in _chunks(sorted(hashes)):
        for look in looks:
            asked = [hash for hash in some if hash not in found]
            if asked:
                size = padded(len(asked))
                values = many_values("k", asked, size) | {"organization_id": organization_id or ""}
                found.update(hash for (hash,) in work.rows(look(size, organization_id is not None), values))
    return found | _shown(work, set(hashes) - found)


def _shown(work: Work, hashes: set[str]) -> set[str]:
    """Those of HASHES that an entry shows by an address of ours, `/files/{hash}`."""
    keys = {key_of(f"/files/{hash}"): hash for hash in hashes}
    found: set[str] = set()
    for some in _chunks(sorted(keys)):
        size = padded(len(some))
        rows = work.rows(_by_address(size), many_values("k", some, size))
        found.update(keys[key] for (key,) in rows)
    return found


def shown_elsewhere(work: Work, hashes: set[str]) -> set[str]:
    """Those of HASHES that the address of any entry ends with. It goes through all entries: no chunk does."""
    found: set[str] = set()
    for some in _chunks(sorted(hashes)):
        size = padded(len(some))
        found.update(hash for (hash,) in work.rows(_by_ending(size), many_values("k", some, size)))
    return found


def _chunks(hashes: list[str]) -> Iterable[list[str]]:
    return (hashes[at : at + AT_ONCE] for at in range(0, len(hashes), AT_ONCE))


def _table(name: str) -> Any:
    return SQLModel.metadata.tables[name].c


@lru_cache(64)
def _in_files(size: int, is_of_one: bool) -> Statement:
    def build() -> Any:
        organizations = _table("organizations")
        rows = select(col(File.hash)).where(col(File.hash).in_(many("k", size, col(File.hash))))
        return rows.where(col(File.organization_id) == organizations.id)  # by the key, which begins with it

    return Statement(build)


@lru_cache(64)
def _in_assets(size: int, is_of_one: bool) -> Statement:
    def build() -> Any:
        assets, organizations = _table("assets"), _table("organizations")
        hash = assets.content_hash
        rows = select(hash).where(hash.in_(many("k", size, hash)))
        return rows.where(assets.organization_id == organizations.id, _of(organizations.id, is_of_one))

    return Statement(build)


@lru_cache(64)
def _in_entries(size: int, is_of_one: bool) -> Statement:
    def build() -> Any:
        entries, datasets = _table("entries"), _table("datasets")
        hash = entries.content_hash
        rows = select(hash).where(hash.in_(many("k", size, hash)), hash.is_not(None))
        return rows.where(entries.dataset_id == datasets.id, _of(datasets.organization_id, is_of_one))

    return Statement(build)


@lru_cache(64)
def _in_exports(size: int, is_of_one: bool) -> Statement:
    def build() -> Any:
        exports = _table("exports")
        hash = exports.content_hash
        return select(hash).where(hash.in_(many("k", size, hash)), _of(exports.organization_id, is_of_one))

    return Statement(build)


@lru_cache(64)
def _in_parts(size: int, is_of_one: bool) -> Statement:
    def build() -> Any:
        parts, releases = _table("release_parts"), _table("releases")
        rows = select(parts.hash).where(parts.hash.in_(many("k", size, parts.hash)))
        return rows.where(parts.release_id == releases.id, _of(releases.organization_id, is_of_one))

    return Statement(build)


@lru_cache(64)
def _by_address(size: int) -> Statement:
    def build() -> Any:
        entries, datasets = _table("entries"), _table("datasets")
        key = entries.item_key
        return select(key).where(key.in_(many("k", size, key)), entries.dataset_id == datasets.id)

    return Statement(build)


@lru_cache(64)
def _by_ending(size: int) -> Statement:
    def build() -> Any:
        resource = _table("entries").resource
        ending = func.substr(resource, func.length(resource) - (_HASH - 1))
        return select(ending).where(
            resource.like("%/files/%"), ending.in_(many("k", size, _table("entries").content_hash))
        )

    return Statement(build)


def _of(organization_id: Any, is_of_one: bool) -> Any:
    return organization_id == bindparam("organization_id") if is_of_one else organization_id.is_not(None)


_OF_ONE = (_in_assets, _in_entries, _in_exports, _in_parts)
_OF_ALL = (_in_files, *_OF_ONE)
