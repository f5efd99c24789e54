"""What a history tells of revisions, of verdicts and of seats."""

from typing import Any

from app.web.dashboard.agreeing import heat_of, question_of
from app.web.dashboard.records import Record
from app.web.dashboard.revisions import changes_between, moments_of, seats_of, steps_of


def event(second: int, kind: str, to: str, by: str = "ann", **details: Any) -> Record:
    told = {
        "kind": kind,
        "at": f"2026-01-31T12:00:{second:02}.000000Z",
        "actor_id": by,
        "details": details,
        "record": {"wf_step": to},
    }
    return Record({"id": f"e{second}", "type": "events", "attributes": told})


def mark(id: str, label: str, x: float = 0.0, **attributes: Any) -> Record:
    told = {
        "dimensions": {"type": "point", "x": x, "y": 0},
        "annotation": {"label": label, "attributes": attributes},
    }
    return Record({"id": id, "type": "annotations", "attributes": told})


REJECTED = [
    event(0, "create", "start"),
    event(1, "submit", "annotate"),  # from the open start: it is taken by that
    event(2, "submit", "review"),
    event(3, "select", "review", "rui"),
    event(4, "submit", "annotate", "rui", approved=False, reason="too coarse"),
    event(5, "update", "annotate", "lea"),
    event(6, "submit", "review"),
]


def test_what_was_rejected_comes_first_and_what_was_there_before_anybody_came_last() -> None:
    moments = moments_of(steps_of(REJECTED), {"annotate"})

    assert [(one.name, one.by, one.reason) for one in moments] == [
        ("rejected", "rui", "too coarse"),
        ("submitted at annotate", "ann", ""),
        ("before anybody worked on it", None, ""),
    ]
    assert moments[-1].at == "2026-01-31T12:00:00.999999Z"


def test_each_annotation_is_added_removed_changed_or_the_same() -> None:
    before = [mark("a", "car"), mark("b", "car"), mark("c", "car", colour="red"), mark("d", "road")]
    after = [mark("a", "car"), mark("b", "road", 5.0), mark("c", "car", colour="blue"), mark("e", "sign")]

    changes = {one.id: (one.mark, one.how) for one in changes_between(before, after)}

    assert changes == {
        "a": ("same", ()),
        "b": ("changed", ("its shape", "label: car → road")),
        "c": ("changed", ("colour: red → blue",)),
        "d": ("removed", ()),
        "e": ("added", ()),
    }


def test_seats_are_taken_handed_in_given_back_and_taken_away() -> None:
    story = [
        event(0, "create", "twice", ""),
        event(1, "select", "twice", "ann"),
        event(2, "select", "twice", "ben"),
        event(3, "submit", "twice", "ann"),
    ]

    assert seats_of(steps_of(story), "twice") == {"ann": True, "ben": False}
    assert seats_of(steps_of([*story, event(4, "release", "twice", "ben")]), "twice") == {"ann": True}
    assert seats_of(steps_of([*story, event(4, "assign", "twice", "lea")]), "twice") == {"ann": True}
    decided = [*story, event(4, "submit", "twice", "ben"), event(4, "decide", "decide", "ben")]
    assert seats_of(steps_of([*decided, event(5, "submit", "twice", "rui", outcome="reject")]), "twice") == {}


def test_labels_that_meet_are_counted_both_ways() -> None:
    told = {
        "question": None,
        "observed_agreement": 0.5,
        "fleiss_kappa": None,
        "krippendorff_alpha": {"nominal": 0.1},
        "labels": [{"label": "car", "f_score": 0.5}],
        "pairs": [
            {"account_ids": ["a", "b"], "judged": 4, "observed_agreement": 0.5, "cohen_kappa": None},
        ],
        "confusion": [
            {"first": "car", "second": "car", "count": 2},
            {"first": "car", "second": "sign", "count": 1},
            {"first": "sign", "second": "car", "count": 1},
        ],
    }

    question = question_of(told)

    assert question.labels == ("car", "sign")
    assert question.confusion["car", "sign"].value == question.confusion["sign", "car"].value == 2
    assert question.confusion["car", "car"].value == 2
    assert question.pairs["b", "a"].heat == heat_of(0.5) == 1
    assert [heat_of(one) for one in (None, 0.0, 0.4, 0.6, 0.8)] == [None, 0, 1, 2, 3]
