"""Reads the rows of CSV files from strangers, one at a time. It must not know what columns mean."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from app.formats.csv_cells import unguarded
from app.formats.errors import BadDocument
from app.formats.items import Problems

MOST_ROW = 12 << 20  # bytes: a mask of the most run lengths has 8 MB
MOST_COLUMNS = 1_000
# Of the whole process, which would otherwise stop at 128 kB.
csv.field_size_limit(MOST_ROW)


def rows_in(content: BinaryIO, required: Sequence[str], problems: Problems) -> Iterator[Mapping[str, str]]:
    """The rows of CONTENT by the names of its columns, among which are those REQUIRED. Raises BadDocument."""
    lines = _Lines(content)
    rows = csv.reader(lines, strict=True)
    try:
        columns = [unguarded(cell) for cell in next(rows, [])]
        missing = [name for name in required if name not in columns]
        if missing or len(set(columns)) != len(columns) or len(columns) > MOST_COLUMNS:
            wrong = f"lacks {', '.join(missing)}" if missing else "has a column twice, or too many"
            raise BadDocument("csv_columns", f"the first line {wrong}")
        for row in rows:
            lines.size = 0
            if len(row) == len(columns):
                yield dict(zip(columns, map(unguarded, row), strict=True))
            elif row:
                detail = f"the row up to line {rows.line_num} has {len(row)} cells instead of {len(columns)}"
                problems.add("", "csv_row", detail)
    except csv.Error as error:
        raise BadDocument("csv_invalid", f"line {rows.line_num}: {error}") from None


class _Lines:
    """The lines of CONTENT as text; SIZE counts the bytes since it was set to 0."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._is_first = True
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._content.readline(MOST_ROW)
        self.size += len(line)
        if not line:
            raise StopIteration
        if self.size >= MOST_ROW:
            raise BadDocument("csv_invalid", f"a row has more than {MOST_ROW} bytes")
        try:
            text = line.decode("utf-8-sig" if self._is_first else "utf-8")
        except UnicodeDecodeError:
            raise BadDocument("csv_invalid", "it is no UTF-8") from None
        self._is_first = False
        return text
