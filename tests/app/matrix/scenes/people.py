"""The organization: its people and their keys."""

from tests.app.filing import keep
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.scene import PICTURE, Scene, made, scene, unique


@scene
def organization(cast: Cast) -> Scene:
    return Scene(cast.lab.organization, renewed=("name",))


def an_account(cast: Cast, role: str = "member") -> str:
    email = f"{unique()}@somewhere.example"
    return made(cast.lab.owner.create("accounts", email=email, organization_role=role))


@scene
def bystander(cast: Cast) -> Scene:
    account = an_account(cast)
    cast.lab.key(account)
    return Scene(account, renewed=("name",))


@scene
def bystander_to_admin(cast: Cast) -> Scene:
    return Scene(an_account(cast), {"organization_role": "admin"}, is_once=True)


@scene
def another_owner(cast: Cast) -> Scene:
    return Scene(an_account(cast, "owner"), renewed=("name",))


@scene
def own_name(cast: Cast) -> Scene:
    return Scene(None, renewed=("name",))


@scene
def own_username(cast: Cast) -> Scene:
    return Scene(None, renewed=("username",))


def _new_account(cast: Cast, role: str) -> Scene:
    sent = {"organization_id": cast.lab.organization, "organization_role": role}
    return Scene(sent=sent, renewed=("email",))


@scene
def member_in_organization(cast: Cast) -> Scene:
    return _new_account(cast, "member")


@scene
def admin_in_organization(cast: Cast) -> Scene:
    return _new_account(cast, "admin")


@scene
def owner_in_organization(cast: Cast) -> Scene:
    return _new_account(cast, "owner")


@scene
def own_key(cast: Cast) -> Scene:
    return Scene(sent={"scopes": ["read"]}, renewed=("name",))


@scene
def new_key_of_bystander(cast: Cast) -> Scene:
    return Scene(sent={"account_id": an_account(cast), "scopes": ["read"]})


@scene
def new_key_of_owner(cast: Cast) -> Scene:
    return Scene(sent={"account_id": cast.lab.owner.account, "scopes": ["read"]})


@scene
def key_of_annotator(cast: Cast) -> Scene:
    id = made(cast.lab.owner.create("api_keys", account_id=cast.lab.annotator.account))
    return Scene(id, renewed=("name",))


@scene
def key_of_owner(cast: Cast) -> Scene:
    id = made(cast.lab.owner.create("api_keys", account_id=cast.lab.owner.account))
    return Scene(id, renewed=("name",))


@scene
def picture(cast: Cast) -> Scene:
    return Scene(keep(cast.lab, PICTURE))
