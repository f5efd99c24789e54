"""A folder of this machine that imports read. No link in it is followed: it might lead out of it.

Every part of a path is opened below the part above it, so that nobody can put a link there meanwhile.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.errors import Unavailable

DEEPEST = 64  # folders in one another
MOST = 1_000_000  # names in one folder
_PIECE = 1 << 18
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not keep us waiting


class Folder:
    """What is in ROOT, and below it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def below(self, prefix: str) -> Iterator[str]:
        """The files below PREFIX, in order of their names. Raises Unavailable where that is no folder."""
        parts = prefix.split("/") if prefix else []
        with _told(), self._opened(parts) as folder:
            yield from _walk(folder, parts)

    def pieces(self, key: str) -> Iterator[bytes]:
        """What the file at KEY holds. Raises Unavailable."""
        *above, name = key.split("/")
        with _told(), self._opened(above) as folder:
            handle = os.open(name, _FILE, dir_fd=folder)
            with os.fdopen(handle, "rb", buffering=0) as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError("it is no file")
                while piece := file.read(_PIECE):
                    yield piece

    @contextmanager
    def _opened(self, parts: Sequence[str]) -> Iterator[int]:
        handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts:
                above, handle = handle, os.open(part, _FOLDER, dir_fd=handle)
                os.close(above)
            yield handle
        finally:
            os.close(handle)


def _walk(folder: int, above: Sequence[str]) -> Iterator[str]:
    for name, is_folder in _listed(folder):
        parts = [*above, name]
        if not is_folder:
            yield "/".join(parts)
        elif len(parts) <= DEEPEST:
            try:
                below = os.open(name, _FOLDER, dir_fd=folder)
            except OSError:
                yield "/".join(parts)  # told as what cannot be read
                continue
            try:
                yield from _walk(below, parts)
            finally:
                os.close(below)


def _listed(folder: int) -> list[tuple[str, bool]]:
    """The files and folders in FOLDER that are not hidden: their names, and whether they are folders."""
    found: list[tuple[str, bool]] = []
    with os.scandir(folder) as listed:
        for one in listed:
            is_folder = one.is_dir(follow_symlinks=False)
            if one.name.startswith(".") or not (is_folder or one.is_file(follow_symlinks=False)):
                continue
            found.append((one.name, is_folder))
            if len(found) > MOST:
                raise OSError(f"a folder has more than {MOST} names")
    return sorted(found)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Its own words would tell where the folder is.
        reason = error.strerror or "no file"
        raise Unavailable(f"it cannot be read from the bucket: {reason}", code="bucket_failed") from error
