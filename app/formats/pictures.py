"""Small pictures that formats write and read themselves: ids, classes, masks; and how large others are.

It must not know whose they are. A picture from outside is measured by its header before it is decoded.
"""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MOST_BYTES = 16 << 20  # of a picture that is decoded
MOST_PIXELS = 50_000_000
MOST_SIDE = 65_500
HEADER = 1 << 20  # bytes of a picture in which its size stands
_TURNED = (5, 6, 7, 8)  # EXIF orientations in which width and height change places
_ORIENTATION = 0x0112


def png_of(pixels: NDArray[Any]) -> bytes:
    """PIXELS, height by width (8 or 16 bits) or by 3 or 4 colours, as a PNG file."""
    return _file_of(pixels, "PNG")


def bmp_of(pixels: NDArray[np.uint8]) -> bytes:
    """PIXELS, height by width, as a BMP file of 8 bits."""
    return _file_of(pixels, "BMP")


def pixels_of(content: bytes, kind: str, is_coloured: bool) -> NDArray[Any]:
    """The pixels of CONTENT, a file of KIND (PNG or BMP): grey as they are, or RGB.

    Raises ValueError for what is no such picture, or is larger than MOST_PIXELS.
    """
    with _opened(content, kind) as picture:
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise ValueError(f"{width} times {height} are more than {MOST_PIXELS} pixels")
        if is_coloured and picture.mode not in ("RGB", "RGBA", "P"):
            raise ValueError(f"it is a picture in mode {picture.mode} and not in colours")
        if not is_coloured and picture.mode not in ("L", "I;16", "I", "1", "P"):
            raise ValueError(f"it is a picture in mode {picture.mode} and not in grey")
        try:
            # What has a palette holds indexes, which is what a picture of classes is made of.
            return np.asarray(picture.convert("RGB") if is_coloured else picture)
        except Exception as error:  # decoders raise what they like
            raise ValueError(f"it cannot be decoded: {type(error).__name__}") from None


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of the picture of which CONTENT is the beginning, as people see it (EXIF counts).

    Raises ValueError where that cannot be told.
    """
    with _opened(content, "JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF") as picture:
        width, height = picture.size
        try:
            is_turned = picture.getexif().get(_ORIENTATION) in _TURNED
        except Exception:
            is_turned = False
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE):
        raise ValueError(f"a picture has sides of 1 to {MOST_SIDE} pixels")
    return (height, width) if is_turned else (width, height)


def _opened(content: bytes, *kinds: str) -> Image.Image:
    with warnings.catch_warnings():
        # Pillow warns of large pictures; here they are measured, and then refused by their size.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(BytesIO(content), formats=kinds)
        except Exception as error:  # a broken header raises whatever its reader ran into
            raise ValueError(f"it is no picture of kind {', '.join(kinds)}: {type(error).__name__}") from None


def _file_of(pixels: NDArray[Any], kind: str) -> bytes:
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, kind)
    return out.getvalue()
