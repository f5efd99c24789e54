"""Memory: of a process at rest with everything loaded, and what large answers add to it at most.

What counts is the resident set, as Linux tells it (proc(5)); elsewhere there are no figures.
"""

from pathlib import Path

from bench.asking import asked
from bench.contenders import Started
from bench.data import PAGE, Filled
from bench.measures.create import CREATE
from bench.measures.feed import FEED_READ
from bench.measures.include import INCLUDE
from bench.measures.measure import escaped
from bench.measures.page import PAGE as PAGE_MEASURE
from bench.measures.record import RECORD
from bench.measures.weight import MEBIBYTE, Weight
from bench.measures.work import WORK

NDJSON = "application/x-ndjson"


def at_rest(postil: Started, data: Filled) -> float | None:
    """The mebibytes of a process that has answered something of every kind."""
    _load(postil, data)
    return resident(postil.pid, "VmRSS")


def added_by_page(postil: Started, data: Filled) -> float | None:
    """What a page of 1,000 annotations of 20 kB adds at most."""
    return _added(postil, data, f"/annotations?{escaped(f'filter[entry_id]={data.heavy}&page[size]={PAGE}')}")


def added_by_stream(postil: Started, data: Filled) -> float | None:
    """What a stream of all entries adds at most; None where the answer is no stream."""
    return _added(postil, data, f"/entries?{escaped(f'filter[dataset_id]={data.main}')}", NDJSON)


def _added(postil: Started, data: Filled, target: str, media: str = "*/*") -> float | None:
    _load(postil, data)
    before = resident(postil.pid, "VmRSS")
    if before is None or not forget_peak(postil.pid):
        return None
    with postil.opened(target, {"Accept": media}) as answer:
        if answer.status != 200 or (media == NDJSON and media not in answer.headers["Content-Type"]):
            return None
        while answer.read(1 << 16):
            pass
    peak = resident(postil.pid, "VmHWM")
    return None if peak is None else max(0.0, round(peak - before, 1))


def _load(postil: Started, data: Filled) -> None:
    """Ask something of every kind, so that all that is made once is there."""
    for measure in (PAGE_MEASURE, INCLUDE, RECORD, FEED_READ, CREATE, WORK):
        asked("postil", postil.port, measure.scripts_of(data)[0], measure.status)
    for target in ("/openapi.json", "/docs", "/metrics"):
        with postil.opened(target, {}) as answer:
            answer.read()


def resident(pid: int, name: str) -> float | None:
    """The mebibytes that NAME, such as VmRSS or VmHWM (its peak), tells of the process; None: not told."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return round(int(lines[name].split()[0]) * 1024 / MEBIBYTE, 1)


def forget_peak(pid: int) -> bool:
    """Whether the process's peak was set to what it is now."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError:
        return False
    return True


REST_MEMORY = Weight("rest", "a process at rest, everything loaded", "MiB", 200, at_rest)
PAGE_MEMORY = Weight("large", "a page of 1,000 annotations of 20 kB adds", "MiB", 60, added_by_page)
STREAM_MEMORY = Weight("stream", "all entries streamed as NDJSON add", "MiB", 32, added_by_stream)
