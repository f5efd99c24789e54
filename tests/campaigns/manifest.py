"""A manifest with good, bad and doubled lines, and what is to come of it: a model in plain Python. No HTTP.

What is expected is said here anew, and is not computed by anything of `app`.
"""

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CLASSES = [{"id": id, "name": id.title()} for id in ("dog", "cat", "cow", "bird")]
MERGED, INTO = ("cat", "cow"), "dog"
SPLITS = ("train", "valid", "test", None)
SIDE = 1000  # pixels
ODD = 0.06  # the share of lines that are bad, or of an item that was there


@dataclass
class Model:
    """A manifest's LINES, and what becomes of them: entries by external id, and errors (item, code)."""

    lines: list[str] = field(default_factory=list)
    entries: dict[str, Json] = field(default_factory=dict)
    marks: dict[str, list[Json]] = field(default_factory=dict)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def body(self) -> bytes:
        return "\n".join(self.lines).encode()

    @property
    def marks_count(self) -> int:
        return sum(map(len, self.marks.values()))

    @property
    def merged_count(self) -> int:
        """How many of its annotations a merge changes."""
        return sum(mark["annotation"]["label"] in MERGED for all in self.marks.values() for mark in all)


def manifest(items: int, seed: int) -> Model:
    """The manifest of so many good ITEMS, with bad lines and doubled ones between them."""
    chance, model = random.Random(seed), Model()
    for n in range(items):
        if chance.random() < ODD:
            _add_odd(model, chance)
        _add_item(model, chance, n)
    return model


def _add_item(model: Model, chance: random.Random, n: int) -> None:
    id = f"item {n}"
    item = {
        "url": f"https://pictures.example.org/{n}.jpg",
        "external_id": id,
        "split": chance.choice(SPLITS),
        "metadata": {"n": n},
        "width": SIDE,
        "height": SIDE,
    }
    marks = [_mark(chance) for _ in range(chance.randrange(4))]
    model.entries[id] = {"resource" if name == "url" else name: value for name, value in item.items()}
    model.marks[id] = list(marks)
    if chance.random() < ODD:  # one annotation of a class that is not declared: the others come
        model.errors[f"{id}#/annotations/{len(marks)}/annotation/label", "label_unknown"] += 1
        marks.append({**_mark(chance), "annotation": {"label": "unicorn"}})
    model.lines.append(json.dumps({**item, "annotations": marks}))


def _mark(chance: random.Random) -> Json:
    x, y, width, height = (chance.randint(1, SIDE // 2) for _ in range(4))
    return {
        "dimensions": {"type": "box", "x": x, "y": y, "width": width, "height": height},
        "annotation": {"label": chance.choice(CLASSES)["id"]},
    }


def _add_odd(model: Model, chance: random.Random) -> None:
    """A line of which no entry comes."""
    line = f"line {len(model.lines) + 1}"
    if model.entries and chance.random() < 0.5:
        id = f"item {chance.randrange(len(model.entries))}"
        model.lines.append(json.dumps({"url": "https://other.example.org/", "external_id": id}))
        model.errors[id, "duplicate"] += 1
    elif chance.random() < 0.5:
        model.lines.append('{"url": ')
        model.errors[line, "json_invalid"] += 1
    else:
        model.lines.append(json.dumps({"url": "https://other.example.org/", "split": "holdout"}))
        model.errors["https://other.example.org/", "item_invalid"] += 1


def merged(mark: Json) -> Json:
    """MARK as it is after the merge."""
    label = mark["annotation"]["label"]
    if label not in MERGED:
        return mark
    metadata = {**mark.get("metadata", {}), "merged": [{"label": label}]}
    return {**mark, "annotation": {"label": INTO}, "metadata": metadata}
