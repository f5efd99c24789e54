"""Reads release files of any size: what they say of the dataset, then a sample at a time.

It must not know who keeps what is read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import msgspec

from app.formats.archives import Archive
from app.formats.bundle import document_in
from app.formats.errors import BadDocument, BadMember
from app.formats.items import Class, PictureRef, Problems, Reading, ReadItem, ReadMark
from app.formats.json_stream import JsonObject, decoded
from app.formats.opened import opened_picture, picture_ref
from app.formats.segments.categories import configuration_of
from app.formats.segments.labels import Classes, Masks, Read, no_masks
from app.formats.segments.labels import read as read_label
from app.formats.segments.release_words import About, Label, Sample, sample_decoder, value_decoder
from app.formats.segments.releases import DOCUMENT
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import VENDOR
from app.formats.segments.statuses import GROUND_TRUTH, status_of

MOST_PIECE = 64 << 20  # bytes of one sample with its labels
MOST_VALUES, MOST_LISTS = 6_000_000, 2_000_000  # of one
LONGEST_ADDRESS = 4096
_SAMPLES = "samples"
_SWITCHES = ("enable_", "use_")  # what a dataset's switches begin with

Opened = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class ReadLabel:
    """A label: our word for how far it is (None: no label), its score, and what it says."""

    status: str | None
    score: float | None
    read: Read


@dataclass(frozen=True, slots=True)
class ReadSample:
    """A sample with its labels, by label set. RESOURCE is its address; MEDIA all of it, where it has more."""

    sample: Sample
    resource: str
    media: Json | None
    labels: Mapping[str, ReadLabel]
    picture: PictureRef | None


@dataclass(slots=True)
class ReleaseFile:
    """What a release file says. SAMPLES can be gone through once; PROBLEMS grow on the way."""

    about: About
    switches: Mapping[str, bool]  # the dataset's
    configuration: Json
    samples: Iterator[ReadSample]
    problems: Problems
    open: Callable[[PictureRef], BinaryIO]


def read_release(
    source: BinaryIO, masks: Masks = no_masks, before: Mapping[str, Any] | None = None
) -> ReleaseFile:
    """What SOURCE, a document or an archive, says. Raises FormatError.

    MASKS are those of `labels.read`, and BEFORE is the label configuration whose classes keep their ids.
    """
    archive, opened = document_in(source, DOCUMENT)
    about, switches = _about_in(opened)
    configuration = configuration_of(about.task_attributes or {"categories": []}, before)
    problems = Problems()
    samples = _Samples(about, configuration, masks, archive, problems).all(opened)
    return ReleaseFile(about, switches, configuration, samples, problems, partial(opened_picture, archive))


def read(source: BinaryIO) -> Reading:
    """What SOURCE says of the ground truth, or of its only label set. Raises FormatError."""
    release = read_release(source)
    sets = [one.name for one in release.about.labelsets or ()]
    label_set = sets[0] if len(sets) == 1 else GROUND_TRUTH
    items = (_item(one, label_set) for one in release.samples)
    return Reading(_classes(release.configuration), items, release.problems, release.open)


def _item(read: ReadSample, label_set: str) -> ReadItem:
    sample, label = read.sample, read.labels.get(label_set)
    marks = label.read.annotations if label else []
    return ReadItem(
        name=sample.name,
        external_id=sample.name or None,
        split=sample.split,
        width=None,
        height=None,
        metadata=sample.metadata or {},
        marks=tuple(ReadMark(**one) for one in marks),
        picture=read.picture,
        resource=read.resource,
        priority=-sample.priority if sample.priority else 0.0,
        layer_status=label.status if label else None,
        score=label.score if label else None,
        created_at=sample.created_at,
        media=read.media,
        vendor=vendor_of(sample),
        layer_vendor=label_vendor_of(label) if label else {},
    )


def vendor_of(sample: Sample) -> Json:
    """What only Segments' clients read of SAMPLE, for `vendor`."""
    told = {"uuid": sample.uuid, "readme": sample.readme}
    kept = {name: value for name, value in told.items() if value}
    return {VENDOR: kept} if kept else {}


def label_vendor_of(label: ReadLabel) -> Json:
    """The same of LABEL."""
    return {VENDOR: {"label": label.read.vendor}}


