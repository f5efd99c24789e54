"""Examples through the face of Theos: pages, labels in Theos JSON, and images that are skipped."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.app.vendors.theos.asking import client, code, dataset, examples, of_splits, uploaded
from tests.lab import Lab

LABEL: dict[str, Any] = {"class_id": 0, "x": 10, "y": 20, "width": 30, "height": 12}


class Scene:
    """A dataset of two classes, the second with texts, and six images."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.number = dataset(lab, "Car")
        client(lab).post(f"/{self.number}/classes/create/", name="Plate", color="#123456", with_text="true")
        uploaded(lab, self.number, of_splits)
        self.first, self.second, _ = examples(lab, self.number)
        self.paths = {
            "number": f"/{self.number}/examples/{self.first['id']}",
            "external": f"/{self.number}/examples/external/ext-0",
        }

    def set(self, labels: Any, way: str = "number") -> Any:
        text = labels if isinstance(labels, str) else json.dumps(labels)
        return client(self.lab).post(f"{self.paths[way]}/labels/set/", labels=text)

    @property
    def shown(self) -> Any:
        return client(self.lab).get(f"{self.paths['number']}/").document

    @property
    def entry(self) -> Any:
        (found,) = self.lab.owner.get("/entries?filter[external_id]=ext-0").data
        return found["attributes"]


@pytest.mark.parametrize("way", ["number", "external"])
def test_labels_are_set_and_read_back(lab: Lab, way: str) -> None:
    scene = Scene(lab)
    given = [LABEL, {**LABEL, "class_id": 1, "x": 0.5, "text": "AB123"}, {**LABEL, "class_id": 1}]

    made = scene.set(given, way)

    assert (made.status, made.document["status"]) == (200, "labeled")
    assert made.document["labels"] == [*given[:2], {**given[2], "text": ""}]
    assert made.document == scene.shown == client(lab).get(f"{scene.paths['external']}/").document
    annotations = [one["attributes"] for one in lab.owner.get("/annotations?sort=id").data]
    assert annotations[0]["dimensions"] == {"type": "box", "x": 10, "y": 20, "width": 30, "height": 12}
    assert [one["annotation"] for one in annotations] == [
        {"label": "Car"},
        {"label": "Plate", "text": "AB123"},
        {"label": "Plate"},
    ]
    assert (scene.entry["status"], scene.entry["label_status"]) == ("completed", "labeled")


def test_labels_are_set_again_whole(lab: Lab) -> None:
    scene = Scene(lab)
    scene.set([LABEL, {**LABEL, "x": 1}])

    again = scene.set([{**LABEL, "x": 2}])

    assert [one["x"] for one in again.document["labels"]] == [2]
    assert (scene.entry["status"], len(lab.owner.get("/annotations").data)) == ("completed", 1)


def test_no_labels_are_labels_too_and_a_skip_is_not(lab: Lab) -> None:
    scene = Scene(lab)

    none = scene.set([])
    skipped = client(lab).post(f"/{scene.number}/examples/external/ext-1/skip/")

    assert (none.document["status"], none.document["labels"]) == ("labeled", [])
    assert (skipped.status, skipped.document["status"], skipped.document["labels"]) == (200, "skipped", [])


@pytest.mark.parametrize("way", ["number", "external"])
def test_an_image_that_was_labeled_is_skipped_and_labeled_again(lab: Lab, way: str) -> None:
    scene = Scene(lab)
    scene.set([LABEL])

    skipped = client(lab).post(f"{scene.paths[way]}/skip/")
    again = client(lab).post(f"{scene.paths[way]}/skip/")
    status = scene.entry["label_status"]
    labeled = scene.set([LABEL])

    assert (skipped.document["status"], skipped.document["labels"], again.status) == ("skipped", [], 200)
    assert status == "skipped"
    assert (labeled.document["status"], labeled.document["labels"]) == ("labeled", [LABEL])


