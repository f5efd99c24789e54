"""Which split a file belongs to, told by where it lies and what it is called. It must not open it."""

import posixpath
import re

NO_SPLIT = "default"
_SPLIT = re.compile(r"(train|valid|val|test|default)(?:ing|ation)?\d*$", re.IGNORECASE)
_SAME = {"val": "valid", "default": None}


def split_of(name: str) -> str | None:
    """The split of the file NAME: the end of its stem, else the nearest folder, that is called like one."""
    folder, base = posixpath.split(name)
    stem = posixpath.splitext(base)[0]
    if found := _SPLIT.search(stem):
        return named(found[1])
    for part in reversed(folder.split("/")):
        if found := _SPLIT.fullmatch(part):
            return named(found[1])
    within = within_of(base)
    return within if within != stem else None


def within_of(base: str) -> str:
    """What the name BASE of a document says of its pictures: `train2017` of `instances_train2017.json`."""
    stem = posixpath.splitext(base)[0]
    return re.sub(r"^(?:instances|panoptic|person_keypoints)_(?=.)", "", stem)


def named(split: str) -> str | None:
    """SPLIT as we call it: what others call val is valid."""
    return _SAME.get(
        split.lower(), split if split.lower() not in ("train", "valid", "test") else split.lower()
    )
