"""Many who ask for the next entry at once, the log of what they were given, and its judge."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tests.campaigns.serving import Caller

REPORT = 10_000  # takes a line


@dataclass(frozen=True)
class Deed:
    """That a client took an entry, or released it, at some moment from INVOKED to RETURNED (monotonic, s)."""

    client: str
    entry: str
    invoked: float
    returned: float


@dataclass
class Log:
    """What all clients saw; `refused` holds what was answered by neither an entry nor the end."""

    takes: list[Deed] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def doubled(takes: Iterable[Deed], releases: Iterable[Deed] = ()) -> list[tuple[Deed, Deed]]:
    """The takes of an entry that another client has, each behind the take that it doubles.

    A take is right where its client has the entry already, or where whoever had it may have released it
    before: by a release, not used for another take yet, that was invoked before this take returned and
    returned after that client took it. What only may have happened in a right order is held right.
    """
    released: dict[str, list[Deed]] = defaultdict(list)
    for release in sorted(releases, key=lambda deed: deed.invoked):
        released[release.entry].append(release)
    held: dict[str, Deed] = {}
    found = []
    for take in sorted(takes, key=lambda deed: deed.returned):
        before = held.get(take.entry)
        if before is not None and before.client != take.client:
            ended = next((one for one in released[take.entry] if _lies_between(before, one, take)), None)
            if ended is None:
                found.append((before, take))
            else:
                released[take.entry].remove(ended)
        held[take.entry] = take
    return found


def _lies_between(before: Deed, release: Deed, take: Deed) -> bool:
    """Whether RELEASE may have ended BEFORE, for TAKE to come after it."""
    is_its = release.client == before.client
    return is_its and release.returned > before.invoked and release.invoked < take.returned


def take_all(callers: Mapping[str, Caller], dataset: str, report: Callable[[str], None] = print) -> Log:
    """What comes of it when all CALLERS, by name, take entries of DATASET at once, until there are none.

    Its entries have priorities of their own: who asks for what is behind their last has nothing to hand on.
    """
    log = Log()
    start = threading.Barrier(len(callers))
    workers = [
        threading.Thread(target=_work, args=(name, caller, dataset, log, start), daemon=True)
        for name, caller in callers.items()
    ]
    for worker in workers:
        worker.start()
    said = 0
    for worker in workers:
        while worker.is_alive():
            worker.join(0.2)
            if len(log.takes) >= said + REPORT:
                said = len(log.takes) // REPORT * REPORT
                report(f"{said} takes")
    return log


def _work(name: str, caller: Caller, dataset: str, log: Log, start: threading.Barrier) -> None:
    start.wait()
    behind = -1.0
    try:
        while True:
            invoked = time.monotonic()
            # Without the filter one's own come first: the same entry, again and again.
            answer = caller.ask("POST", f"/datasets/{dataset}/next?filter[priority__gt]={behind}")
            returned = time.monotonic()
            if answer.status == 204:
                return
            if answer.status == 200:
                log.takes.append(Deed(name, answer.id, invoked, returned))
                behind = answer.data["attributes"]["priority"]
            else:
                log.refused.append(repr(answer))
    except Exception as error:  # a worker that is gone is not to look like one that found nothing more
        log.refused.append(f"{name} ended: {error!r}")
