"""Releases and exports, which are written."""

from typing import Any

from app.operations import changes
from app.operations.records import find
from app.resources.exports import EXPORTS
from app.work import SYSTEM, Work
from tests.app.data.doing import ended
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.labels import a_trashed
from tests.app.matrix.scenes.scene import Scene, made, scene, unique
from tests.lab import Lab, Reply


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
    return a_trashed(cast, "releases", str(release(cast).id))


@scene
def trashed_export(cast: Cast) -> Scene:
    return a_trashed(cast, "exports", str(export(cast).id))


def name_file(lab: Lab, export: str) -> None:
    """Put the lab's mark into what the EXPORT's file is called."""

    def name(work: Work) -> None:
        changes.change(work, EXPORTS, find(work, EXPORTS, export), {"file_name": f"{lab.mark}eyes.zip"})

    lab.house.database.write_now(SYSTEM, name)
