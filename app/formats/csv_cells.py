"""Cells of CSV files that no spreadsheet takes for a formula, and back. It must not know columns."""

import csv
import io

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_GUARDED = (*_FORMULA, "'")  # what begins with the guard itself gets one more, so that it comes back


def guarded(cell: str) -> str:
    """CELL, behind an apostrophe where a spreadsheet would calculate it."""
    return f"'{cell}" if cell.startswith(_GUARDED) else cell


def unguarded(cell: str) -> str:
    """CELL as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") else cell


def row_of(*cells: str) -> bytes:
    """CELLS as a line of UTF-8, guarded."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return out.getvalue().encode()
