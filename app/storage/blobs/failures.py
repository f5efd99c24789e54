"""From what a store says to what the service says; the store's own words stay in the log."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from obstore.exceptions import BaseError

from app.errors import NotFound, Unavailable

_log = structlog.get_logger("postil.files")

MISSING = "the content of this file is missing or damaged: restore it from a backup"


def missing() -> NotFound:
    return NotFound(MISSING, code="content_missing")


@contextmanager
def told() -> Iterator[None]:
    """Raises NotFound for a content that is not there, Unavailable for a store that fails or is full."""
    try:
        yield
    except FileNotFoundError as error:
        raise missing() from error
    except (BaseError, OSError) as error:
        _log.error("files_unavailable", detail=str(error)[:2000])
        raise Unavailable(
            "files can be neither read nor kept now: ask again", code="files_unavailable"
        ) from error
