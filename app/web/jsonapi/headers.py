"""Tags: what documents of records and lists bear, and what If-Match and If-None-Match say of them."""

import re
from functools import cache
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

from starlette.requests import Request

import app
from app.declare import RESOURCES, Resource
from app.errors import BadHeader
from app.operations.moments import moment_of
from app.web.jsonapi.documents import Asked
from app.work import Work

# A compressed answer bears the tag with the coding behind it (app.web.edge); a proxy may have made it weak.
_TAG = re.compile(r'(?:W/)?"(\d{1,18})-[0-9a-f]{1,16}(?:-(?:zstd|gzip))?"')
_DRESS = re.compile(r'^W/|-(?:zstd|gzip)(?="$)')


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


def tag_of_list(work: Work, asked: Asked, shown: frozenset[Resource]) -> str | None:
    """The ETag of the list that is ASKED for, of records of SHOWN, before it is read; None where it has none.

    It is a hash, for what moves it (decision 17) would tell members how much happens in the organization.
    """
    moment = moment_of(work, shown)
    if moment is None:
        return None
    actor = work.actor
    query = (asked.place, asked.address, asked.params, asked.is_profiled)
    said = repr((_release(), actor.organization_id, actor.account_id, actor.sight, query, moment))
    return f'"l-{blake2b(said.encode(), digest_size=12).hexdigest()}"'


def behind(card: Resource, paths: tuple[str, ...]) -> frozenset[Resource]:
    """The cards of what PATHS, such as ("dataset.project",), include with records of CARD."""
    found = set()
    for path in paths:
        node = card
        for name in path.split("."):
            node = RESOURCES[node.link_of[name].type]
            found.add(node)
    return frozenset(found)


@cache
def _release() -> str:
    """A mark of this release: another one may write the same records otherwise."""
    folder = Path(app.__file__).parent
    mark = blake2b(digest_size=12)
    for path in sorted(folder.rglob("*.py")):
        mark.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()


def known(request: Request, tag: str) -> str | None:
    """TAG as If-None-Match names it, where it does: the client has the document already."""
    header = request.headers.get("if-none-match")
    if header is None:
        return None
    if header.strip() == "*":
        return tag
    return next((one for one in map(str.strip, header.split(",")) if _DRESS.sub("", one) == tag), None)
