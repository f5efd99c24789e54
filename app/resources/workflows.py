"""What datasets' workflows rest on: the versions that are kept of them, their crews, and who is in a team."""

from typing import Annotated, Any

import msgspec
from sqlalchemy import UniqueConstraint, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.access import Crew, ProjectMember
from app.attributes import HIDDEN, READ_ONLY, Id, JsonObject
from app.declare import RESOURCES
from app.errors import Fault
from app.operations import changes
from app.operations.living import is_living
from app.resources.accounts import Account
from app.storage.rows import STRICT, TEXT, Row, integer, parent_key, text
from app.storage.statement import Statement
from app.work import Work
from workflow.checking import Team
from workflow.dataset import workflow_of
from workflow.errors import BadConfiguration
from workflow.machine import crew_of


class WorkflowVersion(Row, table=True):
    __tablename__ = "workflow_versions"
    __table_args__ = (UniqueConstraint("dataset_id", "number"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its dataset.")
    dataset_id: Annotated[Id, READ_ONLY] = parent_key("datasets.id", "Whose workflow it is.")
    number: Annotated[int, READ_ONLY] = integer("1, 2, 3.")
    configuration: Annotated[JsonObject, READ_ONLY] = text("The workflow, as it was configured.")


def keep(work: Work, dataset: Any) -> None:
    """Keep the workflow that DATASET has from now on as a version, and make sure that its crews are known."""
    workflow = workflow_of(dataset.workflow_configuration)
    for step in workflow.graph.steps.values():
        for worker in step.crew:
            work.run_later(_JOIN, {"crew": crew_of(step), "worker": worker})
    changes.add(
        work,
        RESOURCES["workflow_versions"],
        {
            "organization_id": dataset.organization_id,
            "project_id": dataset.project_id,
            "dataset_id": dataset.id,
            "number": dataset.workflow_version,
            "configuration": dataset.workflow_configuration,
        },
    )


def team_of(work: Work, project_id: str) -> Team:
    """The enabled members of the project: account -> role."""
    return dict(work.rows(_TEAM, {"project_id": project_id}))


def faults_of(error: BadConfiguration, at: str = "/data/attributes/workflow_configuration") -> list[Fault]:
    """What is wrong with a configuration that was sent AT some place."""
    return [Fault(fault.code, fault.detail, f"{at}{fault.pointer}") for fault in error.faults]


def is_same(one: str, other: str) -> bool:
    """Whether two configurations, as JSON text, say the same."""
    return one == other or msgspec.json.decode(one) == msgspec.json.decode(other)


def _team() -> Any:
    is_enabled = exists().where(
        col(Account.id) == col(ProjectMember.account_id), col(Account.disabled_at).is_(None)
    )
    return select(col(ProjectMember.account_id), col(ProjectMember.role)).where(
        col(ProjectMember.project_id) == bindparam("project_id"),
        col(ProjectMember.disabled_at).is_(None),
        *is_living(RESOURCES["project_members"]),
        is_enabled,
    )


def _join() -> Any:
    worker = {"crew": bindparam("crew", type_=TEXT), "worker": bindparam("worker", type_=TEXT)}
    return insert(Crew).inline().values(worker).on_conflict_do_nothing()


_TEAM = Statement(_team)
_JOIN = Statement(_join)
