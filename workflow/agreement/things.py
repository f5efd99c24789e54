"""Which marks of several people are of one thing. It knows pairs of marks alone: no shape and no label."""

from collections.abc import Iterable, Mapping

from workflow.agreement.matching import Pair

Thing = Mapping[str, int]  # person -> their mark of it


def things_of(pairs: Iterable[Pair], person_of: Mapping[int, str]) -> list[Thing]:
    """All marks of PERSON_OF (mark -> person) as things, of which a person has marked each once at most.

    Pairs join their things from the greatest IoU down. Where A's mark fits B's and B's fits C's, but C's fits
    another of A's, the pair that would give A two marks of the thing is passed over: it is the worst of them.
    """
    thing_of = {mark: {person: mark} for mark, person in person_of.items()}
    for pair in sorted(pairs, key=lambda pair: (-pair.iou, pair.one, pair.other)):
        thing, other = thing_of[pair.one], thing_of[pair.other]
        if not thing.keys() & other.keys():
            thing |= other
            thing_of |= dict.fromkeys(other.values(), thing)
    return list({id(thing): thing for thing in thing_of.values()}.values())
