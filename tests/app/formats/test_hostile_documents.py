"""Documents and pictures from strangers: refused with a code, or told and left out piece by piece."""

import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import pictures, sorting
from app.formats.catalog import FORMATS
from app.formats.errors import BadDocument, FormatError
from app.formats.items import ReadItem
from app.formats.json_stream import JsonObject
from tests.app.formats import samples
from tests.app.formats.samples import PNG
from tests.app.formats.test_hostile_archives import little_memory


def archive_of(members: Mapping[str, bytes | str]) -> BytesIO:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out


def outcome(name: str, file: BytesIO) -> tuple[list[ReadItem], list[str]]:
    """The items, and the codes of problems; of a refusal its code alone."""
    try:
        found, problems = samples.read(name, file)
    except FormatError as error:
        return [], [f"refused: {error.code}"] * bool(error.detail)
    return found, [one.code for one in problems]


# ---- COCO

IMAGE = {"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}
CATEGORY = {"id": 1, "name": "cat"}
BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}


def coco(*annotations: Any, images: Any = (IMAGE,), categories: Any = (CATEGORY,)) -> BytesIO:
    document = {"images": images, "annotations": annotations, "categories": categories}
    return BytesIO(json.dumps(document).encode())


def with_box(**members: Any) -> dict[str, Any]:
    return BOX | members


