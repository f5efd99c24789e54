"""What the tallies of a dataset or a project say: its statistics. Their meaning stands in docs/statistics.md.

No entry is read: what is told is a sum of tallies, as of the reader's snapshot.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, func, literal, or_, select
from sqlmodel import col

from app.declare import RESOURCES, Resource, Values
from app.operations import reading
from app.operations.records import lies_in
from app.resources import ages, agreements, tallies
from app.resources.tallies import Tally
from app.storage.functions import by_database
from app.storage.rows import TEXT
from app.storage.statement import Statement
from app.work import Work
from workflow.dataset import graph_of, workflow_of
from workflow.graph import ERROR, Kind

DAYS = 90  # of throughput, today among them
MOST_REASONS = 100
SHARES = {"p50": 0.5, "p90": 0.9}

_PERSONAL = (
    tallies.HELD,
    tallies.SUBMITTED,
    tallies.APPROVED,
    tallies.REJECTED,
    tallies.REVIEWED,
    tallies.COMPLETED,
    tallies.ANNOTATIONS,
    tallies.WORKED,
)
_DAILY = {tallies.SUBMITTED_ON: "submitted", tallies.COMPLETED_ON: "completed"}
_EPOCH = date(1970, 1, 1).toordinal()
Figures = Mapping[str, Mapping[str, int]]  # name -> key -> value


def of_record(work: Work, card: Resource, id: str, body: Values) -> dict[str, Any]:
    """The statistics of the dataset or project ID. Raises NotFound where the actor may not read it."""
    steps = _steps_of(work, card, id)
    today = date.fromisoformat(work.now[:10])
    since = today - timedelta(days=DAYS - 1)
    figures = _figures(work.rows(_FIGURES[card.type], {"parent_id": id, "since": since.isoformat()}))
    reasons = work.rows(_REASONS[card.type], {"parent_id": id, "size": MOST_REASONS})
    ways = work.rows(_WAYS[card.type], {"parent_id": id, "since": str(_number_of(since) * 24)})
    sees_all = lies_in(work, card, id, card.access.update)
    return {
        "at": work.now,
        "entries": _by_step(steps, figures.get(tallies.ENTRIES, {})),
        "totals": _line({name: sum(figures.get(name, {}).values()) for name in _PERSONAL}),
        "members": _members(figures, None if sees_all else work.actor.account_id),
        "throughput": [_day(figures, since + timedelta(days=n)) for n in range(DAYS)],
        "flow": _flow(steps, figures, ways, today),
        "ages": ages_of(steps, figures, ages.microseconds_of(work.now)),
        "rejections": [{"reason": reason or None, "count": count} for reason, count in reasons],
    }


def _steps_of(work: Work, card: Resource, id: str) -> list[str]:
    """The steps that are told of even where there is no entry: the dataset's own, or the default's."""
    if card.type != "datasets":
        reading.show(work, card, id, ("id",))
        graph = graph_of({})
    else:
        (configuration,) = reading.show(work, card, id, ("workflow_configuration",))
        graph = workflow_of(configuration).graph
    return [*(step.name for step in graph.steps.values() if step.kind is not Kind.GATE), ERROR]


def _figures(rows: Iterable[tuple[Any, ...]]) -> Figures:
    figures: dict[str, dict[str, int]] = {}
    for name, text in rows:
        pairs = (pair.split(" ") for pair in text.split(","))  # no key but a reason holds either
        figures[name] = {key: int(value) for key, value in pairs}
    return figures


def _by_step(steps: Iterable[str], counts: Mapping[str, int]) -> dict[str, Any]:
    by_step: dict[str, dict[str, int]] = {step: {} for step in steps}
    for key, count in sorted(counts.items()):
        step, status, *_ = key.split(":")
        if count:
            statuses = by_step.setdefault(step, {})
            statuses[status] = statuses.get(status, 0) + count
    return {"total": sum(counts.values()), "by_step": by_step}


def _members(figures: Figures, only: str | None) -> list[dict[str, Any]]:
    """A line for each account that has any figure; for the account ONLY, where it is named."""
    accounts = {key for name in _PERSONAL for key, value in figures.get(name, {}).items() if value and key}
    if only is not None:
        accounts &= {only}
    return [
        {"account_id": account} | _line({name: figures.get(name, {}).get(account, 0) for name in _PERSONAL})
        for account in sorted(accounts)
    ]


def _line(values: Mapping[str, int]) -> dict[str, Any]:
    counts: dict[str, Any] = {name: value for name, value in values.items() if name != tallies.WORKED}
    return counts | {"seconds_worked": values[tallies.WORKED] / 1e6}


def _day(figures: Figures, day: date) -> dict[str, Any]:
    key = day.isoformat()
    return {"day": key} | {label: figures.get(name, {}).get(key, 0) for name, label in _DAILY.items()}


def _flow(
    steps: Iterable[str], figures: Figures, ways: Iterable[tuple[Any, ...]], today: date
) -> list[dict[str, Any]]:
    """By day how many entries stood at each step at its end: today's, less what came to it since.

    An entry that was there before its coming was counted is taken to have been there all along.
    """
    counts: Counter[str] = Counter(dict.fromkeys(steps, 0))
    for key, count in figures.get(tallies.ENTRIES, {}).items():
        counts[key.partition(":")[0]] += count
    came: defaultdict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))  # less what went, by day
    for key, count in figures.get(tallies.CAME, {}).items():
        when, _, step = key.partition(":")
        came[_number_of(date.fromisoformat(when))][step] += count
    for name, text in ways:
        step = name.removeprefix(tallies.LEFT)
        for pair in text.split(","):
            key, _, count = pair.partition(" ")
            hour, _, to = key.partition(":")
            its = came[int(hour) // 24]
            its[step] -= int(count)
            its[to] += int(count)
    found = []
    for n in range(DAYS):
        day = today - timedelta(days=n)
        found.append((day.isoformat(), dict(counts)))
        counts.subtract(came[_number_of(day)])
    known = dict.fromkeys(step for _, at in found for step in at)
    return [
        {"day": day, "steps": {step: max(0, at.get(step, 0)) for step in known}}
        for day, at in reversed(found)
    ]


def _number_of(day: date) -> int:
    """DAY since 1970."""
    return day.toordinal() - _EPOCH


def ages_of(steps: Iterable[str], figures: Figures, now: int) -> dict[str, Any]:
    """By step: the ages in seconds of the entries that are at it now."""
    found = {}
    arrived = (name.removeprefix(tallies.ARRIVED) for name in figures if name.startswith(tallies.ARRIVED))
    for step in dict.fromkeys((*steps, *arrived)):
        counts = figures.get(tallies.ARRIVED + step, {})
        _, told = ages.percentiles(
            ((int(key), value) for key, value in counts.items()), now, tuple(SHARES.values())
        )
        found[step] = dict(zip(SHARES, told, strict=True))
    return found


def _of_parent(type: str) -> Any:
    """The condition that a tally is of the dataset, or of a dataset of the project, `parent_id`."""
    if type == "datasets":
        return col(Tally.dataset_id) == bindparam("parent_id")
    datasets = RESOURCES["datasets"].columns
    living = select(datasets["id"]).where(
        datasets["project_id"] == bindparam("parent_id"), datasets["deleted_at"].is_(None)
    )
    return col(Tally.dataset_id).in_(living)


_SUM = cast(func.sum(col(Tally.value)), BigInteger)


def _is_told() -> list[Any]:
    """The conditions that a tally is of the figures whose keys are plain."""
    apart = (tallies.REJECTIONS, tallies.SKIPS, *agreements.FIGURES)
    return [col(Tally.name).not_in([literal(one) for one in apart]), ~tallies.begin_with(tallies.LEFT)]


def _figures_of(type: str) -> Any:
    """A row a name: its keys and values in one text, since rows cost more than all else here."""
    is_daily = or_(*(col(Tally.name) == name for name in (*_DAILY, tallies.CAME)))
    sums = (
        select(col(Tally.name), col(Tally.key), _SUM.label("value"))
        .where(_of_parent(type), *_is_told())
        .where(or_(~is_daily, col(Tally.key) >= bindparam("since")))
        .group_by(col(Tally.name), col(Tally.key))
        .subquery()
    )
    pair = sums.c.key + literal(" ") + cast(sums.c.value, TEXT)
    return select(sums.c.name, _joined(pair)).group_by(sums.c.name)


def _joined(pair: Any) -> Any:
    """All PAIRs of a group, by commas."""
    return by_database(func.group_concat(pair, literal(","), type_=TEXT), func.string_agg(pair, literal(",")))


def _reasons_of(type: str) -> Any:
    return (
        select(col(Tally.key), _SUM)
        .where(_of_parent(type), col(Tally.name) == tallies.REJECTIONS)
        .group_by(col(Tally.key))
        .order_by(_SUM.desc(), col(Tally.key))
        .limit(bindparam("size"))
    )


def _ways_of(type: str) -> Any:
    """A row a step: when how many entries left it, and where to, in one text.

    Hours since 1970 compare as texts: they have six digits until 2084.
    """
    pair = col(Tally.key) + literal(" ") + cast(col(Tally.value), TEXT)
    return (
        select(col(Tally.name), _joined(pair))
        .where(_of_parent(type), tallies.begin_with(tallies.LEFT), col(Tally.key) >= bindparam("since"))
        .group_by(col(Tally.name))
    )


_FIGURES = {type: Statement(partial(_figures_of, type)) for type in ("datasets", "projects")}
_WAYS = {type: Statement(partial(_ways_of, type)) for type in ("datasets", "projects")}
_REASONS = {type: Statement(partial(_reasons_of, type)) for type in ("datasets", "projects")}
