"""DataGym's own SDK, 0.7.2 and 0.5.2, unmodified: what it is told, and what the main API shows then."""

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.vendors.datagym_labels import labels_of
from tests.vendors.picture_server import HEIGHT, WIDTH, pictures, png
from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite

RELEASES = {"0.7.2": "datagym", "0.5.2": "datagym-0.5.2"}
SCRIPT = "tests.vendors.datagym_flow"


@pytest.fixture
def pictures_url() -> Iterator[str]:
    with pictures() as url:
        yield url


def kinds(config: Any) -> list[tuple[str, str, list[Any]]]:
    """Key, type and the same of the children of each entry."""
    return [(one["entryKey"], one["type"], kinds(one["children"])) for one in config]


def said_of(item: Any) -> dict[str, Any]:
    """Labels and answers of an exported item, or of one to be imported."""
    return {name: item[name] for name in ("internal_media_ID", "labels", "global_classifications")}


@pytest.mark.parametrize(
    ("sites", "release"),
    [("sqlite", "0.7.2"), ("postgresql", "0.7.2"), ("sqlite", "0.5.2")],
    indirect=["sites"],
)
def test_datagyms_client_runs_from_its_first_call_to_its_last(
    release: str, sites: VendorSite, pictures_url: str, tmp_path: Path
) -> None:
    for n in range(2):
        (tmp_path / f"car {n}.png").write_bytes(png(100 + n))
    sites.serve(POSTIL_ALLOWED_PRIVATE_HOSTS="127.0.0.1")
    main = sites.main()
    project = main.make("projects", name="Streets", organization_id=sites.organization)

    def at_pause(word: str) -> None:
        assert word == "restart"
        sites.restart()

    arguments = (f"{sites.url}/datagym/", sites.key, release, pictures_url, str(tmp_path))
    said = said_by(RELEASES[release], SCRIPT, *arguments, folder=tmp_path, at_pause=at_pause)

    assert said["valid"] is True
    check_media(said, release, pictures_url)
    check_config(said)
    check_labels(said)
    check_refusals(said)
    check_files(said, sites)
    check_end(said)
    check_in_the_main_api(said, main, project)


def check_media(said: Any, release: str, url: str) -> None:
    assert said["created twice"] == (said["dataset"] if release == "0.7.2" else None)
    statuses = [one["mediaUploadStatus"] for one in said["addresses"]]
    assert statuses == ["SUCCESS"] * 58 + ["DUPLICATE", "UNSUPPORTED_MIME_TYPE"]
    first = said["addresses"][0]
    assert (first["external_media_ID"], first["imageUrl"]) == ("0.png", f"{url}/0.png?size=small")
    assert said["addresses"][58]["internal_media_ID"] == said["addresses"][3]["internal_media_ID"]
    assert [one["mediaUploadStatus"] for one in said["one address"]] == ["DUPLICATE"]
    assert said["uploaded"] == ["car 0.png", "car 1.png"]
    assert said["uploaded twice"] is None
    assert said["attached"] == [True, True]
    assert said["images"] == sorted([f"{n}.png" for n in range(58)] + said["uploaded"])


def check_config(said: Any) -> None:
    car, *others = kinds(said["config"]["entries"])
    assert car == (
        "car",
        "RECTANGLE",
        [
            ("color", "SELECT", []),
            ("extras", "CHECKLIST", [("note", "FREETEXT", [])]),
            ("plate", "RECTANGLE", [("number", "FREETEXT", [])]),
        ],
    )
    assert [key for key, *_ in others] == ["road", "lane", "sign", "caption", "weather", "sky"]
    assert said["config"]["entries"][0]["color"] == "#9A00CD"
    assert said["config"]["entries"][0]["shortcut"] == "2"
    assert said["config anew"]["entries"] == []


def check_labels(said: Any) -> None:
    assert said["imported"] == ["errorMessages", "errorMessages"]  # what the client makes of two answers
    assert said["exported before"] == []
    assert said["too old"] == 60
    head, *items = said["exported"]
    assert {"class_name": "plate", "geometry_type": "rectangle"} in head["label_classes"]
    assert {"class_name": "sky", "classification_type": "image_segmentation"} in head["label_classes"]
    by_id = {item["internal_media_ID"]: item for item in items}
    assert len(by_id) == 60
    for given in said["labels"]:
        item = by_id[given["internal_media_ID"]]
        assert said_of(item) == said_of(given)
        assert item["status"] == "completed"
    assert said["imported more"] == {"errorMessages": ""}
    after = {item["internal_media_ID"]: item for item in said["exported more"][1:]}
    kept, replaced = (one["internal_media_ID"] for one in said["labels"][:2])
    new = labels_of(7, kept)
    assert after[kept]["labels"]["car"] == [*by_id[kept]["labels"]["car"], *new["labels"]["car"]]
    assert after[kept]["global_classifications"] == new["global_classifications"]
    assert said_of(after[replaced]) == said_of(labels_of(8, replaced))
    assert {item["status"] for item in after.values()} == {"completed"}


