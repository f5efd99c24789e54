"""Readers of other hands find in our files what was drawn, and we find in theirs what they wrote."""

import csv
import json
import warnings
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.dom.minidom import parseString

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from app.formats.items import Item
from tests.app.formats import samples
from tests.app.formats.samples import CLASSES, HEIGHT, PNG, WIDTH, box, item, mark, polygon, square, written

with warnings.catch_warnings():
    # It tells at its import that OpenCV is not there, and does without.
    warnings.filterwarnings("ignore", "OpenCV .* is not installed", UserWarning)
    import supervision

RING = polygon((2, 3), (12.5, 3), (12.5, 9), (2, 9.25))
HOLED = polygon((1, 1), (20, 1), (20, 20), (1, 20), holes=[[[5, 5], [10, 5], [10, 10], [5, 10]]])


# pycocotools 2.0 hands numpy arrays that do not know the words of numpy 2.
decodes = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


def unpacked(file: BytesIO, folder: Path) -> Path:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


def coco_of(
    name: str, given: list[Item], folder: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> COCO:
    file, problems = written(name, given, with_pictures=True)
    assert problems == []
    coco = COCO(unpacked(file, folder) / "annotations" / path)
    capsys.readouterr()
    return coco


def test_pycocotools_finds_images_categories_and_annotations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [item(mark(box(1, 2, 3.5, 4)), name="a.png"), item(mark(RING, "dog"), mark(RING), name="b.png")]

    coco = coco_of("coco_instances", given, tmp_path, "instances_default.json", capsys)

    assert [(one["id"], one["file_name"], one["width"], one["height"]) for one in coco.loadImgs([1, 2])] == [
        (1, "a.png", WIDTH, HEIGHT),
        (2, "b.png", WIDTH, HEIGHT),
    ]
    assert [(one["id"], one["name"]) for one in coco.loadCats(coco.getCatIds())] == [
        (number, one.name) for number, one in enumerate(CLASSES, 1)
    ]
    assert coco.getAnnIds(imgIds=2, catIds=2) == [2]
    assert coco.loadAnns(1)[0]["bbox"] == [1, 2, 3.5, 4]
    assert coco.loadAnns(1)[0]["area"] == 14
    assert coco.loadAnns(2)[0]["bbox"] == [2, 3, 10.5, 6.25]


@decodes
def test_pycocotools_finds_the_pixels_of_masks_and_of_polygons_with_holes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = square(3, 4) | square(20, 30, 5)
    given = [item(mark(samples.mask(pixels)), mark(HOLED), mark(samples.mask(pixels), "sky"))]

    coco = coco_of("coco_instances", given, tmp_path, "instances_default.json", capsys)
    first, holed, crowd = coco.loadAnns([1, 2, 3])

    assert np.array_equal(coco.annToMask(first), pixels)
    assert (first["area"], first["bbox"], first["iscrowd"]) == (41, [4, 3, 31, 22], 0)
    assert np.array_equal(coco.annToMask(holed), square(1, 1, 19) - square(5, 5, 5))
    assert (holed["area"], holed["iscrowd"], crowd["iscrowd"]) == (19 * 19 - 25, 0, 1)


def test_pycocotools_finds_keypoints_and_their_skeleton(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = {"type": "keypoints", "points": [[1, 2, 2], [3.5, 8, 1], [0, 0, 0]]}

    coco = coco_of(
        "coco_keypoints", [item(mark(points, "body"))], tmp_path, "person_keypoints_default.json", capsys
    )
    (one,), (category,) = coco.loadAnns([1]), coco.loadCats([3])

    assert (one["keypoints"], one["num_keypoints"]) == ([1, 2, 2, 3.5, 8, 1, 0, 0, 0], 2)
    assert (one["bbox"], one["area"]) == ([1, 2, 2.5, 6], 15)
    assert (category["keypoints"], category["skeleton"]) == (["head", "hand", "foot"], [[1, 2], [1, 3]])


@decodes
def test_several_outlines_are_read_as_the_mask_that_pycocotools_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rings = [[2.0, 3.0, 12.5, 3.0, 7.0, 9.3], [20, 20, 31.7, 20, 31.7, 28, 20, 28]]
    document = {
        "images": [{"id": 7, "file_name": "x.jpg", "width": WIDTH, "height": HEIGHT}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 5, "segmentation": rings, "bbox": [0, 0, 1, 1]}
        ],
        "categories": [{"id": 5, "name": "cat"}],
    }
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(document))
    coco = COCO(path)
    capsys.readouterr()

    (found,), problems = samples.read("coco_instances", BytesIO(path.read_bytes()))

    assert problems == []
    assert np.array_equal(samples.pixels_in(found.marks[0].dimensions), coco.annToMask(coco.loadAnns(1)[0]))


