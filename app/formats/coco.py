"""Goes through items and writes COCO's documents, one for each split. What they say is the caller's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from app.formats.archive_writer import ArchiveWriter
from app.formats.coco_document import CocoDocument
from app.formats.encoding import encoded
from app.formats.export import Content, Export, Items, Placed, Tell
from app.formats.items import Head, Problem, Problems
from app.formats.still import answers_of

NO_SPLIT = "default"
Files = list[tuple[str, bytes]]  # names and contents of what goes into the archive beside the document
Annotate = Callable[[Placed, Problems, Files], Sequence[Mapping[str, Any]]]  # may raise LeftOut


def write_coco(
    head: Head,
    items: Items,
    out: BinaryIO,
    content: Content | None,
    tell: Tell,
    *,
    stem: str,
    categories: Sequence[Mapping[str, Any]],
    annotate: Annotate,
) -> Sequence[Problem]:
    """Writes `annotations/STEM_<split>.json` of what ANNOTATE says of each item, and its pictures."""
    with ArchiveWriter(out) as archive:
        documents = _Documents(archive, head, stem, categories)
        export = Export(archive, content, tell, NO_SPLIT)
        for placed in export.placed(items):
            with export.guarded(placed.item):
                _add(documents.of(placed.folder), placed, export, annotate)
        documents.end()
    return export.problems


class _Documents:
    """A document for each split that has items; where nothing has, an empty one."""

    def __init__(
        self, archive: ArchiveWriter, head: Head, stem: str, categories: Sequence[Mapping[str, Any]]
    ) -> None:
        self._archive, self._head, self._stem, self._categories = archive, head, stem, categories
        self._open: dict[str, CocoDocument] = {}

    def of(self, folder: str) -> CocoDocument:
        if folder not in self._open:
            member = self._archive.member(f"annotations/{self._stem}_{folder}.json")
            self._open[folder] = CocoDocument(member, self._head, self._categories)
        return self._open[folder]

    def end(self) -> None:
        if not self._open:
            self.of(NO_SPLIT)
        for document in self._open.values():
            document.end(self._archive)


def _add(document: CocoDocument, placed: Placed, export: Export, annotate: Annotate) -> None:
    image = encoded(image_of(placed, document.image_id))
    files: Files = []
    annotations = annotate(placed, export.problems, files)
    export.put_picture(placed, f"images/{placed.folder}")
    for name, content in files:
        export.archive.put(name, [content], is_packed=False)
    for detail in document.add(image, annotations):
        export.problems.add(placed.item.id, "value_not_writable", f"a mark holds what JSON cannot: {detail}")


def image_of(placed: Placed, number: int) -> dict[str, Any]:
    """The image of PLACED with NUMBER as its id. What COCO has no word for stands in members of our own."""
    item = placed.item
    width, height = placed.size
    image: dict[str, Any] = {"id": number, "width": width, "height": height, "file_name": placed.file_name}
    own = {"external_id": item.external_id, "attributes": answers_of(item), "metadata": item.metadata}
    return image | {name: value for name, value in own.items() if value}