def _classes(configuration: Json) -> Sequence[Class]:
    return tuple(
        Class(
            one["id"],
            one["name"],
            one["color"],
            one["number"],
            has_instances=one.get("has_instances", True),
        )
        for one in configuration["classes"]
    )


# ---- the dataset


def _about_in(opened: Opened) -> tuple[About, dict[str, bool]]:
    """What the document says of its dataset. Raises BadDocument where it is no release."""
    found: Json | None = None
    switches: dict[str, bool] = {}
    has_samples = False
    with opened() as content:
        document = JsonObject(content, MOST_PIECE)
        for name in document.members():
            if name != "dataset":
                continue
            found = {}
            for member in document.inner():
                if member == _SAMPLES:
                    has_samples = True
                elif member in About.__struct_fields__:
                    found[member] = _value(document.value(), f"/dataset/{member}")
                elif member.startswith(_SWITCHES):
                    value = document.value()
                    switches |= {member: value == b"true"} if value in (b"true", b"false") else {}
    if found is None or not has_samples:
        raise BadDocument("release_invalid", "the document has no dataset with samples: it is no release")
    try:
        return msgspec.convert(found, About), switches
    except msgspec.ValidationError as error:
        raise BadDocument("release_invalid", f"/dataset: {error}") from None


def _value(content: bytes, at: str) -> Any:
    try:
        return decoded(content, value_decoder)
    except ValueError as error:
        raise BadDocument("release_invalid", f"{at}: {error}") from None


# ---- samples


class _Samples:
    """Reads the samples of the dataset ABOUT, whose categories make CONFIGURATION."""

    def __init__(
        self, about: About, configuration: Json, masks: Masks, archive: Archive | None, problems: Problems
    ) -> None:
        self._task_type = about.task_type
        self._classes = Classes(configuration)
        self._masks = masks
        self._archive = archive
        self._problems = problems

    def all(self, opened: Opened) -> Iterator[ReadSample]:
        """Each of them; one that is wrong is told, and left out."""
        with opened() as content:
            document = JsonObject(content, MOST_PIECE)
            for name in document.members():
                for member in document.inner() if name == "dataset" else ():
                    for number, piece in enumerate(document.elements() if member == _SAMPLES else ()):
                        if (found := self._sample(piece, number)) is not None:
                            yield found

    def _sample(self, piece: bytes, number: int) -> ReadSample | None:
        try:
            sample: Sample = decoded(piece, sample_decoder, MOST_VALUES, MOST_LISTS)
        except ValueError as error:
            self._problems.add(f"sample {number}", "item_invalid", str(error))
            return None
        labels = {
            name: read
            for name, one in (sample.labels or {}).items()
            if one is not None and (read := self._label(sample, name, one)) is not None
        }
        attributes = sample.attributes if isinstance(sample.attributes, dict) else {}
        resource, is_plain = _resource_of(attributes, sample.name)
        picture = picture_ref(self._archive, sample.file) if sample.file else None
        return ReadSample(sample, resource, None if is_plain else attributes, labels, picture)

    def _label(self, sample: Sample, name: str, label: Label) -> ReadLabel | None:
        status = status_of(label.label_status)
        if status is None and label.attributes is None:
            return None
        try:
            found = read_label(label.attributes, self._task_type, self._classes, self._masks)
        except BadMember as bad:
            self._problems.add(sample.name, bad.code, f"/labels/{name}/attributes{bad.detail}")
            found = Read([], {})
        score = label.score if label.score is not None and 0 <= label.score <= 1 else None
        return ReadLabel(status or "prelabeled", score, found)


def _resource_of(attributes: Json, name: str) -> tuple[str, bool]:
    """The first address in ATTRIBUTES, else NAME; and whether there is nothing else to be kept."""
    waiting: list[Any] = [attributes]
    url = ""
    while waiting and not url:
        one = waiting.pop()
        if isinstance(one, dict):
            said = one.get("url")
            url = said if isinstance(said, str) and len(said) <= LONGEST_ADDRESS else ""
            waiting += reversed(one.values())
        elif isinstance(one, list):
            waiting += reversed(one)
    is_plain = not attributes or (bool(url) and attributes == {"image": {"url": url}})
    return url or name, is_plain
