"""Names in archives are made by us: safe on every system, different from each other, the same each time."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.archives import Archive, checked_name
from app.formats.catalog import FORMATS
from app.formats.names import MOST_BYTES, Names, safe_name
from tests.app.formats.samples import HEAD, KEYPOINTS, box, content, item, mark, written

HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\boot.ini",
    "..\\..\\x.png",
    "a\0.png",
    "a\nb\r\t.png",
    "..",
    ".",
    "",
    "   ",
    "con.png",
    "LPT1",
    "x" * 5_000 + ".png",
    "\u202egnp.exe",
    "\ud800.png",
    "é" * 300,
    "\u0301" * 50,
    "a/b/c.png",
    "<script>.png",
    "name.",
    "name",
    "NAME",
    "Name.png",
    "name.PNG",
]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.sampled_from(HOSTILE))
def test_any_label_becomes_one_safe_part_of_a_path(label: str) -> None:
    name = safe_name(label)

    assert checked_name(name.encode(), is_utf8=True) == name
    assert "/" not in name
    assert 0 < len(name.encode()) <= MOST_BYTES
    assert name not in (".", "..")
    assert safe_name(label) == name


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a", "A", "ä", "a\u0308", "b-2", "B-3", "x" * 200, "X" * 199, "b", "a-1-2"]),
        max_size=12,
    )
)
def test_stems_are_unique_also_where_case_does_not_count(stems: list[str]) -> None:
    names = Names()

    given = [names.unique(stem, ".png", number) for number, stem in enumerate(stems, 1)]

    assert len({name.casefold() for name in given}) == len(stems)
    assert all(len(name.encode()) + 4 <= 255 for name in given)


def test_a_thousand_items_of_one_name_are_told_apart() -> None:
    names = Names()

    given = [names.unique("cat", ".jpg", number) for number in range(1, 5_000)]

    assert given[:3] == ["cat", "cat-2", "cat-3"]
    assert len(set(given)) == len(given)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_archive_has_only_safe_names(name: str) -> None:
    label, dimensions = ("body", KEYPOINTS) if name == "coco_keypoints" else ("cat", box(1, 2, 3, 4))
    given = [
        item(mark(dimensions, label), id=str(number), name=one, split=one[:30] if number % 5 == 0 else None)
        for number, one in enumerate(HOSTILE)
    ]
    given = [one for one in given if "\ud800" not in f"{one.name}{one.split}"]

    file, problems = written(name, given, with_pictures=True)

    assert problems == []
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    assert len({one.casefold() for one in names}) == len(names)
    assert all(
        len(part.encode()) <= 255 and part not in ("", ".", "..") for one in names for part in one.split("/")
    )
    assert len([one for one in Archive(file).entries() if one.name.lower().endswith(".png")]) >= len(given)


def test_the_name_of_a_picture_ends_as_its_content_asks() -> None:
    file = BytesIO()

    FORMATS["voc"].write(
        *(HEAD, lambda: iter([item(name="scan.jpg"), item(name="photo.PNG"), item(name="v1.2")]), file),
        content=content,
        tell=lambda _: None,
    )

    with zipfile.ZipFile(file) as archive:
        pictures = [one for one in archive.namelist() if one.startswith("JPEGImages/")]
    assert pictures == ["JPEGImages/scan.jpg.png", "JPEGImages/photo.PNG", "JPEGImages/v1.2.png"]
