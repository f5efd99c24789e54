"""A folder for contents. Each is written aside, flushed, renamed, flushed again: a power cut leaves it whole.

A file that is renamed before it is flushed is there after a power cut, and empty.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from obstore.store import LocalStore

FORGOTTEN = 24 * 3600.0  # seconds after which a draft that nobody has written to is left over from a crash


class Folder:
    """Keeps under ROOT, as files/ab/abcd...; NOW is the time in seconds since 1970."""

    piece = 1 << 17

    def __init__(self, root: Path, now: Callable[[], float]) -> None:
        self.root = root
        self.drafts = root / "files" / "drafts"
        self._now = now
        self.drafts.mkdir(parents=True, exist_ok=True)
        self._flushed: set[Path] = set()  # folders whose own names are durable
        clear(self.drafts, now())
        self.store = LocalStore(root)

    def has(self, key: str, size: int) -> bool:
        path = self.root / key
        with self._locked(fcntl.LOCK_SH):
            try:
                os.utime(path)
                if path.stat().st_size != size:
                    return False  # damaged: it is written anew
            except FileNotFoundError:
                return False
        self._flush_above(path)  # somebody else may have renamed it a moment ago
        return True

    def keep(self, content: bytes, key: str) -> None:
        handle, name = tempfile.mkstemp(dir=self.drafts)
        try:
            with os.fdopen(handle, "wb") as draft:
                draft.write(content)
            self.keep_file(Path(name), key)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise

    def keep_file(self, draft: Path, key: str) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        flush(draft)
        os.rename(draft, path)
        self._flush_above(path)

    def remove(self, key: str, age: float) -> bool:
        path = self.root / key
        with self._locked(fcntl.LOCK_EX):  # nobody comes to count on it between the look and the removal
            try:
                if age and self._now() - path.stat().st_mtime < age:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def signed(self, key: str, seconds: int, disposition: str, media_type: str) -> str | None:
        return None

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Among all processes that share the folder."""
        handle = os.open(self.drafts, os.O_RDONLY)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    def _flush_above(self, path: Path) -> None:
        flush(path.parent)
        for place in (path.parent, path.parent.parent, self.root):
            if place not in self._flushed:
                flush(place.parent)
                self._flushed.add(place)


def flush(path: Path) -> None:
    """Write what the system holds back of a file, or of a folder's names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clear(drafts: Path, now: float) -> None:
    """Remove what was being written when the service was killed."""
    for draft in drafts.iterdir():
        with suppress(FileNotFoundError):
            if now - draft.stat().st_mtime > FORGOTTEN:
                draft.unlink()
