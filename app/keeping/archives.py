"""The archive of a backup: a tar of a manifest, tables in chunks of lines, and files. It knows no database.

    manifest.json                          what all the rest is checked by
    tables/NAME/000001.ndjson.gz ...       a table's rows in the order of its primary key
    files/SHA-256 ...                      in the order of their names

The manifest comes first, so that whoever reads knows what is to come. It is written last, into a place that
is kept for it: an archive whose backup was broken off has none.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import IO

from app.keeping import manifests, tar
from app.keeping.lines import Digest
from app.keeping.manifests import Manifest, Table
from app.keeping.refusals import Damaged, Refused
from app.keeping.shapes import Shape

MANIFEST = "manifest.json"
MANIFEST_SIZE = 256 << 10  # bytes that are kept for it
CHUNK = 4 << 20  # bytes of lines, at least, before the next chunk begins
LONGEST_LINE = 256 << 20  # bytes; one line is what the memory of a restore is bound by
PIECE = 1 << 20
_GZIP = 31  # what zlib takes for a window of 32 KiB with gzip's head and tail
_LEVEL = 3  # a third of the time of 6, for some 10 % more bytes


class Writer:
    """Writes an archive into FILE, which is empty and can be sought in."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._file.write(tar.header(MANIFEST, MANIFEST_SIZE) + bytes(MANIFEST_SIZE))

    def add_table(self, shape: Shape, lines: Iterable[bytes]) -> Table:
        """Write the rows of SHAPE, as LINES, and tell what they amount to."""
        digest, chunks = Digest(), 0
        for chunk in _chunks(lines):
            digest.add(chunk)
            chunks += 1
            self._add(_chunk_name(shape.name, chunks), _compressed(chunk))
        return Table(shape.name, shape.columns, digest.rows, digest.bytes, chunks, digest.sha256)

    def add_file(self, hash: str, size: int, content: Iterable[bytes]) -> None:
        """Write the file of HASH and SIZE. Raises Refused where its CONTENT is another."""
        self._file.write(tar.header(_file_name(hash), size))
        found, written = hashlib.sha256(), 0
        for piece in content:
            self._file.write(piece)
            found.update(piece)
            written += len(piece)
        if (found.hexdigest(), written) != (hash, size):
            raise Refused(
                f"the file {hash} is damaged: bring it back from an older backup, then back up again"
            )
        self._file.write(tar.padding(size))

    def finish(self, manifest: Manifest) -> None:
        """Write the end, and MANIFEST into its place."""
        content = manifests.write(manifest)
        if len(content) > MANIFEST_SIZE:
            raise Refused(f"the manifest has more than {MANIFEST_SIZE} bytes: there are too many tables")
        self._file.write(tar.end())
        self._file.seek(tar.BLOCK)
        self._file.write(content)

    def _add(self, name: str, content: bytes) -> None:
        self._file.write(tar.header(name, len(content)) + content + tar.padding(len(content)))


class Reader:
    """Reads the archive FILE from its beginning, once, in order. Raises Damaged, Refused."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tar.Reader(file)
        if self._tar.open(MANIFEST) != MANIFEST_SIZE:
            raise Damaged("its manifest has not the size that it should have")
        content = b"".join(self._tar.pieces())
        self.manifest = manifests.read(content.rstrip(b"\0"))

    def lines(self, table: Table) -> Iterator[list[bytes]]:
        """The lines of TABLE, some at a time. Raises Damaged where they are not what the manifest says."""
        digest = Digest()
        for number in range(1, table.chunks + 1):
            self._tar.open(_chunk_name(table.name, number))
            for lines in _split(_inflated(self._tar.pieces())):
                digest.add(lines)
                if digest.rows > table.rows or digest.bytes > table.bytes:
                    raise Damaged(f"{table.name} has more rows than its manifest says")
                yield lines
        if (digest.rows, digest.bytes, digest.sha256) != (table.rows, table.bytes, table.sha256):
            raise Damaged(f"the rows of {table.name} are not those that were backed up")

    def file(self, most: int, hash: str | None = None) -> Iterator[bytes]:
        """The content of the next file, of MOST bytes at most; HASH tells which it has to be."""
        name, size = self._tar.next()
        its_hash = name.removeprefix("files/")
        if name != _file_name(its_hash) or not manifests.is_hash(its_hash) or hash not in (None, its_hash):
            raise Damaged("it has another file than the one that should follow")
        if size > most:
            raise Damaged("its files have more bytes than its manifest says")
        found = hashlib.sha256()
        for piece in self._tar.pieces():
            found.update(piece)
            yield piece
        if found.hexdigest() != its_hash:
            raise Damaged(f"the file {its_hash} is not what was backed up")

    def end(self) -> None:
        self._tar.end()


def _chunk_name(table: str, number: int) -> str:
    return f"tables/{table}/{number:06}.ndjson.gz"


def _file_name(hash: str) -> str:
    return f"files/{hash}"


def _chunks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk, size = [], 0
    for line in lines:
        chunk.append(line)
        size += len(line)
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _compressed(chunk: list[bytes]) -> bytes:
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    return b"".join([*(packer.compress(line) for line in chunk), packer.flush()])


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What PIECES are when unpacked, never much of it at once, however well it was packed."""
    unpacker = zlib.decompressobj(wbits=_GZIP)
    for piece in pieces:
        packed, unpacked = piece, b""
        while packed or len(unpacked) == PIECE:  # when all is taken in, some may still have to come out
            try:
                unpacked = unpacker.decompress(packed, PIECE)
            except zlib.error:
                raise Damaged("a chunk of rows cannot be unpacked") from None
            packed = unpacker.unconsumed_tail
            yield unpacked
    if not unpacker.eof or unpacker.unused_data:
        raise Damaged("a chunk of rows does not end where it should")


def _split(pieces: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The whole lines of PIECES, some at a time."""
    rest: list[bytes] = []
    held = 0
    for piece in pieces:
        first, found, others = piece.partition(b"\n")
        rest.append(first)
        held += len(first)
        if held > LONGEST_LINE:
            raise Damaged(f"a row has more than {LONGEST_LINE} bytes")
        if found:
            lines = others.split(b"\n")
            last = lines.pop()
            yield [line + b"\n" for line in (b"".join(rest), *lines)]
            rest, held = [last], len(last)
    if any(rest):
        raise Damaged("a chunk of rows does not end with a whole row")
