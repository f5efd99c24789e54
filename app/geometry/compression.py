"""COCO's compressed run lengths: a text of few characters for many lengths. It knows no mask.

Each length from the fourth on is told as the difference to the one two before it; each number is written in
groups of five bits, the lowest first, a sixth bit for "more follows", 48 added so that it can be read. The
last group's highest bit is the sign.
"""

from collections.abc import Iterator, Sequence

from app.geometry.errors import BadGeometry
from app.geometry.shapes import MOST_COUNTS

ZERO = 48
ALPHABET = bytes(range(ZERO, ZERO + 64))
SIX_BITS = bytes(max(0, byte - ZERO) & 63 for byte in range(256))
MOST_GROUPS = 9  # 45 bits: a difference of two lengths of the largest mask has 41


def compressed(counts: Sequence[int]) -> str:
    """COUNTS as COCO's text, the same bytes that pycocotools writes."""
    groups = bytearray()
    for index, count in enumerate(counts):
        rest = count - counts[index - 2] if index > 2 else count
        while True:
            group, rest = rest & 31, rest >> 5
            if rest == (-1 if group & 16 else 0):  # what is left is but the sign
                groups.append(group + ZERO)
                break
            groups.append((group | 32) + ZERO)
    return groups.decode("ascii")


def counts_of(text: str) -> list[int]:
    """The lengths that TEXT tells, in time linear in it and never more than MOST_COUNTS.

    Raises BadGeometry at /counts for a character that is none of COCO's, a number without an end or too
    large, a negative length, and too many lengths. What they add up to is for the caller to check.
    """
    counts: list[int] = []
    for index, number in enumerate(_numbers_of(_groups_of(text))):
        if index > 2:
            number += counts[index - 2]
        if number < 0 or index == MOST_COUNTS:
            raise BadGeometry("/counts", f"length {index} of the text is negative, or one too many")
        counts.append(number)
    if not counts:
        raise BadGeometry("/counts", "the text of counts is empty")
    return counts


def _numbers_of(groups: bytes) -> Iterator[int]:
    """The numbers, with their signs, that GROUPS of six bits tell."""
    number = shift = 0
    for group in groups:
        number |= (group & 31) << shift
        shift += 5
        if not group & 32:
            yield number - (1 << shift) if group & 16 else number
            number = shift = 0
        elif shift == 5 * MOST_GROUPS:
            raise BadGeometry(
                "/counts", f"the text of counts has a number of more than {MOST_GROUPS} characters"
            )
    if shift:
        raise BadGeometry("/counts", "the text of counts ends within a number")


def _groups_of(text: str) -> bytes:
    """The six bits of each character of TEXT."""
    if len(text) > MOST_COUNTS * MOST_GROUPS:
        raise BadGeometry("/counts", f"the text of counts has at most {MOST_COUNTS * MOST_GROUPS} characters")
    given = text.encode("ascii", "ignore")
    if len(given) != len(text) or given.translate(None, ALPHABET):
        raise BadGeometry("/counts", "the text of counts has a character that is none of COCO's")
    return given.translate(SIX_BITS)
