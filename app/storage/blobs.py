"""Files in a folder, by the hash of their content. Once `put` returns, a power cut cannot lose one."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{64}")


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def is_hash(text: str) -> bool:
    return _HASH.fullmatch(text) is not None


def path_of(folder: Path, hash: str) -> Path:
    """Where the content of HASH is. Raises ValueError where HASH is none: it never leaves FOLDER."""
    if not is_hash(hash):
        raise ValueError("a SHA-256 in lower-case hex is expected")
    return folder / "files" / hash[:2] / hash


def put(folder: Path, content: bytes) -> str:
    """Keep CONTENT, and give its hash. The row that names it is written after, never before."""
    hash = hash_of(content)
    path = path_of(folder, hash)
    if path.exists():
        return hash
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
    os.rename(draft.name, path)
    for place in (path.parent, path.parent.parent):
        _flush_folder(place)
    return hash


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
