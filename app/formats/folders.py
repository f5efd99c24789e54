"""Archives in which each split is a folder, and each kind of file a folder in it. It must not open files."""

import posixpath
from collections.abc import Iterator

from app.formats.archives import Archive
from app.formats.export import PICTURES
from app.formats.items import PictureRef
from app.formats.opened import picture_ref
from app.formats.splits import named
from app.formats.zip_records import Entry

_SUFFIXES = [one for suffix in sorted(PICTURES) for one in (suffix, suffix.upper())]


def stems_in(archive: Archive, kind: str, suffix: str) -> Iterator[tuple[str, str, Entry]]:
    """The files `<folder>KIND/<stem>SUFFIX` of ARCHIVE: folder (empty, or with its slash), stem, entry."""
    for entry in archive.entries():
        folder, base = posixpath.split(entry.name)
        above, last = posixpath.split(folder)
        if last == kind and base.endswith(suffix) and not entry.name.startswith("__MACOSX/"):
            yield f"{above}/" if above else "", base.removesuffix(suffix), entry


def picture_of(archive: Archive, stem: str) -> PictureRef | None:
    """The picture whose path without its suffix is STEM."""
    return picture_ref(archive, *[stem + suffix for suffix in (*_SUFFIXES, ".bin")])


def split_in(folder: str) -> str | None:
    """The split of FOLDER, which is called like it."""
    name = posixpath.basename(folder.rstrip("/"))
    return named(name) if name else None
