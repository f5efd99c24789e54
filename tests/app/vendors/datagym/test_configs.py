"""Label configurations: declared, told, cleared; and what becomes of what was labelled by them."""

from typing import Any

import pytest

from tests.app.data.doing import ended
from tests.app.formats.datagym_samples import CAR, ENTRIES
from tests.app.formats.test_datagym_marks import ITEM
from tests.app.vendors.datagym.talking import Client, client
from tests.lab import Lab


def keys(entries: Any) -> list[Any]:
    return [(one["entryKey"], one["type"], keys(one["children"])) for one in entries]


def labelled(lab: Lab) -> tuple[Client, str, str]:
    """A project whose one task is labelled and done: the client, the medium, the task."""
    ours = client(lab)
    dataset = ours.dataset()
    medium = ours.medium(dataset)
    ours.attach(lab.project, dataset)
    ours.declare(lab.project)
    ours.imported(lab.project, ITEM | {"internal_media_ID": medium})
    task = ours.tasks(lab.project)[0]["taskId"]
    assert ours.complete(task).json["hasLabelConfigChanged"] is False
    return ours, medium, task


@pytest.mark.parametrize("path", ["config", "/api/v1/config"])
def test_a_project_is_given_its_first_configuration_at_its_own_id(lab: Lab, path: str) -> None:
    ours, project = client(lab), lab.project

    assert ours.delete(f"{path}/{project}").json == {"configId": project}
    made = ours.put(f"{path}/{project}", ENTRIES).json

    (told,) = ours.get("project").json
    assert told["labelConfigurationId"] == made["id"] != project
    assert made["projectId"] == project
    assert ours.get(f"{path}/{project}").json == ours.get(f"{path}/{made['id']}").json == made
    assert (made["numberOfCompletedTasks"], made["numberOfReviewedTasks"]) == (0, 0)
    assert lab.owner.get(f"/projects/{project}").attributes["label_configuration_id"] == made["id"]


def test_it_is_an_ordinary_label_configuration(lab: Lab) -> None:
    made = client(lab).declare(lab.project)

    found = lab.owner.get(f"/label_configurations/{made['id']}").attributes

    assert found["labels"] == ["Car", "Plate", "Road", "Lane", "Sign", "Sky"]
    car, plate, *_ = found["configuration"]["classes"]
    assert (car["id"], car["geometries"], plate["parent"]) == ("car", ["box"], "car")
    assert [one["id"] for one in found["configuration"]["classifications"]] == ["caption", "weather"]


def test_datasets_that_are_there_and_that_come_later_are_labelled_by_it(lab: Lab) -> None:
    ours = client(lab)
    ours.attach(lab.project, ours.dataset("Before"))
    made = ours.declare(lab.project)
    ours.attach(lab.project, ours.dataset("After"))

    found = lab.owner.get(f"/datasets?filter[project_id]={lab.project}").data

    assert [one["attributes"]["label_configuration_id"] for one in found] == [made["id"]] * 2


def test_a_dataset_that_declares_its_own_labels_keeps_them(lab: Lab) -> None:
    dataset = lab.new_dataset(labeling_configuration={"classes": [{"name": "vessel"}]})

    client(lab).declare(lab.project)

    assert lab.owner.get(f"/datasets/{dataset}").attributes["labels"] == ["vessel"]


def test_entries_are_told_with_ids_that_stay_and_types_in_upper_case(lab: Lab) -> None:
    ours = client(lab)
    made = ours.declare(lab.project)

    again = ours.get(f"config/{made['id']}").json

    car = again["entries"][0]
    assert (car["type"], car["color"], car["shortcut"]) == ("RECTANGLE", "#9A00CD", "2")
    assert {one["lcEntryParentId"] for one in car["children"]} == {car["id"]}
    assert again["entries"] == made["entries"]
    assert len({car["id"], *(one["id"] for one in car["children"])}) == 4


def test_what_is_told_may_be_sent_back(lab: Lab) -> None:
    ours = client(lab)
    made = ours.declare(lab.project)

    again = ours.declare(made["id"], made["entries"])

    assert keys(again["entries"]) == keys(made["entries"])


@pytest.mark.parametrize("body", [None, [], {"entries": []}, {}])
def test_a_configuration_may_be_empty(lab: Lab, body: Any) -> None:
    made = client(lab).put(f"config/{lab.project}", body)

    assert (made.status, made.json["entries"]) == (200, [])


