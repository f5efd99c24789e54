"""Goes through one JSON object of any size, a piece at a time. It must not know what they mean.

It only cuts: each piece, at most as large as the caller says, is then decoded strictly. Depth has an end,
too: parsers that tell the path of every place need gigabytes for a megabyte of `{"a":{"a":...`.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from app.formats.errors import BadDocument

MOST_DEPTH = 64
MOST_VALUES = 1_100_000  # of one piece, counted by its commas: a mask may have a million run lengths
MOST_LISTS = 250_000  # lists and objects of one piece
_CHUNK = 1 << 16
_SPACE = re.compile(rb"[ \t\r\n]*")
_TEXT = re.compile(rb'"(?>[^"\\]++|\\.)*+"', re.DOTALL)
# Whatever is no bracket, texts as a whole; then a bracket, a quote whose text has no end yet, or the end.
_RUN = re.compile(rb'(?>[^"\[\]{}]++|"(?>[^"\\]++|\\.)*+")*+([\[\]{}"]|\Z)', re.DOTALL)
_SCALAR = re.compile(rb"[^,\]}\s]+")
_text = msgspec.json.Decoder(str)


def decoded(
    content: bytes, decoder: msgspec.json.Decoder[Any], values: int = MOST_VALUES, lists: int = MOST_LISTS
) -> Any:
    """What CONTENT says. Raises ValueError for what is no JSON (NaN is none) or nested too deep.

    So it does for more than VALUES values or LISTS lists: a byte or two of text are thirty of memory.
    """
    if content.count(b",") > values or content.count(b"[") + content.count(b"{") > lists:
        raise ValueError(f"it has more than {values} values or {lists} lists")
    try:
        return decoder.decode(content)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


class JsonObject:
    """The object that SOURCE spells; no piece of it may have more than MOST bytes.

    Go through `members`, and for each take `elements`, `value`, `inner` or none. All raise BadDocument.
    """

    def __init__(self, source: BinaryIO, most: int) -> None:
        self._source = source
        self._most = most
        self._buffer = source.read(3).removeprefix(b"\xef\xbb\xbf")
        self._at = 0
        self._gone = 0  # bytes before the buffer
        self._is_waiting = False

    def members(self) -> Iterator[str]:
        """The names of the members, in order; the whole document has been checked when they end."""
        yield from self.inner()
        if self._peek():
            raise self._invalid("nothing more")

    def inner(self) -> Iterator[str]:
        """The names of the members of the member's value, an object: to be gone through to the end."""
        self._is_waiting = False
        self._take(b"{", "an object")
        if self._peek() != b"}":
            while True:
                yield self._name()
                if self._is_waiting:
                    self._skip()
                if self._peek() != b",":
                    break
                self._at += 1
        self._take(b"}", "a comma or the end of the object")

    def elements(self) -> Iterator[bytes]:
        """The elements of the member's list, each as it is written."""
        self._is_waiting = False
        self._take(b"[", "a list")
        if self._peek() != b"]":
            while True:
                yield self._piece()
                if self._peek() != b",":
                    break
                self._at += 1
        self._take(b"]", "a comma or the end of the list")

    def value(self) -> bytes:
        """The member's value, as it is written."""
        self._is_waiting = False
        return self._piece()

    def _name(self) -> str:
        if self._peek() != b'"':
            raise self._invalid("the name of a member")
        given = self._piece()
        self._take(b":", "a colon")
        self._is_waiting = True
        try:
            return _text.decode(given)
        except ValueError:
            raise self._invalid("a name that is JSON") from None

    def _skip(self) -> None:
        if self._peek() == b"[":
            for _ in self.elements():
                pass
        else:
            self.value()

    def _take(self, wanted: bytes, name: str) -> None:
        if self._peek() != wanted:
            raise self._invalid(name)
        self._at += 1

    def _peek(self) -> bytes:
        """The next byte that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            assert space
            self._at = space.end()
            if self._at < len(self._buffer) or not self._fill():
                return self._buffer[self._at : self._at + 1]

    def _piece(self) -> bytes:
        first = self._peek()
        if first in (b"{", b"["):
            length = self._nested()
        else:
            length = self._quoted() if first == b'"' else self._scalar()
        if length > self._most:
            raise self._too_large()
        piece = self._buffer[self._at : self._at + length]
        self._at += length
        return piece

    def _scalar(self) -> int:
        while True:
            found = _SCALAR.match(self._buffer, self._at)
            if not found:
                raise self._invalid("a value")
            if found.end() < len(self._buffer) or not self._fill():
                return len(found[0])

    def _quoted(self) -> int:
        while True:
            if found := _TEXT.match(self._buffer, self._at):
                return len(found[0])
            if not self._fill():
                raise self._invalid("the end of a text")

    def _nested(self) -> int:
        """How many bytes the list or the object that begins here has."""
        depth = lists = done = 0
        while True:
            found = _RUN.match(self._buffer, self._at + done)
            assert found
            mark = found[1]
            done = (found.end() if mark != b'"' else found.start(1)) - self._at
            if mark in (b"[", b"{"):
                depth, lists = depth + 1, lists + 1
                self._check(depth, lists)
            elif mark in (b"]", b"}"):
                depth -= 1
                if not depth:
                    return done
            elif not self._fill():
                raise self._invalid("the end of a value")

    def _check(self, depth: int, lists: int) -> None:
        if depth > MOST_DEPTH:
            raise BadDocument("json_too_deep", f"more than {MOST_DEPTH} levels, {self._where()}")
        if lists > MOST_LISTS:
            raise BadDocument("json_piece_too_large", f"more than {MOST_LISTS} lists, {self._where()}")

    def _fill(self) -> bool:
        """Reads on; False at the end. What was gone through is forgotten."""
        self._gone += self._at
        rest = self._buffer[self._at :]
        self._at = 0
        if len(rest) > self._most:
            raise self._too_large()
        # As much again as there is: so a long piece is looked at a few times, not once for each chunk.
        more = self._source.read(max(_CHUNK, min(len(rest), self._most - len(rest))))
        self._buffer = rest + more
        return bool(more)

    def _where(self) -> str:
        return f"at byte {self._gone + self._at}"

    def _too_large(self) -> BadDocument:
        return BadDocument(
            "json_piece_too_large", f"a value has more than {self._most} bytes, {self._where()}"
        )

    def _invalid(self, wanted: str) -> BadDocument:
        return BadDocument("json_invalid", f"{wanted} was expected {self._where()}")
