"""Libraries: datasets of an organization that belong to no project, for projects to attach.

They stand in one project of the organization's own, so that all that holds of datasets holds of them.
"""

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import bindparam, null, select
from sqlmodel import col

from app.declare import RESOURCES, Values
from app.errors import Conflict, Forbidden
from app.operations import changes, records
from app.operations.records import parent
from app.operations.statements import Hold
from app.resources.jobs import enqueue
from app.resources.label_configurations import LabelConfiguration
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

    Raises RelatedNotFound to another organization, and Forbidden to who has no part in that project.
    """
    organization = parent(work, ORGANIZATIONS, values, "organization_id")
    found = work.rows(_LIBRARY, {"organization_id": organization.id})
    if not found:  # of two who make the first, one waits for the other
        parent(work, ORGANIZATIONS, values, "organization_id", Hold.CHANGED)
        found = work.rows(_LIBRARY, {"organization_id": organization.id})
    id: str = found[0][0] if found else _make_project(work, organization.id)
    if not records.lies_in(work, PROJECTS, id, PROJECTS.access.read):
        raise Forbidden("a dataset without a project is made by the owners and admins of the organization")
    return id


def _make_project(work: Work, organization_id: str) -> str:
    kept = {
        "organization_id": organization_id,
        "name": "Library",
        "description": "Datasets that belong to no project. Attach them to those that need them.",
        "kind": ProjectKind.LIBRARY.value,
        "created_by_email": work.actor.email,
        "created_by_id": work.actor.account_id,
    }
    made: Project = changes.add(as_service(work), PROJECTS, kept)
    return made.id


KIND = "copy_items"  # of job
_SETTINGS = ("modality", "category", "readme", "description", "lease", "assignment", "workflow_configuration")


class AttachBody(Schema):
    project_id = fields.UUID(required=True, metadata={"description": "the project that is to work on it"})
    name = fields.String(
        validate=validate.Length(max=255),
        metadata={"description": "of the dataset there; the library's unless said"},
    )


class CloneBody(Schema):
    name = fields.String(
        validate=validate.Length(max=255),
        metadata={"description": "of the copy; the name with -clone unless said"},
    )
    project_id = fields.UUID(metadata={"description": "where the copy is; in the same project unless said"})
    with_annotations = fields.Boolean(
        metadata={"description": "whether the annotations of the ground truth come along"}
    )


def attach(work: Work, library: Any, body: Values) -> Any:
    """The job that gives the project a dataset over the items of LIBRARY. Raises Conflict, NotFound."""
    if not work.rows(_IS_LIBRARY, {"id": library.project_id}):
        raise Conflict("only a dataset without a project is attached: clone this one", code="not_a_library")
    project_id = body["project_id"]
    parent(work, PROJECTS, {"project_id": project_id}, "project_id")  # whoever may not see it is told no more
    if work.rows(_ATTACHED, {"library_id": library.id, "project_id": project_id, "size": 1}):
        raise Conflict("the library is attached to the project already", code="already_attached")
    values = _settings(library, body.get("name", library.name))
    made = _made(work, library, values | {"project_id": project_id, "library_id": library.id})
    changes.adjust(work, RESOURCES["datasets"], library, {"attachments_count": library.attachments_count + 1})
    return enqueue_copy(work, library.id, made, is_attached=True)


def clone(work: Work, dataset: Any, body: Values) -> Any:
    """The job that copies DATASET."""
    values = _settings(dataset, body.get("name", f"{dataset.name[:249]}-clone"))
    made = _made(work, dataset, values | {"project_id": body.get("project_id", dataset.project_id)})
    return enqueue_copy(work, dataset.id, made, with_annotations=body.get("with_annotations", False))


def _settings(dataset: Any, name: str) -> Values:
    return {"name": name, **{field: getattr(dataset, field) for field in _SETTINGS}}


def _made(work: Work, dataset: Any, values: Values) -> Any:
    """A dataset of VALUES, with the labels of DATASET. It refers to the same configuration where it may."""
    if dataset.label_configuration_id is None:
        labels = {"labeling_configuration": dataset.labeling_configuration, "labels": dataset.labels}
    elif values["project_id"] == dataset.project_id or _is_for_all(work, dataset.label_configuration_id):
        labels = {"label_configuration_id": dataset.label_configuration_id}
    else:
        labels = {"labeling_configuration": dataset.labeling_configuration}
    return records.create(work, RESOURCES["datasets"], values | labels).row


def _is_for_all(work: Work, label_configuration_id: str) -> bool:
    return bool(work.rows(_IS_FOR_ALL, {"id": label_configuration_id}))


def enqueue_copy(
    work: Work,
    source_id: str,
    target: Any,
    *,
    is_attached: bool = False,
    with_annotations: bool = False,
    ids: Sequence[str] | None = None,
) -> Any:
    """The job that copies the items of the dataset SOURCE_ID, or those of IDS alone, to TARGET."""
    arguments = {
        "source_id": source_id,
        "target_id": target.id,
        "is_attached": is_attached,
        "with_annotations": with_annotations,
        "ids": ids,
    }
    place = {"project_id": target.project_id, "dataset_id": target.id}
    return enqueue(work, KIND, target.organization_id, arguments, **place)


def spread(work: Work, library_id: str, ids: Sequence[str]) -> None:
    """Have the new entries IDS of a library reach its attachments."""
    card = RESOURCES["datasets"]
    for row in work.rows(_ATTACHMENTS, {"library_id": library_id}):
        enqueue_copy(as_service(work), library_id, card.of(row), is_attached=True, ids=ids)


def _attachments() -> Any:
    columns = RESOURCES["datasets"].columns
    is_attached = columns["library_id"] == bindparam("library_id"), columns["deleted_at"].is_(None)
    plain = {name: column for name, column in columns.items() if name not in RESOURCES["datasets"].live}
    return select(*(plain.get(name, null()) for name in columns)).where(*is_attached)


def _attached() -> Any:
    columns = RESOURCES["datasets"].columns
    return (
        select(columns["id"])
        .where(
            columns["library_id"] == bindparam("library_id"),
            columns["project_id"] == bindparam("project_id"),
            columns["deleted_at"].is_(None),
        )
        .limit(bindparam("size"))
    )


_ATTACHMENTS = Statement(_attachments)
_ATTACHED = Statement(_attached)
_IS_LIBRARY = Statement(
    lambda: select(col(Project.id)).where(
        col(Project.id) == bindparam("id"), col(Project.kind) == ProjectKind.LIBRARY.value
    )
)
_IS_FOR_ALL = Statement(
    lambda: select(col(LabelConfiguration.id)).where(
        col(LabelConfiguration.id) == bindparam("id"), col(LabelConfiguration.project_id).is_(None)
    )
)
