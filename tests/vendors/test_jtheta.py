"""JTheta: its own SDK, and every curl line of its documentation, against a server that is killed half way."""

import csv
import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from PIL import Image

from tests.vendors.curling import Answer, curl
from tests.vendors.scripts import said_by
from tests.vendors.serving import Person, VendorSite

BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}
MARK = {"dimensions": BOX, "annotation": {"label": "Blood Vessel"}}


def pictures(folder: Path) -> None:
    for number, (name, kind) in enumerate(
        [("left.png", "PNG"), ("right.jpg", "JPEG"), ("odd.png", "PNG"), ("more.png", "PNG")]
    ):
        out = BytesIO()
        Image.new("RGB", (20, 10), (number * 50, 9, 9)).save(out, kind)
        (folder / name).write_bytes(out.getvalue())
    (folder / "notes.png").write_text("these are notes")


def act(site: VendorSite, key: str, entry: str, event: str, **attributes: Any) -> Any:
    body = {"data": {"attributes": attributes}} if attributes else None
    answer = site.main(key).ask("POST", f"/entries/{entry}/{event}", body)
    assert answer.status == 200, answer
    return answer.data["attributes"]


def annotated(site: VendorSite, jane: Person, bob: Person) -> None:
    """Jane annotates two images, of which Bob accepts one; she begins a third."""
    first, second, third, _ = [one["id"] for one in site.main().every("/entries?sort=id")]
    for entry in (first, second):
        act(site, jane.key, entry, "submit")
        assert act(site, jane.key, entry, "submit", annotations=[MARK])["assigned_to_id"] == bob.id
    act(site, bob.key, first, "submit", approved=True)
    act(site, jane.key, third, "submit")


def test_the_sdk_goes_from_a_key_to_a_download(sites: VendorSite, tmp_path: Path) -> None:
    sites.serve()
    jane, bob = sites.join("jane"), sites.join("bob")
    pictures(tmp_path)

    def between(word: str) -> None:
        sites.restart()
        if word == "assigned":
            annotated(sites, jane, bob)

    told = said_by(
        "jtheta",
        "tests.vendors.jtheta_flow",
        f"{sites.url}/jtheta/api",
        sites.key,
        jane.email,
        bob.email,
        folder=tmp_path,
        at_pause=between,
    )

    assert (told["valid"], told["uploaded"]) == (True, 4)
    assert {name: told[name] for name in ("wrong_key", "bad_file", "unknown", "not_offered")} == {
        "wrong_key": 401,
        "bad_file": 400,
        "unknown": 400,
        "not_offered": 400,
    }
    assert (told["unknown_title"], told["bad_format"]) == (404, 400)
    assert {jane.email, bob.email} <= set(told["annotators"]) & set(told["reviewers"])
    words = ("pending", "in_progress", "in_review", "completed")
    assert [told["before"][word] for word in words] == [4, 0, 0, 0]
    assert [told["after"][word] for word in words] == [1, 1, 1, 1]
    check_main(sites, jane, bob)
    check_files(told, tmp_path)


def check_main(site: VendorSite, jane: Person, bob: Person) -> None:
    """What the SDK did is there in the main API."""
    owner = site.main()
    [project] = [one["attributes"] for one in owner.every("/projects?sort=id")]
    assert (project["name"], project["category"]) == ("Retinal Dataset 1/2? yes", "Medical Imaging")
    [dataset] = [one["attributes"] for one in owner.every("/datasets?sort=id")]
    assert dataset["labels"] == ["Tumor", "Blood Vessel", "car", "truck", "lesion", "sky"]
    classes = {one["name"]: one["geometries"] for one in dataset["labeling_configuration"]["classes"]}
    assert (classes["Tumor"], classes["truck"]) == (["polygon"], ["polygon"])
    assert (classes["Blood Vessel"], classes["car"]) == (["box"], ["box"])
    entries = [one["attributes"] for one in owner.every("/entries?sort=id")]
    assert [(one["resource"], one["media_type"], one["width"]) for one in entries] == [
        ("left.png", "image/png", 20),
        ("right.jpg", "image/jpeg", 20),
        ("odd.png", "image/png", 20),
        ("more.png", "image/png", 20),
    ]
    assert {one["reviewer_id"] for one in entries} == {bob.id}
    assert [one["assigned_to_id"] for one in entries] == [None, bob.id, jane.id, jane.id]
    assert [one["label_status"] for one in entries] == ["reviewed", "labeled", None, None]


