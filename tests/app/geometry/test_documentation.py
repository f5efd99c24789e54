"""docs/geometry.md holds: every example is read, every type has one, its figures are those of the code."""

import json
import re
from pathlib import Path

import pytest

from app.geometry import TYPES, Box, Mask, clipped, shape_of
from app.geometry.masks import MOST_PIXELS, array_of
from app.geometry.pictures_of_ids import LAST_COLOUR
from app.geometry.rasters import MOST_CROSSINGS
from app.geometry.shapes import MOST_COUNTS, MOST_IN_CLOUD, MOST_INSTANCE, MOST_POINTS, MOST_SIDE
from tests.app.geometry.figures import picture

TEXT = (Path(__file__).parents[3] / "docs/geometry.md").read_text()
EXAMPLES = re.findall(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL) + re.findall(
    r"`(\{\"type\".*?\})`", TEXT
)
NAMED = re.findall(r"^\| `(\w+)` \|", TEXT.split("## The types")[1].split("\n* ")[0], re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_shape(example: str) -> None:
    assert shape_of(json.loads(example))


def test_every_type_stands_in_the_table_with_an_example() -> None:
    assert set(NAMED) == TYPES
    assert {json.loads(example)["type"] for example in EXAMPLES} == TYPES


@pytest.mark.parametrize(
    "limit",
    [
        MOST_POINTS,
        MOST_COUNTS,
        MOST_SIDE,
        MOST_IN_CLOUD,
        MOST_INSTANCE,
        LAST_COLOUR,
        MOST_PIXELS,
        MOST_CROSSINGS,
    ],
)
def test_every_limit_is_told(limit: int) -> None:
    assert f"{limit:,}" in TEXT


def test_the_mask_in_the_examples_is_as_it_is_drawn() -> None:
    [one, other] = [
        shape_of(json.loads(example))
        for example in EXAMPLES
        if '"size": [2, 3]' in example and "instance" not in example
    ]

    assert isinstance(one, Mask)
    assert one == other
    assert (array_of(one) == picture(*re.findall(r"`([.#]{3})`", TEXT))).all()


def test_other_formats_have_the_box_as_is_told() -> None:
    box = shape_of(json.loads(re.findall(r"means by a coordinate \| `(.*?)`", TEXT)[0]))

    assert isinstance(box, Box)
    assert clipped(box, 100, 200) == box
    assert f"`[{box.x:g}, {box.y:g}, {box.width:g}, {box.height:g}]`" in TEXT
    middle = (box.x + box.width / 2) / 100, (box.y + box.height / 2) / 200
    assert f"`{middle[0]:g} {middle[1]:g} {box.width / 100:g} {box.height / 200:g}`" in TEXT
    upper_left = f"xmin {box.x + 1:g}, ymin {box.y + 1:g}"
    assert f"{upper_left}, xmax {box.x + box.width:g}, ymax {box.y + box.height:g}" in TEXT
