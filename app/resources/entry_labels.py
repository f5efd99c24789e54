"""What an entry's labels are and how far, said at once: for programs that do not go step by step.

Each step on the way is one that the caller might have asked for alone: it is allowed to the same people and
leaves the same events.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from marshmallow import Schema, fields, validate

from app.declare import RESOURCES, Values
from app.errors import Conflict, Forbidden
from app.operations import changes, records, rows
from app.operations.records import Told
from app.resources import entry_work
from app.resources.entry_moves import check_whole, terms_of
from app.resources.entry_rows import Entry
from app.resources.layer_statuses import GROUND_TRUTH, LayerStatus
from app.work import Work
from workflow.entry import COUNTED_AS_COMPLETED, Status
from workflow.graph import MAKING, Kind

IN_PROGRESS = "in_progress"  # somebody is at it: the caller takes it
STATUSES = (IN_PROGRESS, *(status.value for status in LayerStatus))
_MOST_STEPS = 64  # of a workflow that goes round in circles


class _MarkBody(Schema):
    dimensions = fields.Dict(metadata={"description": "the geometry"})
    annotation = fields.Dict(metadata={"description": "the value"})
    metadata = fields.Dict()


class LabelBody(Schema):
    label_set = fields.String(
        validate=validate.Length(1, 128), metadata={"description": "whose labels; ground-truth unless said"}
    )
    status = fields.String(
        validate=validate.OneOf(STATUSES),
        allow_none=True,
        metadata={
            "description": "how far they are: the entry goes to where its workflow says so; null: nobody has "
            "said anything of it"
        },
    )
    score = fields.Float(allow_none=True, metadata={"description": "how sure who made them was: 0 to 1"})
    annotations = fields.List(
        fields.Nested(_MarkBody), metadata={"description": "all that there are, in place of those before"}
    )
    vendor = fields.Dict(metadata={"description": "the layer's own"})
    reason = fields.String(metadata={"description": "why, where it is rejected or skipped"})
    comment = fields.String(metadata={"description": "why, at length"})


def label(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """Give ENTRY the labels of BODY. Raises Conflict, Forbidden, Invalid, and Refused by its workflow."""
    if body.get("label_set", GROUND_TRUTH) != GROUND_TRUTH:
        _label_beside(work, entry, body)
        return entry
    is_written = any(name in body for name in ("annotations", "score", "vendor"))
    if is_written:
        entry = _opened(work, entry)
        _write(work, entry.id, body)
        entry = _found(work, entry.id)
    if "status" not in body:
        return entry
    return _led(work, entry, body["status"], body)


def _label_beside(work: Work, entry: Entry, body: Values) -> None:
    """The same in a layer beside the ground truth, which is made where there is none."""
    card = RESOURCES["layers"]
    found = [
        one
        for one in rows.living(work, card, "entry_id", [entry.id], is_held=True)
        if one.label_set == body["label_set"]
    ]
    if found:
        layer_id = found[0].id
    else:
        made = {"entry_id": entry.id, "label_set": body["label_set"]}
        layer_id = records.create(work, card, made).row.id
    status = {"status": body["status"]} if "status" in body else {}
    if body.get("status") == IN_PROGRESS:
        raise Conflict("only the ground truth is in anybody's hands", code="status_follows_workflow")
    _write(work, layer_id, body, status)


def _write(work: Work, layer_id: str, body: Values, more: Values | None = None) -> None:
    """The layer's own words, and its annotations whole."""
    values = dict(more or {})
    if "score" in body:
        values["score"] = body["score"]
    if "vendor" in body:
        values["vendor"] = _text(body["vendor"])
    if values:
        records.update(work, RESOURCES["layers"], layer_id, values)
    if "annotations" in body:
        _replace(work, layer_id, body["annotations"])


def _replace(work: Work, layer_id: str, given: Sequence[Values]) -> None:
    """The layer's annotations are those GIVEN. What they begin with in common stays as it is."""
    card = RESOURCES["annotations"]
    layer = rows.one(work, RESOURCES["layers"], layer_id)
    wanted = [_columns_of(one) for one in given]
    there = rows.living(work, card, "layer_id", [layer_id], is_held=True)
    same = 0
    while same < min(len(there), len(wanted)) and _is_same(there[same], wanted[same]):
        same += 1
    for one in there[same:]:
        records.delete(work, card, one.id)
    new = [values | {"entry_id": layer.entry_id, "layer_id": layer_id} for values in wanted[same:]]
    if new:
        records.create_many(work, card, new)


