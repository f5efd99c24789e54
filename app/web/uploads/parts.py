"""Takes a multipart body apart as it comes, and puts each file of it. Bounded, whatever it holds."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import Fault, Invalid, Malformed
from app.web.uploads.arrivals import Arrived, arrived
from app.web.uploads.names import name_in_part
from app.web.uploads.spools import Spool
from app.work import Sources

MOST_FILES = 1000
MOST_FIELDS = 1000  # parts that are no files: they are passed over
MOST_OUTSIDE = 16 << 20  # bytes that are in no file: headers, boundaries, fields
_STEP = 1 << 18  # bytes written at once


class Wanted(NamedTuple):
    """Which parts are files, by their Content-Disposition; and what they are called, by their filename."""

    is_taken: Callable[[Mapping[bytes, bytes]], bool]
    name: Callable[[bytes], str]


class Parts:
    """Reads the parts between BOUNDARY; the WANTED ones become files of at most LIMIT bytes in FOLDER."""

    def __init__(self, sources: Sources, folder: Path, limit: int, boundary: bytes, wanted: Wanted) -> None:
        self.files: list[Arrived] = []
        self._sources = sources
        self._spool = partial(Spool, folder, limit)
        self._wanted = wanted
        self._waiting: list[tuple[Spool, bytes]] = []  # that have come whole, and what they are called
        self._open: Spool | None = None
        self._name = b""
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._field: bytearray | None = None  # the value of a part that is no file
        self.fields: dict[str, str] = {}  # by name, of two of a name the last
        self._fields = self._taken = self._outside = 0
        self._is_over = False
        self._parser = _parser(boundary, self)

    def write(self, piece: bytes) -> None:
        """Take PIECE, and put the files that it completes. It waits.

        Raises Malformed, Invalid, Unavailable, and Refused for a file that is too large.
        """
        self._outside += len(piece)
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise Malformed(f"the multipart body cannot be read: {error}", code="multipart_invalid") from None
        if self._outside > MOST_OUTSIDE:
            detail = f"more than {MOST_OUTSIDE} bytes of the form are in no file"
            raise Malformed(detail, code="multipart_invalid")
        while self._waiting:
            spool, name = self._waiting.pop(0)
            try:
                pointer = f"/files/{len(self.files)}"
                named = partial(self._wanted.name, name)
                self.files.append(arrived(self._sources, spool, named, pointer))
            finally:
                spool.remove()

    def finish(self) -> list[Arrived]:
        """The files, in the order sent. Raises Malformed where the body ended early."""
        if not self._is_over:
            raise Malformed("the multipart body ends before its last boundary", code="multipart_invalid")
        return self.files

    def remove(self) -> None:
        """Nothing of it stays on disk."""
        for spool, _ in self._waiting:
            spool.remove()
        if self._open is not None:
            self._open.remove()

    # What the parser tells

    def part_begins(self) -> None:
        self._headers = {}

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_ends(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def headers_end(self) -> None:
        said = parse_options_header(self._headers.get(b"content-disposition", b"").decode("latin-1"))[1]
        if not self._wanted.is_taken(said):
            self._fields += 1
            if self._fields > MOST_FIELDS:
                raise _too_many(f"more than {MOST_FIELDS} parts are no files")
            self._field = bytearray()
            self._name = said.get(b"name", b"")
            return
        self._taken += 1
        if self._taken > MOST_FILES:
            raise _too_many(f"at most {MOST_FILES} files are taken at once: send the rest in another request")
        self._name = said.get(b"filename", b"")
        self._open = self._spool()

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._open is not None:
            for at in range(start, end, _STEP):
                self._open.write(data[at : min(at + _STEP, end)])
            self._outside -= end - start
        elif self._field is not None:
            self._field += data[start:end]

    def part_ends(self) -> None:
        if self._field is not None:
            name = self._name.decode("utf-8", "replace")
            self.fields[name] = self._field.decode("utf-8", "replace")
            self._field = None
            return
        spool, self._open = self._open, None
        if spool is None:
            return
        spool.finish()
        if spool.size or self._name:
            self._waiting.append((spool, self._name))
        else:  # a browser sends that for a field in which no file was chosen
            spool.remove()

    def ends(self) -> None:
        self._is_over = True


def _parser(boundary: bytes, parts: Parts) -> MultipartParser:
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": parts.part_begins,
                "on_part_data": parts.part_data,
                "on_part_end": parts.part_ends,
                "on_header_field": parts.header_field,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_ends,
                "on_headers_finished": parts.headers_end,
                "on_end": parts.ends,
            },
        )
    except FormParserError as error:
        raise Malformed(f"the boundary cannot be used: {error}", code="multipart_invalid") from None


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that CONTENT_TYPE names; None where it is no multipart/form-data. Raises Malformed."""
    media_type, said = parse_options_header(content_type)
    if media_type != b"multipart/form-data":
        return None
    if not said.get(b"boundary"):
        raise Malformed("multipart/form-data names a boundary", code="multipart_invalid")
    return said[b"boundary"]


EVERY_FILE = Wanted(lambda said: b"filename" in said, name_in_part)


def _too_many(detail: str) -> Invalid:
    return Invalid(Fault("too_many_files", detail))
