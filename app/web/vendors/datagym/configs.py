"""Label configurations: told, cleared with all that was labelled by them, and declared anew.

A project that has none yet is known by its own id, and has one once it is declared.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec
from starlette.responses import Response

from app.attributes import is_id
from app.declare import RESOURCES
from app.errors import Conflict, Problem
from app.formats.datagym_entries import entries_in
from app.formats.datagym_entries import told as told_entries
from app.formats.datagym_labels import entries_of, labels_of
from app.formats.datagym_words import Refused
from app.operations import records
from app.web.vendors.calls import Call, told
from app.web.vendors.datagym import finding
from app.web.vendors.datagym.answering import PATIENCE
from app.web.vendors.datagym.telling import milliseconds
from app.work import Work
from workflow.errors import Refused as FlowRefused

_AGAIN = 0.2  # seconds until it is tried again where another change is under way
_AT_WORK = ("in_progress", "completed")
_TO_BE_REVIEWED = ("labeled", "in_review")
_AT_ONCE = 100  # tasks of one transaction


class Config(NamedTuple):
    """What is declared, None where nothing is; and the project that it is known by, if there is one."""

    configuration: Any
    project: Any

    @property
    def is_empty(self) -> bool:
        labels = self.labels
        return not (labels.get("classes") or labels.get("classifications"))

    @property
    def labels(self) -> Any:
        return msgspec.json.decode(self.configuration.configuration) if self.configuration else {}


def config_named(work: Work, id: str) -> Config:
    """The configuration ID, or that of the project ID. Raises Refused."""
    if is_id(id):
        for project in finding.rows_of(work, "projects", id=id.lower()):
            return Config(_declared(work, project.label_configuration_id), project)
    configuration = finding.record(work, "label_configurations", id, "Label Configuration")
    using = finding.rows_of(work, "projects", label_configuration_id=configuration.id)
    project = next(using, None)
    if project is None and configuration.project_id:
        project = next(finding.rows_of(work, "projects", id=configuration.project_id), None)
    return Config(configuration, project)


def _declared(work: Work, id: str | None) -> Any:
    return next(finding.rows_of(work, "label_configurations", id=id), None) if id else None


def changed_at(config: Config) -> int:
    """When it was last changed, in milliseconds since 1970."""
    row = config.configuration or config.project
    return milliseconds(row.updated_at if config.configuration else row.created_at)


async def show_config(call: Call) -> Response:
    id = call.path["config"]
    return told(await call.read(lambda work: told_config(work, id, config_named(work, id))))


def told_config(work: Work, id: str, config: Config) -> dict[str, Any]:
    known = config.configuration.id if config.configuration else id
    return {
        "id": known,
        "projectId": config.project.id if config.project else None,
        "entries": told_entries(
            entries_of(config.labels), lambda path: str(uuid5(UUID(known), path)), changed_at(config)
        ),
        "numberOfCompletedTasks": _count(work, config, ("labeled", "in_review")),
        "numberOfReviewedTasks": _count(work, config, ("reviewed", "verified")),
    }


def _count(work: Work, config: Config, statuses: tuple[str, ...]) -> int:
    """How many tasks are labelled by it whose labels are as far as one of STATUSES."""
    asked = {"label_configuration_id": config.configuration.id} if config.configuration else None
    ids = tuple(one.id for one in finding.rows_of(work, "datasets", **asked)) if asked else ()
    found = {"dataset_id": ids, "status": _AT_WORK, "label_status": statuses}
    return finding.count_of(work, "entries", **found) if ids else 0


# ---- cleared


async def clear_config(call: Call) -> Response:
    """All entries go, and what was labelled by them; finished tasks wait to be labelled again."""
    id = call.path["config"]
    until = time.monotonic() + PATIENCE
    while True:
        try:
            job_id = await call.write(lambda work: _cleared(work, id))
            break
        except Conflict as error:
            if error.code != "label_change_under_way" or time.monotonic() > until:
                raise
            await asyncio.sleep(_AGAIN)
    if job_id is not None:
        await call.ended(job_id, until - time.monotonic())
        waiting = await call.read(lambda work: _waiting(work, id))
        for at in range(0, len(waiting), _AT_ONCE):
            some = waiting[at : at + _AT_ONCE]
            await call.write(lambda work, some=some: _send_back(work, some))  # type: ignore[misc]
    return told({"configId": id})


def _cleared(work: Work, id: str) -> str | None:
    """The job that clears it; None where there is nothing to clear."""
    config = config_named(work, id)
    if config.is_empty:
        return None
    card = RESOURCES["label_configurations"]
    (apply,) = (one for one in card.actions if one.name == "apply")
    job = records.act(work, card, config.configuration.id, apply, {"change": "clear"})
    return str(job.id)


def _waiting(work: Work, id: str) -> list[str]:
    """The tasks whose labels are gone while they wait to be reviewed."""
    config = config_named(work, id)
    datasets = finding.rows_of(work, "datasets", label_configuration_id=config.configuration.id)
    ids = tuple(one.id for one in datasets)
    asked = {"dataset_id": ids, "status": "in_progress", "label_status": _TO_BE_REVIEWED}
    return [one.id for one in finding.rows_of(work, "entries", **asked)] if ids else []


def _send_back(work: Work, entry_ids: Sequence[str]) -> None:
    """Have them be labelled again. Where a workflow leads one nowhere, it stays."""
    card = RESOURCES["entries"]
    (send_back,) = (one for one in card.actions if one.name == "send_back")
    for entry_id in entry_ids:
        with suppress(FlowRefused, Problem), work.connection.attempt():
            records.act(work, card, entry_id, send_back, {})


# ---- declared


async def declare_config(call: Call) -> Response:
    """The entries, in place of none: what is there has to be cleared first."""
    body = await call.json()
    given = body.get("entries", []) if isinstance(body, dict) else body
    labels = labels_of(entries_in([] if given is None else given))
    id = call.path["config"]
    return told(await call.write(lambda work: _written(work, id, labels)))


def _written(work: Work, id: str, labels: dict[str, Any]) -> dict[str, Any]:
    config = config_named(work, id)
    if not config.is_empty:
        detail = "the label configuration has entries: clear it first"
        raise Refused("gen_config_not_cleared", (id,), "", detail)
    text = msgspec.json.encode(labels).decode()
    card = RESOURCES["label_configurations"]
    if config.configuration is not None:
        after = records.update(work, card, config.configuration.id, {"configuration": text})
    else:
        after = _made(work, config.project, text)
    return told_config(work, after.id, Config(after, config.project))


def _made(work: Work, project: Any, text: str) -> Any:
    """The first configuration of the project, by which its datasets are labelled from now on."""
    values = {
        "organization_id": project.organization_id,
        "project_id": project.id,
        "name": project.name,
        "configuration": text,
    }
    made = records.create(work, RESOURCES["label_configurations"], values).row
    labels = {"label_configuration_id": made.id}
    records.update(work, RESOURCES["projects"], project.id, dict(labels))
    for dataset in finding.within(work, project.id):
        is_free = "classes" not in msgspec.json.decode(dataset.labeling_configuration)
        if dataset.label_configuration_id is None and is_free:
            records.update(work, RESOURCES["datasets"], dataset.id, dict(labels))
    return made
