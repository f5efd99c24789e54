"""Theos: every curl line of its documentation in order, against a server that is killed between them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.app.fetching.servers import reply
from tests.app.vendors.theos.asking import hosted, picture
from tests.vendors.curling import Answer, curl
from tests.vendors.serving import VendorSite

PATIENCE = 120.0  # seconds
COUNT = 101  # images to train on
GONE = 3  # items of the manifest that cannot be brought


class Typist:
    """Types the lines of Theos' documentation for one project, whose KEY stands in them."""

    def __init__(self, site: VendorSite, folder: Path, key: str) -> None:
        self.site, self.folder, self.key = site, folder, key

    def line(self, path: str, *fields: str, is_post: bool = True, below: str = "") -> Answer:
        """The answer to the line; without -X POST, where it is none, as curl itself decides."""
        given = [one for field in fields for one in ("-F", field)]
        method = ["-X", "POST"] if is_post else []
        below = below or f"project/{self.key}/datasets"
        signed = ["-H", f"Authorization: Token {self.site.key}"]
        return curl(self.folder, f"{self.site.url}/theos/v1/{below}/{path}", *given, *signed, *method)

    def get(self, path: str = "") -> Answer:
        return self.line(path, is_post=False)

    def task(self, id: str) -> Any:
        """What is told of the task once it has ended."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            told = self.line(f"{id}/", is_post=False, below="tasks").json
            if told["finished_at"]:
                return told
            time.sleep(0.1)
        raise AssertionError(told)

    def made(self, *words: str) -> int:
        name, color, with_text = words
        fields = (f"name={name}", f"color={color}", f"with_text={with_text}")
        answer = self.line(f"{self.number}/classes/create/", *fields)
        assert answer.status == 201, answer
        return int(answer.json["db_id"])

    number = 0  # of the dataset

    @property
    def classes(self) -> list[tuple[int, int, str]]:
        return [(one["id"], one["db_id"], one["name"]) for one in self.get(f"{self.number}/").json["classes"]]

    def examples(self, *fields: str) -> Any:
        answer = self.line(f"{self.number}/examples/", *fields, is_post=False)
        assert answer.status == 200, answer
        return answer.json


def items(base: str) -> list[Any]:
    train = [{"url": f"{base}/{n}.png", "split": "train", "external_id": f"car-{n}"} for n in range(COUNT)]
    others = [{"url": f"{base}/{1000 + n}.png", "split": split} for n, split in enumerate(("valid", "test"))]
    bad = [
        {"url": f"{base}/text", "split": "train"},
        {"url": f"{base}/0.png", "split": "holdout"},
        {"url": "http://10.0.0.1/x.png", "split": "test"},
    ]
    return [*train, *others, *bad]


class Host:
    """A host of images, which is slow where a test says so."""

    def __init__(self) -> None:
        self.is_open, self.was_asked = threading.Event(), threading.Event()
        self.is_open.set()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        self.was_asked.set()
        self.is_open.wait(PATIENCE)
        name = handler.path.strip("/").partition(".")[0]
        reply(handler, body=picture(int(name)) if name.isdigit() else b"no picture")


def test_every_line_of_the_documentation_does_what_it_says(sites: VendorSite, tmp_path: Path) -> None:
    sites.serve(POSTIL_ALLOWED_PRIVATE_HOSTS="127.0.0.1")
    project = sites.main().make("projects", name="Traffic", organization_id=sites.organization, key="traffic")
    me = Typist(sites, tmp_path, "traffic")
    host = Host()

    with hosted(items, host.serve) as base:
        manage_datasets(me, project)
        upload(me, f"{base}/manifest.json")
        sites.restart()
        stop_a_slow_upload(me, host, f"{base}/manifest.json")
    change_classes(me)
    look_at_pages(me)
    label(me)
    sites.restart()
    check_main(sites, me)
    assert me.line(f"{me.number}/delete/").status == 200
    assert me.get(f"{me.number}/").status == 404
    assert [one["name"] for one in me.get().json] == ["Slow"]


def manage_datasets(me: Typist, project: str) -> None:
    made = me.line("create/", "name=Vehicles")
    assert made.status == 201
    me.number = made.json["id"]
    assert [one["name"] for one in me.get().json] == ["Vehicles"]
    assert me.get(f"{me.number}/").json == made.json
    by_id = Typist(me.site, me.folder, project)
    assert by_id.get(f"{me.number}/").json == made.json
    assert Typist(me.site, me.folder, "other").get(f"{me.number}/").status == 404
    other = me.line("create/", "name=Gone").json["id"]
    assert me.line(f"{other}/delete/").status == 200
    assert me.get(f"{other}/").status == 404


def upload(me: Typist, manifest: str) -> None:
    begun = me.line(f"{me.number}/upload/", f"manifest_url={manifest}")
    assert begun.status == 202, begun
    told = me.task(begun.json["task_id"])
    assert (told["status"], told["total"], told["errors_count"]) == ("completed", COUNT + 2 + GONE, GONE)
    assert sorted(one["code"] for one in told["errors"]) == [
        "item_invalid",
        "not_an_image",
        "url_not_allowed",
    ]


def stop_a_slow_upload(me: Typist, host: Host, manifest: str) -> None:
    slow = me.line("create/", "name=Slow").json["id"]
    host.is_open.clear()
    host.was_asked.clear()
    task = me.line(f"{slow}/upload/", f"manifest_url={manifest}").json["task_id"]
    assert host.was_asked.wait(PATIENCE)
    assert me.line(f"{slow}/upload/", f"manifest_url={manifest}").status == 409
    assert me.line(f"{slow}/upload/stop/").json["status"] == "stopped"
    before = me.line(f"{slow}/examples/", is_post=False).json
    host.is_open.set()
    assert me.task(task)["status"] == "stopped"
    assert me.line(f"{slow}/examples/", is_post=False).json == before
    assert before["count"] < COUNT


def change_classes(me: Typist) -> None:
    names = ("Car", "Van", "Bus", "Tram", "Plate", "Sign")
    numbers = [me.made(name, "#4AFFBA", str(name == "Plate").lower()) for name in names]
    assert numbers == [1, 2, 3, 4, 5, 6]
    label = {"x": 1, "y": 2, "width": 3, "height": 4}
    labels = json.dumps([{**label, "class_id": place} for place in range(6)])
    assert me.line(f"{me.number}/examples/external/car-0/labels/set/", f"labels={labels}").status == 200

    assert me.line(f"{me.number}/classes/1/edit/", "name=Ferrari", "color=#4AFFBA").status == 200
    gone = me.line(f"{me.number}/classes/delete/", "db_ids=[4,6]")
    assert me.task(gone.json["task_id"])["status"] == "completed"
    assert me.classes == [(0, 1, "Ferrari"), (1, 2, "Van"), (2, 3, "Bus"), (3, 5, "Plate")]
    merged = me.line(f"{me.number}/classes/merge/", "db_ids=[2,3]", "name=Truck", "color=#A8327F")
    assert me.task(merged.json["task_id"])["status"] == "completed"
    assert me.classes == [(0, 1, "Ferrari"), (1, 7, "Truck"), (2, 5, "Plate")]
    told = me.get(f"{me.number}/examples/external/car-0/").json["labels"]
    assert [one["class_id"] for one in told] == [0, 1, 1, 2]


def look_at_pages(me: Typist) -> None:
    first = me.examples("split=train", "page=1")
    second = me.examples("split=train", "page=2")
    assert (first["page_count"], first["count"]) == (2, COUNT)
    found = [one["external_id"] for page in (first, second) for one in page["examples"]]
    assert sorted(found) == sorted(f"car-{n}" for n in range(COUNT))
    assert [len(page["examples"]) for page in (first, second)] == [100, 1]
    assert [me.examples(f"split={split}")["count"] for split in ("valid", "test")] == [1, 1]
    answer = curl(me.folder, "-o", "image.png", first["examples"][0]["url"])
    assert answer.status == 200
    assert (me.folder / "image.png").read_bytes().startswith(b"\x89PNG")


def label(me: Typist) -> None:
    example = me.examples()["examples"][1]
    labels = [
        {"class_id": 0, "x": 10, "y": 20, "width": 30, "height": 12},
        {"class_id": 2, "x": 0.5, "y": 0, "width": 8, "height": 4, "text": "AB123"},
    ]
    by_id = f"{me.number}/examples/{example['id']}"
    set_by_id = me.line(f"{by_id}/labels/set/", f"labels={json.dumps(labels)}")
    assert (set_by_id.status, set_by_id.json["labels"]) == (200, labels)
    assert me.get(f"{by_id}/").json == {**example, "status": "labeled", "labels": labels}
    external = f"{me.number}/examples/external/car-50"
    assert me.line(f"{external}/labels/set/", f"labels={json.dumps(labels[:1])}").status == 200
    assert me.get(f"{external}/").json["labels"] == labels[:1]
    wrong = me.line(f"{external}/labels/set/", 'labels=[{"class_id":9,"x":1,"y":1,"width":1,"height":1}]')
    assert (wrong.status, me.get(f"{external}/").json["labels"]) == (400, labels[:1])
    (valid,) = me.examples("split=valid")["examples"]
    skipped = me.line(f"{me.number}/examples/{valid['id']}/skip/")
    assert (skipped.status, skipped.json["status"], skipped.json["labels"]) == (200, "skipped", [])
    assert me.line(f"{me.number}/examples/external/car-100/skip/").json["status"] == "skipped"


def check_main(site: VendorSite, me: Typist) -> None:
    """What the lines did is there in the main API."""
    owner = site.main()
    [dataset] = [one for one in owner.every("/datasets?sort=id") if one["attributes"]["name"] == "Vehicles"]
    assert dataset["attributes"]["labels"] == ["Ferrari", "Truck", "Plate"]
    assert dataset["attributes"]["entries_completed_count"] == 5
    its = f"filter[dataset_id]={dataset['id']}&sort=id"
    entries = {
        one["attributes"]["external_id"]: one["attributes"]
        for one in owner.every(f"/entries?{its}&filter[split]=train")
    }
    statuses = {name: entries[name]["label_status"] for name in ("car-0", "car-50", "car-100", "car-7")}
    assert statuses == {"car-0": "labeled", "car-50": "labeled", "car-100": "skipped", "car-7": None}
    assert (entries["car-7"]["width"], entries["car-7"]["media_type"]) == (64, "image/png")
    marks = [one["attributes"] for one in owner.every(f"/annotations?{its}")]
    assert sorted(one["annotation"]["label"] for one in marks) == [
        *["Car"] * 3,  # the class's id stays what it was
        *["Plate"] * 2,
        *["Truck"] * 2,
    ]
    assert [one["annotation"]["text"] for one in marks if "text" in one["annotation"]] == ["AB123"]
