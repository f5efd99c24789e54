"""How far labels are, in Segments' words."""

from collections.abc import Mapping

from app.resources.layer_statuses import LayerStatus
from app.web.vendors.words import WORDS, Standing, standing_of

STATUSES = frozenset(words.segments or "UNLABELED" for words in WORDS.values())
OF_LAYERS: Mapping[str, str] = {  # of label sets beside the ground truth
    LayerStatus.PRELABELED: "PRELABELED",
    LayerStatus.LABELED: "LABELED",
    LayerStatus.IN_REVIEW: "REVIEWING_IN_PROGRESS",
    LayerStatus.REVIEWED: "REVIEWED",
    LayerStatus.REJECTED: "REJECTED",
    LayerStatus.SKIPPED: "SKIPPED",
    LayerStatus.VERIFIED: "VERIFIED",
}


def word_of(status: str, label_status: str | None, *, is_held: bool) -> str | None:
    """The word for the labels of an entry; None where it has none. IS_HELD: somebody has it."""
    standing = standing_of(status, label_status, is_assigned=is_held)
    if standing is Standing.IN_HAND and label_status is None and not is_held:
        return None  # whoever had begun has given it up
    return WORDS[standing].segments
