"""How far labels are, in Segments' words and in ours. It must not know labels."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {  # of a layer
    "prelabeled": "PRELABELED",
    "labeled": "LABELED",
    "in_review": "REVIEWING_IN_PROGRESS",
    "reviewed": "REVIEWED",
    "rejected": "REJECTED",
    "skipped": "SKIPPED",
    "verified": "VERIFIED",
}
_OURS: Mapping[str, str] = {word: status for status, word in WORDS.items()} | {
    # Who had it in hand is not told: the label is as far as it was before.
    "LABELING_IN_PROGRESS": "prelabeled",
    "REVIEWING_IN_PROGRESS": "labeled",
}
GROUND_TRUTH = "ground-truth"


def word_of(status: str, layer_status: str | None, label_set: str) -> str | None:
    """The word for labels of LAYER_STATUS of an entry of STATUS; None where there is no label."""
    if label_set != GROUND_TRUTH:
        return WORDS.get(layer_status or "prelabeled")
    if status == "errored":
        return "SKIPPED"
    if status == "waiting_changed":
        return "LABELED"
    if layer_status in (None, "prelabeled") and status in ("completed", "in_progress"):
        return "LABELED" if status == "completed" else "LABELING_IN_PROGRESS"
    return WORDS.get(layer_status or "")


def status_of(word: object) -> str | None:
    """Our status for WORD; None for no label, and for a word that is none."""
    return _OURS.get(word) if isinstance(word, str) else None
