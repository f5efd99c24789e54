"""Which label configuration a dataset or a project may refer to. It knows nothing of what they do with it."""

from typing import Any

from app.declare import RESOURCES
from app.errors import Fault, Invalid, NotFound, RelatedNotFound
from app.operations.records import find
from app.operations.statements import Hold
from app.work import Work

_POINTER = "/data/attributes/label_configuration_id"


def referred(work: Work, project_id: str | None, id: str) -> Any:
    """The label configuration ID: of the organization or of the project PROJECT_ID (None: a new one).

    Raises RelatedNotFound where the actor does not see it, Invalid where it is of another project.
    """
    try:
        # Whoever puts it into the trash meanwhile waits, and finds what refers to it; or we find it gone.
        found = find(work, RESOURCES["label_configurations"], id, hold=Hold.CHANGED)
    except NotFound:
        raise RelatedNotFound("no label configuration that you may see has the id", _POINTER) from None
    if found.project_id not in (None, project_id):
        raise Invalid(Fault("label_configuration_elsewhere", "it is of another project", _POINTER))
    return found
