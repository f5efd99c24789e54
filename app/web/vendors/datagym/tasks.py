"""Label tasks: listed, shown, completed and skipped."""

import re
from typing import Any

from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Conflict
from app.formats.datagym_words import Refused
from app.operations import records
from app.operations.records import Told
from app.resources.owners import owners_of
from app.web.vendors.calls import Call, told
from app.web.vendors.datagym import finding
from app.web.vendors.datagym.answering import empty
from app.web.vendors.datagym.configs import changed_at, config_named, told_config
from app.web.vendors.datagym.telling import name_of, told_medium, told_task
from app.web.vendors.words import WORDS
from app.work import Work

STATES = frozenset(one.datagym for one in WORDS.values()) | {"REVIEWED_SKIP"}
MOST = 10_000  # tasks of one answer
_SEARCH = re.compile(r"[a-zA-Z0-9_ -]*")


async def list_tasks(call: Call) -> Response:
    """The tasks of a project in the order of their ids: those of a state, whose media's names have a text."""
    search, state = call.query.get("search", ""), call.query.get("state", "")
    if not _SEARCH.fullmatch(search):
        raise Refused("validation", (), "/search", "search has letters, digits, spaces, _ and -")
    if state and state not in STATES:
        raise Refused("validation", (), "/state", f"state is one of {', '.join(sorted(STATES))}")
    limit = call.query.get("limit", "0")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 10):
        raise Refused("validation", (), "/limit", "limit is a number; 0: as many as there are")
    most = min(int(limit) or MOST, MOST)
    return told(await call.read(lambda work: _listed(work, call.path["id"], search, state, most)))


def _listed(work: Work, project_id: str, search: str, state: str, most: int) -> list[Any]:
    project, people = finding.project(work, project_id), owners_of(work)
    found: list[Any] = []
    for entry in finding.rows_of(work, "entries", project_id=project.id, status=finding.THERE):
        if len(found) == most:
            break
        is_one = search.lower() in name_of(entry).lower() and state in ("", finding.state_of(entry))
        if is_one:
            found.append(told_task(entry, project, labeler_of(entry, people)))
    return found


def labeler_of(entry: Any, people: Any) -> str | None:
    """Who labelled it, or is at it, by name."""
    owner = people.get(entry.submitted_by_id or entry.assigned_to_id or "")
    return owner.name if owner else None


async def show_task(call: Call) -> Response:
    return told(await call.read(lambda work: _shown(work, call.path["id"])))


def _shown(work: Work, id: str) -> dict[str, Any]:
    entry, project = finding.task(work, id)
    config = config_named(work, project.id)
    dataset = finding.record(work, "datasets", entry.dataset_id, "Dataset")
    state = finding.state_of(entry)
    return {
        "taskId": entry.id,
        "labelTaskState": state,
        "projectName": project.name,
        "labelConfig": told_config(work, project.id, config),
        "labelIteration": {"id": project.id, "projectId": project.id, "run": 1},
        "media": told_medium(entry) | {"id": finding.medium_id(entry)},
        "reviewComment": None,
        "aiSegLimitReached": True,
        "lastChangedConfig": changed_at(config),
        "reviewActivated": False,
        "projectType": finding.media_type(dataset),
        "datasetId": finding.id_of(dataset),
        "datasetName": dataset.name,
    }


async def complete_task(call: Call) -> Response:
    """The task is labelled, unless the configuration was changed since the caller looked at it."""
    given = (await call.object()).get("lastChangedConfig")
    if type(given) is not int:
        detail = "lastChangedConfig is a time, in milliseconds since 1970"
        raise Refused("validation", (), "/lastChangedConfig", detail)
    id = call.path["id"]
    has_changed = await call.write(lambda work: _completed(work, id, given))
    return told({"hasLabelConfigChanged": has_changed, "currentTaskId": id})


def _completed(work: Work, id: str, known: int) -> bool:
    entry, project = finding.task(work, id)
    config = config_named(work, project.id)
    if config.configuration is not None and changed_at(config) > known:
        return True
    lead(work, entry.id, "labeled")
    return False


async def skip_task(call: Call) -> Response:
    await call.write(lambda work: _skipped(work, call.path["id"]))
    return empty()


def _skipped(work: Work, id: str) -> None:
    entry, _ = finding.task(work, id)
    lead(work, entry.id, "skipped")


def lead(work: Work, entry_id: str, status: str) -> None:
    """Lead the entry through its workflow to STATUS. Raises Refused where it cannot come there."""
    card = RESOURCES["entries"]
    (label,) = (one for one in card.actions if one.name == "label")
    try:
        done = records.act(work, card, entry_id, label, {"status": status})
    except Conflict as error:
        raise Refused("gen_wrong_label_task_state", (), "", error.detail) from None
    if isinstance(done, Told):
        raise done.problem
