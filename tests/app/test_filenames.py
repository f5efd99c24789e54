"""Names of files are labels: what could be a path, or fool who reads it, is refused."""

import unicodedata
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.filenames import LONGEST, checked, disposition

HOSTILE = {
    "nothing": "",
    "here": ".",
    "above": "..",
    "a path": "../../etc/passwd",
    "an absolute path": "/etc/passwd",
    "a path of windows": "C:\\windows\\win.ini",
    "an end of text": "picture\0.png",
    "an end of line": "a\r\nSet-Cookie: b",
    "an escape": "a\x1b[31m",
    "a delete": "a\x7f",
    "a next line": "a\x85b",
    "a line separator": "a\u2028b",
    "turned around": "harmless\u202egnp.exe",
    "an isolate": "a\u2066b",
    "half a character": "a\ud800",
    "300 bytes": "x" * 300,
    "300 bytes of few characters": "ü" * 150,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(HOSTILE[name], "/data/attributes/name")

    assert (refused.value.code, refused.value.faults[0].pointer) == (
        "filename_invalid",
        "/data/attributes/name",
    )


@pytest.mark.parametrize(
    "name", ["a", "eye 1 (left).png", "größe.jpg", "目.png", "x" * 255, "..png", "a'b\"c;d%"]
)
def test_a_name_is_taken_as_it_is(name: str) -> None:
    assert checked(name) == name


def test_a_name_is_composed() -> None:
    assert checked("gro\u0308ße") == "größe"


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_name_is_a_label_or_refused(name: str) -> None:
    try:
        label = checked(name)
    except Invalid:
        return

    assert 0 < len(label.encode()) <= LONGEST
    assert label == unicodedata.normalize("NFC", name)
    assert not set(label) & set("/\\\0\r\n")
    assert checked(label) == label


@given(st.text(max_size=80), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_name_is_read_back_from_its_header(name: str, is_attachment: bool) -> None:
    try:
        label = checked(name)
    except Invalid:
        return

    header = disposition(label, is_attachment=is_attachment)

    message = Message()
    message["Content-Disposition"] = header
    assert header.isascii()
    assert header.isprintable()
    assert message.get_content_disposition() == ("attachment" if is_attachment else "inline")
    told = unquote(header.partition("filename*=UTF-8''")[2]) or message.get_filename("")
    assert told.strip() == label.strip()


def test_a_file_without_a_name_is_told_how_to_be_shown_alone() -> None:
    assert disposition("", is_attachment=True) == "attachment"
    assert disposition("", is_attachment=False) == "inline"
