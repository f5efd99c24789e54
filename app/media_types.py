"""What a content is, told by its bytes alone: whoever sends it may call it anything. It knows no record.

What a browser would run is nothing of ours: HTML and SVG are text here.
"""

import codecs
from typing import BinaryIO

import msgspec

from app.pictures import is_like_a_picture

PICTURE = "picture"  # what claims to be one; its decoder says which
TEXT, JSON, BYTES = "text/plain", "application/json", "application/octet-stream"
LARGEST_JSON = 8 << 20  # bytes that are parsed to see whether they are JSON; what is longer is text
_PIECE = 1 << 18


def media_type_of(content: BinaryIO) -> str:
    """The media type of CONTENT, which is read from its start, and PICTURE for what claims to be one.

    Text is UTF-8 without U+0000, and JSON such text that parses. What is not known is bytes.
    """
    start = content.read(64)
    if is_like_a_picture(start[:16]):
        return PICTURE
    if known := _by_signature(start):
        return known
    content.seek(0)
    if not _is_text(content):
        return BYTES
    if start.lstrip()[:1] not in (b"{", b"["):
        return TEXT
    content.seek(0)
    return JSON if _is_json(content.read(LARGEST_JSON + 1)) else TEXT


def is_picture(media_type: str) -> bool:
    return media_type.startswith("image/")


_MATROSKA = b"\x1aE\xdf\xa3"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def _by_signature(start: bytes) -> str | None:
    if start[4:8] == b"ftyp":  # ISO/IEC 14496-12, 4.3
        return "video/quicktime" if start[8:12] == b"qt  " else "video/mp4"
    if start[4:12] in (b"moov\0\0\0\x6c", b"wide\0\0\0\0"):
        return "video/quicktime"
    if start.startswith(_MATROSKA):
        return "video/webm" if b"webm" in start else "video/x-matroska"
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return "video/x-msvideo"
    if start.startswith(_ZIP):
        return "application/zip"
    return None


def _is_text(content: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := content.read(_PIECE):
            if b"\0" in piece:
                return False
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_json(text: bytes) -> bool:
    if len(text) > LARGEST_JSON:
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)  # looks at all of it, and builds nothing
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
