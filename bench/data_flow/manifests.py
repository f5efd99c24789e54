"""Manifests, and a server on this machine that hands them out: a file is read as it is sent."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

_SPLITS = ("train", "train", "train", "valid", "test")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *told: Any) -> None:
        """Nothing: the bench has a display of its own."""


@contextmanager
def handed_out(folder: Path) -> Iterator[str]:
    """The address at which the files of FOLDER are had."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write(path: Path, series: str, items: int) -> None:
    """A manifest at PATH: so many ITEMS that no other SERIES has, with some 200 bytes about each."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        for n in range(items):
            file.write(msgspec.json.encode(_item(series, n)) + b"\n")
    shutil.move(draft, path)


def _item(series: str, n: int) -> dict[str, Any]:
    return {
        "url": f"https://pictures.example.org/{series}/{n // 1000:04}/{n:07}.jpg",
        "external_id": f"{series}-{n:07}",
        "split": _SPLITS[n % len(_SPLITS)],
        "metadata": {
            "patient": f"P{n * 7919 % 10**6:06}",
            "eye": "left" if n % 2 else "right",
            "camera": {"maker": "Topcon", "model": "NW400", "field": 45},
            "taken_at": f"2026-03-{n % 28 + 1:02}T08:15:00+00:00",
            "tags": ["dilated", "macula", "screening"],
        },
    }
