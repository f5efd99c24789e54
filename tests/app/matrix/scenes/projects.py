"""The project and its people."""

from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.people import an_account
from tests.app.matrix.scenes.scene import Scene, made, moved, scene


@scene
def in_organization(cast: Cast) -> Scene:
    return Scene(sent={"organization_id": cast.lab.organization, "name": "Hearts"})


@scene
def project(cast: Cast) -> Scene:
    _ = cast.lab.dataset
    return Scene(cast.lab.project, renewed=("name",))


@scene
def another_project(cast: Cast) -> Scene:
    """A project with the same people as the first."""
    lab = cast.lab
    project = made(lab.owner.create("projects", name="Livers", organization_id=lab.organization))
    for column, role in (
        ("lead", "project_owner"),
        ("annotator", "annotator"),
        ("idle_annotator", "annotator"),
        ("reviewer", "reviewer"),
        ("idle_reviewer", "reviewer"),
    ):
        lab.join(cast.columns[column][0].account, role, project)
    return Scene(project)


def _place(cast: Cast, role: str = "annotator") -> str:
    return cast.lab.join(an_account(cast), role)


@scene
def place(cast: Cast) -> Scene:
    return Scene(_place(cast), renewed=("name",))


@scene
def place_to_reviewer(cast: Cast) -> Scene:
    return Scene(_place(cast), {"role": "reviewer"}, is_once=True)


@scene
def place_to_pause(cast: Cast) -> Scene:
    return Scene(_place(cast), {"paused_at": "2026-01-31T12:00:00.000000Z"}, is_once=True)


@scene
def place_to_project_owner(cast: Cast) -> Scene:
    return Scene(_place(cast), {"role": "project_owner"}, is_once=True)


def _given_up(cast: Cast, role: str) -> Scene:
    """A disabled place, to be enabled again."""
    id = _place(cast, role)
    moved(cast.lab.owner.delete(f"/project_members/{id}"))
    return Scene(id, {"disabled_at": None}, is_once=True)


@scene
def place_back(cast: Cast) -> Scene:
    return _given_up(cast, "reviewer")


@scene
def place_of_project_owner_back(cast: Cast) -> Scene:
    return _given_up(cast, "project_owner")


def _newcomer(cast: Cast, role: str) -> Scene:
    sent = {"project_id": cast.lab.project, "account_id": an_account(cast), "role": role}
    return Scene(sent=sent, is_once=True)


@scene
def newcomer(cast: Cast) -> Scene:
    return _newcomer(cast, "annotator")


@scene
def newcomer_as_project_owner(cast: Cast) -> Scene:
    return _newcomer(cast, "project_owner")
