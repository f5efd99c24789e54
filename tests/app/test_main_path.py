"""The main path, to its end: entries are created, listed by a filter, selected, submitted, reviewed."""

from tests.lab import Lab


def test_an_entry_goes_from_arrival_to_done(lab: Lab) -> None:
    entry = lab.new_entry(metadata={"city": "Lund"})

    assert lab.annotator.get(f"/entries?filter[status__in]=ready&filter[dataset_id]={lab.dataset}").ids == [
        entry
    ]
    assert lab.annotator.get(f"/entries/{entry}/select").attributes["assigned_to_id"] == lab.annotator.account
    assert lab.annotator.act(entry, "submit").attributes["wf_step"] == "annotate"
    marked = {"dimensions": {"type": "point", "x": 1, "y": 2}, "annotation": {"label": "vessel"}}
    assert lab.annotator.act(entry, "submit", annotations=[marked]).attributes["wf_step"] == "review"
    assert lab.reviewer.get(f"/entries/{entry}/select").attributes["assigned_to_id"] == lab.reviewer.account
    done = lab.reviewer.act(entry, "submit", approved=True)

    assert done.attributes["status"] == "completed"
    assert done.attributes["submitted_by_id"] == lab.annotator.account
    assert done.attributes["reviewed_by_id"] == lab.reviewer.account
    dataset = lab.owner.get(f"/datasets/{lab.dataset}").attributes
    assert (dataset["status"], dataset["progress"], dataset["entries_completed_count"]) == ("completed", 1, 1)
    assert len(lab.owner.get(f"/entries/{entry}?include=annotations").document["included"]) == 1


def test_a_rejected_entry_returns_to_its_annotator(lab: Lab) -> None:
    entry = lab.at("review")

    back = lab.owner.act(entry, "submit", approved=False, reason="too wide")

    assert (back.attributes["wf_step"], back.attributes["assigned_to_id"]) == (
        "annotate",
        lab.annotator.account,
    )


def test_an_entry_that_is_not_sampled_is_done_at_once(lab: Lab) -> None:
    entry = lab.at("annotate", dataset=lab.new_dataset(sample_rate=0.5))
    lab.house.dice.roll(0.7)

    done = lab.annotator.act(entry, "submit")

    assert (done.attributes["wf_step"], done.attributes["status"]) == ("done", "completed")
