"""Reads one file of Pascal VOC's XML: its texts by their path. It must not know pixels.

Nothing but defusedxml parses it: no document type, no entity, no address; and no tree is built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from defusedxml.ElementTree import DefusedXMLParser, ParseError

from app.formats.errors import BadDocument

MOST_BYTES = 4 << 20
MOST_DEPTH = 12
MOST_ELEMENTS = 200_000


@dataclass(slots=True)
class Document:
    """TEXTS of the picture and of each of OBJECTS, by path: `size/width`, `bndbox/xmin`.

    ATTRIBUTES of an object, name -> value, stand with it.
    """

    texts: dict[str, str] = field(default_factory=dict)
    objects: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)


class _Target:
    """What the parser tells of elements."""

    def __init__(self) -> None:
        self.document = Document()
        self._path: list[str] = []
        self._text: list[str] = []
        self._name = ""
        self._count = 0

    def start(self, tag: str, _: Mapping[str, str]) -> None:
        self._path.append(tag)
        self._text.clear()
        self._count += 1
        if len(self._path) > MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise BadDocument("xml_too_large", f"more than {MOST_DEPTH} levels or {MOST_ELEMENTS} elements")
        if self._path[0] != "annotation":
            raise BadDocument("voc_invalid", "its root is not annotation")
        if self._path[1:] == ["object"]:
            self.document.objects.append(({}, {}))

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, _: str) -> None:
        path, text = self._path[1:], "".join(self._text).strip()
        self._path.pop()
        self._text.clear()
        if path[:1] != ["object"]:
            self.document.texts["/".join(path)] = text
            return
        texts, attributes = self.document.objects[-1]
        if path[1:] == ["attributes", "attribute", "name"]:
            self._name = text
        elif path[1:] == ["attributes", "attribute", "value"]:
            attributes[self._name] = text
        else:
            texts["/".join(path[1:])] = text

    def close(self) -> Document:
        return self.document


def document_of(content: bytes) -> Document:
    """What CONTENT says. Raises BadDocument."""
    try:
        parser = DefusedXMLParser(target=_Target(), forbid_dtd=True)
        parser.feed(content)
        document = parser.close()
    except BadDocument:
        raise
    except ParseError as error:
        raise BadDocument("xml_invalid", f"it is no XML: {error}") from None
    except (ValueError, LookupError) as error:  # what defusedxml forbids; an encoding that nobody knows
        raise BadDocument(
            "xml_refused", f"it has a document type, entities or an unknown encoding: {error}"
        ) from None
    assert isinstance(document, Document)
    return document
