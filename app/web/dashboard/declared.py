"""What a page is: a template and a function that gathers what is on it. A new page is a file in pages/."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.web.dashboard.visits import Visit

Gathered = Mapping[str, Any]  # what the template is given


@dataclass(frozen=True)
class Page:
    """A page at PATH. PLACE is the part of the navigation that it belongs to.

    SHOWS_FOREIGN_PICTURES: pictures may come from wherever an entry's resource says.
    """

    path: str  # with {parameters}
    template: str
    gather: Callable[[Visit], Awaitable[Gathered]]
    place: str = ""
    shows_foreign_pictures: bool = False
