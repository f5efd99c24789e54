"""Links to files that need no key: signed here, good for some minutes, for whoever has them.

A link says whose file it is, until when, by what name and of what type; its signature is an HMAC over all of
that, so nothing of it can be changed. It knows no HTTP and no store: folder and S3 alike are read through us.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from app.errors import Forbidden

LONGEST = 900  # seconds
_SAFE_TYPES = re.compile(
    r"(image/(jpeg|png|webp)|video/[a-z0-9.+-]+|text/(plain|csv)|application/(json|x-ndjson|zip|gzip|octet-stream))"
)
_PARAMETERS = ("organization", "expires", "name", "type", "signature")


class Claim(NamedTuple):
    """What a link is for. An empty MEDIA_TYPE is the one that is kept of the file."""

    organization_id: str
    hash: str
    name: str
    media_type: str


class Links:
    """Makes and reads links, by the secret KEY and the CLOCK of the service."""

    def __init__(self, key: bytes, clock: Callable[[], str]) -> None:
        self._key = key
        self._clock = clock

    def link(
        self, organization_id: str, hash: str, *, name: str = "", media_type: str = "", seconds: int = LONGEST
    ) -> str:
        """The path, with its query, at which the organization's file is got for so many SECONDS.

        NAME is what it is saved as, already checked. Raises ValueError for too long a time, and for a
        MEDIA_TYPE that could run in a browser.
        """
        if not 0 < seconds <= LONGEST:
            raise ValueError(f"a link lasts from 1 to {LONGEST} seconds")
        if media_type and not _SAFE_TYPES.fullmatch(media_type):
            raise ValueError(f"no file is handed out as {media_type}")
        claim = Claim(organization_id, hash, name, media_type)
        expires = str(self._now() + seconds)
        said = {"organization": organization_id, "expires": expires, "name": name, "type": media_type}
        said = {key: value for key, value in said.items() if value}
        return f"/files/{hash}?{urlencode(said | {'signature': self._signature(claim, expires)})}"

    def claim_of(self, hash: str, said: Mapping[str, str]) -> Claim:
        """What the link to HASH with the parameters SAID is for.

        Raises Forbidden: `link_invalid`, `link_expired`.
        """
        claim = Claim(said.get("organization", ""), hash, said.get("name", ""), said.get("type", ""))
        expires = said.get("expires", "")
        given = said.get("signature", "").encode("utf-8", "replace")
        is_ours = hmac.compare_digest(given, self._signature(claim, expires).encode())
        if not is_ours or not said.keys() <= set(_PARAMETERS):
            raise Forbidden("the link is not as it was made: ask for a new one", code="link_invalid")
        if self._now() >= int(expires):
            raise Forbidden("the link was for some minutes: ask for a new one", code="link_expired")
        return claim

    def _signature(self, claim: Claim, expires: str) -> str:
        return signature_of(self._key, "file", expires, *claim)

    def _now(self) -> int:
        return int(datetime.fromisoformat(self._clock()).timestamp())


def signature_of(key: bytes, kind: str, *said: str) -> str:
    """What nobody without KEY can make: that a link of KIND says all that is SAID."""
    # Each part with its length: no two links are signed by the same text.
    parts = [part.encode("utf-8", "surrogatepass") for part in (kind, *said)]
    text = b"".join(b"%d:%b" % (len(part), part) for part in parts)
    return urlsafe_b64encode(hmac.digest(key, text, "sha256")).rstrip(b"=").decode()
