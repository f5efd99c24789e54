"""Who is asking: from an Authorization header to an actor."""

import time
from collections.abc import Mapping

from app.errors import Unauthenticated
from app.resources import api_keys
from app.storage.database import Database
from app.work import SYSTEM, Actor, Work

KNOWN_FOR = 0.5  # seconds: how long a key is believed without a look, so a revocation is felt within one
MOST_KNOWN = 10_000
LONGEST_KEY = 256  # characters
SCHEMES = ("bearer", "token", "apikey")  # the same key works under each


class Keys:
    """Signs actors in by their keys."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[
            str, tuple[float, Actor]
        ] = {}  # hash of a key -> when it was looked up, whose it is

    def forget(self) -> None:
        """Look every key up anew: one may have been changed in this process."""
        self._known.clear()

    async def actor_of(self, headers: Mapping[str, str], schemes: tuple[str, ...] = SCHEMES) -> Actor:
        """The actor whose key stands in the Authorization header. Raises Unauthenticated."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        secret = secret.strip()
        if scheme.lower() not in schemes or not secret or len(secret) > LONGEST_KEY:
            raise Unauthenticated("send a key: Authorization: Bearer <key>", "Authorization")
        hash = api_keys.hash_of(secret)
        known = self._known.get(hash)
        if known and time.monotonic() - known[0] < KNOWN_FOR:
            return known[1]
        return await self._look_up(secret, hash)

    async def _look_up(self, secret: str, hash: str) -> Actor:
        asked_at = time.monotonic()
        found = await self._database.read(SYSTEM, lambda work: api_keys.holder_of(work, secret))
        if found is None:
            raise Unauthenticated("the key is unknown, expired or revoked", "Authorization")
        actor, is_noted = found
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[hash] = (asked_at, actor)
        if not is_noted:
            await self._database.write(SYSTEM, lambda work: _note_use(work, actor))
        return actor


def _note_use(work: Work, actor: Actor) -> None:
    api_keys.note_use(work, actor.key_id or "")
