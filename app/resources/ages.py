"""How old the records of a histogram are, within 5 %. It knows numbers alone: no SQL, no record.

A histogram counts by arrival, in microseconds. What is younger is told apart finely, what is older coarsely:
a bucket's width is a power of two and at most a tenth of the age of its youngest. Buckets only ever grow into
one another, so counts that were merged earlier and single arrivals can be added up at any later time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

READ = 10  # a bucket's youngest is older than so many of its widths: half a width is 5 % of it at most
KEPT = 16  # the same where buckets are kept merged: a reader's clock may be behind the one that merged

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds_of(time: str) -> int:
    """TIME (2026-01-31T12:00:00.000000Z) since 1970, in microseconds."""
    return (datetime.fromisoformat(time) - _EPOCH) // _MICROSECOND


def bucket_of(arrived: int, now: int, finesse: int = READ) -> tuple[int, int]:
    """The bucket that ARRIVED belongs to NOW: its start and its width.

    It is the widest whose end lies FINESSE widths back; where none does, it is one microsecond wide.
    """
    if now <= arrived:
        return arrived, 1
    shift = max(0, ((now - arrived) // (finesse + 1)).bit_length() - 1)  # old enough at any place in it
    while now - (((arrived >> shift + 1) + 1) << shift + 1) >= finesse << shift + 1:
        shift += 1
    return arrived >> shift << shift, 1 << shift


def percentiles(
    counts: Iterable[tuple[int, int]], now: int, shares: Sequence[float]
) -> tuple[int, list[float | None]]:
    """How many there are of COUNTS (an arrival, how many came then) and, for each of SHARES, the age in
    seconds that so many of them have at most (the nearest rank), within 5 %; None where there are none.
    """
    buckets: dict[tuple[int, int], int] = {}
    for arrived, count in counts:
        bucket = bucket_of(arrived, now)
        buckets[bucket] = buckets.get(bucket, 0) + count
    youngest_first = sorted(((bucket, count) for bucket, count in buckets.items() if count), reverse=True)
    total = sum(count for _, count in youngest_first)
    return total, [_age(youngest_first, now, share * total) if total else None for share in shares]


def _age(youngest_first: list[tuple[tuple[int, int], int]], now: int, rank: float) -> float:
    middle = float(now)
    for (start, width), count in youngest_first:
        middle = start + (width - 1) / 2
        rank -= count
        if rank <= 0:
            break
    return max(0.0, now - middle) / 1e6
