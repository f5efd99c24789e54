"""Label configurations of the organization or of a project, label sets, and labels said at once."""

from typing import Any

from tests.app.data.doing import acted, begun, ended
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.entries import annotated, done, free, to_review
from tests.app.matrix.scenes.marks import in_review
from tests.app.matrix.scenes.scene import Scene, made, moved, scene
from tests.lab import Lab

CLASSES: dict[str, Any] = {"classes": [{"id": "vessel", "name": "Vessel"}]}


MARK: dict[str, Any] = {"dimensions": {"type": "point"}, "annotation": {"label": "vessel"}}


def add_labels(lab: Lab, project: str | None = None) -> str:
    """A label configuration of the organization, or of PROJECT."""
    where: dict[str, Any] = {"project_id": project} if project else {"organization_id": lab.organization}
    given: dict[str, Any] = {"name": f"{lab.mark} Eyes", "description": f"{lab.mark} all"}
    classes = {"classes": [{"id": "vessel", "name": f"{lab.mark}Vessel"}]}
    return made(lab.owner.create("label_configurations", **where, **given, configuration=classes))


@scene
def new_labels_of_organization(cast: Cast) -> Scene:
    sent = {"organization_id": cast.lab.organization, "configuration": CLASSES}
    return Scene(sent=sent, renewed=("name",))


@scene
def new_labels_of_project(cast: Cast) -> Scene:
    return Scene(sent={"project_id": cast.lab.project, "configuration": CLASSES}, renewed=("name",))


@scene
def labels_of_organization(cast: Cast) -> Scene:
    return Scene(add_labels(cast.lab), renewed=("name",))


@scene
def labels_of_project(cast: Cast) -> Scene:
    return Scene(add_labels(cast.lab, cast.lab.project), renewed=("name",))


@scene
def used_labels_of_organization(cast: Cast) -> Scene:
    """A dataset of the project refers to them."""
    id = add_labels(cast.lab)
    cast.lab.new_dataset(label_configuration_id=id)
    return Scene(id)


@scene
def used_labels_of_project(cast: Cast) -> Scene:
    id = add_labels(cast.lab, cast.lab.project)
    cast.lab.new_dataset(label_configuration_id=id)
    return Scene(id)


def _renamed(cast: Cast, id: str) -> Scene:
    """The configuration, renamed once by a job that has ended."""
    told = {"change": "rename", "class_id": "vessel", "name": "Artery"}
    job = begun(acted(cast.lab, f"/label_configurations/{id}/apply", **told))
    ended(cast.lab, job)
    return Scene(id, {"job_id": job})


@scene
def changed_labels_of_organization(cast: Cast) -> Scene:
    return _renamed(cast, add_labels(cast.lab))


@scene
def changed_labels_of_project(cast: Cast) -> Scene:
    return _renamed(cast, add_labels(cast.lab, cast.lab.project))


@scene
def trashed_labels_of_organization(cast: Cast) -> Scene:
    return a_trashed(cast, "label_configurations", add_labels(cast.lab))


@scene
def trashed_labels_of_project(cast: Cast) -> Scene:
    return a_trashed(cast, "label_configurations", add_labels(cast.lab, cast.lab.project))


def add_label_set(lab: Lab, dataset: str) -> str:
    said: dict[str, Any] = {"name": f"{lab.mark}predictions", "description": f"{lab.mark} of May"}
    said["vendor"] = {"tool": f"{lab.mark} word"}
    return made(lab.owner.create("label_sets", dataset_id=dataset, **said))


@scene
def label_set(cast: Cast) -> Scene:
    return Scene(add_label_set(cast.lab, cast.lab.new_dataset()), renewed=("description",))


@scene
def new_label_set(cast: Cast) -> Scene:
    return Scene(sent={"dataset_id": cast.lab.new_dataset(), "name": "predictions"}, renewed=("name",))


@scene
def trashed_label_set(cast: Cast) -> Scene:
    return a_trashed(cast, "label_sets", str(label_set(cast).id))


@scene
def dataset_of_label_set(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    add_label_set(cast.lab, dataset)
    return Scene(dataset)


LABELED = {"status": "labeled"}


@scene
def free_to_label(cast: Cast) -> Scene:
    return Scene(free(cast).id, LABELED)


@scene
def annotated_to_label(cast: Cast) -> Scene:
    return Scene(annotated(cast).id, LABELED)


@scene
def in_review_to_label(cast: Cast) -> Scene:
    return Scene(in_review(cast).id, LABELED)


@scene
def to_review_to_label(cast: Cast) -> Scene:
    return Scene(to_review(cast).id, LABELED)


@scene
def done_to_label(cast: Cast) -> Scene:
    return Scene(done(cast).id, {"status": "verified"})


def a_trashed(cast: Cast, type: str, id: str) -> Scene:
    moved(cast.lab.owner.delete(f"/{type}/{id}"))
    return Scene(id)
