"""Labels go in by the import, and come out by the export once their tasks are done."""

from copy import deepcopy
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.app.formats.datagym_samples import box, ring
from tests.app.formats.test_datagym_marks import ITEM
from tests.app.vendors.datagym.talking import Client, client
from tests.lab import Lab, Person


class Place:
    """A project with a label configuration, and a task about each of some media."""

    def __init__(self, lab: Lab, media: int = 1, **options: Any) -> None:
        self.lab = lab
        self.ours = client(lab, **options)
        self.project = lab.project
        dataset = self.ours.dataset()
        self.media = [self.ours.medium(dataset, f"{n}.png", n) for n in range(media)]
        self.ours.attach(self.project, dataset)
        self.ours.declare(self.project)
        tasks = {one["mediaId"]: one["taskId"] for one in self.ours.tasks(self.project)}
        self.tasks = [tasks[medium] for medium in self.media]

    def item(self, n: int = 0, **members: Any) -> Any:
        return deepcopy(ITEM) | {"internal_media_ID": self.media[n]} | members

    def post(self, *items: Any) -> Any:
        return self.ours.post(f"project/{self.project}/prediction", list(items))

    def done(self) -> list[Any]:
        """What is exported once all tasks are done."""
        for task in self.tasks:
            assert self.ours.complete(task).json["hasLabelConfigChanged"] is False
        return self.ours.exported(self.project)

    def annotations(self, n: int = 0) -> list[Any]:
        found = self.lab.owner.get(f"/annotations?filter[layer_id]={self.tasks[n]}").data
        return [one["attributes"] for one in found]

    def state(self, n: int = 0) -> str:
        (found,) = [one for one in self.ours.tasks(self.project) if one["taskId"] == self.tasks[n]]
        return str(found["labelTaskState"])


@pytest.mark.parametrize("by_header", [False, True])
def test_what_is_imported_is_exported_once_its_tasks_are_done(lab: Lab, by_header: bool) -> None:
    place = Place(lab, 3, by_header=by_header)
    given = [place.item(0), place.item(1, labels={"road": ITEM["labels"]["road"]}), place.item(2, labels={})]

    place.ours.imported(place.project, *given)
    assert place.ours.exported(place.project) == []
    head, *items = place.done()

    assert [one["class_name"] for one in head["label_classes"]][:5] == ["sign", "lane", "road", "sky", "car"]
    assert len(items) == 3
    for item in items:
        (one,) = [one for one in given if one["internal_media_ID"] == item["internal_media_ID"]]
        assert item["labels"] == one["labels"]
        assert item["global_classifications"] == one["global_classifications"]
        assert item["status"] == "completed"
        assert item["external_media_ID"] in ("0.png", "1.png", "2.png")
        assert item["labeler"] == lab.owner.get(f"/accounts/{lab.owner.account}").attributes["email"]


def test_what_is_imported_is_annotations_of_the_ground_truth(lab: Lab) -> None:
    place = Place(lab)

    place.ours.imported(place.project, place.item())

    found = place.annotations()
    labels = [one["annotation"]["label"] for one in found]
    assert sorted(labels) == sorted(
        ["caption", "weather", "car", "plate", "plate", "car", "road", "lane", "sign", "sky"]
    )
    entry = lab.owner.get(f"/entries/{place.tasks[0]}").attributes
    assert (entry["label_status"], entry["status"]) == ("prelabeled", "ready")
    car = next(one for one in found if one["annotation"]["label"] == "car")
    plates = [one for one in found if one["annotation"]["label"] == "plate"]
    assert {one["metadata"]["parent"] for one in plates} == {car["metadata"]["mark"]}


def test_what_others_annotate_is_exported_too(lab: Lab) -> None:
    place = Place(lab)
    dimensions = {"type": "box", "x": 1.9, "y": 2, "width": 3, "height": 4}
    annotation = {"label": "car", "attributes": {"color": "blue"}}
    made = lab.owner.create(
        "annotations", entry_id=place.tasks[0], dimensions=dimensions, annotation=annotation
    )
    assert made.status == 201, made

    _, item = place.done()

    assert item["labels"] == {
        "car": [
            {"rectangle": box(1, 2, 3, 4), "classifications": {"color": ["blue"]}, "nested_geometries": {}}
        ]
    }


def test_an_import_never_finishes_a_task(lab: Lab) -> None:
    place = Place(lab)

    place.ours.imported(place.project, place.item())

    assert place.state() == "WAITING"
    assert place.ours.tasks(place.project)[0]["hasJsonUpload"] is True


@pytest.mark.parametrize("status", ["labeled", "skipped", "reviewed"])
def test_a_task_that_is_finished_stays_so_with_its_new_labels(lab: Lab, status: str) -> None:
    place = Place(lab)
    lab.owner.act(place.tasks[0], "label", status=status)
    before = place.state()

    place.ours.imported(place.project, place.item())

    assert place.state() == before
    assert place.ours.exported(place.project)[1]["labels"] == ITEM["labels"]


