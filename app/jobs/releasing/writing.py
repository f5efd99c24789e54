"""write_release: its entries as they stood at its moment, part by part.

Its cursor is where it is: how many parts, entries and annotations there are, the last entry, and the hash so
far over all that was written.
"""

import time
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select
from sqlmodel import col

from app.declare import RESOURCES
from app.jobs.kinds import Kind, Step, Study, Watch, arguments_of
from app.jobs.releasing import then
from app.jobs.releasing.lines import NOTHING, Said, line_of
from app.jobs.releasing.then import Moment
from app.operations import changes, records
from app.operations.changes import Event
from app.operations.conditions import many, many_values, padded
from app.operations.rows import living
from app.released import packed
from app.resources import releases
from app.resources.files import Content, File, add
from app.resources.jobs import Job
from app.resources.layer_statuses import GROUND_TRUTH
from app.resources.releases import ReleaseStatus
from app.storage.statement import Statement
from app.work import Work

MEDIA_TYPE = "application/zstd"
_NUMBERING = "numbering "  # what the cursor begins with until the moment is fixed
_LAST = 2**63 - 1
_PAUSE = 0.02  # seconds until it is looked again whether events have their numbers


class At(NamedTuple):
    """How far a release is written."""

    part: int = 0
    entry_id: str = ""
    entries: int = 0
    annotations: int = 0
    checksum: str = ""


class Numbering(NamedTuple):
    """What was done before the release has no number yet."""


class Part(NamedTuple):
    """Some entries of a release as lines; IS_LAST: there are none behind them. AFTER is the last entry."""

    lines: list[bytes]
    annotations: int
    after: str
    is_last: bool
    hash: str = ""
    size: int = 0


def _look(work: Work, job: Job) -> Part | Numbering | None:
    release = _release(work, job)
    if release is None or not job.cursor:
        return None
    if job.cursor.startswith(_NUMBERING):
        return Numbering()
    moment, after = Moment(release.as_of, release.sequence), _at(job.cursor).entry_id
    rows, is_last = then.entries_of(work, release.dataset_id, after)
    rows, layers, is_cut = _fitting(work, release.label_set, rows)
    entries = then.at(work, RESOURCES["entries"], rows, moment)
    kept = [entry for entry in entries if _matches(entry, msgspec.json.decode(release.filter))]
    lines, annotations = _lines(work, release.label_set, kept, layers, moment)
    return Part(lines, annotations, rows[-1].id if rows else after, is_last and not is_cut)


def _fitting(work: Work, label_set: str, rows: list[Any]) -> tuple[list[Any], dict[str, Any], bool]:
    """As many of ROWS as have annotations for one part, their layers by entry, and whether some are left."""
    if not rows:
        return rows, {}, False
    ids = [row.id for row in rows]
    layers: dict[str, Any] = {}
    layer_ids = dict(zip(ids, ids, strict=True))
    if label_set != GROUND_TRUTH:
        layers = {layer.entry_id: layer for layer in then.layers_of(work, ids, label_set)}
        layer_ids = {id: layer.id for id, layer in layers.items()}
    else:
        layers = {layer.entry_id: layer for layer in then.telling_layers_of(work, ids)}
    sizes = then.sizes_of(work, list(layer_ids.values())) if layer_ids else {}
    total = 0
    for n, id in enumerate(ids):
        total += sizes.get(layer_ids.get(id, ""), 0) + (len(layers[id].vendor) if id in layers else 0)
        if total > then.MOST_BYTES and n:
            return rows[:n], layers, True
    return rows, layers, False


def _lines(
    work: Work, label_set: str, entries: Sequence[Any], layers: dict[str, Any], moment: Moment
) -> tuple[list[bytes], int]:
    if not entries:
        return [], 0
    known = then.at(work, RESOURCES["layers"], list(layers.values()), moment) if layers else ()
    if label_set != GROUND_TRUTH:
        said = {one.entry_id: Said(one.id, one.status, one.score, one.vendor) for one in known}
    else:
        own = {one.entry_id: (one.score, one.vendor) for one in known}
        said = {one.id: Said(one.id, one.label_status, *own.get(one.id, (None,))) for one in entries}
    found: dict[str, list[Any]] = {}
    if said:
        rows = then.annotations_of(work, [one.layer_id for one in said.values()])
        for one in then.at(work, RESOURCES["annotations"], rows, moment):
            found.setdefault(one.layer_id, []).append(one)
    sizes = _sizes_of_files(work, [entry.content_hash for entry in entries if entry.content_hash])
    lines = []
    for entry in entries:
        its = said.get(entry.id, NOTHING)
        lines.append(line_of(entry, its, found.get(its.layer_id, ()), sizes.get(entry.content_hash or "")))
    return lines, sum(map(len, found.values()))


def _matches(entry: Any, filter: dict[str, list[str]]) -> bool:
    return all(getattr(entry, name) in values for name, values in filter.items())