def test_entries_may_stand_in_an_object(lab: Lab) -> None:
    made = client(lab).put(f"config/{lab.project}", {"entries": [CAR]})

    assert [one["entryKey"] for one in made.json["entries"]] == ["car"]


def test_a_configuration_that_is_not_cleared_stays_as_it_is(lab: Lab) -> None:
    ours = client(lab)
    made = ours.declare(lab.project)

    reply = ours.put(f"config/{made['id']}", [])

    assert (reply.status, reply.key) == (500, "ex_gen_config_not_cleared")
    assert ours.get(f"config/{made['id']}").json == made


@pytest.mark.parametrize(
    ("entries", "status", "key"),
    [
        ([CAR, CAR], 412, "ex_alreadyexists"),
        ([CAR | {"entryKey": "label"}], 500, "ex_gen_forbidden_keyword"),
        ([CAR | {"type": "circle"}], 500, "ex_gen_entry_type_not_found"),
        ([CAR | {"entryKey": "a/b"}], 400, "ex_validation"),
        (
            [{"entryKey": "t", "entryValue": "T", "type": "freetext"}],
            500,
            "ex_gen_entry_classification_incorrect",
        ),
        ("x", 400, "ex_validation"),
        ([[]], 400, "ex_validation"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_nothing_is_declared(
    lab: Lab, entries: Any, status: int, key: str
) -> None:
    ours = client(lab)

    reply = ours.put(f"config/{lab.project}", entries)

    assert (reply.status, reply.key) == (status, key)
    assert ours.get("project").json[0]["labelConfigurationId"] == lab.project
    assert lab.owner.get("/label_configurations").data == []


def test_clearing_takes_all_labels_and_lets_finished_tasks_wait(lab: Lab) -> None:
    ours, medium, task = labelled(lab)
    config = ours.get("project").json[0]["labelConfigurationId"]
    assert ours.get(f"config/{config}").json["numberOfCompletedTasks"] == 1

    assert ours.delete(f"/api/v1/config/{config}").json == {"configId": config}

    assert ours.get(f"config/{config}").json["entries"] == []
    assert [one["labelTaskState"] for one in ours.tasks(lab.project)] == ["WAITING_CHANGED"]
    assert ours.exported(lab.project) == []
    assert lab.owner.get(f"/annotations?filter[entry_id]={task}").data == []
    assert lab.owner.get(f"/entries/{task}").attributes["status"] == "waiting_changed"
    ours.declare(config)
    ours.imported(lab.project, ITEM | {"internal_media_ID": medium})
    ours.complete(task)
    assert ours.exported(lab.project)[1]["labels"] == ITEM["labels"]


def test_clearing_lets_what_waits_for_a_review_be_labelled_again(lab: Lab) -> None:
    """Where the workflow has a review, which DataGym's own datasets have not."""
    ours = client(lab)
    entry = lab.new_entry(dataset_id=lab.new_dataset(1.0))
    config = ours.declare(lab.project)["id"]
    lab.house.dice.roll(0.0)
    ours.complete(entry)
    assert ours.tasks(lab.project)[0]["labelTaskState"] == "COMPLETED"

    ours.delete(f"config/{config}")

    assert ours.tasks(lab.project)[0]["labelTaskState"] == "IN_PROGRESS"
    assert ours.exported(lab.project) == []


def test_clearing_may_be_taken_back(lab: Lab) -> None:
    ours, _, _ = labelled(lab)
    config = ours.get("project").json[0]["labelConfigurationId"]
    ours.delete(f"config/{config}")
    (job,) = [one for one in lab.owner.get("/jobs").data if one["attributes"]["kind"] == "change_labels"]

    undone = lab.owner.post(
        f"/label_configurations/{config}/undo", {"data": {"attributes": {"job_id": job["id"]}}}
    )
    ended(lab, undone.id)

    assert keys(ours.get(f"config/{config}").json["entries"]) == keys_of_samples()


def keys_of_samples() -> list[Any]:
    def told(one: Any) -> Any:
        return (one["entryKey"], one["type"].upper(), [told(child) for child in one.get("children", [])])

    return [told(one) for one in ENTRIES]


def test_whoever_works_in_a_project_reads_its_configuration_and_does_not_change_it(lab: Lab) -> None:
    made = client(lab).declare(lab.project)
    theirs = client(lab, lab.annotator)

    assert theirs.get(f"config/{made['id']}").json["entries"] == made["entries"]
    assert theirs.delete(f"config/{made['id']}").key == "ex_forbidden"
