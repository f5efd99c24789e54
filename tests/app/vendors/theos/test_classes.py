"""Classes through the face of Theos: places that move up, numbers that stay, labels that follow."""

import json
from typing import Any

import pytest

from tests.app.vendors.theos.asking import client, code, dataset, examples, of_splits, uploaded
from tests.lab import Lab, Reply


def told(lab: Lab, number: int) -> list[tuple[int, int, str]]:
    classes = client(lab).get(f"/{number}/").document["classes"]
    return [(one["id"], one["db_id"], one["name"]) for one in classes]


def box(class_id: int, x: int = 1, **more: Any) -> dict[str, Any]:
    return {"class_id": class_id, "x": x, "y": 2, "width": 3, "height": 4, **more}


def labelled(lab: Lab, number: int, *labels: dict[str, Any]) -> str:
    """The path of an example with LABELS."""
    uploaded(lab, number, of_splits)
    path = f"/{number}/examples/external/ext-0"
    made = client(lab).post(f"{path}/labels/set/", labels=json.dumps(labels))
    assert made.status == 200, made
    return path


def labels(lab: Lab, path: str) -> list[tuple[int, int]]:
    return [(one["class_id"], one["x"]) for one in client(lab).get(f"{path}/").document["labels"]]


def test_a_class_is_made(lab: Lab) -> None:
    number = dataset(lab)

    made = client(lab).post(f"/{number}/classes/create/", name="Car", color="#4AFFBA", with_text="true")

    assert (made.status, made.document) == (
        201,
        {
            "id": 0,
            "db_id": 1,
            "name": "Car",
            "color": "#4affba",
            "is_superclass": False,
            "with_text": True,
        },
    )
    (its,) = lab.owner.get("/datasets").data
    assert its["attributes"]["labels"] == ["Car"]


def test_classes_are_counted_from_0_and_numbered_for_ever(lab: Lab) -> None:
    number = dataset(lab, "a", "b", "c", "d")

    task = client(lab).post(f"/{number}/classes/delete/", db_ids="[1, 3]").document["task_id"]

    assert told(lab, number) == [(0, 2, "b"), (1, 4, "d")]
    assert client(lab).task(task)["status"] == "completed"
    client(lab).post(f"/{number}/classes/create/", name="a", color="#000000")
    assert told(lab, number) == [(0, 2, "b"), (1, 4, "d"), (2, 5, "a")]


def test_the_labels_of_deleted_classes_go_and_others_are_renumbered(lab: Lab) -> None:
    number = dataset(lab, "a", "b", "c")
    path = labelled(lab, number, box(0, 1), box(1, 2), box(2, 3), box(1, 4))

    task = client(lab).post(f"/{number}/classes/delete/", db_ids="[2]").document

    assert (client(lab).task(task["task_id"])["type"], labels(lab, path)) == ("classes", [(0, 1), (1, 3)])
    assert len(lab.owner.get("/annotations").data) == 2


def test_a_class_is_edited_and_its_labels_stay(lab: Lab) -> None:
    number = dataset(lab, "Car", "Bus")
    path = labelled(lab, number, box(0))
    me = client(lab)

    named = me.post(f"/{number}/classes/1/edit/", name="Ferrari")
    coloured = me.post(f"/{number}/classes/1/edit/", color="#FF0000")
    nothing = me.post(f"/{number}/classes/1/edit/")

    assert (named.document["name"], named.document["db_id"]) == ("Ferrari", 1)
    assert (coloured.document["color"], coloured.document["name"]) == ("#ff0000", "Ferrari")
    assert nothing.document == coloured.document
    assert (told(lab, number), labels(lab, path)) == ([(0, 1, "Ferrari"), (1, 2, "Bus")], [(0, 1)])


def test_a_name_that_was_given_up_may_be_given_again(lab: Lab) -> None:
    number = dataset(lab, "Car")
    client(lab).post(f"/{number}/classes/1/edit/", name="Ferrari")

    made = client(lab).post(f"/{number}/classes/create/", name="Car", color="#123456")

    assert (made.status, made.document["db_id"]) == (201, 2)


