"""The service in a hurry: receivers are given one second, not ten, and all else is as much shorter.

    python -m tests.campaigns.impatient serve ...

It takes the command line of `app`. Campaigns have many a slow receiver, and cannot wait for each.
"""

from functools import partial

from app import main as front_door
from app.__main__ import main
from app.jobs.rounds import Pace


def hurry() -> None:
    quick = partial(Pace, answer=1.0, batch=1.0, lease=3.0, longest_rest=0.5, longest_retry=0.5)
    front_door.Pace = quick  # type: ignore[attr-defined, assignment]


if __name__ == "__main__":
    hurry()
    main()