FAR_RING = [0, 0, 1e8, 0, 1e8, 1e8]
WRONG: dict[str, tuple[Any, str]] = {
    "no type": ("text", "annotation_invalid"),
    "no image": ({"id": 1}, "annotation_invalid"),
    "an image that is not there": (with_box(image_id=9), "image_unknown"),
    "an image as a text": (with_box(image_id="1"), "annotation_invalid"),
    "an image beyond 62 bits": (with_box(image_id=2**63), "annotation_invalid"),
    "no such category": (with_box(category_id=7), "class_unknown"),
    "a box of texts": (with_box(bbox=["1", "2", "3", "4"]), "annotation_invalid"),
    "a box of three": (with_box(bbox=[1, 2, 3]), "geometry_broken"),
    "a box that is negative": (with_box(bbox=[1, 2, -3, 4]), "geometry_broken"),
    "neither box nor outline": (with_box(bbox=None), "geometry_broken"),
    "an outline of two points": (with_box(segmentation=[[1, 2, 3, 4]]), "geometry_broken"),
    "an outline of odd length": (with_box(segmentation=[[1, 2, 3, 4, 5, 6, 7]]), "geometry_broken"),
    "an outline far out": (with_box(segmentation=[FAR_RING, FAR_RING]), "geometry_broken"),
    "outlines in lists of lists": (with_box(segmentation=[[[1, 2, 3, 4, 5, 6]]]), "annotation_invalid"),
    "run lengths of another picture": (
        with_box(segmentation={"size": [3, 3], "counts": [9]}),
        "geometry_broken",
    ),
    "run lengths that do not add up": (
        with_box(segmentation={"size": [30, 40], "counts": [9]}),
        "geometry_broken",
    ),
    "run lengths that are no text of COCO": (
        with_box(segmentation={"size": [30, 40], "counts": "\u00ff~"}),
        "geometry_broken",
    ),
    "run lengths that are huge": (
        with_box(segmentation={"size": [2**40, 2**40], "counts": [1]}),
        "geometry_broken",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_annotation_is_told_and_blocks_nothing(case: str) -> None:
    wrong, code = WRONG[case]

    found, codes = outcome("coco_instances", coco(BOX, wrong, BOX))

    assert codes == [code]
    assert [len(one.marks) for one in found] == [2]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "json_invalid"),
        ("[]", "json_invalid"),
        ("{}", "coco_invalid"),
        ('{"images": {}}', "json_invalid"),
        ('{"images": []', "json_invalid"),
        ('{"images": [] "annotations": []}', "json_invalid"),
        ('{"images": [], "annotations": []} more', "json_invalid"),
        ('{"images": [,], "annotations": []}', "json_invalid"),
        ('{"images": [], "annotations": [], "a": "open', "json_invalid"),
        ('{"images": [], "annotations": [], "a": ' + '{"a":' * 100_000, "json_too_deep"),
        ('{"images": [], "annotations": [' + "[" * 100_000, "json_too_deep"),
        ('{"images": [], "annotations": [], "a": "' + "x" * (9 << 20) + '"}', "json_piece_too_large"),
        ('{"images": [], "annotations": [], "categories": [{"id": "x"}]}', "category_invalid"),
        (
            '{"images": [], "annotations": [], "categories": [{"id":1,"name":"a"},{"id":1,"name":"a"}]}',
            "category_invalid",
        ),
    ],
)
def test_a_broken_document_is_refused_with_its_code(content: str, code: str) -> None:
    with little_memory():
        assert outcome("coco_instances", BytesIO(content.encode())) == ([], [f"refused: {code}"])


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("1,", "annotation_invalid"),
        ('"",', "annotation_invalid"),
        ("[],", "refused: json_piece_too_large"),
        ("{},", "refused: json_piece_too_large"),
    ],
)
def test_an_annotation_of_millions_of_values_takes_little_memory(part: str, code: str) -> None:
    ring = part * (7_000_000 // len(part)) + "1"
    content = coco(with_box(segmentation=["ring"])).getvalue().replace(b'"ring"', ring.encode())

    with little_memory(64 << 20):  # the text itself, twice
        found, codes = outcome("coco_instances", BytesIO(content))

    assert codes == [code]
    assert [one.marks for one in found] in ([], [()])


class Endless(BytesIO):
    """A text that never ends; it counts what was asked of it."""

    asked = 0

    def read(self, size: int | None = -1) -> bytes:
        self.asked += size or 0
        assert self.asked < 1 << 20
        return b'{"a' if self.asked == size else b"x" * (size or 0)


def test_a_text_that_never_ends_is_not_read_to_its_end() -> None:
    source = JsonObject(Endless(), most=100_000)

    with pytest.raises(BadDocument, match="json_piece_too_large"):
        list(source.members())


@pytest.mark.parametrize("number", ["1e999", "1.5", "-1", "3"])
def test_keypoints_that_are_wrong_are_told(number: str) -> None:
    content = coco(with_box(keypoints=[1, 2, 98765])).getvalue().replace(b"98765", number.encode())

    found, (code,) = outcome("coco_keypoints", BytesIO(content))

    assert code in ("annotation_invalid", "geometry_broken")
    assert found[0].marks == ()


def test_categories_are_bounded_together() -> None:
    many = [{"id": number, "name": "x" * 100_000} for number in range(30)]

    assert outcome("coco_instances", coco(categories=many)) == ([], ["refused: category_invalid"])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "0x10"])
def test_what_is_no_number_is_told(number: str) -> None:
    content = coco(with_box(bbox=[1, 2, 3, 98765])).getvalue().replace(b"98765", number.encode())

    found, (code,) = outcome("coco_instances", BytesIO(content))

    assert code in ("annotation_invalid", "geometry_broken")
    assert found[0].marks == ()


def test_annotations_come_in_any_order_and_before_their_images() -> None:
    images = [{**IMAGE, "id": number, "file_name": str(number)} for number in (30, 10, 20)]
    marks = [with_box(image_id=number, bbox=[number, 0, 1, 1]) for number in (20, 10, 30, 10, 20)]
    document = {"annotations": marks, "more": {"a": [1]}, "categories": [CATEGORY], "images": images}

    found, codes = outcome("coco_instances", BytesIO(json.dumps(document).encode()))

    assert codes == []
    seen = [(one.name, [each.dimensions["x"] for each in one.marks]) for one in found]
    assert seen == [("10", [10, 10]), ("20", [20, 20]), ("30", [30])]