def check_files(told: Any, folder: Path) -> None:
    assert {told[format]["total_annotations"] for format in ("csv", "json", "coco")} == {2}
    with (folder / "told.csv").open(newline="") as file:
        rows = [(row["name"], row["class"], row["left"], row["bottom"]) for row in csv.DictReader(file)]
    assert rows[:3] == [
        ("left.png", "Blood Vessel", "1", "6"),
        ("right.jpg", "Blood Vessel", "1", "6"),
        ("odd.png", "", "", ""),
    ]
    images = json.loads((folder / "told.json").read_text())["images"]
    assert [len(one["annotations"]) for one in images] == [1, 1, 0, 0]
    assert images[0]["annotations"][0] == {
        "label": "Blood Vessel",
        "type": "bounding_box",
        "x": 1,
        "y": 2,
        "width": 3,
        "height": 4,
    }
    with zipfile.ZipFile(folder / "told.coco") as archive:
        document = json.loads(archive.read("annotations/instances_default.json"))
    assert [one["bbox"] for one in document["annotations"]] == [[1, 2, 3, 4]] * 2


class Typist:
    """Types the lines of JTheta's documentation, with a key of their own."""

    def __init__(self, site: VendorSite, folder: Path) -> None:
        self.site, self.folder = site, folder

    @property
    def signed(self) -> list[str]:
        return ["-H", f"Authorization: Bearer {self.site.key}"]

    def get(self, path: str, *arguments: str) -> Answer:
        return curl(self.folder, "-X", "GET", f"{self.site.url}/jtheta{path}", *self.signed, *arguments)

    def post(self, path: str, body: Any) -> Answer:
        content = ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        return curl(self.folder, "-X", "POST", f"{self.site.url}/jtheta{path}", *self.signed, *content)

    def form(self, path: str, *fields: str) -> Answer:
        given = [one for field in fields for one in ("-F", field)]
        return curl(self.folder, "-X", "POST", f"{self.site.url}/jtheta{path}", *self.signed, *given)


def test_every_line_of_the_documentation_does_what_it_says(site: VendorSite, tmp_path: Path) -> None:
    site.serve()
    jane, bob = site.join("jane"), site.join("bob")
    pictures(tmp_path)
    me = Typist(site, tmp_path)

    assert me.get("/validate_key/").status == 200
    body = {"project_title": "RetinalResearch", "project_category": "Medical Imaging"}
    assert me.post("/create_project/", body).status == 201
    files = ("images=@left.png", "images=@right.jpg")
    names = ("dataset_name=TumorSlides", "project_name=RetinalResearch")
    without_key = [one for field in (*names, *files) for one in ("-F", field)]
    assert curl(tmp_path, f"{site.url}/jtheta/create_dataset/", *without_key).status == 401
    made = me.form("/create_dataset/", *names, *files)
    assert made.status == 201
    number = made.json["id"]
    site.restart()
    id = f"dataset_id={number}"
    more = me.form("/upload_images_to_dataset/", id, names[1], "images=@odd.png", "images=@more.png")
    assert (more.status, more.json["total_images"]) == (201, 4)
    task = {
        "dataset_id": number,
        "project_name": "RetinalResearch",
        "assigned_annotator": jane.email,
        "assigned_reviewer": bob.email,
        "labels": [{"label": "Tumor", "type": "polygon"}, {"label": "Blood Vessel", "type": "bounding_box"}],
    }
    assert me.post("/request_annotation/", task).status == 200
    annotated(site, jane, bob)
    status = me.get("/get_annotation_status/RetinalResearch/").json
    assert (status["completed"], status["in_review"], status["total_images"]) == (1, 1, 4)

    export = f"{site.url}/jtheta/api/export/download?key={site.key}"
    led = curl(tmp_path, f"{export}&dataset_id={number}")
    assert (led.status, led.location.startswith(f"{site.url}/jtheta/files/exports/")) == (302, True)
    site.restart()
    followed = curl(tmp_path, "-L", export)
    rows = list(csv.DictReader(StringIO(followed.body, newline="")))
    assert (followed.status, [row["class"] for row in rows]) == (200, [*["Blood Vessel"] * 2, "", ""])

    gone = me.post("/delete_project/", {"project_title": "RetinalResearch"})
    assert gone.status == 200
    assert me.get("/get_annotation_status/RetinalResearch/").status == 404
    assert curl(tmp_path, led.location).status == 404
    owner = site.main()
    assert [owner.every(f"/{type}?sort=id") for type in ("projects", "datasets", "entries")] == [[]] * 3