WRONG: list[tuple[Any, str]] = [
    ([{**LABEL, "class_id": 2}], "labels/0/class_id"),
    ([LABEL, {**LABEL, "class_id": -1}], "labels/1/class_id"),
    ([{**LABEL, "class_id": "0"}], "labels/0"),
    ([{**LABEL, "class_id": 1.5}], "labels/0"),
    ([{**LABEL, "width": -1}], "labels/0/width"),
    ([{**LABEL, "x": 1e12}], "labels/0/x"),
    ([{**LABEL, "x": None}], "labels/0"),
    ([{**LABEL, "x": True}], "labels/0"),
    ([{**LABEL, "text": 3}], "labels/0"),
    ([{"class_id": 0}], "labels/0"),
    ([[0, 1, 2, 3]], "labels/0"),
    (["x"], "labels/0"),
    ("{}", "labels"),
    ("[", "labels"),
    ("", "labels"),
    ("\0", "labels"),
    ("[NaN]", "labels"),
    ('[{"class_id":0,"class_id":0}]', "labels"),
    ('["\\u0000"]', ""),
    ("[" * 1000, "labels"),
    ([LABEL] * 20_001, "labels"),
    ('[{"class_id":0,"x":1,"y":1,"width":1,"height":1e999}]', "labels"),
    ([{**LABEL, "text": "AB"}], "annotation/text"),
]


@pytest.mark.parametrize(("labels", "field"), WRONG)
def test_labels_that_are_none_are_refused_whole(lab: Lab, labels: Any, field: str) -> None:
    scene = Scene(lab)
    scene.set([LABEL])

    refused = scene.set(labels)

    assert refused.status == 400
    assert scene.shown["labels"] == [LABEL]
    assert any(one["field"].startswith(field) for one in refused.document["errors"])


def test_all_that_is_wrong_is_told_by_its_place(lab: Lab) -> None:
    scene = Scene(lab)

    refused = scene.set([{**LABEL, "class_id": 9}, LABEL, {**LABEL, "height": -1}, 3])

    told = [(one["field"], one["code"]) for one in refused.document["errors"]]
    assert told == [
        ("labels/0/class_id", "class_unknown"),
        ("labels/2/height", "geometry_invalid"),
        ("labels/3", "labels_invalid"),
    ]


def test_labels_may_come_as_a_file(lab: Lab) -> None:
    scene = Scene(lab)
    path = f"/project/{lab.project}/datasets{scene.paths['number']}/labels/set/"
    files = [("labels", ("labels.json", json.dumps([LABEL]).encode(), "application/json"))]

    assert client(lab).ask("POST", path, files=files).document["labels"] == [LABEL]
    assert lab.owner.get("/assets").data == []


def test_what_others_drew_is_told_as_the_box_around_it(lab: Lab) -> None:
    scene = Scene(lab)
    (entry,) = lab.owner.get("/entries?filter[external_id]=ext-0").ids
    (its,) = lab.owner.get("/datasets").ids
    configuration = lab.owner.get(f"/datasets/{its}").attributes["labeling_configuration"]
    for one in configuration["classes"]:
        one.pop("geometries")
    wider = lab.owner.update("datasets", its, labeling_configuration=configuration)
    assert wider.status == 200, wider
    shapes = [
        {"type": "polygon", "points": [[1, 2], [9, 2], [5, 8.5]]},
        {"type": "box", "x": 1, "y": 1, "width": 2, "height": 2, "frame": 3},
        {"type": "point", "x": 1, "y": 1},
    ]
    for shape in shapes:
        lab.new_annotation(entry, dimensions=shape, annotation={"label": "Car"})

    assert scene.shown["labels"] == [{"class_id": 0, "x": 1, "y": 2, "width": 8, "height": 6.5}]


def test_annotators_label_what_they_may(lab: Lab) -> None:
    scene = Scene(lab)
    me = client(lab, lab.annotator)

    made = me.post(f"{scene.paths['number']}/labels/set/", labels=json.dumps([LABEL]))
    again = me.post(f"{scene.paths['number']}/labels/set/", labels="[]")
    reviewer = client(lab, lab.reviewer).post(f"/{scene.number}/examples/external/ext-1/skip/")

    assert (made.status, made.document["labels"]) == (200, [LABEL])
    assert code(again) == (403, "forbidden")  # it is done: only the owner takes it back
    assert reviewer.status in (403, 404)


# ---- pages


def many(count: int) -> Any:
    def items(base: str) -> list[dict[str, str]]:
        return [{"url": f"{base}/{n}.png", "split": "train", "external_id": f"ext-{n}"} for n in range(count)]

    return items


