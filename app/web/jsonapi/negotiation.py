"""Media types (https://jsonapi.org/format/1.1/#content-negotiation): what came in, what may go out."""

import re
from dataclasses import dataclass
from functools import lru_cache

from app.web.errors import MEDIA_TYPE, NotAcceptable, Unsupported

LINES = "application/x-ndjson"  # a whole list, a record a line
CURSOR_PROFILE = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
PROFILES = frozenset({CURSOR_PROFILE})
ATOMIC = "https://jsonapi.org/ext/atomic"  # spoken by /operations alone

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
    def extensions(self) -> frozenset[str]:
        return self.uris.get("ext", frozenset())

    def is_clean(self, extension: str | None = None) -> bool:
        """Whether it bears no parameter beyond ext and profile, and no extension but EXTENSION."""
        names = {name for name, _ in self.parameters}
        return names <= {"ext", "profile"} and self.extensions <= {extension}


@lru_cache(1024)
def check_content_type(header: str | None, extension: str | None = None) -> None:
    """Raise Unsupported where a body of the type HEADER is not read. None: no header.

    An endpoint that speaks an EXTENSION reads nothing but what bears it.
    """
    media = _media_type(MEDIA_TYPE if header is None else header)
    if media.name == MEDIA_TYPE and media.is_clean(extension) and (not extension or media.extensions):
        return
    if media.name == "application/json" and not extension:
        return
    raise Unsupported(_alone("send", extension))


@lru_cache(1024)
def profiles_of(header: str | None, extension: str | None = None) -> frozenset[str]:
    """The profiles to apply for the Accept header, where EXTENSION is spoken. Raises NotAcceptable."""
    if not header:
        return frozenset()
    types = [_media_type(part) for part in _PARTS.findall(header[:_LONGEST])]
    ours = [media for media in map(_without_weight, types) if media and media.name == MEDIA_TYPE]
    clean = [media for media in ours if media.is_clean(extension)]
    if clean:
        return frozenset().union(*(media.uris.get("profile", frozenset()) for media in clean)) & PROFILES
    others = {media.name for media in map(_without_weight, types) if media}
    if not ours and others & {"*/*", "application/*", "application/json"}:
        return frozenset()
    raise NotAcceptable(_alone("accept", extension))


@lru_cache(1024)
def wants_lines(header: str | None) -> bool:
    """Whether the Accept header asks for a list by lines, and more so than for a document."""
    weights = {LINES: 0.0, MEDIA_TYPE: 0.0}
    for media in map(_media_type, _PARTS.findall((header or "")[:_LONGEST])):
        plain = _without_weight(media)
        if plain and (plain.name == LINES or (plain.name == MEDIA_TYPE and plain.is_clean())):
            weights[plain.name] = max(weights[plain.name], _weight(media))
    return weights[LINES] > weights[MEDIA_TYPE]


def content_type(profiles: frozenset[str], extension: str | None = None) -> str:
    ext = f';ext="{extension}"' if extension else ""
    profile = f';profile="{" ".join(sorted(profiles))}"' if profiles else ""
    return f"{MEDIA_TYPE}{ext}{profile}"


def _alone(verb: str, extension: str | None) -> str:
    other = "other parameter" if extension else "parameter"
    return f"{verb} {content_type(frozenset(), extension)}, with no {other} but profile"


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
    return None if _weight(media) == 0 else MediaType(media.name, media.parameters[: names.index("q")])


def _weight(media: MediaType) -> float:
    """The weight of MEDIA, from 0 to 1; 1 where none can be read."""
    try:
        weight = float(next(value for name, value in media.parameters if name == "q"))
    except (StopIteration, ValueError):
        return 1.0
    return weight if 0 <= weight <= 1 else 1.0
