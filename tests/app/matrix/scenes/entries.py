"""Datasets and entries."""

from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.scene import Scene, moved, scene


@scene
def in_project(cast: Cast) -> Scene:
    return Scene(sent={"project_id": cast.lab.project, "name": "Right eyes"})


@scene
def dataset(cast: Cast) -> Scene:
    return Scene(cast.lab.dataset, renewed=("name",))


@scene
def empty_dataset(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset())


@scene
def dataset_to_pause(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset(), {"paused_steps": ["review"]}, is_once=True)


@scene
def begun_dataset(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    cast.lab.at("annotate", dataset=dataset)
    return Scene(dataset)


@scene
def dataset_of_free(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    cast.lab.new_entry(dataset_id=dataset)
    return Scene(dataset)


@scene
def workflow_version(cast: Cast) -> Scene:
    """The first and only version of the workflow of a dataset."""
    (id,) = cast.lab.owner.get(f"/datasets/{cast.lab.dataset}/workflow_versions").ids
    return Scene(str(id))


@scene
def in_dataset(cast: Cast) -> Scene:
    return Scene(sent={"dataset_id": cast.lab.dataset, "resource": "new.png"})


def _entry(cast: Cast, step: str, is_taken: bool = False) -> Scene:
    """An entry that has come to STEP by the annotator's hands, and then IS_TAKEN by the reviewer."""
    entry = cast.lab.at(step)
    if is_taken:
        moved(cast.lab.reviewer.act(entry, "select"))
    return Scene(entry, renewed=("resource",))


@scene
def free(cast: Cast) -> Scene:
    return _entry(cast, "start")


@scene
def annotated(cast: Cast) -> Scene:
    return _entry(cast, "annotate")


@scene
def to_review(cast: Cast) -> Scene:
    return _entry(cast, "review")


@scene
def rejected(cast: Cast) -> Scene:
    entry = _entry(cast, "review", is_taken=True)
    moved(cast.lab.reviewer.act(str(entry.id), "submit", approved=False))
    moved(cast.lab.annotator.act(str(entry.id), "submit"))
    return entry


@scene
def done(cast: Cast) -> Scene:
    entry = _entry(cast, "review", is_taken=True)
    moved(cast.lab.reviewer.act(str(entry.id), "submit", approved=True))
    return entry


@scene
def faulty(cast: Cast) -> Scene:
    return _entry(cast, "error")


@scene
def reopened(cast: Cast) -> Scene:
    """A reviewed entry that is free at its start again: the reviewer knows it, and does not work it there."""
    entry = str(done(cast).id)
    moved(cast.lab.owner.act(entry, "reopen", step="start"))
    moved(cast.lab.owner.act(entry, "assign", assigned_to_id=None))
    return Scene(entry)


def pass_on(cast: Cast, entry: str | None) -> None:
    """The annotator submits ENTRY, and the reviewer takes it."""
    cast.house.dice.roll(0.0)
    moved(cast.lab.annotator.act(str(entry), "submit"))
    moved(cast.lab.reviewer.act(str(entry), "select"))
