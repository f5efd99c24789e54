"""move_entries: entries of older versions of a dataset's workflow are moved to the newest, by a mapping."""

from collections import Counter

import msgspec

from app.declare import RESOURCES
from app.jobs.kinds import Kind, Step, arguments_of
from app.operations import records
from app.operations.statements import Hold
from app.resources import moving, tallies
from app.resources.jobs import Job
from app.work import Work


def run(work: Work, job: Job, cursor: str) -> Step:
    """Move the next entries by id. Where the workflow has changed again meanwhile, it ends."""
    arguments = arguments_of(job)
    dataset = records.find(work, RESOURCES["datasets"], str(job.dataset_id), hold=Hold.KEPT)
    if dataset.workflow_version != arguments["version"]:
        return Step(None, result=_result(job, Counter()) | {"stopped": "the workflow has changed again"})
    aim = moving.aim_of(work, dataset, arguments["mapping"])
    entries = moving.of_older(work, dataset, cursor, moving.CHUNK)
    with tallies.together(work) as adding:
        moved = moving.move(adding, aim, entries)
    is_over = len(entries) < moving.CHUNK
    if is_over:
        moving.forget_older_steps(work, dataset)
    return Step(
        None if is_over else entries[-1].id,
        len(entries),
        total=job.done + len(entries) if is_over else None,
        result=_result(job, moved),
    )


def _result(job: Job, moved: Counter[str]) -> dict[str, object]:
    so_far = Counter(msgspec.json.decode(job.result).get("moved", {}))
    return {"moved": dict(sorted((so_far + moved).items()))}


MOVING = Kind(moving.KIND, run)
