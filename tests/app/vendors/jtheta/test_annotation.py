"""Requests for annotation, through the face of JTheta: labels become classes, every image is somebody's."""

from typing import Any

import pytest

from app.web.vendors.jtheta.labels import Kind, Label, with_labels
from tests.app.vendors.jtheta.asking import client, code, dataset
from tests.lab import Lab, Person, Reply

BOTH = ("/request_annotation/", "/api/annotation/request")
LABELS = [{"label": "Tumor", "type": "polygon"}, {"label": "Blood Vessel", "type": "bounding_box"}]


def email(lab: Lab, person: Person) -> str:
    return str(lab.owner.get(f"/accounts/{person.account}").attributes["email"])


class Scene:
    """A dataset of pictures, and two people who have no place in its project yet."""

    def __init__(self, lab: Lab, count: int = 3) -> None:
        self.lab = lab
        self.number = dataset(lab, count=count)["id"]
        self.dataset = lab.owner.get("/datasets").data[0]["id"]
        self.jane, self.bob = lab.person(), lab.person()

    def request(self, path: str = BOTH[0], who: Person | None = None, **members: Any) -> Reply:
        body = {
            "dataset_id": self.number,
            "project_name": "Retina X",
            "assigned_annotator": email(self.lab, self.jane),
            "assigned_reviewer": email(self.lab, self.bob),
            "labels": LABELS,
        }
        return client(self.lab, who).post(path, body | members)

    @property
    def classes(self) -> list[Any]:
        configuration = self.lab.owner.get(f"/datasets/{self.dataset}").attributes["labeling_configuration"]
        return [(one["name"], one["geometries"]) for one in configuration.get("classes", [])]

    @property
    def hands(self) -> list[Any]:
        found = self.lab.owner.get("/entries?sort=id").data
        return [(one["attributes"]["assigned_to_id"], one["attributes"]["reviewer_id"]) for one in found]


@pytest.mark.parametrize("path", BOTH)
def test_every_image_is_its_annotators_and_its_reviewers(lab: Lab, path: str) -> None:
    scene = Scene(lab)

    reply = scene.request(path)

    assert (reply.status, reply.document["status"], reply.document["images_refused"]) == (200, "assigned", 0)
    assert scene.hands == [(scene.jane.account, scene.bob.account)] * 3
    assert scene.classes == [("Tumor", ["polygon"]), ("Blood Vessel", ["box"])]
    members = {
        one["attributes"]["account_id"]: one["attributes"]["role"]
        for one in lab.owner.get("/project_members").data
    }
    assert members == {scene.jane.account: "annotator", scene.bob.account: "reviewer"}


def test_the_work_goes_from_one_to_the_other(lab: Lab) -> None:
    scene = Scene(lab, count=1)
    scene.request()
    (entry,) = lab.owner.get("/entries").ids
    mark = {
        "dimensions": {"type": "box", "x": 1, "y": 1, "width": 2, "height": 2},
        "annotation": {"label": "Blood Vessel"},
    }

    (taken,) = [scene.jane.post(f"/datasets/{scene.dataset}/next")]
    scene.jane.act(entry, "submit")
    submitted = scene.jane.act(entry, "submit", annotations=[mark])
    status = client(lab).get("/get_annotation_status/Retina X/").document
    reviewed = scene.bob.act(entry, "submit", approved=True)

    assert (taken.id, submitted.status, reviewed.status) == (entry, 200, 200)
    assert submitted.attributes["assigned_to_id"] == scene.bob.account
    assert (status["in_review"], status["completed"]) == (1, 0)
    assert client(lab).get("/get_annotation_status/Retina X/").document["completed"] == 1


@pytest.mark.parametrize(
    ("type", "geometries"),
    [
        ("polygon", ["polygon"]),
        ("Polygons", ["polygon"]),
        ("bounding_box", ["box"]),
        ("Bounding Boxes", ["box"]),
        ("BOUNDING-BOX", ["box"]),
        ("Instance Segmentation", ["mask", "polygon"]),
        ("semantic_segmentation", ["mask", "polygon"]),
    ],
)
def test_types_are_spelled_in_two_ways(lab: Lab, type: str, geometries: list[str]) -> None:
    scene = Scene(lab, count=1)

    reply = scene.request(labels=[{"label": "x", "type": type}], allow_class_creation=True)

    assert reply.status == 200, reply
    assert scene.classes == [("x", geometries)]
    kept = lab.owner.get(f"/datasets/{scene.dataset}").attributes["vendor"]["jtheta"]
    assert kept == {"allow_class_creation": True}


