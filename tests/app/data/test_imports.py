"""Imports by lists: what comes in, what is told, and that nothing comes twice."""

import pytest

from tests.app.data.doing import acted, annotations, begun, box, ended, entries, errors, imported
from tests.lab import Lab


def test_items_become_entries_with_all_that_they_say(lab: Lab) -> None:
    item = {
        "url": "https://pictures.example.org/1.jpg",
        "external_id": "one",
        "split": "valid",
        "metadata": {"city": "Lund"},
        "priority": -2,
        "width": 640,
        "height": 480,
    }

    job, _ = imported(lab, items=[item, {"url": "https://pictures.example.org/2.jpg"}], split="train")

    first, second = entries(lab)
    told = ("resource", "external_id", "split", "metadata", "priority", "width", "height", "status")
    assert [first[name] for name in told] == [
        *("https://pictures.example.org/1.jpg", "one", "valid", {"city": "Lund"}, -2, 640, 480, "ready")
    ]
    assert second["split"] == "train"
    assert (job["done"], job["total"], job["result"]) == (2, 2, {"imported": 2})


def test_an_import_that_is_run_again_adds_nothing_and_tells_why(lab: Lab) -> None:
    items = [
        {"url": "https://x.example.org/1.jpg", "external_id": "one"},
        {"url": "https://x.example.org/2.jpg"},
    ]
    imported(lab, items=items)

    job, id = imported(lab, items=[*items, items[0], {"url": "https://x.example.org/3.jpg"}])

    assert job["result"] == {"imported": 1}
    assert len(entries(lab)) == 3
    assert errors(lab, id) == [
        ("https://x.example.org/2.jpg", "duplicate"),
        ("one", "duplicate"),
        ("one", "duplicate"),
    ]


def test_one_bad_item_blocks_no_other(lab: Lab) -> None:
    items = [
        {"url": "https://x.example.org/1.jpg", "split": "holdout"},
        {"external_id": "no address"},
        {"url": "https://x.example.org/2.jpg", "priority": "high"},
        {"url": "https://x.example.org/3.jpg"},
    ]

    _, id = imported(lab, items=items)

    assert [one["resource"] for one in entries(lab)] == ["https://x.example.org/3.jpg"]
    assert [code for _, code in errors(lab, id)] == ["item_invalid"] * 3


def test_an_import_names_one_source(lab: Lab) -> None:
    none = acted(lab, f"/datasets/{lab.dataset}/imports")
    two = acted(lab, f"/datasets/{lab.dataset}/imports", urls=["https://x.example.org/1"], items=[{}])

    assert [(one.status, one.code) for one in (none, two)] == [(422, "import_source")] * 2


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://10.0.0.1/x", "http://169.254.169.254/", "gopher://x.example.org/"]
)
def test_a_manifest_is_fetched_from_public_places_alone(lab: Lab, url: str) -> None:
    refused = acted(lab, f"/datasets/{lab.dataset}/imports", manifest_url=url)

    assert (refused.status, refused.code) == (422, "url_not_allowed")


def test_annotations_come_with_their_items_and_are_prelabeled(lab: Lab) -> None:
    marks = [{"dimensions": box(), "annotation": {"label": "vessel"}, "metadata": {"by": "model"}}]

    imported(lab, items=[{"url": "https://x.example.org/1.jpg", "annotations": marks}])

    (entry,) = entries(lab)
    (mark,) = annotations(lab, entry["id"])
    assert entry["label_status"] == "prelabeled"
    assert {name: mark[name] for name in ("dimensions", "annotation", "metadata")} == marks[0]


