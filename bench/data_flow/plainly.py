"""Rows out of SQLite and into JSON by nothing but the drivers: what an export is measured beside.

`python -m bench.data_flow.plainly URL DATASET WRITER FILE` writes a line for each annotation of the
dataset by the WRITER of that name, in the order of ids, and prints JSON: how many, the seconds, those of CPU.
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Mapping
from time import perf_counter, process_time
from typing import Any

import msgspec

AT_ONCE = 1_000  # rows
_ROWS = """SELECT a.id, a.entry_id, a.dimensions, a.annotation, a.metadata, a.created_at, a.created_by_id
    FROM annotations a WHERE a.dataset_id = ? AND a.deleted_at IS NULL ORDER BY a.id"""
_NAMES = ("id", "entry_id", "dimensions", "annotation", "metadata", "created_at", "created_by_id")
_TEXTS = ("dimensions", "annotation", "metadata")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode


def _by_json(row: tuple[Any, ...]) -> bytes:
    return json.dumps(dict(zip(_NAMES, row, strict=True))).encode()


def _by_msgspec(row: tuple[Any, ...]) -> bytes:
    return _encode(dict(zip(_NAMES, row, strict=True)))


def _objects_by_json(row: tuple[Any, ...]) -> bytes:
    held = dict(zip(_NAMES, row, strict=True))
    return json.dumps(held | {name: json.loads(held[name]) for name in _TEXTS}).encode()


def _objects_by_msgspec(row: tuple[Any, ...]) -> bytes:
    held = dict(zip(_NAMES, row, strict=True))
    return _encode(held | {name: _decode(held[name]) for name in _TEXTS})


WRITERS: Mapping[str, Callable[[tuple[Any, ...]], bytes]] = {
    "json": _by_json,  # what is JSON in a row already is written as a text
    "msgspec": _by_msgspec,
    "json, objects": _objects_by_json,  # it is read, and written as an object: as any format asks for it
    "msgspec, objects": _objects_by_msgspec,
}


def main(path: str, dataset: str, writer: str, out: str) -> None:
    began, cpu = perf_counter(), process_time()
    count, write = 0, WRITERS[writer]
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with open(out, "wb") as file:
        found = connection.execute(_ROWS, (dataset,))
        while rows := found.fetchmany(AT_ONCE):
            file.write(b"\n".join(map(write, rows)) + b"\n")
            count += len(rows)
    connection.close()
    took = {"count": count, "seconds": perf_counter() - began, "cpu": process_time() - cpu}
    print(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
