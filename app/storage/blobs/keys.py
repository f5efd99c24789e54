"""What contents are kept under. A key is made of a checked hash alone, so it never leads anywhere else."""

import hashlib
import re

_HASH = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"files/[0-9a-f]{2}/([0-9a-f]{64})")


def hash_of(content: bytes) -> str:
    """The SHA-256 of CONTENT, in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def is_hash(text: str) -> bool:
    return _HASH.fullmatch(text) is not None


def key_of(hash: str, kind: str = "files") -> str:
    """The key of the content of HASH, or of what is kept beside it. Raises ValueError where HASH is none."""
    if not is_hash(hash):
        raise ValueError("a SHA-256 in lower-case hex is expected")
    return f"{kind}/{hash[:2]}/{hash}"


def hash_in(key: str) -> str | None:
    """The hash of the content at KEY; None for a key of anything else."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None
