"""Tags: what a record's document bears, and what If-Match and If-None-Match say of them."""

import re
from zlib import crc32

from starlette.requests import Request

from app.errors import BadHeader

_TAG = re.compile(r'(?:W/)?"(\d{1,18})-[0-9a-f]{1,16}"')


def tag_of(version: int, document: bytes) -> str:
    """The ETag of a record's DOCUMENT: its version, and a mark of all that is derived and shown with it."""
    return f'"{version}-{crc32(document):08x}"'


def expected_versions(request: Request) -> frozenset[int] | None:
    """The versions that If-Match names: the change is made only to one of these. None: to any."""
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    tags = [tag.strip() for tag in header.split(",")]
    found = [_TAG.fullmatch(tag) for tag in tags]
    if not all(found):
        raise BadHeader("If-Match takes tags as an ETag gave them", "If-Match", code="etag_invalid")
    return frozenset(int(one[1]) for one in found if one)


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names TAG: the client has the document already."""
    header = request.headers.get("if-none-match")
    return header is not None and (header.strip() == "*" or tag in {one.strip() for one in header.split(",")})