def test_a_great_many_annotations_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "IN_MEMORY", 1 << 18)
    images = [{**IMAGE, "id": number, "file_name": str(number)} for number in range(200)]
    marks = [with_box(image_id=number % 200, text="x" * 500) for number in range(8_000)]
    file = coco(*marks, images=images)
    reader = FORMATS["coco_instances"].read
    assert reader

    with little_memory(2 << 20), reader(file) as reading:
        number = sum(len(one.marks) for one in reading.items)

    assert (number, reading.problems) == (8_000, [])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_document_that_was_changed_never_does_more_than_be_refused(data: st.DataObject) -> None:
    content = bytearray(coco(BOX, with_box(segmentation=[[1, 2, 3, 4, 5, 6]])).getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

    outcome("coco_instances", BytesIO(content))


# ---- VOC

ENTITIES = """<?xml version="1.0"?><!DOCTYPE annotation [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<annotation><filename>&b;</filename></annotation>"""
OUTSIDE = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (ENTITIES, "xml_refused"),
        (OUTSIDE, "xml_refused"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><annotation/>', "xml_refused"),
        ('<?xml version="1.0" encoding="klingon"?><annotation/>', "xml_refused"),
        ("<annotation>", "xml_invalid"),
        ("not xml", "xml_invalid"),
        ("<html/>", "voc_invalid"),
        ("<annotation>" + "<a>" * 100_000, "xml_too_large"),
        ("<annotation>" + "<a/>" * 300_000 + "</annotation>", "xml_too_large"),
        ("<annotation><object><name>a</name></object></annotation>", "object_invalid"),
        ("<annotation>" + "x" * (5 << 20) + "</annotation>", "archive_member_too_large"),
    ],
)
def test_wrong_xml_is_told_with_its_code(content: str, code: str) -> None:
    good = "<annotation><filename>b</filename></annotation>"

    found, codes = outcome("voc", archive_of({"Annotations/a.xml": content, "Annotations/b.xml": good}))

    assert codes == [code]
    assert found[-1].name == "b"


@pytest.mark.parametrize("corner", ["nan", "1e999", "1_0", "x", "", "9" * 50])
def test_a_corner_that_is_no_number_is_told(corner: str) -> None:
    box = f"<bndbox><xmin>{corner}</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>"
    document = f"<annotation><object><name>a</name>{box}</object></annotation>"

    _, codes = outcome("voc", archive_of({"a.xml": document}))

    assert codes == ["object_invalid"]


# ---- YOLO


def yolo(labels: str = "", names: str = "names: [cat]", picture: bytes = PNG) -> BytesIO:
    return archive_of({"data.yaml": names, "train/images/a.png": picture, "train/labels/a.txt": labels})


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 0.5 0.5 0.5", "labels_invalid"),
        ("0 nan 0.5 0.5 0.5", "labels_invalid"),
        ("0 1e999 0.5 0.5 0.5", "labels_invalid"),
        ("0.5 0.5 0.5 0.5 0.5", "labels_invalid"),
        ("cat 0.5 0.5 0.5 0.5", "labels_invalid"),
        ("0 0.5 0.5 1_0 0.5", "labels_invalid"),
        ("\u0660 0.5 0.5 0.5 0.5", "labels_invalid"),
        ("1 0.5 0.5 0.5 0.5", "class_unknown"),
        ("-1 0.5 0.5 0.5 0.5", "class_unknown"),
        ("0 0.5 0.5 -0.5 0.5", "bad_geometry"),
        ("0 1e30 0.5 0.5 0.5", "bad_geometry"),
    ],
)
def test_a_wrong_line_of_labels_is_told(line: str, code: str) -> None:
    (found,), codes = outcome("yolo_detect", yolo(f"0 0.5 0.5 0.5 0.5\n{line}\n"))

    assert codes == [code]
    assert [one.dimensions for one in found.marks] == [samples.box(10, 7.5, 20, 15)]


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ("names: !!python/object/apply:os.system ['id']", "yaml_not_understood"),
        ("names: &a [cat]\nother: *a", "yaml_not_understood"),
        ("names:\n  0: {a: b}", "yaml_not_understood"),
        ("names:\n  0: |\n    cat", "yaml_not_understood"),
        ("names:\n\t0: cat", "yaml_not_understood"),
        ("---\nnames: [a]\n---\nnames: [b]", "yaml_not_understood"),
        ("names: [a]\nnames: [b]", "yaml_invalid"),
        ("names:\n  0: cat\n  2: dog", "yolo_names"),
        ("names: [cat, cat]", "yolo_names"),
        ("nc: 3", "yolo_names"),
        ("names: [a]\nkpt_shape: [17, 3]", "yolo_keypoints"),
    ],
)
def test_a_description_beyond_the_plain_part_of_yaml_is_refused(description: str, code: str) -> None:
    assert outcome("yolo_detect", yolo(names=description)) == ([], [f"refused: {code}"])


