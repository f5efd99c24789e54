"""The queue, and what is kept on the way."""

from typing import Any

from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.entries import pass_on
from tests.app.matrix.scenes.projects import another_project
from tests.app.matrix.scenes.scene import Scene, moved, scene


def _served(cast: Cast, step: str) -> Scene:
    """A dataset of one entry, which is at STEP."""
    dataset = cast.lab.new_dataset()
    return Scene(dataset, watched=(("entries", cast.lab.at(step, dataset=dataset)),))


@scene
def dataset_with_free(cast: Cast) -> Scene:
    return _served(cast, "start")


@scene
def dataset_to_review(cast: Cast) -> Scene:
    return _served(cast, "review")


@scene
def project_with_free(cast: Cast) -> Scene:
    project = str(another_project(cast).id)
    entry = cast.lab.new_entry(dataset_id=cast.lab.new_dataset(project_id=project))
    return Scene(project, watched=(("entries", entry),))


def _draft(cast: Cast) -> tuple[str, str]:
    """A held entry, and the work on it that the annotator saved."""
    entry = cast.lab.at("annotate")
    body: dict[str, Any] = {"data": {"attributes": {"content": {"annotations": []}}}}
    reply = cast.lab.annotator.ask("PUT", f"/entries/{entry}/draft", body)
    moved(reply)
    return entry, reply.id


@scene
def draft(cast: Cast) -> Scene:
    return Scene(_draft(cast)[1], renewed=("content",))


@scene
def draft_in_review(cast: Cast) -> Scene:
    entry, id = _draft(cast)
    pass_on(cast, entry)
    return Scene(id, renewed=("content",))


@scene
def entry_with_draft(cast: Cast) -> Scene:
    entry, _ = _draft(cast)
    pass_on(cast, entry)
    return Scene(entry)
