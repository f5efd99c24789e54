"""Label tasks: listed, shown, completed, skipped; and videos, whose labels are told frame by frame."""

from typing import Any

import pytest

from tests.app.formats.datagym_samples import box, ring
from tests.app.vendors.datagym.talking import MP4, Client, client, now
from tests.app.vendors.datagym.test_labels import Place
from tests.lab import Lab


def test_a_task_is_told_with_its_configuration_and_when_that_was_changed(lab: Lab) -> None:
    place = Place(lab)

    told = place.ours.get(f"task/{place.tasks[0]}").json

    assert (told["taskId"], told["labelTaskState"], told["projectName"]) == (
        place.tasks[0],
        "BACKLOG",
        "Retina",
    )
    assert told["media"]["id"] == place.media[0]
    assert told["labelConfig"]["entries"][0]["entryKey"] == "car"
    assert abs(told["lastChangedConfig"] - now()) < 60_000
    assert (
        place.ours.complete(place.tasks[0], told["lastChangedConfig"]).json["hasLabelConfigChanged"] is False
    )


def test_tasks_are_searched_by_names_states_and_numbers(lab: Lab) -> None:
    place = Place(lab, 3)
    place.ours.complete(place.tasks[1])

    def names(**params: Any) -> list[str]:
        return sorted(one["mediaName"] for one in place.ours.tasks(place.project, **params))

    assert names() == ["0.png", "1.png", "2.png"]
    assert names(search="1") == ["1.png"]
    assert names(search="PNG", limit=0) == ["0.png", "1.png", "2.png"]
    assert names(state="COMPLETED") == ["1.png"]
    assert names(state="REVIEWED_SKIP") == []
    assert len(names(limit=2)) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"search": "a*"},
        {"state": "DONE"},
        {"limit": "x"},
        {"limit": "-1"},
        {"limit": "9" * 30},
        {"limit": "\u0661"},
    ],
)
def test_a_search_that_is_none_is_refused(lab: Lab, params: dict[str, str]) -> None:
    reply = client(lab).get(f"task/{lab.project}/list", params=params)

    assert (reply.status, reply.key) == (400, "ex_validation")


def test_a_task_is_not_completed_by_who_knows_an_older_configuration(lab: Lab) -> None:
    place = Place(lab)

    reply = place.ours.complete(place.tasks[0], now() - 3_600_000)

    assert reply.json == {"hasLabelConfigChanged": True, "currentTaskId": place.tasks[0]}
    assert place.state() == "BACKLOG"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"lastChangedConfig": None},
        {"lastChangedConfig": "1"},
        {"lastChangedConfig": 1.5},
        {"lastChangedConfig": True},
        [],
    ],
)
def test_completing_says_which_configuration_is_known(lab: Lab, body: Any) -> None:
    place = Place(lab)

    reply = place.ours.put(f"task/{place.tasks[0]}/completeTask", body)

    assert (reply.status, reply.key) == (400, "ex_validation")
    assert place.state() == "BACKLOG"


def test_a_task_that_is_completed_is_completed_in_postil_with_who_did_it(lab: Lab) -> None:
    place = Place(lab)

    place.ours.complete(place.tasks[0])

    entry = lab.owner.get(f"/entries/{place.tasks[0]}").attributes
    assert (entry["status"], entry["label_status"]) == ("completed", "labeled")
    assert entry["submitted_by_id"] == lab.owner.account


def test_a_task_may_be_completed_twice_and_skipped_after_it(lab: Lab) -> None:
    place = Place(lab)
    first, again = (place.ours.complete(place.tasks[0]) for _ in range(2))

    skipped = place.ours.put(f"task/{place.tasks[0]}/skipTask")

    assert first.json == again.json
    assert (skipped.status, skipped.content, place.state()) == (200, b"", "SKIPPED")
    place.ours.complete(place.tasks[0])
    assert place.state() == "COMPLETED"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("in_progress", "IN_PROGRESS"),
        ("prelabeled", "WAITING"),
        ("labeled", "COMPLETED"),
        ("reviewed", "REVIEWED"),
        ("skipped", "SKIPPED"),
        ("verified", "REVIEWED"),
    ],
)
def test_states_are_what_postil_knows_of_the_labels(lab: Lab, status: str, state: str) -> None:
    place = Place(lab)

    lab.owner.act(place.tasks[0], "label", status=status)

    assert place.state() == state