def huge_png(side: int) -> bytes:
    """A PNG of a few bytes whose header says that it has SIDE times SIDE pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(100)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("picture", [b"", b"GIF89a", b"<svg/>", PNG[:20], huge_png(70_000)])
def test_labels_of_what_is_no_picture_are_told(picture: bytes) -> None:
    with little_memory():
        assert outcome("yolo_detect", yolo("0 0.5 0.5 0.5 0.5", picture=picture)) == ([], ["picture_invalid"])


def test_a_picture_of_ids_is_measured_before_it_is_decoded() -> None:
    file, _ = samples.written("masks_png", [samples.item()])
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    with little_memory():
        found, codes = outcome(
            "masks_png", archive_of(members | {"default/instances/a.png": huge_png(8_000)})
        )

    assert (found, codes) == ([], ["picture_invalid"])


def test_a_picture_with_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", samples.WIDTH * samples.HEIGHT - 1)
    file, _ = samples.written("masks_png", [samples.item()])

    assert outcome("masks_png", file) == ([], ["picture_invalid"])


# ---- our own lines, and rows


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "postil_head"),
        (b"not json\n", "postil_head"),
        (
            b'{"format":"other","version":1,"head":{"name":"","description":"","created_at":"","classes":[],"label_set":""}}',
            "postil_version",
        ),
    ],
)
def test_lines_without_our_head_are_refused(content: bytes, code: str) -> None:
    assert outcome("postil", BytesIO(content)) == ([], [f"refused: {code}"])


def test_a_wrong_line_is_told_and_blocks_nothing() -> None:
    file, _ = samples.written("postil", [samples.item(), samples.item(name="b.png")])
    lines = file.getvalue().split(b"\n")
    lines[1:1] = [b"{", b'{"item": 3}', b"[" * 1000, b'{"item": {"width": NaN}}']

    found, codes = outcome("postil", BytesIO(b"\n".join(lines)))

    assert codes == ["item_invalid"] * 4
    assert [one.name for one in found] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "csv_columns"),
        (b"name,name\n", "csv_columns"),
        (b"a,b\n1,2\n", "csv_columns"),
        (b'name,dimensions,annotation,metadata\n"open', "csv_invalid"),
        (b"name,dimensions,annotation,metadata\n\xff,,,\n", "csv_invalid"),
        (b'name,dimensions,annotation,metadata\n"' + b"x" * (13 << 20), "csv_invalid"),
        (b"name,dimensions,annotation,metadata\n" + (b'"' + b"x\n" * (3 << 20) + b'",') * 3, "csv_invalid"),
    ],
)
def test_a_broken_table_is_refused_with_its_code(content: bytes, code: str) -> None:
    file = BytesIO(content)

    with pytest.raises(BadDocument) as refused:
        samples.read("csv", file)

    assert refused.value.code == code


def test_a_wrong_row_is_told_and_blocks_nothing() -> None:
    rows = b"name,dimensions,annotation,metadata\na,{},{},{}\nb,[],{},{}\nc,{},{}\nd,{},NaN,{}\ne,{},{},{}\n"

    found, codes = outcome("csv", BytesIO(rows))

    assert sorted(codes) == ["csv_row", "mark_invalid", "mark_invalid"]
    assert [one.name for one in found] == ["a", "b", "d", "e"]
