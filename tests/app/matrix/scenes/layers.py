"""Layers: a model's, on entries that come as those of `entries` do."""

from typing import Any

from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.entries import annotated, done, free
from tests.app.matrix.scenes.labels import MARK, a_trashed
from tests.app.matrix.scenes.marks import in_review
from tests.app.matrix.scenes.scene import SCENES, Scene, made, scene
from tests.lab import Lab


def add_layer(lab: Lab, entry: str, **attributes: Any) -> str:
    """A layer of a model on ENTRY."""
    given: dict[str, Any] = {"label_set": f"{lab.mark}model", "status": "prelabeled", "score": 0.9}
    given["vendor"] = {"tool": f"{lab.mark} word"}
    return made(lab.owner.create("layers", entry_id=entry, **given | attributes))


def a_layer_on(cast: Cast, name: str) -> Scene:
    return Scene(add_layer(cast.lab, str(SCENES[name](cast).id)), renewed=("score",))


def a_new_layer_on(cast: Cast, name: str) -> Scene:
    return Scene(sent={"entry_id": SCENES[name](cast).id}, renewed=("label_set",))


@scene
def layer_of_free(cast: Cast) -> Scene:
    return a_layer_on(cast, "free")


@scene
def layer_of_annotated(cast: Cast) -> Scene:
    return a_layer_on(cast, "annotated")


@scene
def layer_of_in_review(cast: Cast) -> Scene:
    return a_layer_on(cast, "in_review")


@scene
def layer_of_done(cast: Cast) -> Scene:
    return a_layer_on(cast, "done")


@scene
def ground_truth_of_annotated(cast: Cast) -> Scene:
    return Scene(annotated(cast).id, renewed=("score",))


@scene
def layer_on_free(cast: Cast) -> Scene:
    return a_new_layer_on(cast, "free")


@scene
def layer_on_annotated(cast: Cast) -> Scene:
    return a_new_layer_on(cast, "annotated")


@scene
def layer_on_in_review(cast: Cast) -> Scene:
    return a_new_layer_on(cast, "in_review")


@scene
def layer_on_done(cast: Cast) -> Scene:
    return a_new_layer_on(cast, "done")


def _marked_layer(cast: Cast, entry: str) -> str:
    layer = add_layer(cast.lab, entry)
    cast.lab.new_annotation(entry, layer_id=layer)
    return layer


@scene
def marked_layer_of_free(cast: Cast) -> Scene:
    return Scene(_marked_layer(cast, str(free(cast).id)))


@scene
def marked_layer_of_in_review(cast: Cast) -> Scene:
    return Scene(_marked_layer(cast, str(in_review(cast).id)))


@scene
def on_layer_of_done(cast: Cast) -> Scene:
    entry = str(done(cast).id)
    return Scene(sent={"entry_id": entry, "layer_id": add_layer(cast.lab, entry), **MARK})


@scene
def trashed_layer_of_annotated(cast: Cast) -> Scene:
    return a_trashed(cast, "layers", str(layer_of_annotated(cast).id))