def test_classes_become_a_new_one(lab: Lab) -> None:
    number = dataset(lab, "Car", "Bus", "Person", "Van")
    path = labelled(lab, number, box(0, 1), box(1, 2), box(2, 3), box(3, 4))

    task = client(lab).post(f"/{number}/classes/merge/", db_ids="[1,2,4]", name="Truck", color="#A8327F")

    assert task.document["class"]["name"] == "Truck"
    assert client(lab).task(task.document["task_id"])["status"] == "completed"
    assert told(lab, number) == [(0, 5, "Truck"), (1, 3, "Person")]
    assert labels(lab, path) == [(0, 1), (0, 2), (1, 3), (0, 4)]
    assert client(lab).get(f"/{number}/").document["classes"][0]["color"] == "#a8327f"


def test_classes_become_the_one_of_them_that_is_called_so(lab: Lab) -> None:
    number = dataset(lab, "Car", "Truck")
    path = labelled(lab, number, box(0, 1), box(1, 2))

    task = client(lab).post(f"/{number}/classes/merge/", db_ids="[1,2]", name="Truck", color="#A8327F")

    client(lab).task(task.document["task_id"])
    assert (told(lab, number), labels(lab, path)) == ([(0, 2, "Truck")], [(0, 1), (0, 2)])


def test_a_merged_class_takes_texts_where_one_of_them_did(lab: Lab) -> None:
    number = dataset(lab, "Car")
    client(lab).post(f"/{number}/classes/create/", name="Plate", color="#123456", with_text="true")
    path = labelled(lab, number, box(0), box(1, text="AB 1"))

    task = client(lab).post(f"/{number}/classes/merge/", db_ids="[1,2]", name="Both", color="#A8327F")

    client(lab).task(task.document["task_id"])
    found = client(lab).get(f"{path}/").document["labels"]
    assert [one["text"] for one in found] == ["", "AB 1"]


def test_a_name_is_of_one_class(lab: Lab) -> None:
    number, me = dataset(lab, "Car", "Bus", "Van"), client(lab)

    taken = [
        me.post(f"/{number}/classes/create/", name="Car", color="#123456"),
        me.post(f"/{number}/classes/1/edit/", name="Bus"),
        me.post(f"/{number}/classes/merge/", db_ids="[1,2]", name="Van", color="#123456"),
    ]

    assert [code(one) for one in taken] == [(409, "class_name_taken")] * 3
    assert me.post(f"/{number}/classes/1/edit/", name="Car").status == 200
    assert told(lab, number) == [(0, 1, "Car"), (1, 2, "Bus"), (2, 3, "Van")]


CREATED: list[dict[str, str]] = [
    {"name": "x"},
    {"color": "#123456"},
    {"name": "", "color": "#123456"},
    {"name": "x", "color": "red"},
    {"name": "x", "color": "#12345"},
    {"name": "x", "color": "#1234567"},
    {"name": "x", "color": "123456"},
    {"name": "x", "color": "#12345g"},
    {"name": "x", "color": "#123456", "with_text": "maybe"},
    {"name": "x" * 256, "color": "#123456"},
    {"name": "a\0b", "color": "#123456"},
]


@pytest.mark.parametrize("fields", CREATED)
def test_a_class_without_what_it_needs_is_none(lab: Lab, fields: dict[str, str]) -> None:
    number = dataset(lab)

    assert client(lab).post(f"/{number}/classes/create/", **fields).status == 400
    assert told(lab, number) == []


LISTED = ["", "1", "[]", "[1", "{}", '["1"]', "[1.0]", "[true]", "[null]", "[[1]]", "[99]", "[0]", "[-1]"]
LISTED += ["\0", "[1,2,99]", "[" * 500, "[" + "1," * 10_001 + "1]", "[123456789012345678901234567890]"]


