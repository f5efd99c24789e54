"""Section 5 of the contract: the workflow's table, its refusals, note feeds, counts."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.operations.changes import Event
from app.storage.statement import Statement
from app.work import SYSTEM
from tests.app.jsonapi.asking import NOBODY, pointers
from tests.lab import House, Lab, Person, Reply

Steps = tuple[Lab, dict[str, str]]  # step -> an entry

_HELD = ("wf_step", "status", "assigned_to_id", "submitted_by_id", "reviewed_by_id")
POINT: dict[str, Any] = {"dimensions": {"type": "point", "x": 1, "y": 2}, "annotation": {"label": "vessel"}}


def _state(reply: Reply) -> tuple[Any, ...]:
    assert reply.status == 200, reply
    return tuple(reply.attributes[name] for name in _HELD)


def _of(lab: Lab, entry: str) -> tuple[Any, ...]:
    return _state(lab.owner.get(f"/entries/{entry}"))


def _reviewed(lab: Lab) -> str:
    """An entry at review, in the hands of the reviewer."""
    entry = lab.at("review")
    _state(lab.reviewer.act(entry, "select"))
    return entry


# ---- the table


def test_a_new_entry_is_ready_at_its_start(lab: Lab) -> None:
    assert _of(lab, lab.entry) == ("start", "ready", None, None, None)


def test_a_submit_at_the_start_takes_the_entry(lab: Lab) -> None:
    moved = lab.annotator.act(lab.entry, "submit")

    assert _state(moved) == ("annotate", "in_progress", lab.annotator.account, None, None)


def test_a_sampled_submit_leads_to_review_and_into_nobody_s_hands(lab: Lab) -> None:
    moved = lab.annotator.act(lab.at("annotate"), "submit")

    assert _state(moved) == ("review", "in_progress", None, lab.annotator.account, None)


def test_a_later_submit_leads_back_to_the_earlier_reviewer(lab: Lab) -> None:
    entry = _reviewed(lab)
    lab.reviewer.act(entry, "submit", approved=False)

    moved = lab.annotator.act(entry, "submit")

    assert _state(moved) == (
        "review",
        "in_progress",
        lab.reviewer.account,
        lab.annotator.account,
        lab.reviewer.account,
    )


def test_a_submit_that_is_not_sampled_is_the_last(lab: Lab) -> None:
    entry = lab.at("annotate", dataset=lab.new_dataset(sample_rate=0.5))
    lab.house.dice.roll(0.5)

    moved = lab.annotator.act(entry, "submit")

    assert _state(moved) == ("done", "completed", None, lab.annotator.account, None)


@pytest.mark.parametrize(
    ("rate", "thrown", "step"),
    [
        (0.0, 0.0, "done"),
        (1.0, 0.999999, "review"),
        (None, 0.999999, "review"),
        (0.5, 0.499, "review"),
        (0.5, 0.5, "done"),
    ],
)
def test_the_sample_rate_decides(lab: Lab, rate: float | None, thrown: float, step: str) -> None:
    configuration = {} if rate is None else {"sample_rate": rate}
    dataset = lab.owner.create("datasets", project_id=lab.project, workflow_configuration=configuration).id
    entry = lab.at("annotate", dataset=dataset)
    lab.house.dice.roll(thrown)

    assert lab.annotator.act(entry, "submit").attributes["wf_step"] == step


def test_an_approval_is_the_end(lab: Lab) -> None:
    moved = lab.reviewer.act(_reviewed(lab), "submit", approved=True)

    assert _state(moved) == ("done", "completed", None, lab.annotator.account, lab.reviewer.account)


def test_a_rejection_leads_back_to_the_submitter(lab: Lab) -> None:
    moved = lab.reviewer.act(_reviewed(lab), "submit", approved=False, reason="wide", comment="Too wide.")

    assert _state(moved) == (
        "annotate",
        "in_progress",
        lab.annotator.account,
        lab.annotator.account,
        lab.reviewer.account,
    )


def test_an_error_sets_the_entry_aside(lab: Lab) -> None:
    annotated, reviewed = lab.at("annotate"), _reviewed(lab)

    one = lab.annotator.act(annotated, "error", message="it is black")
    other = lab.reviewer.act(reviewed, "error", message="it is white")

    assert _state(one)[:2] == _state(other)[:2] == ("error", "errored")


def test_the_message_of_an_error_and_the_words_of_a_rejection_are_kept(lab: Lab) -> None:
    entry = _reviewed(lab)
    lab.reviewer.act(entry, "submit", approved=False, reason="wide", comment="Too wide.")
    lab.annotator.act(entry, "error", message="it is black")

    statement = Statement(
        lambda: select(col(Event.details)).where(col(Event.record_id) == entry).order_by(col(Event.position))
    )
    kept = lab.house.database.write_now(SYSTEM, lambda work: work.rows(statement, {}))

    assert kept[-1][0] == '{"message":"it is black"}'
    assert '"reason":"wide"' in kept[-2][0]
    assert '"comment":"Too wide."' in kept[-2][0]


# ---- refusals


@pytest.fixture(scope="module")
def steps(house: House) -> Steps:
    """A laboratory with an entry at every step, which no test moves on."""
    lab = Lab(house, "Steps")
    house.dice.roll(0.0)
    return lab, {step: lab.at(step) for step in ("start", "annotate", "review", "done", "error")}


@pytest.mark.parametrize(
    ("step", "event", "body"),
    [
        ("start", "error", {"message": "x"}),
        ("done", "submit", {}),
        ("done", "submit", {"approved": True}),
        ("done", "error", {"message": "x"}),
        ("done", "assign", {"assigned_to_id": None}),
        ("done", "select", {}),
        ("error", "submit", {}),
        ("error", "error", {"message": "x"}),
        ("error", "assign", {"assigned_to_id": None}),
        ("error", "select", {}),
    ],
)
def test_an_event_that_the_step_does_not_have_is_a_conflict(
    steps: Steps, step: str, event: str, body: dict[str, Any]
) -> None:
    lab, entry = steps[0], steps[1][step]
    before = lab.owner.get(f"/entries/{entry}").data

    reply = lab.owner.act(entry, event, **body)

    assert (reply.status, reply.code) == (409, "invalid_transition")
    assert reply.document["errors"][0]["meta"] == {"wf_step": step}
    assert lab.owner.get(f"/entries/{entry}").data == before


def test_at_its_end_an_entry_refuses_who_worked_on_it_too(lab: Lab) -> None:
    entry = lab.at("done")

    assert lab.annotator.act(entry, "submit").code == "invalid_transition"
    assert lab.annotator.act(entry, "select").code == "invalid_transition"


def test_a_review_needs_a_verdict(lab: Lab) -> None:
    entry = _reviewed(lab)

    reply = lab.reviewer.act(entry, "submit", reason="x")

    assert (reply.status, reply.code) == (422, "approved_missing")
    assert _of(lab, entry)[0] == "review"


@pytest.mark.parametrize("approved", ["true", 1, 0, "yes", {}, []])
def test_a_verdict_is_true_or_false(steps: Steps, approved: Any) -> None:
    lab, entries = steps

    reply = lab.owner.act(entries["review"], "submit", approved=approved)

    assert (reply.status, pointers(reply)) == (422, ["/data/attributes/approved"])


@pytest.mark.parametrize(
    ("event", "body", "pointer"),
    [
        ("error", {}, ""),
        ("error", {"message": None}, "/data/attributes/message"),
        ("error", {"message": 1}, "/data/attributes/message"),
        ("error", {"message": "x", "colour": 1}, "/data/attributes/colour"),
        ("assign", {}, ""),
        ("assign", {"assigned_to_id": "nonsense"}, "/data/attributes/assigned_to_id"),
        ("submit", {"colour": 1}, "/data/attributes/colour"),
        ("submit", {"reason": 1}, "/data/attributes/reason"),
        ("submit", {"annotations": {}}, "/data/attributes/annotations"),
        ("submit", {"annotations": [{"colour": 1}]}, "/data/attributes/annotations/0/colour"),
        ("submit", {"annotations": [{"dimensions": []}]}, "/data/attributes/annotations/0/dimensions"),
    ],
)
def test_a_bad_body_of_an_event_is_invalid(
    steps: Steps, event: str, body: dict[str, Any], pointer: str
) -> None:
    lab, entry = steps[0], steps[1]["annotate"]

    reply = lab.owner.act(entry, event, **body)

    assert (reply.status, pointers(reply)) == (422, [pointer])
    assert _of(lab, entry)[0] == "annotate"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"type": "datasets"}, "/data/type"),
        ({"id": NOBODY}, "/data/id"),
        ({"type": "dataset:"}, "/data/type"),
    ],
)
def test_an_event_of_another_type_or_id_is_a_conflict(lab: Lab, data: dict[str, str], pointer: str) -> None:
    reply = lab.owner.post(f"/entries/{lab.entry}/submit", {"data": data})

    assert (reply.status, reply.source) == (409, {"pointer": pointer})
    assert _of(lab, lab.entry)[0] == "start"


@pytest.mark.parametrize("type", ["entries", "dataset:entries"])
def test_the_right_type_and_id_are_accepted(lab: Lab, type: str) -> None:
    data = {"type": type, "id": lab.entry.upper(), "attributes": {}}

    assert lab.owner.post(f"/entries/{lab.entry}/submit", {"data": data}).status == 200


def test_only_the_holder_submits_and_reports_errors(lab: Lab) -> None:
    lab.at("annotate")
    other = lab.person("annotator")
    reviewed = lab.at("review")

    for reply in (
        lab.annotator.act(reviewed, "submit", approved=True),
        lab.annotator.act(reviewed, "error", message="x"),
        lab.reviewer.act(reviewed, "submit", approved=True),  # not selected yet
    ):
        assert (reply.status, reply.code) == (403, "not_assignee")
    mine = lab.at("annotate", holder=other)
    assert lab.annotator.act(mine, "submit").status == 404


def test_the_project_s_owner_may_submit_for_anybody(lab: Lab) -> None:
    entry = lab.at("annotate")

    moved = lab.project_owner.act(entry, "submit")

    assert (moved.status, moved.attributes["submitted_by_id"]) == (200, lab.project_owner.account)


def test_nobody_reviews_their_own_submission(lab: Lab) -> None:
    entry = lab.at("review")
    lab.owner.update("project_members", str(lab.annotator.member), role="reviewer")

    selected = lab.annotator.act(entry, "select")
    lab.owner.act(entry, "assign", assigned_to_id=lab.annotator.account)
    submitted = lab.annotator.act(entry, "submit", approved=True)

    assert (selected.status, selected.code) == (403, "own_submission")
    assert (submitted.status, submitted.code) == (403, "own_submission")
    assert _of(lab, entry)[0] == "review"


def test_but_a_project_s_owner_may(lab: Lab) -> None:
    entry = lab.at("review", holder=lab.project_owner)

    moved = lab.project_owner.act(entry, "submit", approved=True)

    assert _state(moved)[:2] == ("done", "completed")


# ---- assign and select


def test_assigning_changes_the_holder_alone(lab: Lab) -> None:
    entry = lab.at("review")

    held = lab.owner.act(entry, "assign", assigned_to_id=lab.reviewer.account)
    freed = lab.owner.act(entry, "assign", assigned_to_id=None)

    assert _state(held) == ("review", "in_progress", lab.reviewer.account, lab.annotator.account, None)
    assert _state(freed) == ("review", "in_progress", None, lab.annotator.account, None)


def test_only_an_enabled_member_can_be_assigned(lab: Lab) -> None:
    disabled = lab.person("annotator")
    lab.owner.delete(f"/project_members/{disabled.member}")

    for account in (NOBODY, lab.outsider.account, lab.owner.account, disabled.account):
        reply = lab.owner.act(lab.entry, "assign", assigned_to_id=account)

        assert (reply.status, pointers(reply)) == (422, ["/data/attributes/assigned_to_id"])
    assert _of(lab, lab.entry)[2] is None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_selecting_takes_the_entry_and_nothing_more(lab: Lab, method: str) -> None:
    taken, again = (lab.annotator.ask(method, f"/entries/{lab.entry}/select") for _ in range(2))

    assert _state(taken) == ("start", "ready", lab.annotator.account, None, None)
    for part in ("attributes", "relationships"):
        assert again.data[part] == taken.data[part]
    first, renewed = (reply.data["meta"]["lease"] for reply in (taken, again))
    assert renewed["token"] == first["token"]
    assert renewed["expires_at"] > first["expires_at"]
    for reply in (taken, again):
        assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_somebody_else_s_entry_is_not_taken(lab: Lab, method: str) -> None:
    lab.annotator.act(lab.entry, "select")

    for person in (lab.owner, lab.project_owner):
        reply = person.ask(method, f"/entries/{lab.entry}/select")

        assert (reply.status, reply.code) == (409, "already_assigned")
    assert _of(lab, lab.entry)[2] == lab.annotator.account


def test_a_role_selects_what_it_works(lab: Lab) -> None:
    at_review = lab.at("review")

    assert lab.reviewer.act(lab.new_entry(), "select").status == 404  # not theirs to see
    assert lab.reviewer.act(at_review, "select").status == 200
    assert lab.annotator.act(at_review, "select").status == 403  # seen, since they submitted it


def test_head_selects_nothing(lab: Lab) -> None:
    reply = lab.annotator.ask("HEAD", f"/entries/{lab.entry}/select")

    assert reply.status == 405
    assert set(reply.headers["allow"].split(", ")) == {"GET", "POST"}
    assert _of(lab, lab.entry)[2] is None


@pytest.mark.parametrize(
    "header",
    [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}],
)
def test_nothing_is_selected_ahead(lab: Lab, header: dict[str, str]) -> None:
    reply = lab.annotator.get(f"/entries/{lab.entry}/select", headers=header)

    assert (reply.status, reply.code) == (403, "prefetch_refused")
    assert _of(lab, lab.entry)[2] is None


def test_what_is_asked_of_the_answer_to_an_event_is_given(lab: Lab) -> None:
    reply = lab.annotator.get(f"/entries/{lab.entry}/select?include=dataset&fields[entries]=wf_step,dataset")

    assert reply.attributes == {"wf_step": "start"}
    assert [one["id"] for one in reply.document["included"]] == [lab.dataset]


# ---- what comes along with a submit


def test_annotations_come_along_with_a_submit(lab: Lab) -> None:
    entry = lab.at("annotate")
    kept = lab.annotator.create("annotations", entry_id=entry, **POINT).id
    moved = {**POINT, "id": kept, "metadata": {"moved": True}}

    assert lab.annotator.act(entry, "submit", annotations=[moved, POINT]).status == 200

    annotations = lab.owner.get(f"/annotations?filter[entry_id]={entry}").data
    assert [one["id"] == kept for one in annotations] == [True, False]
    assert annotations[0]["attributes"]["metadata"] == {"moved": True}
    assert annotations[1]["attributes"]["created_by_email"].startswith("p")


def test_annotations_come_along_with_the_first_submit(lab: Lab) -> None:
    reply = lab.annotator.act(lab.entry, "submit", annotations=[POINT])

    assert reply.status == 200
    assert len(lab.annotator.get(f"/entries/{lab.entry}/annotations").data) == 1


def test_a_refused_submit_writes_no_annotation(lab: Lab) -> None:
    entry = lab.at("review")

    reply = lab.owner.act(entry, "submit", annotations=[POINT])

    assert (reply.status, reply.code) == (422, "approved_missing")
    assert lab.owner.get("/annotations").data == []


def test_the_annotations_of_a_completed_entry_are_frozen(lab: Lab) -> None:
    for step in ("done", "error"):
        entry = lab.at("annotate")
        annotation = lab.new_annotation(entry)
        if step == "done":
            lab.annotator.act(entry, "submit")
            lab.owner.act(entry, "submit", approved=True)
        else:
            lab.annotator.act(entry, "error", message="x")

        for reply in (
            lab.owner.create("annotations", entry_id=entry, **POINT),
            lab.owner.update("annotations", annotation, metadata={"a": 1}),
            lab.owner.delete(f"/annotations/{annotation}"),
        ):
            assert (reply.status, reply.code) == (409, "entry_completed")


def test_the_time_of_an_entry_moves_when_its_annotations_do(lab: Lab) -> None:
    entry = lab.at("annotate")

    def time() -> str:
        return str(lab.owner.get(f"/entries/{entry}").attributes["updated_at"])

    times = [time()]
    annotation = lab.new_annotation(entry)
    times.append(time())
    lab.owner.update("annotations", annotation, metadata={"a": 1})
    times.append(time())
    lab.owner.delete(f"/annotations/{annotation}")
    times.append(time())

    assert times == sorted(set(times))


# ---- counts


def _counts(lab: Lab, dataset: str) -> tuple[Any, ...]:
    names = ("total_count", "in_progress_count", "completed_count")
    found = lab.owner.get(f"/datasets/{dataset}").attributes
    return (*(found[f"entries_{name}"] for name in names), found["progress"], found["status"])


def test_counts_and_progress_are_exact_at_every_step(lab: Lab) -> None:
    dataset = lab.dataset
    seen = [_counts(lab, dataset)]
    one, other = lab.new_entry(), lab.new_entry()
    seen.append(_counts(lab, dataset))
    events: list[Callable[[], Reply]] = [
        lambda: lab.annotator.act(one, "select"),
        lambda: lab.annotator.act(one, "submit"),
        lambda: lab.annotator.act(other, "submit"),
        lambda: lab.annotator.act(one, "submit"),
        lambda: lab.owner.act(one, "submit", approved=True),
        lambda: lab.annotator.act(other, "error", message="x"),
        lambda: lab.owner.create("entries", dataset_id=dataset, resource="x"),
        lambda: lab.owner.delete(f"/entries/{one}?force=true"),
    ]
    for event in events:
        assert event().status in (200, 201, 204)
        seen.append(_counts(lab, dataset))

    assert seen == [
        (0, 0, 0, 0, "pending"),
        (2, 0, 0, 0, "pending"),
        (2, 0, 0, 0, "pending"),
        (2, 1, 0, 0, "in_progress"),
        (2, 2, 0, 0, "in_progress"),
        (2, 2, 0, 0, "in_progress"),
        (2, 1, 1, 0.5, "in_progress"),
        (2, 0, 2, 1, "completed"),
        (3, 0, 2, 2 / 3, "in_progress"),
        (2, 0, 1, 0.5, "in_progress"),
    ]


# ---- note feeds


@pytest.mark.parametrize(("step", "status"), [("annotate", 201), ("done", 409), ("error", 409)])
def test_a_feed_is_opened_while_the_entry_is_worked(steps: Steps, step: str, status: int) -> None:
    lab, entries = steps

    reply = lab.annotator.create("note_feeds", entry_id=entries[step], content_md="x")

    assert reply.status == status
    if status == 409:
        assert reply.code == "entry_not_in_progress"


def test_a_reviewer_opens_feeds_and_the_holder_of_a_fresh_entry_does_not(lab: Lab) -> None:
    reviewed = lab.reviewer.create("note_feeds", entry_id=_reviewed(lab), content_md="x")
    lab.annotator.act(lab.entry, "select")
    fresh = lab.annotator.create("note_feeds", entry_id=lab.entry, content_md="x")

    assert reviewed.status == 201
    assert (fresh.status, fresh.code) == (409, "entry_not_in_progress")


@pytest.mark.parametrize("step", ["start", "annotate", "review", "done", "error"])
def test_the_project_s_owner_opens_feeds_at_any_time(steps: Steps, step: str) -> None:
    lab, entries = steps

    reply = lab.project_owner.create("note_feeds", entry_id=entries[step], content_md="x")

    assert (reply.status, reply.attributes["status"]) == (201, "pending")


def test_a_feed_on_an_annotation_names_one_of_the_entry(lab: Lab) -> None:
    entry, elsewhere = lab.at("annotate"), lab.new_annotation(lab.new_entry())
    annotation = lab.new_annotation(entry)

    def opened(**attributes: Any) -> Reply:
        return lab.owner.create("note_feeds", entry_id=entry, anchor_type="annotation", **attributes)

    assert opened(annotation_id=annotation).status == 201
    assert opened().status == 422
    assert opened(annotation_id=None).status == 422
    assert opened(annotation_id=elsewhere).status == 404
    assert opened(annotation_id=NOBODY).status == 404
    assert len(lab.owner.get("/note_feeds").data) == 1


def test_resolving_again_changes_nothing(lab: Lab) -> None:
    feed = lab.new_feed(lab.at("annotate"))

    first, again = (lab.owner.post(f"/note_feeds/{feed}/resolve") for _ in range(2))

    assert (first.status, first.attributes["status"]) == (200, "resolved")
    assert (again.status, again.data) == (200, first.data)


def test_a_feed_is_resolved_by_its_author_the_owner_or_the_reviewer_at_it(lab: Lab) -> None:
    entry = lab.at("annotate")
    feeds = [lab.annotator.create("note_feeds", entry_id=entry, content_md="x").id for _ in range(3)]
    by_owner = lab.new_feed(entry)
    refused = lab.annotator.post(f"/note_feeds/{by_owner}/resolve")
    lab.annotator.act(entry, "submit")
    lab.reviewer.act(entry, "select")

    people: list[Person] = [lab.annotator, lab.project_owner, lab.reviewer]
    resolved = [
        person.post(f"/note_feeds/{feed}/resolve").status for person, feed in zip(people, feeds, strict=True)
    ]

    assert resolved == [200, 200, 200]
    assert refused.status == 403


@pytest.mark.parametrize("type", ["note_feeds", "note_comments"])
def test_editing_the_text_sets_the_time_of_editing(lab: Lab, type: str) -> None:
    feed = lab.new_feed(lab.at("annotate"))
    comment = lab.owner.create("note_comments", note_feed_id=feed, content_md="x").id
    id = feed if type == "note_feeds" else comment
    before = lab.owner.get(f"/{type}/{id}").attributes

    same = lab.owner.update(type, id, content_md=before["content_md"]).attributes
    edited = lab.owner.update(type, id, content_md="another").attributes

    assert (before["edited_at"], same["edited_at"]) == (None, None)
    assert edited["edited_at"] == edited["updated_at"]


def test_moving_a_feed_is_no_editing(lab: Lab) -> None:
    feed = lab.new_feed(lab.at("annotate"))

    moved = lab.owner.update("note_feeds", feed, position={"x": 9})

    assert (moved.status, moved.attributes["edited_at"]) == (200, None)


def test_a_body_is_read_as_its_schema_says(lab: Lab) -> None:
    one: dict[str, Any] = {"dimensions": {}, "annotation": {}, "@note": 1}
    draft = {"entries": 5.0, "paces": {step: {"seconds": 60} for step in ("start", "annotate", "review")}}
    people = [{"role": "annotator", "count": 2.0, "@note": 1}, {"role": "reviewer"}]
    path = f"/datasets/{lab.dataset}/workflow/simulate"

    written = lab.annotator.act(lab.at("annotate"), "submit", annotations=[one])
    played = lab.owner.post(path, {"data": {"attributes": draft | {"people": people}}})
    half = lab.owner.post(path, {"data": {"attributes": draft | {"people": people, "entries": 5.5}}})

    assert (written.status, played.status, played.attributes["entries"]) == (200, 200, 5)
    assert (half.status, pointers(half)) == (422, ["/data/attributes/entries"])
