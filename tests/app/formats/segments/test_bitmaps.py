"""Pictures of ids: drawn with the numbers that labels name, and read as what was drawn."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.formats.segments.bitmaps import masks_in, picture_of
from app.formats.segments.labels import Place, read, write
from tests.app.formats.segments.labels import BITMAP, BITMAPS, CLASSES, masks

STILL = "segmentation-bitmap"


def mark(dimensions: Any, label: str = "car") -> Any:
    return {"dimensions": dimensions, "annotation": {"label": label}, "metadata": {}}


def box(x: int, y: int, width: int, height: int, **more: Any) -> Any:
    return mark({"type": "box", "x": x, "y": y, "width": width, "height": height, **more})


def ids_of(png: bytes) -> Any:
    """The ids in a file, by their definition."""
    picture = Image.open(BytesIO(png))
    assert picture.mode == "RGBA"
    pixels = np.asarray(picture).astype(int)
    assert (pixels[..., 3] == 255).all()
    return (pixels[..., 0] + 256 * pixels[..., 1] + 65536 * pixels[..., 2]).tolist()


def drawn(marks: Any, task_type: str = STILL, place: Place = Place(), **more: Any) -> Any:  # noqa: B008
    return ids_of(picture_of(marks, None, task_type, CLASSES, place, (2, 3), **more))


def test_each_pixel_has_the_id_that_the_label_names() -> None:
    marks = [box(0, 0, 1, 2), box(2, 0, 1, 1)]

    label = write(marks, None, STILL, CLASSES, lambda place: "url")

    assert [one["id"] for one in label["annotations"]] == [1, 2]
    assert drawn(marks) == [[1, 0, 2], [1, 0, 0]]


def test_what_comes_later_lies_above() -> None:
    assert drawn([box(0, 0, 3, 2), box(1, 0, 1, 1)]) == [[1, 2, 1], [1, 1, 1]]


def test_nothing_is_a_picture_too() -> None:
    assert drawn([]) == [[0, 0, 0], [0, 0, 0]]


def test_large_ids_take_three_colours() -> None:
    of_id = mark({"type": "mask", "size": [2, 3], "counts": [0, 1, 5], "instance": 70_000})

    assert drawn([of_id]) == [[70_000, 0, 0], [0, 0, 0]]


def test_a_mask_tells_the_size() -> None:
    wide = mark({"type": "mask", "size": [1, 5], "counts": [4, 1], "instance": 9})

    assert drawn([wide, box(0, 0, 1, 1)]) == [[10, 0, 0, 0, 9]]


def test_each_frame_has_its_own() -> None:
    marks = [box(0, 0, 1, 1, frame=0), box(1, 0, 1, 1, frame=1)]

    assert drawn(marks, "image-segmentation-sequence", Place(None, 1)) == [[0, 1, 0], [0, 0, 0]]


def test_a_place_that_has_no_picture_is_blank() -> None:
    assert drawn([box(0, 0, 1, 1)], "vector") == [[0, 0, 0], [0, 0, 0]]
    assert drawn([box(0, 0, 1, 1)], STILL, Place("Lidar", 7)) == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("task_type", "label", "place"),
    [(STILL, BITMAP, Place()), ("image-segmentation-sequence", BITMAPS, Place(None, 0))],
)
def test_what_was_read_is_drawn_again(task_type: str, label: Any, place: Place) -> None:
    found = read(label, task_type, CLASSES, masks)
    url = (label["frames"][0] if "frames" in label else label)["segmentation_bitmap"]["url"]

    png = picture_of(found.annotations, found.vendor, task_type, CLASSES, place, (1, 1))

    assert masks_in(png) == masks(url)


def test_what_is_no_picture_is_told() -> None:
    with pytest.raises(ValueError, match="no picture"):
        masks_in(b"no")


def test_a_mask_of_another_size_is_not_drawn() -> None:
    wide = mark({"type": "mask", "size": [1, 5], "counts": [4, 1], "instance": 9})
    high = mark({"type": "mask", "size": [5, 1], "counts": [0, 5], "instance": 3})

    assert drawn([wide, high]) == [[0, 0, 0, 0, 9]]
