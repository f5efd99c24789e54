"""Libraries: datasets of an organization that belong to no project, for projects to attach.

They stand in one project of the organization's own, so that all that holds of datasets holds of them.
"""

from sqlalchemy import bindparam, select
from sqlmodel import col

from app.declare import Values
from app.operations import changes
from app.operations.records import parent
from app.resources.organizations import ORGANIZATIONS
from app.resources.projects import PROJECTS, Project, ProjectKind
from app.storage.statement import Statement
from app.work import Work, as_service

_LIBRARY = Statement(
    lambda: select(col(Project.id)).where(
        col(Project.organization_id) == bindparam("organization_id"),
        col(Project.kind) == ProjectKind.LIBRARY.value,
        col(Project.deleted_at).is_(None),
    )
)


def project_of(work: Work, values: Values) -> str:
    """The id of the project in which the libraries of the organization of VALUES are; made where it has none.

    Raises RelatedNotFound where the actor is of another organization.
    """
    organization = parent(work, ORGANIZATIONS, values, "organization_id")
    found = work.rows(_LIBRARY, {"organization_id": organization.id})
    if found:
        id: str = found[0][0]
        return id
    kept = {
        "organization_id": organization.id,
        "name": "Library",
        "description": "Datasets that belong to no project. Attach them to those that need them.",
        "kind": ProjectKind.LIBRARY.value,
        "created_by_email": work.actor.email,
        "created_by_id": work.actor.account_id,
    }
    made: Project = changes.add(as_service(work), PROJECTS, kept)
    return made.id