def test_a_second_request_adds_labels_and_keeps_what_is_there(lab: Lab) -> None:
    scene = Scene(lab)
    scene.request()
    entry = lab.owner.get("/entries?sort=id").ids[0]
    mark = {
        "dimensions": {"type": "polygon", "points": [[0, 0], [1, 0], [1, 1]]},
        "annotation": {"label": "Tumor"},
    }
    assert lab.owner.act(entry, "label", status="labeled", annotations=[mark]).status == 200

    reply = scene.request(
        labels=[{"label": "Tumor", "type": "Bounding Boxes"}, {"label": "New", "type": "polygon"}]
    )

    assert reply.status == 200, reply
    assert scene.classes == [("Tumor", ["polygon", "box"]), ("Blood Vessel", ["box"]), ("New", ["polygon"])]
    assert len(lab.owner.get("/annotations").data) == 1


def test_what_the_annotator_has_in_hand_stays_in_hand(lab: Lab) -> None:
    scene = Scene(lab, count=2)
    scene.request()
    entry = lab.owner.get("/entries?sort=id").ids[0]
    token = scene.jane.act(entry, "select").data["meta"]["lease"]["token"]

    scene.request()

    assert scene.jane.act(entry, "submit", lease=token).status == 200


def test_another_annotator_takes_over_what_is_not_done(lab: Lab) -> None:
    scene = Scene(lab)
    scene.request()
    entries = lab.owner.get("/entries?sort=id").ids
    lab.owner.act(entries[0], "label", status="reviewed")
    scene.jane = lab.person()

    reply = scene.request()

    assert reply.document["images_refused"] == 0
    done, *others = scene.hands
    assert done[0] is None
    assert others == [(scene.jane.account, scene.bob.account)] * 2


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"auto_annotation": True}, 400, "not_offered"),
    ({"auto_annotation": "yes"}, 400, "not_offered"),
    ({"allow_class_creation": "yes"}, 400, "attribute_invalid"),
    ({"assigned_annotator": "nobody@example.org"}, 400, "account_unknown"),
    ({"assigned_reviewer": "nobody@example.org"}, 400, "account_unknown"),
    ({"assigned_annotator": None}, 400, "attribute_missing"),
    ({"assigned_reviewer": 3}, 400, "attribute_invalid"),
    ({"assigned_annotator": "a\0b"}, 400, "character_not_allowed"),
    ({"labels": []}, 400, "labels_invalid"),
    ({"labels": "Tumor"}, 400, "labels_invalid"),
    ({"labels": ["Tumor"]}, 400, "labels_invalid"),
    ({"labels": [{"label": "Tumor"}]}, 400, "attribute_missing"),
    ({"labels": [{"label": "", "type": "polygon"}]}, 400, "attribute_missing"),
    ({"labels": [{"label": "x" * 129, "type": "polygon"}]}, 400, "labels_invalid"),
    ({"labels": [{"label": "x", "type": "circle"}]}, 400, "label_type_unknown"),
    ({"labels": [{"label": "x", "type": "polygon"}] * 10_001}, 400, "labels_invalid"),
    ({"dataset_id": None}, 400, "attribute_invalid"),
    ({"dataset_id": True}, 400, "attribute_invalid"),
    ({"dataset_id": 1.5}, 400, "attribute_invalid"),
    ({"dataset_id": [1]}, 400, "attribute_invalid"),
    ({"dataset_id": 999_999}, 404, "dataset_not_found"),
    ({"project_name": "Other"}, 404, "dataset_not_found"),
    ({"project_name": ""}, 400, "attribute_missing"),
]


@pytest.mark.parametrize(("members", "status", "told"), WRONG)
def test_what_is_wrong_leaves_nothing_behind(
    lab: Lab, members: dict[str, Any], status: int, told: str
) -> None:
    scene = Scene(lab, count=1)

    refused = scene.request(**members)

    assert code(refused) == (status, told)
    assert scene.hands == [(None, None)]
    assert scene.classes == []
    assert lab.owner.get("/project_members").data == []


