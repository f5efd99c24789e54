"""compare_releases: which entries one release has and another has not, and which are not the same in both.

Both have their entries in the order of ids, so that they are gone through side by side, a part of each at a
time. What differs comes into a file, a line for each entry.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from app.contents import Blobs
from app.jobs.kinds import Kind, Step, Study, Watch, arguments_of
from app.released import unpacked
from app.resources import releases
from app.resources.files import Content, add
from app.resources.jobs import Job
from app.work import Work

MEDIA_TYPE = "application/x-ndjson"
_TOLD = 1000  # entries between two looks whether to go on


class Asked(NamedTuple):
    """The parts of both releases, by their hashes."""

    before: Sequence[str]
    after: Sequence[str]


class Compared(NamedTuple):
    """How many entries differ in which way, and the file that tells which."""

    added: int
    removed: int
    changed: int
    content: Content


class _Named(msgspec.Struct):
    """What is read of a line: which entry it is of."""

    id: str
    external_id: str | None = None


_decode = msgspec.json.Decoder(_Named).decode
_encode = msgspec.json.Encoder().encode


def _look(work: Work, job: Job) -> Asked:
    arguments = arguments_of(job)
    before, after = (
        [hash for _, hash, _ in releases.parts_of(work, arguments[name])] for name in ("before", "after")
    )
    return Asked(before, after)


def _think(asked: Asked, watch: Watch) -> Compared | None:
    counts = {"added": 0, "removed": 0, "changed": 0}
    blobs = watch.sources.blobs
    with blobs.writer() as draft:
        pairs = _pairs(_lines(blobs, asked.before), _lines(blobs, asked.after))
        for n, (before, after) in enumerate(pairs):
            if n % _TOLD == 0 and not watch.go_on():
                return None
            if before == after:
                continue
            change = "added" if before is None else "removed" if after is None else "changed"
            counts[change] += 1
            named = _decode(after or before or b"{}")
            told = {"change": change, "id": named.id, "external_id": named.external_id}
            draft.write(_encode(told) + b"\n")
    return Compared(**counts, content=Content(draft.hash, MEDIA_TYPE, draft.size))


def _lines(blobs: Blobs, parts: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Each line, with its entry's id."""
    for hash in parts:
        for line in unpacked(blobs.get(hash)):
            yield _decode(line).id, line


def _pairs(
    before: Iterator[tuple[str, bytes]], after: Iterator[tuple[str, bytes]]
) -> Iterator[tuple[bytes | None, bytes | None]]:
    """The lines of the same entry, None where one side has none."""
    one, other = next(before, None), next(after, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            yield one[1], None
            one = next(before, None)
        elif one is None or other[0] < one[0]:
            yield None, other[1]
            other = next(after, None)
        else:
            yield one[1], other[1]
            one, other = next(before, None), next(after, None)


def _run(work: Work, job: Job, cursor: str, found: Compared | None = None) -> Step:
    assert found is not None
    add(work, job.organization_id, found.content)
    arguments = arguments_of(job)
    told = {"added": found.added, "removed": found.removed, "changed": found.changed}
    of = {"before_id": arguments["before"], "after_id": arguments["after"]}
    return Step(None, result={**told, **of, "content_hash": found.content.hash})


COMPARING = Kind(releases.COMPARE, _run, study=Study(_look, _think))