def test_a_step_that_cannot_be_skipped_is_told_as_a_wrong_state(lab: Lab) -> None:
    steps = {
        "annotate": {"kind": "annotate", "on": {"submit": "done"}},
        "done": {"kind": "done"},
    }
    assert lab.annotator.member
    dataset = lab.owner.create(
        "datasets",
        project_id=lab.project,
        name="Strict",
        workflow_configuration={"start": "annotate", "steps": steps},
    ).id
    entry = lab.new_entry(dataset_id=dataset)

    reply = client(lab).put(f"task/{entry}/skipTask")

    assert (reply.status, reply.key) == (500, "ex_gen_wrong_label_task_state")


def test_tasks_are_for_those_whose_they_are(lab: Lab) -> None:
    place = Place(lab)
    place.ours.complete(place.tasks[0])
    theirs = client(lab, lab.annotator)

    assert theirs.complete(place.tasks[0]).status == 404
    assert theirs.put(f"task/{place.tasks[0]}/skipTask").status == 404


# ---- videos


class Films:
    """A project of videos with one task, whose label configuration is the usual one."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.ours = client(lab)
        self.dataset = self.ours.dataset("Films", mediaType="VIDEO")
        self.medium = self.ours.upload(self.dataset, "film.mp4", MP4).json["id"]
        self.ours.attach(lab.project, self.dataset)
        self.ours.declare(lab.project)
        self.task = self.ours.tasks(lab.project)[0]["taskId"]

    def mark(self, frame: int, x: float, **members: Any) -> None:
        dimensions = {"type": "box", "x": x, "y": 2, "width": 3, "height": 4, "frame": frame, "track": "t"}
        annotation = {"label": "car", "attributes": {"color": "red"}}
        made = self.lab.owner.create(
            "annotations", entry_id=self.task, dimensions=dimensions | members, annotation=annotation
        )
        assert made.status == 201, made

    def exported(self) -> Any:
        self.ours.complete(self.task)
        return self.ours.exported(self.lab.project)[1]


def test_a_project_of_videos_tells_where_their_labels_are(lab: Lab) -> None:
    films = Films(lab)
    films.mark(12, 1)
    films.mark(13, 5.5, keyframe=False)

    item = films.exported()
    labels = lab.house.client.get(item["task_export_url"])

    assert (films.ours.get("project").json[0]["mediaType"], item["internal_media_ID"]) == (
        "VIDEO",
        films.medium,
    )
    assert "labels" not in item
    assert item["task_export_url"].startswith("http://testserver/datagym/api/v1/exportVideoTask/")
    figures = ("height", "width", "total_frames", "frame_rate", "duration")
    assert all(isinstance(item[f"video_{name}"], str) for name in figures)
    assert labels.json() == {
        "frames": {"12": [{"visibleObjectId": "t"}], "13": [{"visibleObjectId": "t"}]},
        "object": {"t": {"12": {"rectangle": box(), "classifications": {"color": ["red"]}}}},
    }
    assert films.ours.get(f"exportVideoTask/{films.task}").json == labels.json()


def test_what_is_known_of_a_video_is_told(lab: Lab) -> None:
    films = Films(lab)
    known = {"total_frames": 250, "frame_rate": "25/1", "duration": 10.0, "height": 720, "width": 1280}
    assert lab.owner.update("entries", films.task, media=known).status == 200

    item = films.exported()

    assert {name: item[f"video_{name}"] for name in known} == {
        name: str(value) for name, value in known.items()
    }


def test_the_address_of_labels_is_not_to_be_guessed_and_may_be_revoked(lab: Lab) -> None:
    films = Films(lab)
    address = films.exported()["task_export_url"]
    nobody = Client(lab.house, None)
    token = address.rpartition("/")[2]

    assert nobody.get(address).status == 200
    for wrong in ("0" * len(token), "x", "\u20ac"):
        assert nobody.get(address.replace(token, wrong)).status == 404
    other = address.replace(films.task, films.medium)
    assert nobody.get(other).status == 404
    (attached,) = lab.owner.get(f"/datasets?filter[project_id]={lab.project}").ids
    lab.owner.post(f"/datasets/{attached}/revoke_addresses")
    assert nobody.get(address).status == 404


def test_the_labels_of_a_picture_are_no_videos(lab: Lab) -> None:
    place = Place(lab)

    reply = place.ours.get(f"exportVideoTask/{place.tasks[0]}")

    assert (reply.status, reply.key) == (500, "ex_gen_mediatype_missmatch")


def test_outlines_in_videos_are_told_with_all_their_points(lab: Lab) -> None:
    films = Films(lab)
    dimensions = {"type": "polygon", "points": [[1, 1], [9, 2], [3, 8]], "frame": 3}
    made = lab.owner.create(
        "annotations", entry_id=films.task, dimensions=dimensions, annotation={"label": "road"}
    )

    told = films.ours.get(f"exportVideoTask/{films.task}").json

    assert told["object"][made.id]["3"]["polygon"] == ring()
