"""How the work goes, as charts show it: from statistics and a forecast. It knows no page.

A chart is {"x": days, "series": [{"name", "values", ...}], ...}: see front/src/charts.js. A series of
what stands at some steps tells them as its `steps`; None: at any.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

LEAST_DAYS = 14  # that are shown, even where nothing was there
MOST_AHEAD = 90  # days of what is foretold
_INKS = (5, 1, 2, 4)  # of steps where work is left

Told = Mapping[str, Any]
Chart = dict[str, Any]


def burn_up(flow: Sequence[Told], ends: Collection[str], forecast: Told | None) -> Chart:
    """What is done of all there is, by day, and, as far as it is foretold, until all is done."""
    shown = _since_begun(flow)
    days = [one["day"] for one in shown]
    total = [sum(one["steps"].values()) for one in shown]
    done = [sum(count for step, count in one["steps"].items() if step in ends) for one in shown]
    series: list[Chart] = [
        {"name": "All", "values": total, "colour": 5, "steps": None},
        {"name": "Done", "values": done, "colour": 0, "filled": True, "steps": sorted(ends)},
    ]
    chart: Chart = {"x": days, "series": series}
    if not forecast or not forecast["known"] or total[-1] == done[-1]:
        return chart
    ahead = [max(_days_between(forecast["at"], forecast[name]), 0.01) for name in _ENDS]
    horizon = min(MOST_AHEAD, max(1, ceil(max(ahead))))
    today, last = date.fromisoformat(days[-1]), len(days) - 1
    days += [(today + timedelta(days=n + 1)).isoformat() for n in range(horizon)]
    for one in series:
        one["values"] = [*one["values"], *[None] * horizon]
    series[0]["values"] = [*total, *[total[-1]] * horizon]
    for (label, look), span in zip(_ENDS.values(), ahead, strict=True):
        course = [
            round(done[last] + (total[last] - done[last]) * min(1.0, n / span), 1) for n in range(horizon + 1)
        ]
        series.append({"name": label, "values": [*[None] * last, *course], "colour": 1, **look})
    chart["bands"] = [[3, 5]]  # between the soonest and the latest
    chart["rest"] = last
    return chart


_ENDS = {
    "done_from": ("Soonest", {"faint": True}),
    "done_at": ("Foretold", {"dashed": True}),
    "done_to": ("Latest", {"faint": True}),
}


def cumulative_flow(flow: Sequence[Told], steps: Sequence[str], ends: Collection[str]) -> Chart:
    """Entries by step and day, one upon the other: what is done at the bottom, what just came on top.

    STEPS are in the order in which entries go through them, to one of ENDS.
    """
    shown = _since_begun(flow)
    known = [*steps, *(step for step in shown[-1]["steps"] if step not in steps)]
    known.sort(key=lambda step: step in ends)
    inks = iter(_INKS * (len(known) // len(_INKS) + 1))
    ink = {step: 3 if step == "error" else 0 if step in ends else next(inks) for step in known}
    used = [step for step in reversed(known) if any(one["steps"].get(step) for one in shown)]
    series = [
        {
            "name": step,
            "values": [one["steps"].get(step, 0) for one in shown],
            "colour": ink[step],
            "steps": [step],
        }
        for step in used or known[:1]
    ]
    return {"x": [one["day"] for one in shown], "series": series, "stacked": True}


def throughput(days: Sequence[Told]) -> Chart:
    """What was submitted and completed, by day."""
    first = next((n for n, one in enumerate(days) if one["submitted"] or one["completed"]), len(days))
    shown = days[min(first, len(days) - LEAST_DAYS) :]
    return {
        "x": [one["day"] for one in shown],
        "series": [
            {"name": "Completed", "values": [one["completed"] for one in shown], "colour": 0, "bars": True},
            {"name": "Submitted", "values": [one["submitted"] for one in shown], "colour": 1},
        ],
    }


def _since_begun(flow: Sequence[Told]) -> Sequence[Told]:
    """The days of FLOW from the one before anything was there."""
    first = next((n for n, one in enumerate(flow) if any(one["steps"].values())), len(flow))
    return flow[max(0, min(first - 1, len(flow) - LEAST_DAYS)) :]


def _days_between(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds() / 86_400
