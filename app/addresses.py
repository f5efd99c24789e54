"""Addresses of files that need no key and do not end: for clients that fetch what they were told of.

An address is made of a record's kind and id, and a version; its token is an HMAC over them, so nobody guesses
one, and those of an older version are good no longer. It knows no record and no HTTP.
"""

import hmac
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from app.errors import NotFound
from app.links import signature_of

FOLDER = "files"  # below a face's mount


class Address(NamedTuple):
    """What an address says. NAME is what the file is called there: it is not looked at."""

    kind: str
    id: str
    token: str
    name: str


class Addresses:
    """Makes and checks addresses, by the secret KEY of the service."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def path(self, kind: str, id: str, version: int, name: str) -> str:
        """The path below a mount at which the record's file is got: `files/assets/{id}/{token}/a.png`."""
        return f"{FOLDER}/{kind}/{id}/{self._token(kind, id, version)}/{quote(name, safe='') or 'file'}"

    def check(self, address: Address, version: int) -> None:
        """Raise NotFound where ADDRESS is not that of its record in VERSION."""
        token = self._token(address.kind, address.id, version)
        if not hmac.compare_digest(address.token.encode("utf-8", "replace"), token.encode()):
            raise NotFound("there is no such file, or its address was revoked")

    def _token(self, kind: str, id: str, version: int) -> str:
        return signature_of(self._key, "address", kind, id, str(version))


def address_in(url: str, base: str) -> Address | None:
    """What URL says, where it is an address below BASE, the scheme and host of a service; None elsewhere."""
    given = urlsplit(url)
    if f"{given.scheme}://{given.netloc}".lower() != base.lower():
        return None
    parts = given.path.split("/")
    if len(parts) < 6 or parts[-5] != FOLDER:
        return None
    return Address(*(unquote(part) for part in parts[-4:]))
