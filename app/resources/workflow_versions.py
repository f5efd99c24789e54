"""Workflow versions: what a dataset's workflow was and is. A change makes a new one, none ever changes."""

from app.access import in_my_projects, scope
from app.declare import Access, Resource, ToOne
from app.resources.jobs import nobody
from app.resources.workflows import WorkflowVersion

WORKFLOW_VERSIONS = Resource(
    WorkflowVersion,
    type="workflow_versions",
    about="A workflow that a dataset has or had. An entry goes by the one it began with or was moved to.",
    access=Access(
        read=scope(WorkflowVersion.organization_id, lambda: in_my_projects(WorkflowVersion.project_id)),
        create=nobody,
        update=nobody,
        delete=nobody,
    ),
    ancestors={"project_id": "projects", "dataset_id": "datasets"},
    example={},
    links=(ToOne("dataset", "datasets", "dataset_id"),),
    verbs=frozenset({"index", "show"}),
)