@pytest.mark.parametrize("db_ids", LISTED)
@pytest.mark.parametrize("verb", ["delete", "merge"])
def test_classes_that_are_none_are_refused(lab: Lab, db_ids: str, verb: str) -> None:
    number = dataset(lab, "a", "b")

    refused = client(lab).post(f"/{number}/classes/{verb}/", db_ids=db_ids, name="n", color="#123456")

    assert refused.status == 400
    assert told(lab, number) == [(0, 1, "a"), (1, 2, "b")]


def test_a_merge_needs_two(lab: Lab) -> None:
    number = dataset(lab, "a", "b")

    refused = client(lab).post(f"/{number}/classes/merge/", db_ids="[1,1]", name="n", color="#123456")

    assert code(refused) == (400, "attribute_invalid")


@pytest.mark.parametrize("db_id", ["9", "0", "x", "1.0", "-1"])
def test_only_a_class_is_edited(lab: Lab, db_id: str) -> None:
    number = dataset(lab, "a")

    assert code(client(lab).post(f"/{number}/classes/{db_id}/edit/", name="x")) == (404, "class_not_found")


def test_a_dataset_made_elsewhere_gets_its_first_class(lab: Lab) -> None:
    number = numbered(lab, lab.dataset)

    made = client(lab).post(f"/{number}/classes/create/", name="Car", color="#123456")

    assert (made.status, told(lab, number)) == (201, [(0, 1, "Car")])
    assert client(lab).post(f"/{number}/classes/delete/", db_ids="[1]").status == 202


def numbered(lab: Lab, dataset: str) -> int:
    name = lab.owner.get(f"/datasets/{dataset}").attributes["name"]
    return next(int(one["id"]) for one in client(lab).get().document if one["name"] == name)


def test_classes_that_several_datasets_share_are_left_alone(lab: Lab) -> None:
    number = dataset(lab, "a", "b")
    (its,) = [one["attributes"]["label_configuration_id"] for one in lab.owner.get("/datasets").data]
    lab.owner.create("datasets", project_id=lab.project, name="Other", label_configuration_id=its)
    me = client(lab)

    refused: list[Reply] = [
        me.post(f"/{number}/classes/create/", name="c", color="#123456"),
        me.post(f"/{number}/classes/1/edit/", name="c"),
        me.post(f"/{number}/classes/delete/", db_ids="[1]"),
        me.post(f"/{number}/classes/merge/", db_ids="[1,2]", name="n", color="#123456"),
    ]

    assert [code(one) for one in refused] == [(409, "label_configuration_shared")] * 4
    assert told(lab, number) == [(0, 1, "a"), (1, 2, "b")]


def test_classes_below_a_deleted_one_come_below_what_is_above_it(lab: Lab) -> None:
    configuration = {
        "classes": [
            {"name": "a"},
            {"name": "b", "parent": "a"},
            {"name": "c", "parent": "b"},
            {"name": "d", "parent": "c"},
        ]
    }
    made = lab.owner.create(
        "datasets", project_id=lab.project, name="Deep", labeling_configuration=configuration
    )
    number = numbered(lab, made.id)

    client(lab).post(f"/{number}/classes/delete/", db_ids="[2,3]")

    classes = lab.owner.get(f"/datasets/{made.id}").attributes["labeling_configuration"]["classes"]
    assert [(one["id"], one.get("parent")) for one in classes] == [("a", None), ("d", "a")]


def test_no_example_is_touched_by_another_datasets_classes(lab: Lab) -> None:
    one, other = dataset(lab, "a", "b"), dataset(lab, "a", "b")
    path = labelled(lab, other, box(0))

    task = client(lab).post(f"/{one}/classes/delete/", db_ids="[1]").document["task_id"]

    client(lab).task(task)
    assert (told(lab, other), labels(lab, path)) == ([(0, 1, "a"), (1, 2, "b")], [(0, 1)])
    assert examples(lab, one) == []