def test_all_labels_that_are_wrong_are_told_by_their_places(lab: Lab) -> None:
    scene = Scene(lab, count=1)

    refused = scene.request(labels=[*LABELS, {"type": "polygon"}, {"label": "x", "type": "?"}])

    assert [one["field"] for one in refused.document["errors"]] == ["labels/2/label", "labels/3/type"]


def test_who_is_there_as_somebody_else_is_refused(lab: Lab) -> None:
    scene = Scene(lab, count=1)
    scene.request()
    jane, bob = email(lab, scene.jane), email(lab, scene.bob)

    refused = scene.request(assigned_annotator=bob, assigned_reviewer=jane)

    assert code(refused) == (400, "role_differs")


def test_a_projects_owner_may_be_both(lab: Lab) -> None:
    scene = Scene(lab, count=1)
    (its,) = lab.owner.get("/projects?filter[name]=Retina X").ids
    scene.jane = scene.bob = lab.person("project_owner", project=its)

    assert scene.request().status == 200
    assert scene.hands == [(scene.jane.account, scene.jane.account)]


@pytest.mark.parametrize("where", ["member", "account"])
def test_who_is_disabled_is_refused(lab: Lab, where: str) -> None:
    scene = Scene(lab, count=1)
    scene.request()
    if where == "member":
        (member,) = [
            one["id"]
            for one in lab.owner.get("/project_members").data
            if one["attributes"]["account_id"] == scene.jane.account
        ]
        lab.owner.delete(f"/project_members/{member}")
    else:
        scene.jane = lab.person()
        lab.owner.update("accounts", scene.jane.account, disabled_at="2026-01-01T00:00:00Z")

    refused = scene.request()

    assert refused.status == 400
    assert refused.document["errors"][0]["field"] == "assigned_annotator"


def test_only_owners_request(lab: Lab) -> None:
    scene = Scene(lab, count=1)
    scene.request()

    assert scene.request(who=scene.jane).status == 403
    assert scene.request(who=lab.outsider).status == 404


def test_people_of_other_workspaces_are_unknown(lab: Lab) -> None:
    scene = Scene(lab, count=1)
    other = Lab(lab.house, f"Other {lab.organization[-6:]}")
    stranger = email(other, other.owner)

    assert code(scene.request(assigned_annotator=stranger)) == (400, "account_unknown")
    assert code(scene.request(who=other.owner)) == (404, "dataset_not_found")


def test_people_are_told_by_what_they_may_be_asked_for(lab: Lab) -> None:
    scene = Scene(lab, count=1)
    scene.request()
    fresh, gone = lab.person(), lab.person()
    lab.owner.update("accounts", gone.account, disabled_at="2026-01-01T00:00:00Z")

    annotators, reviewers = (
        {one["email"] for one in client(lab).get(path).document}
        for path in ("/get_annotators/", "/api/get_reviewers/")
    )

    jane, bob, new = (email(lab, one) for one in (scene.jane, scene.bob, fresh))
    assert annotators - reviewers == {jane}
    assert reviewers - annotators == {bob}
    assert new in annotators & reviewers
    assert email(lab, gone) not in annotators | reviewers


# ---- labels, without a service


def test_a_label_whose_name_is_another_classs_id_gets_an_id_of_its_own() -> None:
    before = {
        "classes": [{"id": "x", "name": "y", "geometries": ["box"]}],
        "classifications": [{"id": "x (2)"}],
    }

    after = with_labels(before, [Label("x", Kind(("polygon",))), Label("y", Kind(("box",)))])

    assert [(one["id"], one["name"]) for one in after["classes"]] == [("x", "y"), ("x (3)", "x")]


def test_a_class_that_takes_anything_goes_on_to() -> None:
    after = with_labels({"classes": [{"id": "x", "name": "x"}]}, [Label("x", Kind(("polygon",)))])

    assert after["classes"] == [{"id": "x", "name": "x"}]


def test_a_label_of_both_segmentations_has_instances() -> None:
    whole, each = Kind(("mask",), has_instances=False), Kind(("mask",))

    after = with_labels({}, [Label("x", whole), Label("x", each)])

    assert after["classes"] == [{"id": "x", "name": "x", "geometries": ["mask"]}]
