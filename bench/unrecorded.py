"""Postil without its history: no event is written. A switch of the bench alone, to see what events cost.

`python -m bench.unrecorded serve ...` takes the arguments of `python -m app`.
"""

from typing import Any

import app.__main__
from app.operations import changes


def note(*given: Any, **named: Any) -> None:
    """In place of writing an event."""


if __name__ == "__main__":
    assert callable(changes.note)
    changes.note = note
    app.__main__.main()
