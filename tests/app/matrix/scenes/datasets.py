"""Datasets: what they are given, and what is public."""

from typing import Any

from tests.app.data.doing import acted, begun, ended
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.labels import MARK, add_labels
from tests.app.matrix.scenes.layers import a_layer_on, a_new_layer_on
from tests.app.matrix.scenes.releases import add_release
from tests.app.matrix.scenes.scene import Scene, made, scene
from tests.lab import Lab


@scene
def labelled_dataset(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset(label_configuration_id=add_labels(cast.lab, cast.lab.project)))


@scene
def dataset_to_fill(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset(), {"urls": ["https://pictures.example.org/1.jpg"]})


@scene
def dataset_to_publish(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset(), {"visibility": "public"}, is_once=True)


@scene
def dataset_to_clone(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset(), {"name": "Another", "with_annotations": True})


def add_library(lab: Lab, visibility: str = "private") -> str:
    given: dict[str, Any] = {"organization_id": lab.organization, "name": "Eyes", "visibility": visibility}
    return made(lab.owner.create("datasets", **given))


@scene
def new_library(cast: Cast) -> Scene:
    return Scene(sent={"organization_id": cast.lab.organization, "name": "Eyes"})


@scene
def library(cast: Cast) -> Scene:
    return Scene(add_library(cast.lab), renewed=("name",))


@scene
def library_to_attach(cast: Cast) -> Scene:
    return Scene(add_library(cast.lab), {"project_id": cast.lab.project})


@scene
def public_library_to_attach(cast: Cast) -> Scene:
    return Scene(add_library(cast.lab, "public"), {"project_id": cast.lab.project})


@scene
def attached_dataset(cast: Cast) -> Scene:
    """A dataset of the project, which has the items of a library."""
    job = begun(acted(cast.lab, f"/datasets/{add_library(cast.lab)}/attach", project_id=cast.lab.project))
    return Scene(str(ended(cast.lab, job)["result"]["dataset_id"]))


def public(cast: Cast) -> str:
    return cast.lab.new_dataset(visibility="public")


@scene
def public_dataset(cast: Cast) -> Scene:
    return Scene(public(cast), renewed=("name",))


@scene
def public_dataset_to_clone(cast: Cast) -> Scene:
    return Scene(public(cast), {"project_id": cast.lab.project})


@scene
def public_dataset_to_clone_elsewhere(cast: Cast) -> Scene:
    """To a project of the neighbour's own."""
    return Scene(public(cast), {"project_id": cast.another_project})


@scene
def public_dataset_to_fill(cast: Cast) -> Scene:
    return Scene(public(cast), {"urls": ["https://pictures.example.org/1.jpg"]})


def _public_entry(cast: Cast, step: str) -> Scene:
    return Scene(cast.lab.at(step, dataset=public(cast)), renewed=("resource",))


@scene
def public_free(cast: Cast) -> Scene:
    return _public_entry(cast, "start")


@scene
def public_annotated(cast: Cast) -> Scene:
    return _public_entry(cast, "annotate")


@scene
def public_dataset_with_free(cast: Cast) -> Scene:
    dataset = public(cast)
    return Scene(dataset, watched=(("entries", cast.lab.at("start", dataset=dataset)),))


@scene
def public_annotation(cast: Cast) -> Scene:
    entry = str(public_annotated(cast).id)
    return Scene(cast.lab.new_annotation(entry), renewed=("annotation",))


@scene
def on_public_annotated(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": public_annotated(cast).id, **MARK})


@scene
def note_on_public_annotated(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": public_annotated(cast).id})


@scene
def layer_on_public_annotated(cast: Cast) -> Scene:
    return a_new_layer_on(cast, "public_annotated")


@scene
def layer_of_public_annotated(cast: Cast) -> Scene:
    return a_layer_on(cast, "public_annotated")


@scene
def released_public_dataset(cast: Cast) -> Scene:
    dataset = public(cast)
    add_release(cast.lab, dataset)
    return Scene(dataset)
