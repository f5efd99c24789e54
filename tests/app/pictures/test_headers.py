"""What headers of pictures say, read in place: type, size as shown, and what is refused before it costs."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from app.errors import Invalid
from app.pictures import LARGEST_SIDE, Header, header_of, is_like_a_picture
from tests.app.filing import picture_of
from tests.app.pictures.hostile import jpeg_bomb, png, png_bomb

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def turned(format: str, orientation: int, width: int = 40, height: int = 30) -> bytes:
    """A picture whose EXIF data ask for ORIENTATION."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture_of(format, width, height, exif=exif)


@pytest.mark.parametrize("format", FORMATS)
@given(width=st.integers(1, 300), height=st.integers(1, 300))
@settings(max_examples=15, deadline=None)
def test_type_and_size_are_read(format: str, width: int, height: int) -> None:
    header = header_of(picture_of(format, width, height))

    assert header == Header(FORMATS[format], width, height)


@pytest.mark.parametrize(
    ("format", "options"),
    [("JPEG", {"progressive": True}), ("WEBP", {"lossless": True}), ("PNG", {"optimize": True})],
)
def test_other_ways_of_writing_are_read_as_well(format: str, options: dict[str, Any]) -> None:
    assert header_of(picture_of(format, 33, 77, **options))[:3] == (FORMATS[format], 33, 77)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", FORMATS)
def test_the_size_is_as_the_picture_is_shown(format: str, orientation: int) -> None:
    content = turned(format, orientation)

    header = header_of(content)

    with Image.open(io.BytesIO(content)) as picture:
        assert (header.width, header.height) == ImageOps.exif_transpose(picture).size
    assert header.orientation == orientation


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_is_none_turns_nothing(orientation: int) -> None:
    assert header_of(turned("JPEG", orientation)) == Header("image/jpeg", 40, 30)


@pytest.mark.parametrize("content", [png_bomb(), jpeg_bomb()], ids=["png", "jpeg"])
def test_a_bomb_is_refused_by_its_header(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        header_of(content)

    assert refused.value.code == "image_too_large"
    assert len(content) < 20_000


@pytest.mark.parametrize(
    ("width", "height", "is_taken"),
    [
        (LARGEST_SIDE, 3_000, True),
        (LARGEST_SIDE + 1, 1, False),
        (1, LARGEST_SIDE + 1, False),
        (10_000, 5_000, True),
        (10_000, 5_001, False),
        (2**32 - 1, 2**32 - 1, False),
    ],
)
def test_the_limits_are_50_million_pixels_and_16384_a_side(width: int, height: int, is_taken: bool) -> None:
    content = png(width, height)

    if is_taken:
        assert header_of(content).width == width
        return
    with pytest.raises(Invalid) as refused:
        header_of(content)
    assert refused.value.code == "image_too_large"


@given(st.binary(max_size=300), st.sampled_from(sorted(FORMATS)), st.integers(0, 300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_header_or_refused(noise: bytes, format: str, at: int) -> None:
    good = PICTURES[format]
    content = good[:at] + noise + good[at + len(noise) :]

    codes = {code_of(tried) for tried in (noise, content, content[:at])}

    assert codes <= {"", "not_an_image", "image_too_large"}


def code_of(content: bytes) -> str:
    """The code by which CONTENT is refused; none for a picture's header."""
    try:
        header = header_of(content)
    except Invalid as refused:
        return refused.code
    assert header.media_type in FORMATS.values()
    assert is_like_a_picture(content[:16])
    return ""


PICTURES = {format: turned(format, 6) for format in FORMATS}
