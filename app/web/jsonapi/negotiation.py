"""Media types (https://jsonapi.org/format/1.1/#content-negotiation): what came in, what may go out."""

import re
from dataclasses import dataclass
from functools import lru_cache

from app.web.errors import MEDIA_TYPE, NotAcceptable, Unsupported

CURSOR_PROFILE = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
PROFILES = frozenset({CURSOR_PROFILE})
EXTENSIONS: frozenset[str] = frozenset()

_PARTS = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^,"])+)')
_PARAMETERS = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^;"])+)')
_LONGEST = 4096  # characters of a header that are looked at


@dataclass(frozen=True)
class MediaType:
    name: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def uris(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(value.split()) for name, value in self.parameters}

    @property
    def is_clean(self) -> bool:
        """Whether it bears no parameter beyond ext and profile, and no unknown extension."""
        names = {name for name, _ in self.parameters}
        return names <= {"ext", "profile"} and self.uris.get("ext", frozenset()) <= EXTENSIONS


@lru_cache(1024)
def check_content_type(header: str | None) -> None:
    """Raise Unsupported where a body of the type HEADER is not read. None: no header."""
    if header is None:
        return
    media = _media_type(header)
    if media.name == MEDIA_TYPE and media.is_clean:
        return
    if media.name == "application/json":
        return
    raise Unsupported(f"send {MEDIA_TYPE}, with no parameter but profile")


@lru_cache(1024)
def profiles_of(header: str | None) -> frozenset[str]:
    """The profiles to apply for the Accept header. Raises NotAcceptable."""
    if not header:
        return frozenset()
    types = [_media_type(part) for part in _PARTS.findall(header[:_LONGEST])]
    ours = [media for media in map(_without_weight, types) if media and media.name == MEDIA_TYPE]
    clean = [media for media in ours if media.is_clean]
    if clean:
        return frozenset().union(*(media.uris.get("profile", frozenset()) for media in clean)) & PROFILES
    others = {media.name for media in map(_without_weight, types) if media}
    if not ours and others & {"*/*", "application/*", "application/json"}:
        return frozenset()
    raise NotAcceptable(f"accept {MEDIA_TYPE}, with no parameter but profile")


def content_type(profiles: frozenset[str]) -> str:
    return f'{MEDIA_TYPE};profile="{" ".join(sorted(profiles))}"' if profiles else MEDIA_TYPE


def _media_type(text: str) -> MediaType:
    name, *parameters = [part.strip() for part in _PARAMETERS.findall(text[:_LONGEST])] or [""]
    pairs = (parameter.partition("=") for parameter in parameters)
    return MediaType(
        name.lower(), tuple((key.strip().lower(), value.strip().strip('"')) for key, _, value in pairs)
    )


def _without_weight(media: MediaType) -> MediaType | None:
    """MEDIA without q and what follows it; None where its weight is 0."""
    names = [name for name, _ in media.parameters]
    if "q" not in names:
        return media
    at = names.index("q")
    try:
        is_refused = float(media.parameters[at][1]) == 0
    except ValueError:
        is_refused = False
    return None if is_refused else MediaType(media.name, media.parameters[:at])
