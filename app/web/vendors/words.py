"""How far labels are, in each system's words: one table, so that what one client says all others read.

| ours (layer) | entry | Segments.ai | DataGym | JTheta | Theos |
|---|---|---|---|---|---|
| null, nobody has it | ready | (no label) | BACKLOG; WAITING once it is somebody's | pending | unlabeled |
| prelabeled | ready | PRELABELED | BACKLOG; WAITING | pending | unlabeled |
| null or prelabeled, in hand | in_progress | LABELING_IN_PROGRESS | IN_PROGRESS | in_progress | unlabeled |
| labeled, to be reviewed | in_progress | LABELED | COMPLETED | in_review | labeled |
| labeled, at its end | completed | LABELED | COMPLETED | completed | labeled |
| in_review | in_progress | REVIEWING_IN_PROGRESS | COMPLETED | in_review | labeled |
| reviewed | completed | REVIEWED | REVIEWED | completed | labeled |
| rejected | in_progress | REJECTED | IN_PROGRESS | in_progress | unlabeled |
| skipped, to be reviewed | in_progress | SKIPPED | SKIPPED | in_review | skipped |
| skipped, at its end | completed | SKIPPED | SKIPPED | completed | skipped |
| verified | completed | VERIFIED | REVIEWED | completed | labeled |
| any, its labels changed under it | waiting_changed | LABELED | WAITING_CHANGED | in_progress | labeled |
| any, set aside as faulty | errored | SKIPPED | SKIPPED | error | skipped |

Priority: ours and Theos' low first; Segments' high first, so it is negated.
"""

from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """How an entry stands, as all the systems tell it apart."""

    FREE = "free"
    ASSIGNED = "assigned"  # to somebody, who has not begun
    PRELABELED = "prelabeled"
    IN_HAND = "in_hand"
    LABELED = "labeled"
    IN_REVIEW = "in_review"
    LABELED_LAST = "labeled_last"  # at its end, without a review
    REVIEWED = "reviewed"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    SKIPPED_LAST = "skipped_last"
    VERIFIED = "verified"
    CHANGED = "changed"
    ERRORED = "errored"


class Words(NamedTuple):
    """What each system calls it; None where it has no label then."""

    segments: str | None
    datagym: str
    jtheta: str
    theos: str


WORDS: dict[Standing, Words] = {
    Standing.FREE: Words(None, "BACKLOG", "pending", "unlabeled"),
    Standing.ASSIGNED: Words(None, "WAITING", "pending", "unlabeled"),
    Standing.PRELABELED: Words("PRELABELED", "WAITING", "pending", "unlabeled"),
    Standing.IN_HAND: Words("LABELING_IN_PROGRESS", "IN_PROGRESS", "in_progress", "unlabeled"),
    Standing.LABELED: Words("LABELED", "COMPLETED", "in_review", "labeled"),
    Standing.IN_REVIEW: Words("REVIEWING_IN_PROGRESS", "COMPLETED", "in_review", "labeled"),
    Standing.LABELED_LAST: Words("LABELED", "COMPLETED", "completed", "labeled"),
    Standing.REVIEWED: Words("REVIEWED", "REVIEWED", "completed", "labeled"),
    Standing.REJECTED: Words("REJECTED", "IN_PROGRESS", "in_progress", "unlabeled"),
    Standing.SKIPPED: Words("SKIPPED", "SKIPPED", "in_review", "skipped"),
    Standing.SKIPPED_LAST: Words("SKIPPED", "SKIPPED", "completed", "skipped"),
    Standing.VERIFIED: Words("VERIFIED", "REVIEWED", "completed", "labeled"),
    Standing.CHANGED: Words("LABELED", "WAITING_CHANGED", "in_progress", "labeled"),
    Standing.ERRORED: Words("SKIPPED", "SKIPPED", "error", "skipped"),
}
_AT_ITS_END = {"labeled": Standing.LABELED_LAST, "skipped": Standing.SKIPPED_LAST}


def standing_of(status: str, label_status: str | None, *, is_assigned: bool) -> Standing:
    """How an entry stands whose ground truth's layer tells LABEL_STATUS. IS_ASSIGNED: somebody has it."""
    if status == "errored":
        return Standing.ERRORED
    if status == "waiting_changed":
        return Standing.CHANGED
    if status == "completed" and label_status in _AT_ITS_END:
        return _AT_ITS_END[label_status]
    if status == "completed" and label_status in (None, "prelabeled"):
        return Standing.LABELED_LAST
    if label_status in (None, "prelabeled") and status == "in_progress":
        return Standing.IN_HAND
    if label_status is None:
        return Standing.ASSIGNED if is_assigned else Standing.FREE
    return Standing(label_status)


def priority_of(negated: float) -> float:
    """Segments' priority as ours, and the other way round: never a negative zero."""
    return -negated if negated else 0.0
