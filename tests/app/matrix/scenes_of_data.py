"""What the rows of roles.md on data happen on: labels, layers, libraries, releases, exports and assets."""

from typing import Any

from app.operations import changes
from app.operations.records import find
from app.resources.assets import ASSETS
from app.resources.exports import EXPORTS
from app.work import SYSTEM, Work
from tests.app.data.doing import acted, begun, ended
from tests.app.filing import keep
from tests.app.matrix import scenes
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes import PICTURE, SCENES, Scene, made, moved, scene, unique
from tests.lab import Lab, Reply

__all__ = ["SCENES"]

CLASSES: dict[str, Any] = {"classes": [{"id": "vessel", "name": "Vessel"}]}
MARK: dict[str, Any] = {"dimensions": {"type": "point"}, "annotation": {"label": "vessel"}}


# ---- label configurations: of the organization, or of a project


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
    return _trashed(cast, "label_configurations", add_labels(cast.lab))


@scene
def trashed_labels_of_project(cast: Cast) -> Scene:
    return _trashed(cast, "label_configurations", add_labels(cast.lab, cast.lab.project))


# ---- label sets, and labels said at once


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
    return _trashed(cast, "label_sets", str(label_set(cast).id))


@scene
def dataset_of_label_set(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    add_label_set(cast.lab, dataset)
    return Scene(dataset)


LABELED = {"status": "labeled"}


@scene
def free_to_label(cast: Cast) -> Scene:
    return Scene(scenes.free(cast).id, LABELED)


@scene
def annotated_to_label(cast: Cast) -> Scene:
    return Scene(scenes.annotated(cast).id, LABELED)


@scene
def in_review_to_label(cast: Cast) -> Scene:
    return Scene(scenes.in_review(cast).id, LABELED)


@scene
def to_review_to_label(cast: Cast) -> Scene:
    return Scene(scenes.to_review(cast).id, LABELED)


@scene
def done_to_label(cast: Cast) -> Scene:
    return Scene(scenes.done(cast).id, {"status": "verified"})


def _trashed(cast: Cast, type: str, id: str) -> Scene:
    moved(cast.lab.owner.delete(f"/{type}/{id}"))
    return Scene(id)


# ---- layers: a model's, on entries that come as those of `scenes` do


def add_layer(lab: Lab, entry: str, **attributes: Any) -> str:
    """A layer of a model on ENTRY."""
    given: dict[str, Any] = {"label_set": f"{lab.mark}model", "status": "prelabeled", "score": 0.9}
    given["vendor"] = {"tool": f"{lab.mark} word"}
    return made(lab.owner.create("layers", entry_id=entry, **given | attributes))


def _layer_on(cast: Cast, name: str) -> Scene:
    return Scene(add_layer(cast.lab, str(SCENES[name](cast).id)), renewed=("score",))


def _new_layer_on(cast: Cast, name: str) -> Scene:
    return Scene(sent={"entry_id": SCENES[name](cast).id}, renewed=("label_set",))


@scene
def layer_of_free(cast: Cast) -> Scene:
    return _layer_on(cast, "free")


@scene
def layer_of_annotated(cast: Cast) -> Scene:
    return _layer_on(cast, "annotated")


@scene
def layer_of_in_review(cast: Cast) -> Scene:
    return _layer_on(cast, "in_review")


@scene
def layer_of_done(cast: Cast) -> Scene:
    return _layer_on(cast, "done")


@scene
def ground_truth_of_annotated(cast: Cast) -> Scene:
    return Scene(scenes.annotated(cast).id, renewed=("score",))


@scene
def layer_on_free(cast: Cast) -> Scene:
    return _new_layer_on(cast, "free")


@scene
def layer_on_annotated(cast: Cast) -> Scene:
    return _new_layer_on(cast, "annotated")


@scene
def layer_on_in_review(cast: Cast) -> Scene:
    return _new_layer_on(cast, "in_review")


@scene
def layer_on_done(cast: Cast) -> Scene:
    return _new_layer_on(cast, "done")


def _marked_layer(cast: Cast, entry: str) -> str:
    layer = add_layer(cast.lab, entry)
    cast.lab.new_annotation(entry, layer_id=layer)
    return layer


@scene
def marked_layer_of_free(cast: Cast) -> Scene:
    return Scene(_marked_layer(cast, str(scenes.free(cast).id)))


@scene
def marked_layer_of_in_review(cast: Cast) -> Scene:
    return Scene(_marked_layer(cast, str(scenes.in_review(cast).id)))


@scene
def on_layer_of_done(cast: Cast) -> Scene:
    entry = str(scenes.done(cast).id)
    return Scene(sent={"entry_id": entry, "layer_id": add_layer(cast.lab, entry), **MARK})


@scene
def trashed_layer_of_annotated(cast: Cast) -> Scene:
    return _trashed(cast, "layers", str(layer_of_annotated(cast).id))


# ---- datasets: what they are given, and what is public


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
    return _new_layer_on(cast, "public_annotated")


@scene
def layer_of_public_annotated(cast: Cast) -> Scene:
    return _layer_on(cast, "public_annotated")


@scene
def released_public_dataset(cast: Cast) -> Scene:
    dataset = public(cast)
    add_release(cast.lab, dataset)
    return Scene(dataset)


# ---- releases and exports, which are written


def add_release(lab: Lab, dataset: str, **attributes: Any) -> str:
    """A release of DATASET, which the job has written."""
    told: dict[str, Any] = {"name": f"{lab.mark}{unique()}", "description": f"{lab.mark} first"}
    return _written(lab, lab.owner.create("releases", dataset_id=dataset, **told, **attributes))


def add_export(lab: Lab, release: str) -> str:
    """An export of RELEASE, which the job has written."""
    return _written(lab, lab.owner.create("exports", release_id=release, format="postil"))


def _written(lab: Lab, reply: Reply) -> str:
    ended(lab, reply.attributes["job_id"])
    return made(reply)


@scene
def new_release(cast: Cast) -> Scene:
    return Scene(sent={"dataset_id": cast.lab.new_dataset()}, renewed=("name",))


@scene
def release(cast: Cast) -> Scene:
    return Scene(add_release(cast.lab, cast.lab.new_dataset()), renewed=("description",))


@scene
def release_to_compare(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    return Scene(add_release(cast.lab, dataset), {"with_id": add_release(cast.lab, dataset)})


@scene
def released_dataset(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    add_release(cast.lab, dataset)
    return Scene(dataset)


@scene
def exported_release(cast: Cast) -> Scene:
    id = str(release(cast).id)
    add_export(cast.lab, id)
    return Scene(id)


@scene
def new_export(cast: Cast) -> Scene:
    return Scene(sent={"release_id": release(cast).id, "format": "postil"})


@scene
def export(cast: Cast) -> Scene:
    return Scene(add_export(cast.lab, str(release(cast).id)))


@scene
def trashed_release(cast: Cast) -> Scene:
    return _trashed(cast, "releases", str(release(cast).id))


@scene
def trashed_export(cast: Cast) -> Scene:
    return _trashed(cast, "exports", str(export(cast).id))


def name_file(lab: Lab, export: str) -> None:
    """Put the lab's mark into what the EXPORT's file is called."""

    def name(work: Work) -> None:
        changes.change(work, EXPORTS, find(work, EXPORTS, export), {"file_name": f"{lab.mark}eyes.zip"})

    lab.house.database.write_now(SYSTEM, name)


# ---- assets: of who brought them


def add_asset(lab: Lab, account: str, content: bytes = PICTURE) -> str:
    """A file that ACCOUNT brought."""
    told = {
        "organization_id": lab.organization,
        "account_id": account,
        "name": f"{lab.mark}{unique()}.png",
        "content_hash": keep(lab, content),
        "media_type": "image/png",
        "size": len(content),
    }

    def add(work: Work) -> str:
        return str(changes.add(work, ASSETS, dict(told)).id)

    return lab.house.database.write_now(SYSTEM, add)


@scene
def asset_of_annotator(cast: Cast) -> Scene:
    return Scene(add_asset(cast.lab, cast.lab.annotator.account), renewed=("name",))


@scene
def trashed_asset_of_annotator(cast: Cast) -> Scene:
    return _trashed(cast, "assets", str(asset_of_annotator(cast).id))


@scene
def dataset_to_fill_with_asset(cast: Cast) -> Scene:
    """By an asset that is the annotator's: project owners see none but their own."""
    return Scene(cast.lab.new_dataset(), {"assets": [asset_of_annotator(cast).id]})