def _sizes_of_files(work: Work, hashes: list[str]) -> dict[str, int]:
    if not hashes:
        return {}
    count = padded(len(hashes))
    return dict(work.rows(_sizes(count), many_values("k", hashes, count)))


def _think(part: Part | Numbering | None, watch: Watch) -> Part | None:
    if isinstance(part, Numbering):
        time.sleep(_PAUSE)
        return None
    if part is None or not part.lines:
        return part
    content = packed(part.lines)
    return part._replace(hash=watch.sources.blobs.put(content), size=len(content))


def _run(work: Work, job: Job, cursor: str, found: Part | None = None) -> Step:
    release = _release(work, job)
    if release is None:  # it was deleted meanwhile
        return Step(None)
    if not cursor or cursor.startswith(_NUMBERING):
        return _begin(work, release, cursor)
    assert found is not None
    at = _at(cursor)
    if found.lines:
        add(work, release.organization_id, Content(found.hash, MEDIA_TYPE, found.size))
        releases.keep_part(work, release.id, at.part, found.hash, len(found.lines))
        own = sha256(b"\n".join(found.lines)).hexdigest()
        checksum = sha256(f"{at.checksum}{own}".encode()).hexdigest()
        at = At(
            at.part + 1,
            found.after,
            at.entries + len(found.lines),
            at.annotations + found.annotations,
            checksum,
        )
    at = at._replace(entry_id=found.after)
    if found.is_last:
        _finish(work, release, at)
        _export(work, job, release)
    return Step(None if found.is_last else _cursor(at), len(found.lines), result={"release_id": release.id})


def _begin(work: Work, release: Any, cursor: str) -> Step:
    """Fix the moment: that of this transaction, once all that was done before the job has its number.

    PostgreSQL numbers events a moment after their commit: what has none yet would not be in the release.
    """
    until = int(cursor.removeprefix(_NUMBERING)) if cursor else _LAST
    values = {"organization_id": release.organization_id, "until": until}
    ((unnumbered,),) = work.rows(_UNNUMBERED, values)
    if unnumbered is not None:
        return Step(f"{_NUMBERING}{unnumbered}")
    values = {"organization_id": release.organization_id, "dataset_id": release.dataset_id}
    sequence, classes, total = work.rows(_BEGINNING, values)[0]
    begun = {"as_of": work.now, "sequence": sequence, "classes": classes}
    changes.change(work, RESOURCES["releases"], release, begun, "begin")
    return Step(_cursor(At()), total=total)


def _finish(work: Work, release: Any, at: At) -> None:
    values = {
        "status": ReleaseStatus.SUCCEEDED.value,
        "entries_count": at.entries,
        "annotations_count": at.annotations,
        "checksum": sha256(at.checksum.encode()).hexdigest(),
    }
    changes.change(work, RESOURCES["releases"], release, values, "finish")


def _export(work: Work, job: Job, release: Any) -> None:
    """Begin the exports that were asked for along with the release."""
    for format in arguments_of(job).get("exports", ()):
        records.create(work, RESOURCES["exports"], {"release_id": release.id, "format": format})


def _failed(work: Work, job: Job) -> None:
    release = _release(work, job)
    if release is not None:
        changes.change(work, RESOURCES["releases"], release, {"status": ReleaseStatus.FAILED.value}, "fail")


def _release(work: Work, job: Job) -> Any:
    """The release that JOB writes; None where it was deleted."""
    found = living(work, RESOURCES["releases"], "id", [arguments_of(job)["release_id"]])
    return found[0] if found else None


def _at(cursor: str) -> At:
    return At(*msgspec.json.decode(cursor))


def _cursor(at: At) -> str:
    return msgspec.json.encode(list(at)).decode()


def _unnumbered() -> Any:
    """Of the organization's events up to one, the last that has no number yet."""
    return select(func.max(col(Event.position))).where(
        col(Event.sequence).is_(None),
        col(Event.organization_id) == bindparam("organization_id"),
        col(Event.position) <= bindparam("until"),
    )


def _beginning() -> Any:
    """The organization's last event, the dataset's labels, and how many entries it has."""
    datasets = RESOURCES["datasets"].columns
    sequence = (
        select(func.coalesce(func.max(col(Event.sequence)), 0))
        .where(col(Event.organization_id) == bindparam("organization_id"))
        .scalar_subquery()
    )
    return select(sequence, datasets["labeling_configuration"], datasets["entries_total_count"]).where(
        datasets["id"] == bindparam("dataset_id")
    )


@lru_cache(16)
def _sizes(count: int) -> Statement:
    """How many bytes each of some files has."""
    hash = col(File.hash)
    return Statement(
        lambda: select(hash, func.max(col(File.size))).where(hash.in_(many("k", count, hash))).group_by(hash)
    )


_BEGINNING = Statement(_beginning)
_UNNUMBERED = Statement(_unnumbered)

RELEASING = Kind(releases.KIND, _run, study=Study(_look, _think), failed=_failed)