@pytest.mark.parametrize(("keep", "cars"), [({}, 4), ({"keepData": True}, 4), ({"keepData": False}, 2)])
def test_what_is_there_stays_unless_keep_data_is_false(lab: Lab, keep: Any, cars: int) -> None:
    place = Place(lab)
    place.ours.imported(place.project, place.item())
    again = place.item(global_classifications={"caption": ["anew"]})
    again.pop("keepData")

    place.ours.imported(place.project, again | keep)

    _, item = place.done()
    assert len(item["labels"]["car"]) == cars
    assert item["global_classifications"]["caption"] == ["anew"]
    assert ("weather" in item["global_classifications"]) is (cars == 4)


def test_what_stays_keeps_its_ids(lab: Lab) -> None:
    place = Place(lab)
    place.ours.imported(place.project, place.item())
    path = f"/annotations?filter[layer_id]={place.tasks[0]}"
    before = lab.owner.get(path).ids

    place.ours.imported(
        place.project, {"internal_media_ID": place.media[0], "labels": {"sign": [{"point": ring((1, 1))}]}}
    )

    after = lab.owner.get(path).ids
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1


def test_a_batch_is_taken_whole_or_not_at_all(lab: Lab) -> None:
    place = Place(lab, 2)
    place.ours.imported(place.project, place.item())
    before = place.annotations()
    wrong = place.item(1, labels={"bus": []})

    reply = place.post(place.item(0, labels={}), wrong)

    assert (reply.status, reply.key, reply.json["params"]) == (500, "ex_gen_wrong_entry_id", ["bus"])
    assert reply.json["details"][0]["name"] == "/1/labels/bus"
    assert place.annotations() == before
    assert place.annotations(1) == []


def test_what_postil_refuses_of_a_batch_is_told_and_nothing_is_taken(lab: Lab) -> None:
    place = Place(lab, 2)
    without_colour = place.item(1, labels={"car": [{"rectangle": box()}]})

    reply = place.post(place.item(0), without_colour)

    assert (reply.status, reply.key) == (500, "ex_gen_entry_value_validation")
    assert "color" in reply.json["msg"]
    assert reply.json["details"][0]["name"] == "/1"
    assert place.annotations() == []


def test_a_medium_of_no_task_of_the_project_is_refused(lab: Lab) -> None:
    place = Place(lab)
    elsewhere = place.ours.medium(place.ours.dataset("Elsewhere"), "x.png", 9)

    for medium in (elsewhere, "x", "01900000-0000-7000-8000-000000000000", ""):
        reply = place.post(place.item(0), place.item(0, internal_media_ID=medium))

        assert (reply.status, reply.key) == (500, "ex_gen_json_upload_not_found_task")
    assert place.annotations() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"json": []}, "Schema validation failed with 1 error(s)"),
        ({}, "Schema validation failed with 1 error(s)"),
        ({"json": {}}, "Schema validation failed with 1 error(s)"),
        ({"json": [3, {"internal_media_ID": 3}]}, "Schema validation failed with 2 error(s)"),
        ({"json": [{}] * 1001}, "expected maximum item count: 1000, found: 1001"),
        ({"content": b"[{"}, "the body is no JSON"),
        ({"content": b'[{"a":1,"a":2}]'}, ""),
        ({"content": b"[" * 100_000}, "nested deeper than 64"),
        ({"content": b"[1e999]"}, ""),
    ],
)
def test_what_has_not_the_form_of_an_import_is_told_with_200(lab: Lab, body: Any, told: str) -> None:
    reply = client(lab).ask("POST", f"project/{lab.project}/prediction", **body)

    assert reply.status == 200
    assert reply.json["errorMessages"]
    assert told in reply.json["errorMessages"]


def test_the_same_medium_may_be_named_twice_in_a_batch(lab: Lab) -> None:
    place = Place(lab)

    place.ours.imported(
        place.project,
        place.item(labels={"sign": [{"point": ring((1, 1))}]}),
        place.item(labels={"sign": [{"point": ring((2, 2))}]}, keepData=True),
    )

    _, item = place.done()
    assert [one["point"] for one in item["labels"]["sign"]] == [ring((1, 1)), ring((2, 2))]


def test_an_export_may_be_imported_again(lab: Lab) -> None:
    place = Place(lab)
    place.ours.imported(place.project, place.item())
    exported = place.done()

    place.ours.imported(place.project, *exported)
    place.ours.imported(place.project, exported[0], exported[1] | {"keepData": False})

    assert place.ours.exported(place.project) == exported


