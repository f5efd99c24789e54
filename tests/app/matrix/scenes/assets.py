"""Assets: of who brought them."""

from app.operations import changes
from app.resources.assets import ASSETS
from app.work import SYSTEM, Work
from tests.app.filing import keep
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.labels import a_trashed
from tests.app.matrix.scenes.scene import PICTURE, Scene, scene, unique
from tests.lab import Lab


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
    return a_trashed(cast, "assets", str(asset_of_annotator(cast).id))


@scene
def dataset_to_fill_with_asset(cast: Cast) -> Scene:
    """By an asset that is the annotator's: project owners see none but their own."""
    return Scene(cast.lab.new_dataset(), {"assets": [asset_of_annotator(cast).id]})