def check_refusals(said: Any) -> None:
    form, unknown_class, unknown_medium = said["refused"]
    assert form["errorMessages"].startswith("Schema validation failed with 1 error(s)")
    assert unknown_class.startswith("APIException: HTTP 500")
    assert "bus" in unknown_class
    assert unknown_medium.startswith("APIException: HTTP 500")


def check_files(said: Any, site: VendorSite) -> None:
    status, media_type, content = said["bitmap"]
    assert (status, media_type) == (200, "image/bmp")
    with Image.open(BytesIO(base64.b64decode(content))) as picture:
        assert (picture.mode, picture.size) == ("L", (WIDTH, HEIGHT))
        found = np.asarray(picture)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[:10] = 255
    expected[2:6, 10:20] = 0
    assert np.array_equal(found, expected)
    assert said["address"].startswith(f"{site.url}/datagym/api/v1/export/")
    assert base64.b64decode(said["bytes"]).startswith(b"\x89PNG")
    assert said["file"] is True
    assert said["deleted"][0] is True


def check_end(said: Any) -> None:
    assert said["exported then"] == []
    assert said["states"] == ["WAITING_CHANGED"]
    assert said["removed"] is True
    assert said["datasets"] == [0]


def check_in_the_main_api(said: Any, main: Any, project: str) -> None:
    """The media are entries of a library; the project has its label configuration, now an empty one."""
    entries = main.every(f"/entries?filter[dataset_id]={said['dataset']}")
    ids = {item["internal_media_ID"] for item in said["labels"]}
    assert {one["id"] for one in entries} == ids - {said["deleted"][1]}
    assert {one["attributes"]["media_type"] for one in entries} == {"image/png"}
    shown = main.ask("GET", f"/projects/{project}").data["attributes"]
    configuration = main.ask("GET", f"/label_configurations/{shown['label_configuration_id']}").data
    assert configuration["attributes"]["configuration"]["classes"] == []
    assert configuration["attributes"]["labels"] == []


FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 4


def test_videos_are_uploaded_labelled_and_got_by_the_client(sites: VendorSite, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(FILM)
    sites.serve()
    main = sites.main()
    project = main.make("projects", name="Cinema", organization_id=sites.organization)
    main.make("datasets", name="Films", organization_id=sites.organization, modality="video")

    def at_pause(word: str) -> None:
        assert word == "label"
        sites.restart()
        label_film(sites.main(), project)

    arguments = (f"{sites.url}/datagym/", sites.key, str(film))
    said = said_by(
        "datagym", "tests.vendors.datagym_film_flow", *arguments, folder=tmp_path, at_pause=at_pause
    )

    assert said["kinds"] == ["VIDEO", "VIDEO", True]
    assert said["video"] == [said["uploaded"], "film.mp4"]
    assert base64.b64decode(said["bytes"]) == (tmp_path / "film.mp4").read_bytes() == FILM
    _, item = said["exported"]
    assert item == said["single"]
    assert item["internal_media_ID"] == said["uploaded"]
    assert item["labels"] == {
        "frames": {"3": [{"visibleObjectId": "car-1"}], "4": [{"visibleObjectId": "car-1"}]},
        "object": {
            "car-1": {
                "3": {"rectangle": [{"x": 1, "y": 2, "w": 3, "h": 4}], "classifications": {}},
                "4": {"rectangle": [{"x": 5, "y": 2, "w": 3, "h": 4}], "classifications": {}},
            }
        },
    }


def label_film(main: Any, project: str) -> None:
    """Have the task of the project be done, with a car in two frames."""
    (task,) = main.every(f"/entries?filter[project_id]={project}")
    for frame, x in ((3, 1), (4, 5)):
        dimensions = {
            "type": "box",
            "x": x,
            "y": 2,
            "width": 3,
            "height": 4,
            "frame": frame,
            "track": "car-1",
        }
        main.make("annotations", entry_id=task["id"], dimensions=dimensions, annotation={"label": "car"})
    path = f"/entries/{task['id']}/label"
    done = main.ask("POST", path, {"data": {"attributes": {"status": "labeled"}}})
    assert done.status == 200, done
