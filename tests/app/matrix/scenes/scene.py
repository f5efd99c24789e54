"""What a row of roles.md happens on: a record that is made anew, and what is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.app.filing import picture_of
from tests.app.matrix.people import Cast
from tests.lab import Person, Reply

PICTURE = picture_of("PNG")


@dataclass(frozen=True)
class Scene:
    """A record, and the attributes that a change or an action sends. No id: one's own account."""

    id: str | None = None
    sent: dict[str, Any] = field(default_factory=dict)
    renewed: tuple[str, ...] = ()  # the attributes that are sent with a new value every time
    watched: tuple[tuple[str, str], ...] = ()  # the types and ids of what else a refusal leaves alone
    is_once: bool = False  # whether what is sent can be done but once

    def id_for(self, person: Person) -> str:
        return self.id or person.account or "0190a1b2-0000-7000-8000-000000000001"

    def attributes(self) -> dict[str, Any]:
        return self.sent | {name: _NEW.get(name, unique)() for name in self.renewed}


def unique() -> str:
    return f"x{uuid4().hex[:12]}"


_NEW: dict[str, Callable[[], Any]] = {
    "email": lambda: f"{unique()}@new.example",
    "annotation": lambda: {"label": unique()},
    "content": lambda: {"annotations": [], "remark": unique()},
    "score": lambda: int(unique()[1:5], 16) / 65536,
}


Make = Callable[[Cast], Scene]


SCENES: dict[str, Make] = {}


def scene(make: Make) -> Make:
    """Enter MAKE under its name."""
    SCENES[make.__name__] = make
    return make


def made(reply: Reply) -> str:
    assert reply.status == 201, reply
    return reply.id


def moved(reply: Reply) -> None:
    assert reply.status in (200, 204), reply
