"""Addresses that take one file without a key: signed here, good for some minutes. It knows no record.

An address says which asset the file becomes, by whose key, what it is called and how large it may be; its
signature is over all of that. That it is good once is seen by the asset, which is there then.
"""

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from app.attributes import wire_time
from app.errors import Forbidden
from app.links import signature_of

SECONDS = 900  # that an address is good for
_PARAMETERS = ("key", "expires", "name", "size", "signature")


class Upload(NamedTuple):
    """What an address is for. SIZE is the most bytes that it takes; None: what the service takes."""

    asset_id: str
    key_id: str
    name: str
    size: int | None = None


class Address(NamedTuple):
    """A path with its query, and until when it is good."""

    path: str
    expires_at: str


class UploadLinks:
    """Makes and reads such addresses, by the secret KEY and the CLOCK of the service."""

    def __init__(self, key: bytes, clock: Callable[[], str]) -> None:
        self._key = key
        self._clock = clock

    def address(self, upload: Upload) -> Address:
        """Where the file of UPLOAD is sent, from now on for SECONDS."""
        ends = datetime.fromisoformat(self._clock()).replace(microsecond=0) + timedelta(seconds=SECONDS)
        expires = str(int(ends.timestamp()))
        size = "" if upload.size is None else str(upload.size)
        said = {"key": upload.key_id, "expires": expires, "name": upload.name, "size": size}
        said = {name: value for name, value in said.items() if value}
        query = urlencode(said | {"signature": self._signature(upload.asset_id, said)})
        return Address(f"/uploads/{upload.asset_id}?{query}", wire_time(ends.astimezone(UTC)))

    def upload_of(self, asset_id: str, said: Mapping[str, str]) -> Upload:
        """What the address of ASSET_ID with the parameters SAID is for.

        Raises Forbidden: `link_invalid`, `link_expired`.
        """
        given = said.get("signature", "").encode("utf-8", "replace")
        is_ours = hmac.compare_digest(given, self._signature(asset_id, said).encode())
        if not is_ours or not said.keys() <= set(_PARAMETERS):
            raise Forbidden("the address is not as it was made: ask for a new one", code="link_invalid")
        if datetime.fromisoformat(self._clock()).timestamp() >= int(said["expires"]):
            raise Forbidden("the address was for some minutes: ask for a new one", code="link_expired")
        return Upload(asset_id, said["key"], said["name"], int(said["size"]) if said.get("size") else None)

    def _signature(self, asset_id: str, said: Mapping[str, str]) -> str:
        parts = (said.get(name, "") for name in _PARAMETERS[:-1])
        return signature_of(self._key, "upload", asset_id, *parts)
