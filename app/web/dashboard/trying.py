"""Passwords that people try: a look takes long and much memory, and after many wrong ones there is none."""

import asyncio
from collections.abc import Callable

from app.resources import passwords
from app.resources.passwords import Holder
from app.web.service import Service
from app.work import SYSTEM

AT_ONCE = 2  # passwords that are looked at: each takes 64 MiB
_looks: asyncio.Semaphore | None = None


async def try_password(
    service: Service, email: str, password: str, is_meant: Callable[[Holder], bool] = lambda _: True
) -> tuple[list[Holder], list[Holder]]:
    """Who may be meant by EMAIL, and who of them has this PASSWORD. Raises Forbidden after many wrong ones.

    Each try counts as wrong from its beginning, so that who sends many at once has no more than the others.
    """
    tried = await service.database.write(SYSTEM, lambda work: passwords.begin_try(work, email, is_meant))
    right = [one for one in tried if await _is_right(one.hash, password)]
    if right:
        await service.database.write(SYSTEM, lambda work: passwords.end_try(work, right))
    if not tried:
        await _is_right(passwords.a_hash(), password)  # so that it takes as long
    return tried, right


async def _is_right(hash: str, password: str) -> bool:
    global _looks
    _looks = _looks or asyncio.Semaphore(AT_ONCE)
    async with _looks:
        return await asyncio.to_thread(passwords.is_right, hash, password)
