"""Whole projects that come over from other systems' own files, by the command line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest

from app.commands.failures import Failed
from app.commands.from_segments import project_in
from app.commands.moving_in import Brought, Place, actor_at, bring, move_in
from app.fetching import Fetcher
from app.formats.segments.bitmaps import picture_of
from app.formats.segments.labels import Classes
from app.formats.segments.labels import Place as At
from app.settings import Settings
from app.work import SYSTEM
from tests.app.data.doing import annotations, entries
from tests.app.data.test_releases import exported, released
from tests.app.formats.samples import PNG
from tests.app.formats.segments.labels import BITMAP, CONFIGURATION, VECTOR
from tests.app.formats.segments.task_attributes import RICH
from tests.app.test_command_line import init, postil
from tests.app.test_command_line import serving as serving_process
from tests.lab import MEDIA_TYPE, Lab

STATUSES = ("LABELED", "REVIEWED", "REJECTED", "SKIPPED", "PRELABELED", "VERIFIED", "LABELING_IN_PROGRESS")


def sample(name: str, label: Any = None, status: str = "LABELED", **members: Any) -> dict[str, Any]:
    labels = {"ground-truth": label and {"label_status": status, "attributes": label}}
    return {
        "uuid": f"uuid-{name}",
        "name": name,
        "metadata": {"city": "London"},
        "priority": 10,
        "attributes": {"image": {"url": f"https://x.example.org/{name}"}},
        "labels": labels,
    } | members


def release(*samples: Any, task_type: str = "vector", **members: Any) -> dict[str, Any]:
    return {
        "name": "v0.1",
        "description": "",
        "created_at": "2020-07-20T14:59:36Z",
        "dataset": {
            "name": "cats",
            "owner": "jane",
            "description": "Pets.",
            "category": "street_scenery",
            "task_type": task_type,
            "task_attributes": RICH,
            "enable_ratings": True,
            "labelsets": [{"name": "ground-truth"}, {"name": "model", "description": "Mine."}],
            "samples": list(samples),
        }
        | members,
    }


def moved(lab: Lab, tmp_path: Path, document: Any, **place: Any) -> Brought:
    path = tmp_path / "release.json"
    path.write_text(json.dumps(document))
    to = Place(**({"project": lab.project} | place))
    database = lab.house.database
    actor = database.read_now(SYSTEM, lambda work: actor_at(work, to))
    return bring(database, actor, project_in, path, to)


def dataset_of(lab: Lab, brought: Brought) -> Any:
    return lab.owner.get(f"/datasets/{brought.dataset}").attributes


def test_a_dataset_comes_with_its_settings(lab: Lab, tmp_path: Path) -> None:
    brought = moved(lab, tmp_path, release(sample("a.png", VECTOR)))

    dataset = dataset_of(lab, brought)
    told = [dataset[name] for name in ("name", "description", "category")]
    assert told == ["cats", "Pets.", "street_scenery"]
    assert dataset["vendor"] == {"segments": {"task_type": "vector", "enable_ratings": True}}
    assert [one["number"] for one in dataset["labeling_configuration"]["classes"]] == [1, 2, 9]
    label_sets = lab.owner.get(f"/label_sets?filter[dataset_id]={brought.dataset}").data
    assert [(one["attributes"]["name"], one["attributes"]["description"]) for one in label_sets] == [
        ("model", "Mine.")
    ]


def test_samples_come_with_labels_that_go_out_as_they_came(lab: Lab, tmp_path: Path) -> None:
    model = {"label_status": "PRELABELED", "attributes": VECTOR, "score": 0.25}
    labels = {"ground-truth": {"label_status": "LABELED", "attributes": VECTOR}, "model": model}
    brought = moved(lab, tmp_path, release(sample("a.png", labels=labels), sample("b.png")))

    first, second = entries(lab, brought.dataset)
    assert (brought.items, brought.known, brought.problems) == (2, 0, [])
    told = ("external_id", "resource", "metadata", "priority", "label_status")
    assert [first[name] for name in told] == [
        *("a.png", "https://x.example.org/a.png", {"city": "London"}, -10, "labeled")
    ]
    assert second["label_status"] is None
    assert len(annotations(lab, first["id"])) == 6
    for label_set, label in labels.items():
        out = released(lab, brought.dataset, name=label_set, label_set=label_set)
        one, _ = json.loads(exported(lab, out, "segments"))["dataset"]["samples"]
        assert one["labels"][label_set] == label


def test_labels_are_as_far_as_they_were(lab: Lab, tmp_path: Path) -> None:
    samples = [sample(status, VECTOR, status) for status in STATUSES]

    brought = moved(lab, tmp_path, release(*samples))

    assert brought.problems == []
    assert {one["external_id"]: one["label_status"] for one in entries(lab, brought.dataset)} == {
        "LABELED": "labeled",
        "REVIEWED": "reviewed",
        "REJECTED": "rejected",
        "SKIPPED": "skipped",
        "PRELABELED": "prelabeled",
        "VERIFIED": "verified",
        "LABELING_IN_PROGRESS": "prelabeled",
    }


def test_a_second_run_goes_on_where_the_first_ended(lab: Lab, tmp_path: Path) -> None:
    first = moved(lab, tmp_path, release(sample("a.png", VECTOR)))

    second = moved(lab, tmp_path, release(sample("a.png"), sample("b.png", VECTOR)))

    assert (second.dataset, second.items, second.known) == (first.dataset, 1, 1)
    assert len(annotations(lab, entries(lab, first.dataset)[0]["id"])) == 6


def test_it_comes_into_a_dataset_that_is_there(lab: Lab, tmp_path: Path) -> None:
    classes = [{"id": "auto", "name": "Auto", "number": 1}]
    named = lab.owner.create(
        "datasets", project_id=lab.project, name="mine", labeling_configuration={"classes": classes}
    ).id
    bare = lab.new_dataset()
    one = {"annotations": [{"id": 1, "category_id": 1, "type": "point", "points": [[1, 2]]}]}

    brought = moved(lab, tmp_path, release(sample("a.png", one)), project=None, dataset=named)
    also = moved(lab, tmp_path, release(sample("a.png", one)), project=None, dataset=bare)

    assert (brought.problems, also.problems) == ([], [])
    (mark,) = annotations(lab, entries(lab, named)[0]["id"])
    assert mark["annotation"] == {"label": "auto"}
    assert dataset_of(lab, brought)["name"] == "mine"
    assert dataset_of(lab, also)["labeling_configuration"]["classes"][0]["id"] == "car"


def test_a_sample_that_cannot_be_is_told_and_stops_no_other(lab: Lab, tmp_path: Path) -> None:
    unknown = {"annotations": [{"id": 1, "category_id": 77, "type": "point", "points": [[1, 2]]}]}
    samples = (sample("x" * 600), {"name": 1}, sample("a.png", unknown), sample("b.png", VECTOR))

    brought = moved(lab, tmp_path, release(*samples))

    assert brought.items == 2
    assert sorted((one.item[:9], one.code) for one in brought.problems) == [
        ("a.png", "category_unknown"),
        ("sample 1", "item_invalid"),
        ("xxxxxxxxx", "item_invalid"),
    ]


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    """FILES at an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_pictures_are_fetched_and_masks_read_where_that_is_asked_for(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = {"type": "mask", "size": [4, 5], "counts": [3, 2, 15], "instance": 1}
    marks = [{"dimensions": mask, "annotation": {"label": "car"}}]
    ids = picture_of(marks, None, "segmentation-bitmap", Classes(CONFIGURATION), At(), (4, 5))
    database = lab.house.database
    fetcher = Fetcher(private_hosts=frozenset({"127.0.0.1"}))
    monkeypatch.setattr(database, "sources", replace(database.sources, fetcher=fetcher))
    with serving({"/a.png": PNG, "/ids.png": ids}) as host:
        label = BITMAP | {"segmentation_bitmap": {"url": f"{host}/ids.png"}}
        lost = BITMAP | {"segmentation_bitmap": {"url": f"{host}/lost.png"}}
        image: Any = {"attributes": {"image": {"url": f"{host}/a.png"}}}
        document = release(
            sample("a.png", label, **image), sample("b.png", lost), task_type="segmentation-bitmap"
        )

        brought = moved(lab, tmp_path, document, download=True)

    first, second = entries(lab, brought.dataset)
    assert (first["media_type"], first["width"], second["width"]) == ("image/png", 40, None)
    shown = [one["dimensions"]["counts"] for one in annotations(lab, first["id"])]
    assert shown == [[3, 2, 15], [20]]
    assert [one["dimensions"]["counts"] for one in annotations(lab, second["id"])] == [[1], [1]]
    assert [one.code for one in brought.problems] == ["picture_missing", "picture_missing"]
    out = json.loads(exported(lab, released(lab, brought.dataset), "segments"))
    assert [one["labels"]["ground-truth"]["attributes"] for one in out["dataset"]["samples"]] == [label, lost]


def test_what_is_no_release_is_told(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no release"):
        moved(lab, tmp_path, {"images": []})


@pytest.mark.parametrize(
    ("vendor", "place", "told"),
    [
        ("other", Place("a"), "segments"),
        ("segments", Place(), "--project"),
        ("segments", Place("a", "b"), "--project"),
        ("segments", Place("0190a1b2-0000-7000-8000-000000000001"), "no such record"),
    ],
)
def test_a_place_that_is_none_is_told(tmp_path: Path, vendor: str, place: Place, told: str) -> None:
    with pytest.raises(Failed, match=told):
        move_in(Settings(data=tmp_path), vendor, [tmp_path / "a.json"], place)


def test_the_command_brings_a_release_and_tells_what_came(tmp_path: Path) -> None:
    where = ("--data", str(tmp_path / "data"))
    made_first = init(*where)
    headers = {"Authorization": f"Bearer {made_first['api_key']}", "Content-Type": MEDIA_TYPE}
    path = tmp_path / "release.json"
    path.write_text(json.dumps(release(sample("a.png", VECTOR), {"name": 1})))
    with serving_process(tmp_path / "log", *where) as server:
        attributes = {"name": "P", "organization_id": made_first["organization_id"]}
        body = {"data": {"type": "projects", "attributes": attributes}}
        made = httpx2.post(f"{server.url}/projects", json=body, headers=headers)
        assert made.status_code == 201, made.text
    project = made.json()["data"]["id"]

    done = postil("vendor", "import", "segments", str(path), "--project", project, *where)
    wrong = postil("vendor", "import", "other", str(path), "--project", project, *where)

    first, second = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert first.startswith("release.json: 1 items came into the dataset ")
    assert json.loads(second)[:2] == ["sample 1", "item_invalid"]
    assert (wrong.returncode, wrong.stderr.startswith("postil: other is none")) == (1, True)