def test_supervision_finds_coco_boxes(tmp_path: Path) -> None:
    file, _ = written(
        "coco_instances", [item(mark(box(1, 2, 3.5, 4), "dog"), split="train")], with_pictures=True
    )
    folder = unpacked(file, tmp_path)

    found = supervision.DetectionDataset.from_coco(
        str(folder / "images/train"), str(folder / "annotations/instances_train.json")
    )

    ((_, _, detections),) = list(found)
    assert detections.class_id is not None
    assert detections.xyxy.tolist() == [[1, 2, 4.5, 6]]
    assert [found.classes[at] for at in detections.class_id] == ["Dog: 'the' \"other\" #1"]


@pytest.mark.parametrize("name", ["yolo_detect", "yolo_segment"])
def test_supervision_finds_yolo_boxes_and_outlines(name: str, tmp_path: Path) -> None:
    shape = box(1, 2, 10, 4) if name == "yolo_detect" else RING
    file, _ = written(name, [item(mark(shape, "dog"), split="valid")], with_pictures=True)
    folder = unpacked(file, tmp_path)

    found = supervision.DetectionDataset.from_yolo(
        str(folder / "valid/images"), str(folder / "valid/labels"), str(folder / "data.yaml")
    )

    ((_, _, detections),) = list(found)
    wanted = [1, 2, 11, 6] if name == "yolo_detect" else [2, 3, 12.5, 9.25]
    assert detections.xyxy.tolist()[0] == pytest.approx(wanted, abs=1e-4)
    assert found.classes == [one.name for one in CLASSES]
    assert detections.class_id is not None
    assert detections.class_id.tolist() == [1]


def test_supervision_finds_voc_boxes(tmp_path: Path) -> None:
    file, _ = written("voc", [item(mark(box(1, 2, 10, 4)), mark(box(0, 0, 1, 1), "dog"))], with_pictures=True)
    folder = unpacked(file, tmp_path)

    found = supervision.DetectionDataset.from_pascal_voc(
        str(folder / "JPEGImages"), str(folder / "Annotations")
    )

    ((_, _, detections),) = list(found)
    assert detections.xyxy.tolist() == [[1, 2, 11, 6], [0, 0, 1, 1]]
    assert found.classes == ["Cat", "Dog: 'the' \"other\" #1"]


@pytest.fixture
def theirs(tmp_path: Path) -> supervision.DetectionDataset:
    """A data set of two boxes in one picture."""
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    detections = supervision.Detections(
        xyxy=np.array([[1, 2, 11, 6], [0.5, 0.25, 30, 20]], dtype=np.float32), class_id=np.array([1, 0])
    )
    return supervision.DetectionDataset(["cat", "123: yes"], [str(path)], {str(path): detections})


def packed(folder: Path) -> BytesIO:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return out


def corners(dimensions: dict[str, Any]) -> list[float]:
    x, y, width, height = (dimensions[name] for name in ("x", "y", "width", "height"))
    return [x, y, x + width, y + height]


