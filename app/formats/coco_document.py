"""Writes one COCO document into an archive, item by item. It must not know shapes.

Annotations go out as they come; images, which are few beside them, wait on disk for their list to begin.
"""

import shutil
from collections.abc import Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any

from app.formats.archive_writer import IN_MEMORY, ArchiveWriter, Member
from app.formats.encoding import NOT_WRITABLE, encode
from app.formats.items import Class, Head
from app.formats.numbering import names_of, numbers_of, ordered

BATCH = 512  # elements that are written at once


class CocoDocument:
    """The document that goes to MEMBER. Its images and annotations have ids from 1 in the order of `add`."""

    def __init__(self, member: Member, head: Head, categories: Sequence[Mapping[str, Any]]) -> None:
        self._member = member
        self._images = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - `end` does
        self._waiting: list[bytes] = []
        self.image_id = 1  # of what is added next
        self._annotation_id = 0
        self._is_begun = False
        info = {
            "description": head.name,
            "date_created": head.created_at,
            "contributor": "",
            "version": "1.0",
        }
        start = b'{"info":%b,\n"licenses":[],\n"categories":%b,\n"annotations":[\n'
        self._member.write(start % (encode(info), encode(categories)))

    def add(self, image: bytes, annotations: Sequence[Mapping[str, Any]]) -> list[str]:
        """Adds an IMAGE as it is to be written, and its ANNOTATIONS; why some of them were left out."""
        self._images.write((b",\n" if self.image_id > 1 else b"") + image)
        wrong = []
        for one in annotations:
            try:
                content = encode({"id": self._annotation_id + 1, "image_id": self.image_id, **one})
            except NOT_WRITABLE as error:
                wrong.append(str(error))
                continue
            self._annotation_id += 1
            self._waiting.append(content)
        if len(self._waiting) >= BATCH:
            self._flush()
        self.image_id += 1
        return wrong

    def end(self, archive: ArchiveWriter) -> None:
        """Puts the document into ARCHIVE."""
        self._flush()
        self._member.write(b'],\n"images":[\n')
        self._images.seek(0)
        shutil.copyfileobj(self._images, self._member)
        self._member.write(b"\n]}\n")
        archive.add(self._member)
        self._images.close()

    def _flush(self) -> None:
        if self._waiting:
            begin = b",\n" if self._is_begun else b""
            self._member.write(begin + b",\n".join(self._waiting))
            self._waiting.clear()
            self._is_begun = True


def categories_of(classes: Sequence[Class]) -> list[dict[str, Any]]:
    """CLASSES as COCO's categories: the id is the class's number and 1."""
    numbers, names = numbers_of(classes), names_of(classes)
    found = []
    for one in ordered(classes):
        category: dict[str, Any] = {"id": numbers[one.id] + 1, "name": names[one.id]}
        category |= {"supercategory": names.get(one.parent or "", one.parent or ""), "class": one.id}
        category |= {"color": one.color} if one.color else {}
        category |= {} if one.has_instances else {"isthing": 0}
        found.append(category)
    return found
