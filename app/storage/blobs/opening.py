"""Find the place for contents that a setting names."""

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from app.storage.blobs.blobs import Blobs
from app.storage.blobs.bucket import Bucket
from app.storage.blobs.folder import Folder
from app.storage.blobs.shelves import Shelf
from app.work import clock as real_clock

_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9._/-]{0,512}))?")


def open_blobs(
    files: str,
    folder: Path,
    *,
    clock: Callable[[], str] = real_clock,
    environment: Mapping[str, str] = os.environ,
) -> Blobs:
    """The contents at FILES, s3://bucket/prefix, or in FOLDER where it is empty.

    Raises ValueError for a setting that says neither, RuntimeError for a bucket that cannot be used.
    """

    def now() -> float:
        return datetime.fromisoformat(clock()).timestamp()

    shelf: Shelf
    if not files:
        shelf = Folder(folder, now)
    elif found := _BUCKET.fullmatch(files):
        prefix = (found[2] or "").strip("/")
        shelf = Bucket(found[1], prefix, folder / "files" / "drafts", now, environment)
    else:
        raise ValueError(f"POSTIL_FILES={files} is no place for files: say s3://BUCKET/PREFIX, or nothing")
    return Blobs(shelf, clock)