def test_predictions_come_into_a_layer_of_their_own_and_touch_no_human_work(lab: Lab) -> None:
    entry = lab.new_entry(external_id="one")
    own = lab.new_annotation(entry)
    marks = [{"dimensions": box(5), "annotation": {"label": "lesion"}}]
    item = {"url": "https://x.example.org/1.jpg", "external_id": "one", "annotations": marks, "score": 0.75}

    _, first = imported(lab, items=[item], label_set="model-1")
    _, again = imported(lab, items=[item], label_set="model-1")
    _, into_truth = imported(lab, items=[item])

    layers = lab.owner.get(f"/entries/{entry}/layers").data
    shown = {one["attributes"]["label_set"]: one for one in layers}
    assert shown.keys() == {"ground-truth", "model-1"}
    assert (shown["model-1"]["attributes"]["status"], shown["model-1"]["attributes"]["score"]) == (
        "prelabeled",
        0.75,
    )
    assert [one["annotation"] for one in annotations(lab, shown["model-1"]["id"])] == [{"label": "lesion"}]
    assert [one["id"] for one in annotations(lab, entry)] == [own]
    assert lab.owner.get(f"/entries/{entry}/annotations").ids == [own]
    assert errors(lab, first) == []
    assert errors(lab, again) == errors(lab, into_truth) == [("one", "layer_not_empty")]


def test_annotations_are_replaced_where_that_is_asked_for(lab: Lab) -> None:
    entry = lab.new_entry(external_id="one")
    lab.new_annotation(entry)
    item = {"url": "x.jpg", "external_id": "one", "annotations": [{"dimensions": box(9), "annotation": {}}]}

    imported(lab, items=[item], replace=True)

    assert [one["dimensions"]["x"] for one in annotations(lab, entry)] == [9]


def test_times_and_authors_are_kept_where_that_is_asked_for(lab: Lab) -> None:
    marks = [
        {
            "dimensions": box(),
            "annotation": {},
            "created_at": "2020-01-02T03:04:05Z",
            "created_by": lab.annotator.account,
        }
    ]
    item = {"url": "x.jpg", "created_at": "2020-01-01T00:00:00Z", "annotations": marks}

    imported(lab, items=[item], keep_authorship=True)
    imported(lab, dataset=(other := lab.new_dataset()), items=[item])

    (kept,), (new,) = entries(lab), entries(lab, other)
    assert kept["created_at"] == "2020-01-01T00:00:00.000000Z"
    assert annotations(lab, kept["id"])[0]["created_at"] == "2020-01-02T03:04:05.000000Z"
    assert not new["created_at"].startswith("2020")


def test_only_owners_of_the_project_import(lab: Lab) -> None:
    body = {"data": {"attributes": {"urls": ["https://x.example.org/1.jpg"]}}}
    path = f"/datasets/{lab.dataset}/imports"

    statuses = [who.post(path, body).status for who in (lab.project_owner, lab.annotator, lab.outsider)]

    assert statuses == [202, 403, 404]


def test_a_stopped_import_adds_no_more(lab: Lab) -> None:
    job = begun(
        acted(
            lab, f"/datasets/{lab.dataset}/imports", urls=[f"https://x.example.org/{n}" for n in range(1000)]
        )
    )

    stopped = lab.owner.post(f"/jobs/{job}/cancel")
    at_once = len(entries(lab))

    assert stopped.status == 200
    assert lab.owner.get(f"/jobs/{job}").attributes["state"] in ("cancelled", "succeeded")
    assert len(entries(lab)) == at_once


def test_an_import_that_cannot_be_read_fails_before_anything_of_it_is_there(lab: Lab) -> None:
    job = begun(
        acted(lab, f"/datasets/{lab.dataset}/imports", manifest_url="https://no-such-host.invalid/m.json")
    )

    failed = ended(lab, job, "failed")

    assert failed["errors_count"] == 1
    assert entries(lab) == []


def test_annotations_that_come_to_an_entry_that_is_there_prelabel_it(lab: Lab) -> None:
    entry = lab.new_entry(external_id="one")
    marks = [{"dimensions": box(), "annotation": {"label": "vessel"}}]

    imported(lab, items=[{"url": "x.jpg", "external_id": "one", "annotations": marks}])

    shown = lab.owner.get(f"/entries/{entry}").attributes
    assert (shown["label_status"], shown["status"]) == ("prelabeled", "ready")
    assert lab.owner.get(f"/layers/{entry}").attributes["status"] == "prelabeled"
