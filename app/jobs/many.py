"""change_many: what a filter finds is changed, some hundred records a transaction, as who asked for it."""

from collections.abc import Sequence

import msgspec

from app.errors import Problem
from app.jobs.kinds import ItemError, Kind, Step, arguments_of
from app.operations import many
from app.operations.many import Task
from app.resources import api_keys
from app.resources.jobs import Job
from app.work import Work
from workflow.errors import Refused

CHUNK = 250  # records a transaction: each of them takes several statements


def run(work: Work, job: Job, cursor: str) -> Step:
    """Do it to the next records by id, up to the last that there was when it was asked for.

    Each is looked for anew: one that no longer matches is left alone. One that refuses is told and left.
    """
    arguments = arguments_of(job)
    if arguments["end"] is None:
        return Step(None, result={"changed": 0})
    task, mine = many.task_of(arguments), work._replace(actor=api_keys.actor_now(work, arguments["key_id"]))
    filters = many.filters_of(arguments)
    found = many.matches(mine, task.card, filters, CHUNK, cursor, arguments["end"])
    errors: list[ItemError] = []
    changed = many.together(mine, task, [id for id, _ in found])
    if changed is None:
        changed, errors = _one_by_one(mine, task, found)
    is_over = len(found) < CHUNK
    return Step(
        None if is_over else found[-1][0],
        len(found),
        tuple(errors),
        job.done + len(found) if is_over else None,
        {"changed": _changed(job) + changed},
    )


def _one_by_one(work: Work, task: Task, found: Sequence[tuple[str, int]]) -> tuple[int, list[ItemError]]:
    """How many of those that were FOUND have changed, and which refused."""
    changed, errors = 0, list[ItemError]()
    for id, version in found:
        try:
            with work.connection.attempt():
                changed += task.do(work, id) != version
        except (Problem, Refused) as error:
            errors.append(ItemError(id, error.code, error.detail))
    return changed, errors


def _changed(job: Job) -> int:
    """How many records were changed so far."""
    return int(msgspec.json.decode(job.result).get("changed", 0))


CHANGING = Kind(many.KIND, run)
