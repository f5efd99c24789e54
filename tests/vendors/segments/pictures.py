"""Pictures and masks that the scripts beside it bring, made with the SDK's own packages."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 60, 40


def picture(shade: int) -> BytesIO:
    """A picture of one shade, as a PNG."""
    file = BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (shade, 255 - shade, 40)).save(file, "PNG")
    file.seek(0)
    return file


def mask(*rectangles: tuple[int, int, int, int, int]) -> Any:
    """A bitmap of ids: each of RECTANGLES is an id, x, y, width and height, the later ones above."""
    bitmap = np.zeros((HEIGHT, WIDTH), np.uint32)
    for id, x, y, width, height in rectangles:
        bitmap[y : y + height, x : x + width] = id
    return bitmap


def pixels(bitmap: Any) -> dict[str, list[int]]:
    """How many pixels each id of BITMAP has, and the left, upper, right and lower ends of them."""
    found = {}
    for id in np.unique(bitmap):
        rows, columns = np.nonzero(bitmap == id)
        ends = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        found[str(id)] = [len(rows), *(int(end) for end in ends)]
    return found
