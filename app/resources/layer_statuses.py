"""Whose labels of an entry there may be, and how far they are. The words alone."""

from enum import StrEnum

GROUND_TRUTH = "ground-truth"  # the label set of what people make of an entry by its workflow


class LayerStatus(StrEnum):
    """How far the labels of an entry are that belong together (`app.resources.layers`)."""

    PRELABELED = "prelabeled"  # a program or an import made them, and nobody has looked yet
    LABELED = "labeled"  # somebody did; perhaps there was nothing to mark
    IN_REVIEW = "in_review"  # a reviewer has them in hand
    REVIEWED = "reviewed"
    REJECTED = "rejected"  # to be labeled again
    SKIPPED = "skipped"  # somebody passed the entry over
    VERIFIED = "verified"  # they were looked at once more
