"""The parts that formats share: cells, descriptions, sorting, outlines."""

import json
import random
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import sorting
from app.formats.csv_cells import guarded, unguarded
from app.formats.json_stream import JsonObject
from app.formats.outlines import clipped_ring, one_ring
from app.formats.sorting import Sorter
from app.formats.splits import split_of
from app.formats.yolo_yaml import yaml_in, yaml_of
from app.geometry import Mask, shape_of
from app.geometry.converting import mask_of, polygons_of
from tests.app.formats import samples

quickly = settings(max_examples=100, deadline=None)


@quickly
@given(st.text() | st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "'", "''x"]))
def test_no_cell_is_a_formula_and_every_cell_comes_back(cell: str) -> None:
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(guarded(cell)) == cell


@quickly
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=5))
def test_a_description_comes_back_whatever_classes_are_called(names: list[str]) -> None:
    found = yaml_in(yaml_of(names, {"train": ["images"], "val": ["a/images", "b: #images"]}).encode())

    assert found["val"] == ["a/images", "b: #images"]
    assert found["names"] == ({str(at): name for at, name in enumerate(names)} if names else [])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names:\n- cat\n- 'it''s'\n- \"a\\tb\"\n", ["cat", "it's", "a\tb"]),
        ("# c\n---\nnames: [a]", ["a"]),
        ("# c\n---\nnames: [a]\n---\nnames: [b]", None),
        ("names: [a, 'b, c', d e]  # more\nnc: 3", ["a", "b, c", "d e"]),
        ("names:\r\n  0: a # one\r\n  1: b#c\r\n", {"0": "a", "1": "b#c"}),
        ('names:\n  0: "x # y"\n', {"0": "x # y"}),
        ("names:\n  - traffic light\n  - a-b\n", ["traffic light", "a-b"]),
    ],
)
def test_descriptions_as_other_tools_write_them_are_read(text: str, names: object) -> None:
    if names is None:
        with pytest.raises(ValueError, match="yaml_not_understood"):
            yaml_in(text.encode())
        return
    assert yaml_in(text.encode())["names"] == names


class Drops(BytesIO):
    """A file of which a few bytes come at a time."""

    size = 1

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(self.size, size or 0))


texts = st.text(st.sampled_from('ab"\\[]{},:\n\u00e9'), max_size=6)
values = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@quickly
@given(
    st.dictionaries(texts, st.lists(values, max_size=3) | values, max_size=4),
    st.integers(1, 9),
    st.booleans(),
)
def test_a_document_is_cut_alike_however_much_of_it_comes_at_a_time(
    given: dict[str, object], size: int, is_spaced: bool
) -> None:
    source = Drops(json.dumps(given, indent=2 if is_spaced else None, ensure_ascii=False).encode())
    source.size = size
    document = JsonObject(source, most=10_000)

    found: dict[str, object] = {}
    for name in document.members():
        if isinstance(given[name], list):
            found[name] = [json.loads(one) for one in document.elements()]
        else:
            found[name] = json.loads(document.value())

    assert found == given


@pytest.mark.parametrize("size", [100, 5_000])
def test_records_come_out_by_number_and_equal_ones_as_they_came(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "IN_MEMORY", 20_000)
    dice = random.Random(3)
    given = [(dice.randrange(-40, 40), b"%d" % at * dice.randrange(50)) for at in range(size)]
    given[size // 2] = (0, b"x" * 100_000)
    sorter = Sorter()

    for number, content in given:
        sorter.add(number, content)
    found = list(sorter.sorted())
    sorter.close()

    assert found == sorted(given, key=lambda one: one[0])


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("annotations/instances_train2017.json", "train"),
        ("annotations/instances_val2017.json", "valid"),
        ("annotations/instances_default.json", None),
        ("annotations/instances_holdout.json", "holdout"),
        ("test/_annotations.coco.json", "test"),
        ("data/valid/images/x.jpg", "valid"),
        ("images/val/x.jpg", "valid"),
        ("restrain/x.jpg", None),
        ("x.json", None),
    ],
)
def test_a_split_is_told_by_where_a_file_lies(name: str, split: str | None) -> None:
    assert split_of(name) == split


@quickly
@given(samples.masks())
def test_outlines_joined_by_seams_enclose_the_same_pixels(given: dict[str, object]) -> None:
    shape = shape_of(given)
    polygons = polygons_of(shape)
    assert polygons

    ring = one_ring(polygons)

    joined = shape_of({"type": "polygon", "points": [list(point) for point in ring]})
    found = mask_of(joined, samples.HEIGHT, samples.WIDTH)
    assert isinstance(shape, Mask)
    assert found
    assert found.counts == shape.counts


# No edge passes the centre of a pixel, where a rounding would tell on which side it is.
across = st.integers(-30, 70).map(lambda value: value * 1.0371 + 0.113)
down = st.integers(-30, 70).map(lambda value: value * 0.9713 + 0.271)


@quickly
@given(st.lists(st.tuples(across, down), min_size=3, max_size=8))
def test_a_ring_that_is_cut_encloses_the_same_pixels_of_the_picture(ring: list[tuple[float, float]]) -> None:
    cut = clipped_ring(ring, samples.WIDTH, samples.HEIGHT)

    assert all(0 <= x <= samples.WIDTH and 0 <= y <= samples.HEIGHT for x, y in cut)
    whole = mask_of(shape_of(samples.polygon(*ring)), samples.HEIGHT, samples.WIDTH)
    assert whole
    if len(cut) < 3:
        assert sum(whole.counts[1::2]) == 0
        return
    found = mask_of(shape_of(samples.polygon(*cut)), samples.HEIGHT, samples.WIDTH)
    assert found
    assert found.counts == whole.counts