def test_skipped_and_reviewed_tasks_are_exported_and_the_others_are_not(lab: Lab) -> None:
    place = Place(lab, 4)
    for task, status in zip(place.tasks, ("skipped", "reviewed", "in_progress", None), strict=True):
        assert lab.owner.act(task, "label", status=status).status == 200

    found = {one["internal_media_ID"]: one["status"] for one in place.ours.exported(place.project)[1:]}

    assert found == {place.media[0]: "skipped", place.media[1]: "reviewed"}


def test_an_export_is_written_some_tasks_at_a_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.vendors.datagym.exports.AT_ONCE", 2)
    place = Place(lab, 5)

    _, *items = place.done()

    assert {one["internal_media_ID"] for one in items} == set(place.media)


def test_more_values_than_a_statement_takes_are_asked_for_in_turn(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.vendors.datagym.finding.MOST_VALUES", 2)
    place = Place(lab, 5)

    place.ours.imported(place.project, *(place.item(n) for n in range(5)))

    assert len(place.done()) == 6
    config = place.ours.get("project").json[0]["labelConfigurationId"]
    assert place.ours.get(f"config/{config}").json["numberOfCompletedTasks"] == 5


def test_an_export_is_a_file_for_a_browser_and_its_address_may_be_asked_for(lab: Lab) -> None:
    ours = client(lab)

    head, got = ours.ask("HEAD", f"export/{lab.project}"), ours.get(f"export/{lab.project}")

    assert (head.status, head.content) == (200, b"")
    assert got.headers["content-disposition"].startswith('attachment; filename="datagym_export_')
    assert got.headers["content-type"] == "application/json"


def test_a_project_without_a_configuration_exports_what_was_labelled_freely(lab: Lab) -> None:
    entry = lab.new_entry()
    lab.new_annotation(entry, annotation={"label": "vessel"})
    ours = client(lab)
    ours.complete(entry)

    head, item = ours.exported(lab.project)

    assert head == {"label_classes": []}
    assert item["labels"]["vessel"][0]["rectangle"] == box(1, 2, 3, 4)


def test_whoever_labels_sees_and_exports_no_more_than_they_may(lab: Lab) -> None:
    place = Place(lab, 2)
    theirs = client(lab, lab.annotator)
    place.done()

    assert [one["taskId"] for one in theirs.tasks(place.project)] == []
    assert theirs.exported(place.project) == []
    assert theirs.post(f"project/{place.project}/prediction", [place.item()]).status == 500


def test_whoever_labels_may_import_and_complete_what_is_theirs_to_do(lab: Lab) -> None:
    place = Place(lab, 1)
    theirs = client(lab, lab.annotator)

    theirs.imported(place.project, place.item())
    done = theirs.complete(place.tasks[0])

    assert done.json["hasLabelConfigChanged"] is False
    assert place.ours.exported(place.project)[1]["labels"] == ITEM["labels"]
    assert place.state() == "COMPLETED"


# ---- bitmaps


def test_a_bitmap_is_told_by_the_export_and_got_by_its_address(lab: Lab) -> None:
    place = Place(lab)
    place.ours.imported(place.project, place.item())
    address = place.done()[1]["segmentations"][0]

    got = place.ours.get(address)

    assert address == f"http://testserver/datagym/api/v1/export/bitmap/{place.tasks[0]}/sky"
    assert (got.status, got.headers["content-type"]) == (200, "image/bmp")
    with Image.open(BytesIO(got.content)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("BMP", "L", (40, 30))
        assert int((np.asarray(picture) == 255).sum()) == 81 - 1  # the hole has the middle of one pixel


def test_a_bitmap_of_a_task_that_is_not_finished_is_refused(lab: Lab) -> None:
    place = Place(lab)
    place.ours.imported(place.project, place.item())

    reply = place.ours.get(f"export/bitmap/{place.tasks[0]}/sky")

    assert (reply.status, reply.key) == (500, "ex_gen_wrong_label_task_state")


@pytest.mark.parametrize("key", ["car", "nothing", "%2F", "x" * 300])
def test_a_bitmap_that_there_is_not_is_told(lab: Lab, key: str) -> None:
    place = Place(lab)
    place.ours.imported(place.project, place.item())
    place.done()

    reply = place.ours.get(f"export/bitmap/{place.tasks[0]}/{key}")

    assert (reply.status, reply.key) == (404, "ex_notfound")


def test_a_bitmap_needs_a_key(lab: Lab) -> None:
    place = Place(lab)
    place.ours.imported(place.project, place.item())
    address = place.done()[1]["segmentations"][0]

    assert Client(lab.house, None).get(address).status == 401
    assert client(lab, _stranger_of(lab)).get(address).status == 404


def _stranger_of(lab: Lab) -> Person:
    return Lab(lab.house, "Somebody else").owner
