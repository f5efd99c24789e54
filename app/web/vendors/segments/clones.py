"""Clones of datasets: a job copies the samples, and the answer waits for it for a while."""

from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import NotFound
from app.operations import records
from app.resources import libraries
from app.resources.owners import organization_of, owner_named, owners_of
from app.web.vendors.calls import Call, Route, told
from app.web.vendors.segments import bodies
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.dataset_objects import full_name_of, told_one
from app.web.vendors.segments.datasets import add, of_call, of_id
from app.web.vendors.segments.schemas import DATASET, FLAG, TEXT, shape
from app.web.vendors.segments.task_types import KNOWN
from app.web.vendors.segments.vendor import changed
from app.work import Work

PATIENCE = 20.0  # seconds that the answer waits for the copying
_SETTINGS = ("category", "readme", "description", "lease", "assignment", "workflow_configuration", "modality")


async def create(call: Call) -> Response:
    body = await call.object()

    def job(work: Work) -> tuple[str, str]:
        dataset = of_call(work, call)
        action = next(one for one in RESOURCES["datasets"].actions if one.name == "clone")
        records.find(work, RESOURCES["datasets"], dataset.id, action.allowed, "clone")
        said = {"cloned_from": full_name_of(owners_of(work), dataset), "managers": None, "archived": None}
        if body.get("task_type") is not None:
            said["task_type"] = bodies.one_of(body, "task_type", KNOWN)
        is_public = bodies.flag(body, "public")
        made = add(
            work,
            {
                **{name: getattr(dataset, name) for name in _SETTINGS},
                "name": bodies.text(body, "name", most=255) or f"{dataset.name[:249]}-clone",
                "owner_id": _owner(work, body),
                "labeling_configuration": dataset.labeling_configuration,
                "labels": dataset.labels,
                "visibility": "public" if is_public else "private",
                "vendor": changed(dataset.vendor, **said),
            },
        )
        is_labelled = bodies.flag(body, "clone_labels") or False
        return made.id, libraries.enqueue_copy(work, dataset.id, made, with_annotations=is_labelled).id

    id, job_id = await call.write(job)
    await call.ended(job_id, PATIENCE)
    return told(await call.read(lambda work: told_one(work, of_id(work, id), call.request.headers)), 201)


def _owner(work: Work, body: Json) -> str | None:
    """Whose the clone is: the caller's, unless BODY names the organization."""
    name = bodies.text(body, "owner")
    if name is None or owner_named(work, name).account_id == work.actor.account_id:
        return work.actor.account_id
    if name != organization_of(work).name:
        raise NotFound(f"The organization {name[:64]} does not exist, or is not yours.")
    return None


_BODY = shape({}, {"name": TEXT, "task_type": TEXT, "public": FLAG, "owner": TEXT, "clone_labels": FLAG})
ROUTES = (
    Route(
        "POST",
        "/datasets/{owner}/{dataset}/clone/",
        create,
        "Copy a dataset: its settings and its samples, with their labels where that is asked for.",
        _BODY,
        {201: DATASET},
    ),
)
