"""Projects out of Segments.ai's release files. It knows no database."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from app.commands.arriving import Item, Problem, Project, Values
from app.errors import Problem as Refusal
from app.fetching import FetchFailed, Limits
from app.formats.errors import BadDocument
from app.formats.items import PictureRef
from app.formats.pictures import MOST_BYTES
from app.formats.segments.bitmaps import masks_in
from app.formats.segments.release_reading import (
    ReadLabel,
    ReadSample,
    ReleaseFile,
    label_vendor_of,
    read_release,
    vendor_of,
)
from app.formats.segments.spelling import VENDOR
from app.geometry import Mask
from app.json import text_of
from app.resources import files
from app.resources.files import Content
from app.resources.imports import SPLITS
from app.resources.layer_statuses import GROUND_TRUTH
from app.work import Sources

_SECONDS = 120.0  # that one picture may take
_MOST = 64 << 20  # bytes of one
LONGEST_NAME, LONGEST_OF_ITEM, LONGEST_OF_SET = 255, 512, 128  # characters, as our records have them
_MODALITIES = (("text", "text"), ("pointcloud", "point_cloud"), ("multisensor", "point_cloud"))


def project_in(
    file: BinaryIO, configuration: Mapping[str, Any] | None, sources: Sources, download: bool
) -> Project:
    """What FILE, a release, holds: see `arriving.Vendor`."""
    problems: list[Problem] = []

    def masks(url: str) -> Sequence[Mask] | None:
        if not download:
            return None
        try:
            return masks_in(_fetched(sources, url, MOST_BYTES))
        except (ValueError, Refusal) as error:
            problems.append(Problem(url, "picture_missing", str(error)))
            return None

    release = read_release(file, masks, configuration)
    items = _items(release, sources, download, problems)
    if not 1 <= len(release.about.name) <= LONGEST_NAME:
        raise BadDocument("release_invalid", f"the dataset has a name of 1 to {LONGEST_NAME} characters")
    label_sets = {
        one.name: one.description or ""
        for one in release.about.labelsets or ()
        if one.name != GROUND_TRUTH and 1 <= len(one.name) <= LONGEST_OF_SET
    }
    return Project(_values(release), label_sets, items, problems)


def _values(release: ReleaseFile) -> Values:
    about = release.about
    vendor = {"task_type": about.task_type, **release.switches}
    vendor |= {"metadata": about.metadata} if about.metadata else {}
    task = about.task_type
    is_moving = "video" if task.endswith("sequence") else "image"
    return {
        "name": about.name,
        "description": about.description or "",
        "readme": (about.readme or "")[:100_000],
        "category": about.category[:64] if about.category else None,
        "modality": next((told for start, told in _MODALITIES if task.startswith(start)), is_moving),
        "labeling_configuration": text_of(release.configuration),
        "vendor": text_of({VENDOR: vendor}),
    }


def _items(release: ReleaseFile, sources: Sources, download: bool, problems: list[Problem]) -> Iterator[Item]:
    """The items of RELEASE; PROBLEMS also hear of what its reader left out."""
    for read in release.samples:
        if 1 <= len(read.sample.name) <= LONGEST_OF_ITEM:
            yield _item(release, read, sources, download, problems)
        else:
            detail = f"a sample has a name of 1 to {LONGEST_OF_ITEM} characters"
            problems.append(Problem(read.sample.name[:LONGEST_OF_ITEM], "item_invalid", detail))
    problems += [Problem(one.item, one.code, one.detail) for one in release.problems]


def _item(
    release: ReleaseFile, read: ReadSample, sources: Sources, download: bool, problems: list[Problem]
) -> Item:
    sample = read.sample
    values: Values = {
        "resource": read.resource,
        "external_id": sample.name,
        "metadata_": text_of(sample.metadata or {}),
        "priority": -sample.priority if sample.priority else 0.0,
        "split": sample.split if sample.split in SPLITS else None,
        "media": text_of(read.media) if read.media is not None else None,
        "vendor": text_of(vendor_of(sample)) or None,
    }
    labels = {name: _label(one) for name, one in read.labels.items() if 1 <= len(name) <= LONGEST_OF_SET}
    item = Item(sample.name, values, labels)
    try:
        item.content = _content(release, read, sources, download)
    except (ValueError, Refusal) as error:
        problems.append(Problem(sample.name, "picture_missing", str(error)))
    return item


def _label(label: ReadLabel) -> Values:
    told: Values = {"annotations": label.read.annotations, "vendor": label_vendor_of(label)}
    told |= {"score": label.score} if label.score is not None else {}
    return told | {"status": label.status}


def _content(release: ReleaseFile, read: ReadSample, sources: Sources, download: bool) -> Content | None:
    """The picture of a sample, kept: that of the archive, else what is at its address."""
    if read.picture is not None:
        return files.put(sources, _within(release, read.picture), only_pictures=True)
    is_picture = read.media is None and "://" in read.resource
    if not download or not is_picture:
        return None
    return files.put(sources, _fetched(sources, read.resource, _MOST), only_pictures=True)


def _within(release: ReleaseFile, ref: PictureRef) -> bytes:
    with release.open(ref) as file:
        return file.read(_MOST + 1)


def _fetched(sources: Sources, url: str, most: int) -> bytes:
    """What is at URL. Raises ValueError."""
    pieces: list[bytes] = []
    limits = Limits(seconds=_SECONDS, bytes=most)
    try:
        answer = sources.fetcher.send("GET", url, limits=limits, redirects=3, sink=pieces.append)
    except FetchFailed as error:
        raise ValueError(str(error)) from None
    if answer.status != 200:
        raise ValueError(f"the answer had the status {answer.status}")
    return b"".join(pieces)