def _columns_of(annotation: Values) -> Values:
    check_whole(annotation)
    return {
        "dimensions": _text(annotation["dimensions"]),
        "annotation": _text(annotation["annotation"]),
        "metadata_": _text(annotation.get("metadata", {})),
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _is_same(annotation: Any, values: Values) -> bool:
    return all(getattr(annotation, field) == value for field, value in values.items())


# ---- the way to a status


def _led(work: Work, entry: Entry, status: str | None, body: Values) -> Entry | Told:
    """ENTRY, once its labels are as far as STATUS."""
    match status:
        case None | LayerStatus.PRELABELED:
            return _said(work, _opened(work, entry), status)
        case "in_progress":
            return _begun(work, _opened(work, entry))
        case LayerStatus.LABELED:
            return _labeled(work, entry, body)
        case LayerStatus.IN_REVIEW:
            return _in_review(work, entry, body)
        case LayerStatus.REVIEWED:
            return _reviewed(work, entry, body)
        case LayerStatus.REJECTED:
            return _rejected(work, entry, body)
        case LayerStatus.SKIPPED:
            return _skipped(work, entry, body)
    return _verified(work, entry, body)


def _opened(work: Work, entry: Entry) -> Entry:
    """ENTRY where it can be annotated: taken back from its end, and in the caller's hands where need be."""
    if entry.status in COUNTED_AS_COMPLETED:
        _check_owner(work, entry)
        is_back = entry.hands != "{}" and entry.wf_step != "error"
        entry = (entry_work.send_back if is_back else entry_work.reopen)(work, entry, {})
    if not _is_owner(work, entry) and entry.assigned_to_id != work.actor.account_id:
        return _taken(work, entry)
    return entry


def _begun(work: Work, entry: Entry) -> Entry | Told:
    """ENTRY at a step where it is annotated, in the caller's hands."""
    if not _is_made(work, entry):
        entry = entry_work.send_back(work, entry, {})
    if _kind(work, entry) is Kind.OPEN:
        return entry_work.submit(work, entry, {})
    return entry if entry.assigned_to_id == work.actor.account_id else _taken(work, entry)


def _labeled(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """ENTRY submitted wherever it is annotated, to the step after that."""
    if entry.label_status in (LayerStatus.REVIEWED, LayerStatus.VERIFIED, LayerStatus.SKIPPED):
        entry = _opened(work, entry)
        if not _is_made(work, entry):
            entry = entry_work.send_back(work, entry, {})
    for _ in range(_MOST_STEPS):
        if not _is_made(work, entry) and entry.status != Status.WAITING_CHANGED:
            return entry
        before = (entry.wf_step, entry.status)
        entry = _submitted(work, entry, {})
        if (entry.wf_step, entry.status) == before:
            break
    raise Conflict(
        f"the entry waits at {entry.wf_step} for what others do: its workflow has to be gone step by step",
        code="status_follows_workflow",
    )


def _in_review(work: Work, entry: Entry, body: Values) -> Entry:
    entry = _past_making(work, entry, body)
    if _kind(work, entry) is not Kind.REVIEW:
        raise Conflict("the entry is not to be reviewed", code="status_follows_workflow")
    return entry if entry.assigned_to_id == work.actor.account_id else _taken(work, entry)


def _reviewed(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """ENTRY accepted wherever it is reviewed; where its workflow has no review, it is said to be."""
    entry = _past_making(work, entry, body)
    for _ in range(_MOST_STEPS):
        if _kind(work, entry) is not Kind.REVIEW:
            break
        entry = _submitted(work, entry, {"approved": True, **_words(body)})
    if entry.status == Status.COMPLETED and entry.label_status != LayerStatus.REVIEWED:
        return _said(work, entry, LayerStatus.REVIEWED)
    return entry


def _rejected(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """ENTRY to be annotated once more."""
    entry = _past_making(work, entry, body)
    if _kind(work, entry) is Kind.REVIEW:
        return _submitted(work, entry, {"approved": False, **_words(body)})
    _check_owner(work, entry)
    return entry_work.send_back(work, entry, _words(body))


def _skipped(work: Work, entry: Entry, body: Values) -> Entry | Told:
    if entry.label_status == LayerStatus.SKIPPED:
        return entry
    entry = _opened(work, entry)
    if not _is_made(work, entry):
        entry = entry_work.send_back(work, entry, {})
    return entry_work.skip(work, entry, _words(body))


def _verified(work: Work, entry: Entry, body: Values) -> Entry:
    """ENTRY looked at once more: it has come to its end before."""
    if entry.status not in COUNTED_AS_COMPLETED:
        entry = _whole(_reviewed(work, entry, body))
    return _said(work, entry, LayerStatus.VERIFIED)


def _past_making(work: Work, entry: Entry, body: Values) -> Entry:
    if entry.label_status == LayerStatus.SKIPPED or _is_made(work, entry):
        return _whole(_labeled(work, entry, body))
    return entry


def _submitted(work: Work, entry: Entry, body: Values) -> Entry:
    """ENTRY submitted; taken first by those who have to."""
    is_open = _kind(work, entry) is Kind.OPEN
    if not is_open and not _is_owner(work, entry) and entry.assigned_to_id != work.actor.account_id:
        entry = _taken(work, entry)
    return _whole(entry_work.submit(work, entry, body))


def _taken(work: Work, entry: Entry) -> Entry:
    return _whole(entry_work.select_entry(work, entry, {}))


def _whole(given: Entry | Told) -> Entry:
    if isinstance(given, Told):
        raise given.problem
    return given


def _said(work: Work, entry: Entry, status: str | None) -> Entry:
    """ENTRY, of whose labels it is said how far they are, by its project's owner or by who has it."""
    if entry.assigned_to_id != work.actor.account_id:
        _check_owner(work, entry)
    if entry.label_status == status:
        return entry
    values: Values = {"label_status": status and str(status)}
    if status == LayerStatus.REVIEWED:
        by = terms_of(work, entry).caller
        values |= {"reviewed_by_id": by.account, "reviewed_by_member_id": by.member}
    changed: Entry = changes.change(work, RESOURCES["entries"], entry, values, "label")
    return changed


def _check_owner(work: Work, entry: Entry) -> None:
    if not _is_owner(work, entry):
        raise Forbidden("only the project's owner takes an entry back or says how far its labels are")


def _is_owner(work: Work, entry: Entry) -> bool:
    return terms_of(work, entry).is_owner(work)


def _is_made(work: Work, entry: Entry) -> bool:
    """Whether ENTRY is where annotations are made."""
    return _kind(work, entry) in MAKING


def _kind(work: Work, entry: Entry) -> Kind | None:
    step = terms_of(work, entry).step_of(entry)
    return step.kind if step is not None else None


def _found(work: Work, id: str) -> Entry:
    found: Entry = records.find(work, RESOURCES["entries"], id)
    return found


def _words(body: Values) -> Values:
    return {name: body[name] for name in ("reason", "comment") if body.get(name) is not None}
