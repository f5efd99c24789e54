"""Numbers and names of classes, as files of other tools ask for them. It must not know such a file."""

from collections.abc import Sequence

from app.formats.items import Class


def numbers_of(classes: Sequence[Class]) -> dict[str, int]:
    """Class id -> its number, from 0: the classes' own where they are distinct, else their order."""
    own = [one.number for one in classes]
    is_own = len(set(own)) == len(own) and min(own, default=0) >= 0
    return {one.id: one.number if is_own else index for index, one in enumerate(classes)}


def ordered(classes: Sequence[Class]) -> list[Class]:
    """CLASSES by their number: the place of each is its index where indexes may have no gaps."""
    numbers = numbers_of(classes)
    return sorted(classes, key=lambda one: numbers[one.id])


def names_of(classes: Sequence[Class]) -> dict[str, str]:
    """Class id -> a name that no other of CLASSES has: the id is added to a name that was there before."""
    names: dict[str, str] = {}
    given: set[str] = set()
    for one in classes:
        name = one.name or one.id
        while name in given:
            name = f"{name} ({one.id})"
        names[one.id] = name
        given.add(name)
    return names
