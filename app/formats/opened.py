"""What was handed in to be read: an archive, or one bare document. It must not know a format."""

from typing import BinaryIO

from app.formats.archives import Archive
from app.formats.errors import BadArchive
from app.formats.inflating import broken
from app.formats.items import PictureRef
from app.formats.zip_records import END_MARK, LOCAL_MARK


def archive_of(source: BinaryIO) -> Archive | None:
    """SOURCE as an archive; None where it does not begin like one. Raises BadArchive for a bad one."""
    source.seek(0)
    start = source.read(4)
    source.seek(0)
    return Archive(source) if start in (LOCAL_MARK, END_MARK) else None


def required_archive(source: BinaryIO) -> Archive:
    """SOURCE as an archive. Raises BadArchive where it is none."""
    archive = archive_of(source)
    if archive is None:
        raise BadArchive("archive_invalid", "the file is no zip archive")
    return archive


def opened_picture(archive: Archive | None, ref: PictureRef) -> BinaryIO:
    """The content of the picture REF. Raises BadArchive where there is none of that name."""
    entry = archive.find(ref.name) if archive else None
    if archive is None or entry is None:
        raise broken(ref.name, "it is not there")
    return archive.open(entry)


def picture_ref(archive: Archive | None, *names: str) -> PictureRef | None:
    """The first of NAMES that is a member of ARCHIVE."""
    for name in names if archive else ():
        if archive and (entry := archive.find(name)):
            return PictureRef(entry.name, entry.size)
    return None
