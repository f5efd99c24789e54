"""The Idempotency-Key of a request, bound to all that it asks."""

import hashlib
import re

from starlette.requests import Request

from app.errors import BadHeader
from app.operations.idempotency import LONGEST_KEY, Key

_KEY = re.compile(r"[\x21-\x7e]+")


def key_of(request: Request, body: bytes) -> Key | None:
    """The Idempotency-Key of a request, bound to all that it asks; None where there is none."""
    text = request.headers.get("idempotency-key")
    if text is None:
        return None
    if not _KEY.fullmatch(text) or len(text) > LONGEST_KEY:
        detail = f"an Idempotency-Key is 1 to {LONGEST_KEY} printable characters without spaces"
        raise BadHeader(detail, "Idempotency-Key", code="idempotency_key_invalid")
    asked = hashlib.sha256()
    scope = request.scope
    for part in (
        scope["method"].encode(),
        scope["path"].encode(),
        scope["query_string"],
        request.headers.get("if-match", "").encode(),
        request.headers.get("postil-lease", "").encode(),
        body,
    ):
        asked.update(len(part).to_bytes(8) + part)
    return Key(text, asked.hexdigest())