def test_we_find_what_supervision_writes_as_coco(
    theirs: supervision.DetectionDataset, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    theirs.as_coco(str(folder / "train"), str(folder / "train/_annotations.coco.json"))

    (found,), problems = samples.read("coco_instances", packed(folder))

    assert problems == []
    assert (found.split, found.name) == ("train", "a.png")
    assert [corners(one.dimensions) for one in found.marks] == [[1, 2, 11, 6], [0.5, 0.25, 30, 20]]
    assert [one.annotation["label"] for one in found.marks] == ["123: yes", "cat"]
    assert found.picture


def test_we_find_what_supervision_writes_as_yolo(
    theirs: supervision.DetectionDataset, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    theirs.as_yolo(str(folder / "train/images"), str(folder / "train/labels"), str(folder / "data.yaml"))

    (found,), problems = samples.read("yolo_detect", packed(folder))

    assert problems == []
    assert found.split == "train"
    # Five digits of a part of 40 pixels are what supervision writes.
    assert corners(found.marks[0].dimensions) == pytest.approx([1, 2, 11, 6], abs=4e-4)
    assert [one.annotation["label"] for one in found.marks] == ["123: yes", "cat"]


def test_we_find_what_supervision_writes_as_voc(theirs: supervision.DetectionDataset, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    theirs.as_pascal_voc(str(folder / "images"), str(folder / "annotations"))

    (found,), problems = samples.read("voc", packed(folder))

    assert problems == []
    assert corners(found.marks[0].dimensions) == [1, 2, 11, 6]
    assert (found.width, found.height, found.name) == (WIDTH, HEIGHT, "a.png")
    assert found.picture


def test_a_panoptic_picture_holds_the_ids_of_its_segments(tmp_path: Path) -> None:
    given = [item(mark(samples.mask(square(2, 2, 8))), mark(samples.mask(square(4, 4)), "sky"))]
    file, problems = written("coco_panoptic", given)
    folder = unpacked(file, tmp_path) / "annotations"

    document = json.loads((folder / "panoptic_default.json").read_text())
    (annotation,) = document["annotations"]
    colours = np.asarray(Image.open(folder / "panoptic_default" / annotation["file_name"])).astype(int)
    ids = colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2]

    assert problems == []
    assert [one["area"] for one in annotation["segments_info"]] == [64 - 16, 16]
    for segment in annotation["segments_info"]:
        assert (ids == segment["id"]).sum() == segment["area"]
    assert [one["isthing"] for one in document["categories"]] == [1, 1, 1, 0]


def test_masks_are_plain_pictures(tmp_path: Path) -> None:
    given = [item(mark(samples.mask(square(2, 2, 8))), mark(samples.mask(square(20, 20)), "dog"))]
    folder = unpacked(written("masks_png", given)[0], tmp_path)
    unpacked(written("masks_bmp", given)[0], tmp_path)

    ids = Image.open(folder / "default/instances/a.png")
    classes = Image.open(folder / "default/classes/a.png")
    white = Image.open(folder / "default/masks/a/1_Cat.bmp")

    assert (ids.mode, ids.getpixel((3, 3)), ids.getpixel((0, 0))) == ("RGBA", (1, 0, 0, 255), (0, 0, 0, 255))
    assert (classes.mode, classes.getpixel((3, 3)), classes.getpixel((21, 21))) == ("L", 1, 2)
    assert (white.mode, np.asarray(white).tolist()) == ("L", (square(2, 2, 8) * 255).tolist())


def test_a_plain_reader_finds_the_rows_of_csv() -> None:
    given = [item(mark(box(1, 2, 3, 4), "dog"), mark(RING), name='x,\n".png'), item(name="empty.png")]

    rows = list(csv.DictReader(StringIO(written("csv", given)[0].getvalue().decode(), newline="")))

    assert [row["name"] for row in rows] == ['x,\n".png', 'x,\n".png', "empty.png"]
    assert [rows[0][name] for name in ("label", "type", "left", "top", "right", "bottom", "area")] == [
        *("dog", "box", "1", "2", "4", "6", "12")
    ]
    assert json.loads(rows[1]["dimensions"]) == RING


def test_a_plain_reader_finds_the_members_of_voc(tmp_path: Path) -> None:
    odd = item(mark(box(0, 0, 2, 2), "dog", attributes={"difficult": True, "<a>": "&"}), name="<&>.png")
    folder = unpacked(written("voc", [odd])[0], tmp_path)

    document = parseString((folder / "Annotations/_&_.xml").read_bytes())

    def texts(name: str) -> list[str]:
        return [getattr(node.firstChild, "data", "") for node in document.getElementsByTagName(name)]

    assert [texts(name) for name in ("xmin", "ymin", "xmax", "ymax", "difficult")] == [
        ["1"],
        ["1"],
        ["2"],
        ["2"],
        ["1"],
    ]
    assert (texts("name"), texts("value")) == ([CLASSES[1].name, "<a>"], ["&"])
