"""What charts show follows from statistics and a forecast."""

from typing import Any

from app.web.dashboard import courses
from app.web.dashboard.flow import flow_of

FORETOLD: dict[str, Any] = {
    "at": "2026-01-31T12:00:00.000000Z",
    "known": True,
    "done_from": "2026-02-02T12:00:00.000000Z",
    "done_at": "2026-02-04T12:00:00.000000Z",
    "done_to": "2026-02-08T12:00:00.000000Z",
}
ENDS = ("done", "error")


def flow(*days: dict[str, int]) -> list[dict[str, Any]]:
    """A flow of 90 days that ends at January 31 with DAYS, before which nothing was there."""
    nothing = dict.fromkeys(days[-1], 0)
    steps = [*[nothing] * (90 - len(days)), *days]
    return [{"day": f"2026-01-{n - 58:02}", "steps": one} for n, one in enumerate(steps)]


def values_of(chart: dict[str, Any]) -> dict[str, list[Any]]:
    return {one["name"]: one["values"] for one in chart["series"]}


def test_a_burn_up_goes_on_as_it_is_foretold_until_all_is_done() -> None:
    chart = courses.burn_up(flow({"start": 4, "done": 0}, {"start": 2, "done": 2}), ENDS, FORETOLD)

    told = values_of(chart)
    today = chart["rest"]
    assert (chart["x"][today], chart["x"][-1]) == ("2026-01-31", "2026-02-08")
    assert told["All"][today - 2 :] == [0, 4, 4, *[4] * 8]
    assert told["Done"][today - 2 : today + 2] == [0, 0, 2, None]
    assert told["Soonest"][today:] == [2, 3, 4, 4, 4, 4, 4, 4, 4]
    assert told["Foretold"][today:] == [2, 2.5, 3, 3.5, 4, 4, 4, 4, 4]
    assert told["Latest"][today:] == [2, 2.2, 2.5, 2.8, 3, 3.2, 3.5, 3.8, 4]
    assert [chart["series"][n - 1]["name"] for n in chart["bands"][0]] == ["Soonest", "Latest"]
    assert all(len(values) == len(chart["x"]) for values in told.values())


def test_what_is_unknown_or_done_is_not_foretold() -> None:
    open_ones, done = flow({"start": 4, "done": 0}), flow({"start": 0, "done": 4})

    unknown = courses.burn_up(open_ones, ENDS, FORETOLD | {"known": False})
    over = courses.burn_up(done, ENDS, FORETOLD)
    untold = courses.burn_up(open_ones, ENDS, None)

    assert [list(values_of(one)) for one in (unknown, over, untold)] == [["All", "Done"]] * 3


def test_a_forecast_far_away_is_shown_for_ninety_days() -> None:
    far = FORETOLD | {"done_at": "2031-01-01T00:00:00.000000Z", "done_to": "9999-12-31T00:00:00.000000Z"}

    chart = courses.burn_up(flow({"start": 4, "done": 0}), ENDS, far)

    assert len(chart["x"]) - 1 - chart["rest"] == courses.MOST_AHEAD


def test_a_cumulative_flow_lies_with_what_is_done_at_the_bottom() -> None:
    days = flow({"start": 2, "annotate": 1, "review": 0, "done": 3, "error": 1, "older": 1})

    chart = courses.cumulative_flow(days, ["start", "annotate", "review", "done"], ENDS)

    assert [one["name"] for one in chart["series"]] == ["error", "done", "older", "annotate", "start"]
    assert chart["stacked"]
    assert len(chart["x"]) == courses.LEAST_DAYS


def test_a_workflow_is_drawn_with_its_rules_and_what_is_of_older_versions_apart() -> None:
    configuration = {"sample_rate": 0.25}
    steps = [
        {"name": name, "kind": kind}
        for name, kind in [
            ("start", "open"),
            ("annotate", "annotate"),
            ("sample", "gate"),
            ("review", "review"),
            ("done", "done"),
            ("old", None),
            ("gone", None),
        ]
    ]
    edges = [
        {"from": "start", "outcome": "submit", "to": "annotate"},
        {"from": "annotate", "outcome": "submit", "to": "sample"},
        {"from": "sample", "outcome": "0", "to": "review"},
        {"from": "sample", "outcome": "else", "to": "done"},
        {"from": "review", "outcome": "accept", "to": "done"},
        {"from": "review", "outcome": "reject", "to": "annotate"},
    ]
    counts = {"start": {"ready": 2}, "annotate": {"ready": 1, "in_progress": 2}, "old": {"in_progress": 1}}

    drawn = flow_of({"start": "start", "steps": steps, "edges": edges}, configuration, counts)

    assert [(card.name, card.entries) for card in drawn.cards] == [
        ("start", 2),
        ("annotate", 3),
        ("sample", 0),
        ("review", 0),
        ("done", 0),
    ]
    assert [card.x for card in drawn.cards] == sorted(card.x for card in drawn.cards)
    assert [(card.name, card.entries) for card in drawn.apart] == [("old", 1)]
    assert [(line.text, line.is_back) for line in drawn.lines if line.start in ("sample", "review")] == [
        ("25 %", False),
        ("else", False),
        ("accept", False),
        ("reject", True),
    ]
