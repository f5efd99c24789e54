"""What a content is, by its bytes: never a page, whatever it is called."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.media_types import LARGEST_JSON, PICTURE, is_picture, media_type_of
from tests.app.filing import picture_of
from tests.app.pictures.hostile import GIF_HTML, HTML, SVG


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("index.html", HTML)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", "text/plain"),
        (b"hello", "text/plain"),
        ("größe".encode(), "text/plain"),
        ("größe".encode("latin-1"), "application/octet-stream"),
        ("größe".encode()[:3], "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
        (HTML, "text/plain"),
        (SVG, "text/plain"),
        (GIF_HTML, "application/octet-stream"),
        (b"GIF89a" + HTML, "text/plain"),
        (b"%PDF-1.7\n", "text/plain"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf", "application/octet-stream"),
        (b'{"a": [1, 2]}', "application/json"),
        (b" \n[1]", "application/json"),
        (b'{"a": 1} more', "text/plain"),
        (b'{"a":1}\n{"a":2}\n', "text/plain"),
        (b"[" * 100_000, "text/plain"),
        (b'["' + b"x" * LARGEST_JSON + b'"]', "text/plain"),
        (archive(), "application/zip"),
        (b"PK\x05\x06" + b"\0" * 18, "application/zip"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 20, "video/mp4"),
        (b"\0\0\0\x14ftypqt  " + b"\0" * 20, "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
        (picture_of("PNG"), PICTURE),
        (picture_of("JPEG"), PICTURE),
        (picture_of("WEBP"), PICTURE),
        (b"\x89PNG\r\n\x1a\n" + HTML, PICTURE),
    ],
)
def test_the_content_decides(content: bytes, media_type: str) -> None:
    assert media_type_of(io.BytesIO(content)) == media_type


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"[1,", b"<html>", b"PK\x03\x04", b"RIFF"]))
@settings(max_examples=300, deadline=None)
def test_no_content_is_a_page(noise: bytes, start: bytes) -> None:
    media_type = media_type_of(io.BytesIO(start + noise))

    assert "html" not in media_type
    assert "xml" not in media_type
    assert not is_picture(media_type)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_text_is_text_however_it_is_cut(text: str, times: int) -> None:
    content = io.BytesIO((text * times * 1_000).encode()[: 1 << 20])
    is_whole = _is_utf8(content.getvalue())

    assert (media_type_of(content) in ("text/plain", "application/json")) == is_whole


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
