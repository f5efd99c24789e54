"""An entry's labels said at once: each status leads it through its workflow, for those who may."""

import pytest

from tests.lab import House, Lab

BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}
MARK = {"dimensions": BOX, "annotation": {"label": "vessel"}}
OTHER = {"dimensions": BOX | {"x": 9}, "annotation": {"label": "lesion"}}


def standing(lab: Lab, entry: str) -> tuple[str, str, str | None]:
    told = lab.owner.get(f"/entries/{entry}").attributes
    return told["wf_step"], told["status"], told["label_status"]


def marks(lab: Lab, entry: str) -> list[str]:
    return [
        one["attributes"]["annotation"]["label"]
        for one in lab.owner.get(f"/entries/{entry}/annotations").data
    ]


REVIEWED = ("done", "completed", "reviewed")
PLACES = [
    ("prelabeled", ("start", "ready", "prelabeled")),
    ("in_progress", ("annotate", "in_progress", None)),
    ("labeled", ("review", "in_progress", "labeled")),
    ("reviewed", REVIEWED),
    ("rejected", ("annotate", "in_progress", "rejected")),
    ("skipped", ("done", "completed", "skipped")),
    ("verified", ("done", "completed", "verified")),
    (None, ("start", "ready", None)),
]


@pytest.mark.parametrize(("status", "place"), PLACES)
def test_an_owner_says_how_far_the_labels_of_a_new_entry_are(
    lab: Lab, status: str | None, place: tuple[str, str, str | None]
) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()

    reply = lab.owner.act(entry, "label", status=status, annotations=[MARK])

    assert reply.status == 200, reply
    assert standing(lab, entry) == place
    assert marks(lab, entry) == ["vessel"]


@pytest.mark.parametrize("before", [one for one, _ in PLACES if one])
@pytest.mark.parametrize("after", ["labeled", "reviewed", "rejected", "skipped", "verified"])
def test_from_any_status_the_labels_come_to_any_other(lab: Lab, before: str, after: str) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()
    lab.owner.act(entry, "label", status=before, annotations=[MARK])

    reply = lab.owner.act(entry, "label", status=after)

    assert reply.status == 200, reply
    assert standing(lab, entry)[2] == after


def test_without_a_review_what_is_labeled_is_done_and_may_still_be_said_to_be_reviewed(lab: Lab) -> None:
    lab.house.dice.roll(1.0)
    entry = lab.new_entry()

    lab.owner.act(entry, "label", status="labeled")
    first = standing(lab, entry)
    lab.owner.act(entry, "label", status="reviewed")

    assert first == ("done", "completed", "labeled")
    assert standing(lab, entry) == REVIEWED
    assert lab.owner.get(f"/entries/{entry}").attributes["reviewed_by_id"] == lab.owner.account


def test_annotations_are_replaced_whole_also_at_the_end_and_what_is_the_same_stays(lab: Lab) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()
    lab.owner.act(entry, "label", status="reviewed", annotations=[MARK, OTHER])
    first, _ = lab.owner.get(f"/entries/{entry}/annotations").ids

    reply = lab.owner.act(entry, "label", status="reviewed", annotations=[MARK, MARK])

    assert reply.status == 200, reply
    assert marks(lab, entry) == ["vessel", "vessel"]
    assert lab.owner.get(f"/entries/{entry}/annotations").ids[0] == first
    assert standing(lab, entry) == REVIEWED


def test_a_wrong_annotation_leaves_everything_as_it_was(lab: Lab) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()
    lab.owner.act(entry, "label", status="labeled", annotations=[MARK])
    before = lab.owner.get(f"/entries/{entry}/history").ids

    reply = lab.owner.act(entry, "label", status="reviewed", annotations=[OTHER, {"dimensions": BOX}])

    assert reply.status == 422
    assert marks(lab, entry) == ["vessel"]
    assert lab.owner.get(f"/entries/{entry}/history").ids == before


def test_each_step_on_the_way_leaves_its_event(lab: Lab) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()

    lab.owner.act(entry, "label", status="reviewed")

    kinds = [one["attributes"]["kind"] for one in lab.owner.get(f"/entries/{entry}/history").data]
    assert kinds == ["create", "submit", "submit", "submit"]


def test_an_annotator_labels_what_is_free_and_a_reviewer_judges_it(lab: Lab) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()

    labeled = lab.annotator.act(entry, "label", status="labeled", annotations=[MARK])
    reviewed = lab.reviewer.act(entry, "label", status="reviewed")

    assert (labeled.status, reviewed.status) == (200, 200), (labeled, reviewed)
    assert standing(lab, entry) == REVIEWED
    told = lab.owner.get(f"/entries/{entry}").attributes
    assert (told["submitted_by_id"], told["reviewed_by_id"]) == (lab.annotator.account, lab.reviewer.account)


@pytest.mark.parametrize("status", ["reviewed", "rejected", "verified"])
def test_an_annotator_reviews_nothing(lab: Lab, status: str) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()

    reply = lab.annotator.act(entry, "label", status=status, annotations=[MARK])

    assert reply.status in (403, 404, 409), reply
    assert standing(lab, entry) == ("start", "ready", None)
    assert marks(lab, entry) == []


def test_a_model_has_a_layer_of_its_own_and_people_s_work_stays(lab: Lab) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry()
    lab.owner.act(entry, "label", status="reviewed", annotations=[MARK])

    for score in (0.5, 0.75):
        reply = lab.owner.act(
            entry, "label", label_set="predictions", status="prelabeled", score=score, annotations=[OTHER]
        )
        assert reply.status == 200, reply

    found = lab.owner.get(f"/entries/{entry}/layers").data
    layers = {one["attributes"]["label_set"]: one["attributes"] for one in found}
    assert (layers["predictions"]["status"], layers["predictions"]["score"]) == ("prelabeled", 0.75)
    assert marks(lab, entry) == ["vessel"]
    assert standing(lab, entry) == REVIEWED


def test_who_is_named_to_review_an_entry_is_given_it(lab: Lab) -> None:
    lab.house.dice.roll(0.0)
    entry = lab.new_entry(reviewer_id=lab.reviewer.account)

    lab.annotator.act(entry, "label", status="labeled")

    assert lab.owner.get(f"/entries/{entry}").attributes["assigned_to_id"] == lab.reviewer.account


def test_nobody_from_elsewhere_is_named_to_review(lab: Lab, house: House) -> None:
    stranger = Lab(house, "Elsewhere").owner

    reply = lab.owner.create(
        "entries", dataset_id=lab.dataset, resource="1.png", reviewer_id=stranger.account
    )

    assert (reply.status, reply.code) == (422, "not_a_member")
