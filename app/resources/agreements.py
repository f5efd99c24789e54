"""How far those who worked on one entry agree, by the annotations that are kept: a bridge to mathematics.

What a label and a value are: `annotation.label` (else `class` or `name`) and `annotation.value`, which is a
text, a number or true/false. What has a `dimensions.type` is a shape, of the kinds that
`workflow.agreement.dimensions` reads.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from app.declare import RESOURCES
from app.storage.statement import Statement
from app.work import Work
from workflow.agreement.allowance import Allowance
from workflow.agreement.annotations import Annotation
from workflow.agreement.confusion import Confusion
from workflow.agreement.dimensions import shape_of
from workflow.agreement.entry import EntryAgreement, agreement_of
from workflow.agreement.errors import BadShape
from workflow.agreement.fleiss import Fleiss
from workflow.agreement.krippendorff import Coincidences
from workflow.agreement.sums import Sums

AT_ONCE = 20_000  # steps of comparison within the transaction of a submit: some 20 ms
LONGEST = 100  # characters of a label, an answer or a question that is told; of more, the beginning
_LABELS = ("label", "class", "name")


class Mark(NamedTuple):
    """An annotation, and who made it."""

    id: str
    account: str
    dimensions: str
    annotation: str


def marks_of(work: Work, entry_id: str) -> list[Mark]:
    """The annotations of the entry's ground truth that are not in the trash."""
    return [Mark(*row) for row in work.rows(_MARKS, {"entry_id": entry_id})]


def agreement_between(
    marks: Sequence[Mark], people: Collection[str], steps: int | None = None
) -> EntryAgreement:
    """How far PEOPLE agree who made MARKS. Raises TooMuch where it takes more than STEPS."""
    known = [read(mark) for mark in marks if mark.account in people]
    allowance = Allowance() if steps is None else Allowance(steps)
    return agreement_of([one for one in known if one is not None], people, allowance=allowance)


def read(mark: Mark) -> Annotation | None:
    """What MARK says, as far as it can be compared; None where it says nothing that can."""
    said = msgspec.json.decode(mark.annotation)
    dimensions = msgspec.json.decode(mark.dimensions)
    label = next((said[name] for name in _LABELS if isinstance(said.get(name), str)), None)
    if "type" in dimensions:
        try:
            return Annotation(mark.account, label, shape_of(dimensions))
        except BadShape:
            return _answer(mark, label, dimensions["type"])
    value = said.get("value")
    if label is None and not isinstance(value, str | int | float):
        return None
    try:
        return Annotation(mark.account, label, None, value if isinstance(value, str | int | float) else None)
    except ValueError:
        return None


def _answer(mark: Mark, label: str | None, kind: Any) -> Annotation:
    """A shape that nobody can compare: it is the same as another of its kind that is written the same."""
    return Annotation(mark.account, f"{kind}: {label or ''}", None, mark.dimensions)


def best_of(agreement: EntryAgreement, people: Sequence[str]) -> str:
    """Who of PEOPLE agrees most with all others; of equals the first."""
    scores = dict.fromkeys(people, 0.0)
    for pair in agreement.pairs:
        scores[pair.one] += pair.score
        scores[pair.other] += pair.score
    return max(people, key=scores.__getitem__)


Moves = Mapping[tuple[str, str], int]  # of figures: name and key -> by how much

FIGURES = CONFUSED, COINCIDED, RATED = "confused", "coincided", "rated"
_RATINGS = ("items", "squares", "ratings")  # of Fleiss


def moves_of(agreement: EntryAgreement) -> dict[tuple[str, str], int]:
    """What AGREEMENT adds to the figures of its dataset: whole numbers, each under a key of its own."""
    moves: dict[tuple[str, str], int] = {}
    for question, sums in agreement.sums.items():
        for (one, other), confusion in sums.confusions.items():
            for labels, count in confusion.counts.items():
                moves[CONFUSED, _key(question, one, other, *labels)] = count
        for key, count in sums.coincidences.counts.items():
            moves[COINCIDED, _key(question, *key)] = count
        for ratings, count in sums.fleiss.items.items():
            moves[RATED, _key(question, "items", ratings)] = count
        for ratings, count in sums.fleiss.squares.items():
            moves[RATED, _key(question, "squares", ratings)] = count
        for label, count in sums.fleiss.ratings.items():
            moves[RATED, _key(question, "ratings", label)] = count
    return moves


def sums_from(figures: Iterable[tuple[Any, ...]]) -> dict[str | None, Sums]:
    """The sums of a dataset by question, of its FIGURES: name, key, value. In time linear in them."""
    counts: dict[str | None, dict[str, dict[Any, Any]]] = {}
    for name, key, value in figures:
        if value:
            question, *parts = msgspec.json.decode(key)
            its = counts.setdefault(question, {kind: {} for kind in (*FIGURES, *_RATINGS)})
            if name == CONFUSED:
                one, other, first, second = parts
                its[CONFUSED].setdefault((one, other), {})[first, second] = value
            elif name == COINCIDED:
                its[COINCIDED][tuple(parts)] = value
            else:
                its[parts[0]][parts[1]] = value
    return {question: _sums(its) for question, its in counts.items()}


def _sums(counts: Mapping[str, Mapping[Any, Any]]) -> Sums:
    return Sums(
        {pair: Confusion(its) for pair, its in counts[CONFUSED].items()},
        Coincidences(counts[COINCIDED]),
        Fleiss(*(counts[kind] for kind in _RATINGS)),
    )


def _key(*parts: Any) -> str:
    return msgspec.json.encode([_shortened(part) for part in parts]).decode()


def _shortened(part: Any) -> Any:
    """PART as it may stand in a key: of a long text the beginning, and what tells it from others alike."""
    if not isinstance(part, str) or len(part) <= LONGEST:
        return part
    return f"{part[: LONGEST - 17]}…{sha256(part.encode()).hexdigest()[:16]}"


def _marks() -> Any:
    columns = RESOURCES["annotations"].columns
    shown = (columns[name] for name in ("id", "created_by_id", "dimensions", "annotation"))
    return (
        select(*shown)
        .where(columns["layer_id"] == bindparam("entry_id"), columns["deleted_at"].is_(None))
        .order_by(columns["id"])
    )


_MARKS = Statement(_marks)
