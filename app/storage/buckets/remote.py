"""A bucket of S3 that imports read. Where S3 is, and by whose credentials, stands in AWS_*."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.errors import Unavailable
from app.storage.blobs.bucket import store_of

_PIECE = 1 << 18  # bytes that come together
_log = structlog.get_logger("postil.buckets")


class Remote:
    """What is in the bucket NAME below PREFIX, as the ENVIRONMENT reaches it."""

    def __init__(self, name: str, prefix: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._prefix = prefix
        self._environment = environment

    @cached_property
    def _store(self) -> S3Store:
        return store_of(self._name, self._prefix, self._environment)

    def below(self, prefix: str) -> Iterator[str]:
        """The keys below PREFIX, in their order; none of what only marks a folder. Raises Unavailable."""
        with _told():
            for page in obstore.list(self._store, prefix=prefix or None):
                for one in page:
                    if one["size"] or not one["path"].endswith("/"):
                        yield one["path"]

    def pieces(self, key: str) -> Iterator[bytes]:
        """What the object at KEY holds. Raises Unavailable."""
        with _told():
            for piece in obstore.get(self._store, key).stream(min_chunk_size=_PIECE):
                yield bytes(piece)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        _log.error("bucket_failed", detail=str(error)[:2000])
        detail = "it cannot be read from the bucket: ask your operator"
        raise Unavailable(detail, code="bucket_failed") from error
