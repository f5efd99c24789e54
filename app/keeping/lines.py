"""Rows as lines of JSON and back, each value exactly as it was. No database, no archive.

A line is an array of the columns' values. A number is written as short as it can be so that it is read back
bit by bit; one that is not finite, which JSON does not know, as the text inf, -inf or nan.
"""

import hashlib
import math
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from app.keeping.refusals import Damaged
from app.keeping.shapes import Kind, Shape

Row = tuple[Any, ...]

_INTEGER = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str | None,
    Kind.INTEGER: _INTEGER | None,
    Kind.NUMBER: float | str | None,
}
_INFINITE = frozenset({"inf", "-inf", "nan"})


class Digest:
    """What lines amount to: how many, their bytes, and the SHA-256 of them all."""

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0
        self._hash = hashlib.sha256()

    def add(self, lines: list[bytes]) -> None:
        for line in lines:
            self.bytes += len(line)
            self._hash.update(line)
        self.rows += len(lines)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def writer_of(shape: Shape) -> Callable[[Row], bytes]:
    """What makes a line of a row of SHAPE."""
    encode = msgspec.json.Encoder().encode
    numbers = [n for n, kind in enumerate(shape.kinds) if kind is Kind.NUMBER]

    def write(row: Row) -> bytes:
        infinite = [n for n in numbers if row[n] is not None and not math.isfinite(row[n])]
        if infinite:
            row = tuple(repr(value) if n in infinite else value for n, value in enumerate(row))
        return encode(row) + b"\n"

    return write


def reader_of(shape: Shape) -> Callable[[bytes], Row]:
    """What makes a row of SHAPE of a line. Raises Damaged."""
    decode = msgspec.json.Decoder(tuple.__class_getitem__(tuple(_TYPES[kind] for kind in shape.kinds))).decode
    numbers = [n for n, kind in enumerate(shape.kinds) if kind is Kind.NUMBER]

    def read(line: bytes) -> Row:
        try:
            row: Row = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Damaged(f"a row of {shape.name} cannot be read: {error}") from None
        if b"\\u0000" in line and any(isinstance(value, str) and "\0" in value for value in row):
            raise Damaged(f"a row of {shape.name} has a text with a NUL, which no database of ours keeps")
        if any(isinstance(row[n], str) for n in numbers):
            row = tuple(_number(shape, value) if n in numbers else value for n, value in enumerate(row))
        return row

    return read


def _number(shape: Shape, value: Any) -> float | None:
    if isinstance(value, str) and value not in _INFINITE:
        raise Damaged(f"a row of {shape.name} has a text in place of a number")
    return None if value is None else float(value)
