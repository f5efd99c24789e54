"""Events, jobs and webhooks."""

import time
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlmodel import col

from app.operations.changes import Event
from app.resources import webhook_rows
from app.resources.job_errors import JobError
from app.resources.jobs import enqueue
from app.storage.statement import Statement
from app.work import SYSTEM, Actor, Work
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.people import an_account
from tests.app.matrix.scenes.scene import Scene, made, scene
from tests.lab import House, Lab, Person

_UNNUMBERED = Statement(lambda: select(func.count()).select_from(Event).where(col(Event.sequence).is_(None)))


def wait_for_feed(house: House) -> None:
    """Return once every event has its number: on PostgreSQL they get it after the commit."""
    until = time.monotonic() + 10
    while house.database.write_now(SYSTEM, lambda work: work.rows(_UNNUMBERED, {}))[0][0]:
        assert time.monotonic() < until
        time.sleep(0.01)


def event_about(owner: Person, record: str) -> str:
    """The last event of RECORD."""
    wait_for_feed(owner.house)
    return owner.get(f"/events?filter[record_id]={record}").ids[-1]


@scene
def event_of_project(cast: Cast) -> Scene:
    return Scene(event_about(cast.lab.owner, cast.lab.new_dataset()))


@scene
def event_of_account(cast: Cast) -> Scene:
    return Scene(event_about(cast.lab.owner, an_account(cast)))


@scene
def event_of_webhook(cast: Cast) -> Scene:
    return Scene(event_about(cast.lab.owner, str(webhook(cast).id)))


def start_job(lab: Lab, account: str = "", project: str | None = None, kind: str = "unknown") -> str:
    """A job of a kind that no worker knows, started by ACCOUNT; none: by the service."""
    actor = Actor(account, lab.organization, "", "member") if account else SYSTEM
    return lab.house.database.write_now(
        actor, lambda work: enqueue(work, kind, lab.organization, project_id=project).id
    )


_ERROR = Statement(
    lambda: insert(JobError).values({name: bindparam(f"v_{name}") for name in JobError.model_fields})
)


def add_error(lab: Lab, job: str, text: str = "one") -> str:
    """That JOB could not do something."""

    def add(work: Work) -> str:
        row = {"id": work.sources.ids(), "organization_id": lab.organization, "job_id": job, "at": work.now}
        row |= dict.fromkeys(("item", "code", "detail"), text)
        work.run(_ERROR, {f"v_{name}": value for name, value in row.items()})
        return str(row["id"])

    return lab.house.database.write_now(SYSTEM, add)


def add_delivery(lab: Lab, webhook: str, event: str, text: str = "ping") -> str:
    """That EVENT was sent to WEBHOOK."""

    def add(work: Work) -> str:
        id = work.sources.ids()
        values = {"event_type": text, "error_code": text, "state": "failed", "at": work.now}
        named = {"organization_id": lab.organization, "webhook_id": webhook, "event_id": event}
        webhook_rows.add(work, id=id, **named, **values)
        return id

    return lab.house.database.write_now(SYSTEM, add)


@scene
def job_of_annotator(cast: Cast) -> Scene:
    id = start_job(cast.lab, cast.lab.annotator.account, cast.lab.project)
    add_error(cast.lab, id)
    return Scene(id)


@scene
def job_of_service(cast: Cast) -> Scene:
    return Scene(start_job(cast.lab, project=cast.lab.project))


@scene
def job_of_organization(cast: Cast) -> Scene:
    return Scene(start_job(cast.lab))


@scene
def error_of_annotator(cast: Cast) -> Scene:
    return Scene(add_error(cast.lab, str(start_job(cast.lab, cast.lab.annotator.account, cast.lab.project))))


@scene
def error_of_service(cast: Cast) -> Scene:
    return Scene(add_error(cast.lab, str(job_of_service(cast).id)))


HOOK: dict[str, Any] = {
    "url": "https://hooks.example.org/postil",
    "disabled_at": "2020-01-01T00:00:00Z",
}  # nothing is sent


@scene
def new_webhook(cast: Cast) -> Scene:
    return Scene(sent=dict(HOOK))


@scene
def webhook_in_project(cast: Cast) -> Scene:
    return Scene(sent=HOOK | {"project_id": cast.lab.project})


@scene
def webhook(cast: Cast) -> Scene:
    id = made(cast.lab.owner.create("webhooks", **HOOK, project_id=cast.lab.project))
    return Scene(id, renewed=("description",))


@scene
def delivery_by_webhook(cast: Cast) -> Scene:
    id = str(webhook(cast).id)
    add_delivery(cast.lab, id, event_about(cast.lab.owner, id))
    return Scene(id)


@scene
def delivery(cast: Cast) -> Scene:
    hook = str(webhook(cast).id)
    return Scene(add_delivery(cast.lab, hook, event_about(cast.lab.owner, hook)))