def test_a_page_has_a_hundred(lab: Lab) -> None:
    number = dataset(lab)
    uploaded(lab, number, many(101))
    me = client(lab)

    first = me.post(f"/{number}/examples/", split="train", page="1").document
    second = me.post(f"/{number}/examples/", page="2").document
    got = me.get(f"/{number}/examples/?split=train&page=2").document

    assert (first["page_count"], first["count"], len(first["examples"])) == (2, 101, 100)
    assert [one["external_id"] for one in first["examples"]] == [f"ext-{n}" for n in range(100)]
    assert [one["external_id"] for one in second["examples"]] == ["ext-100"]
    assert got == second
    assert code(me.get(f"/{number}/examples/?page=3")) == (404, "page_not_found")


def test_a_get_with_a_form_is_read_too(lab: Lab) -> None:
    scene = Scene(lab)
    path = f"/project/{lab.project}/datasets/{scene.number}/examples/"

    told = client(lab).ask("GET", path, files=[("split", (None, "valid"))])

    assert [one["external_id"] for one in told.document["examples"]] == ["ext-3", "ext-4"]


def test_a_split_without_images_has_no_page(lab: Lab) -> None:
    number = dataset(lab)

    told = client(lab).get(f"/{number}/examples/?split=test").document

    assert (told["page_count"], told["examples"]) == (0, [])


def test_images_of_no_split_are_trained_on(lab: Lab) -> None:
    number = dataset(lab)
    (its,) = lab.owner.get("/datasets").ids
    lab.new_entry(dataset_id=its, resource="https://x.example.org/a.jpg")

    told = client(lab).get(f"/{number}/examples/").document["examples"]

    assert [(one["split"], one["url"], one["external_id"]) for one in told] == [
        ("train", "https://x.example.org/a.jpg", None)
    ]


@pytest.mark.parametrize(
    "query",
    [
        *("split=holdout", "split=%00", "page=0", "page=-1", "page=x", "page=1.0", "page=%00"),
        *("page=10001", "page=999999999999999999999", "page=%D9%A1"),
    ],
)
def test_a_page_that_is_none_is_refused(lab: Lab, query: str) -> None:
    number = dataset(lab)

    assert client(lab).get(f"/{number}/examples/?{query}").status == 400


@pytest.mark.parametrize(
    "external", ["a/b", "a b", "100%", "\u00e9", "?x=1", "\u4e2d" * 170, "labels", "skip"]
)
def test_an_external_id_is_found_however_it_is_spelled(lab: Lab, external: str) -> None:
    number = dataset(lab)
    uploaded(lab, number, lambda base: [{"url": f"{base}/1.png", "split": "train", "external_id": external}])

    path = f"/{number}/examples/external/{quote(external, safe='')}/"
    told = client(lab).get(path)

    assert (told.status, told.document["external_id"]) == (200, external)
    assert client(lab).post(f"{path}skip/").status == 200


@pytest.mark.parametrize("example", ["0", "99999", "x", "external/nothing", "-1"])
def test_an_example_that_is_none_is_told(lab: Lab, example: str) -> None:
    scene = Scene(lab)
    path = f"/{scene.number}/examples/{example}"

    answers = [
        client(lab).get(f"{path}/"),
        client(lab).post(f"{path}/skip/"),
        client(lab).post(f"{path}/labels/set/", labels="[]"),
    ]

    assert [code(one) for one in answers] == [(404, "example_not_found")] * 3


def test_an_example_of_another_dataset_is_none(lab: Lab) -> None:
    scene, other = Scene(lab), dataset(lab)

    for example in (scene.first["id"], "external/ext-0"):
        assert code(client(lab).get(f"/{other}/examples/{example}/")) == (404, "example_not_found")


def test_addresses_of_images_are_revoked(lab: Lab) -> None:
    scene = Scene(lab)
    (its,) = lab.owner.get("/datasets").ids
    before = scene.first["url"]

    lab.owner.post(f"/datasets/{its}/revoke_addresses")

    assert lab.house.client.get(before).status_code == 404
    assert lab.house.client.get(scene.shown["url"]).status_code == 200


def test_a_part_of_an_image_is_sent_and_none_behind_its_end(lab: Lab) -> None:
    url = Scene(lab).first["url"]

    part = lab.house.client.get(url, headers={"Range": "bytes=1-3"})
    behind = lab.house.client.get(url, headers={"Range": "bytes=100000-"})

    assert (part.status_code, part.content) == (206, b"PNG")
    assert (behind.status_code, behind.json()["code"]) == (416, "range_not_satisfiable")
