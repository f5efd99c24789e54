"""Who has a seat at a consensus: what they may do, what they are told, and what of theirs is counted."""

import random
import string
from typing import Any

import pytest

from tests.app.workflows.drawing import (
    BOX,
    FAR,
    dataset_with,
    mark,
    next_of,
    submit,
    two,
)
from tests.lab import Lab


@pytest.mark.parametrize("event", ["skip", "error"])
def test_a_seats_token_is_good_for_what_its_holder_may_do(lab: Lab, event: str) -> None:
    """In the header, which both events take."""
    ana, _ = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    conf = two()
    conf["steps"]["twice"]["on"]["skip"] = "done"
    dataset = dataset_with(lab, conf)
    entry = lab.new_entry(dataset_id=dataset)
    given = next_of(ana, dataset)
    token = given.data["meta"]["lease"]["token"]
    body = {"message": "x"} if event == "error" else {}
    sent = {"data": {"attributes": body}} if body else None
    reply = ana.ask("POST", f"/entries/{entry}/{event}", sent, headers={"Postil-Lease": token})
    assert reply.status == 200, reply


def test_a_lost_draft_is_taken_over_by_who_has_a_seat_again(lab: Lab) -> None:
    ana, _bo, _cy = lab.annotator, lab.person("annotator"), lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    assert lab.owner.delete(f"/entries/{entry}/lease").status == 200
    lost = ana.act(entry, "submit", annotations=[mark(BOX)])
    assert (lost.status, lost.code) == (409, "lease_lost")
    draft = lost.document["errors"][0]["meta"]["draft_id"]
    assert ana.act(entry, "select").status == 200
    reply = ana.post(f"/drafts/{draft}/take_over")
    assert reply.status == 200, reply


def test_who_sits_does_not_read_the_other(lab: Lab) -> None:
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset), next_of(bo, dataset)
    own = ana.create("annotations", entry_id=entry, dimensions=BOX, annotation={"label": "secret-ana"})
    assert own.status == 201, own
    ana.create("note_feeds", entry_id=entry, content_md="secret-ana note")
    ana.ask("PUT", f"/entries/{entry}/draft", {"data": {"attributes": {"content": {"a": "secret-ana"}}}})
    seen = []
    paths = [
        f"/annotations/{own.id}",
        f"/annotations/{own.id}/history",
        f"/annotations?filter[entry_id]={entry}",
        f"/annotations?filter[dataset_id]={dataset}",
        f"/entries/{entry}?include=annotations,note_feeds",
        f"/entries/{entry}/annotations",
        f"/entries/{entry}/relationships/annotations",
        f"/entries/{entry}/note_feeds",
        f"/entries/{entry}/history",
        f"/entries/{entry}/draft",
        "/drafts",
        "/events",
        f"/note_feeds?filter[entry_id]={entry}",
        f"/entries?filter[dataset_id]={dataset}&include=annotations.note_feeds",
    ]
    for when in ("sits", "submitted"):
        for path in paths:
            reply = bo.get(path)
            if "secret-ana" in reply.text or (own.id in reply.text and reply.status == 200):
                seen.append((when, path, reply))
        changed = bo.update("annotations", own.id, annotation={"label": "mine"})
        assert changed.status in (403, 404), changed
        assert bo.delete(f"/annotations/{own.id}").status in (403, 404)
        r = bo.ask(
            "PATCH",
            f"/annotations?filter[entry_id]={entry}",
            {"data": {"type": "annotations", "attributes": {"annotation": {"label": "mine"}}}},
        )
        if when == "sits":
            r = bo.act(entry, "submit", annotations=[{"id": own.id, "annotation": {"label": "mine"}}])
            assert r.status in (403, 404, 409, 422), r
            submit(bo, entry, annotations=[mark(FAR)])
    assert "secret-ana" in lab.owner.get(f"/annotations/{own.id}").text
    assert seen == []


def test_a_seat_left_while_in_the_trash_does_not_hold_the_entry_for_ever(lab: Lab) -> None:
    ana, bo, cy = lab.annotator, lab.person("annotator"), lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset), next_of(bo, dataset)
    assert lab.owner.delete(f"/entries/{entry}?force=true").status == 204
    assert lab.owner.delete(f"/project_members/{ana.member}").status == 204
    assert lab.owner.post(f"/entries/{entry}/restore").status == 200
    assert next_of(cy, dataset).status == 200


def test_who_has_a_seat_may_open_a_note(lab: Lab) -> None:
    ana, _ = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    reply = ana.create("note_feeds", entry_id=entry, content_md="one or two?")
    assert reply.status == 201, reply


def test_who_sits_is_not_told_what_the_other_says_of_it(lab: Lab) -> None:
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset), next_of(bo, dataset)
    submit(ana, entry, annotations=[mark(BOX)], comment="secret-ana two lesions at the left")
    told = bo.get(f"/entries/{entry}/history")
    assert "secret-ana" not in told.text, told.text[:3000]


def test_long_values_are_counted_whole(lab: Lab, database_url: str) -> None:
    import secrets

    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    for p in (ana, bo):
        assert p.act(entry, "select").status == 200
    for p in (ana, bo):
        r = p.act(
            entry,
            "submit",
            annotations=[
                {"dimensions": {}, "annotation": {"label": "q", "value": secrets.token_hex(20_000)}}
            ],
        )
        assert r.status == 200, r
    told = lab.owner.get(f"/datasets/{dataset}/agreement")
    assert told.status == 200


@pytest.mark.parametrize("size", [2_000, 3_000, 6_000, 12_000])
@pytest.mark.parametrize("what", ["value", "label", "box"])
def test_long_answers_of_some_size(lab: Lab, size: int, what: str) -> None:
    chance = random.Random(size)
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)

    def said() -> dict[str, Any]:
        words = "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(size))
        if what == "value":
            return {"dimensions": {}, "annotation": {"label": "q", "value": words}}
        return {"dimensions": BOX if what == "box" else {}, "annotation": {"label": words}}

    for p in (ana, bo):
        assert p.act(entry, "select").status == 200
    for p in (ana, bo):
        assert submit(p, entry, annotations=[said()]).status == 200
