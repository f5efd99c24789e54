"""The files that rows refer to, in a folder or in S3, as backups need them; and how writes get durable."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

from app.contents import Blobs
from app.errors import NotFound
from app.storage.blobs import open_blobs


class FileStore(Protocol):
    """Files by the SHA-256 of their content."""

    def size(self, hash: str, /) -> int:
        """The bytes of the file. Raises FileNotFoundError where there is none."""

    def read(self, hash: str, /) -> Iterator[bytes]:
        """Its content in pieces. Raises FileNotFoundError where there is none."""

    def put_file(self, path: Path, /) -> str:
        """Keep the content of the file at PATH, durably, and give its hash. The file itself stays."""


class _Kept:
    """The contents that a service keeps."""

    def __init__(self, folder: Path, files: str) -> None:
        self._folder = folder
        self._files = files

    @cached_property
    def _blobs(self) -> Blobs:
        return open_blobs(self._files, self._folder)  # which makes the folder: not before it is needed

    def put_file(self, path: Path) -> str:
        return self._blobs.put_file(path)

    def size(self, hash: str) -> int:
        size = self._blobs.size(hash)
        if size is None:
            raise FileNotFoundError(hash)
        return size

    def read(self, hash: str) -> Iterator[bytes]:
        try:
            yield from self._blobs.read(hash)
        except NotFound:
            raise FileNotFoundError(hash) from None


def files_in(folder: Path, files: str = "") -> FileStore:
    """The files that a server with the data FOLDER serves; FILES names a bucket where they are there."""
    return _Kept(folder, files)


def flush(handle: int) -> None:
    """Return once what was written is durable."""
    os.fsync(handle)


def flush_folder(folder: Path) -> None:
    """Return once the names in FOLDER are durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
