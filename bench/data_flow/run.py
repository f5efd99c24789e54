"""Runs the measures of data in and out, each on databases that are filled for it and gone in the end."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.data import FREE, MAIN, Filled
from bench.data_flow import exporting, importing, manifests, merging
from bench.data_flow.driven import Driven, driven
from bench.databases import Store
from bench.report import Result
from bench.rows import Batch

MARKS = 10  # annotations of an entry
SIDES = (2048, 1536)


@dataclass(frozen=True)
class Size:
    """How much is measured on. IMPORTED items come into a dataset of so many ENTRIES, ROUNDS times."""

    items: int = 100_000  # of the manifest
    entries: int = 1_000_000
    imported: int = 20_000
    annotations: int = 1_000_000
    rounds: int = 3
    quiet: float = 10.0  # seconds that somebody writes before the merge, while nothing else goes on


FULL = Size()
QUICK = Size(2_000, 4_000, 1_000, 4_000, 2, 0.5)


class Place:
    """Where databases are made: in folders of their own below FOLDER, each filled anew."""

    def __init__(self, store: Store, folder: Path, told: importing.Told) -> None:
        self.folder, self.told = folder, told
        self._store = store

    @contextmanager
    def filled(self, name: str, batch: Batch) -> Iterator[tuple[Driven, Filled, str]]:
        """A Postil on a database of BATCH alone, what is there, and its URL."""
        folder = self.folder / name
        folder.mkdir()
        self.told(f"filling a database: {batch.entries:,} entries")
        url, data = self._store.filled([batch], lambda count: None, folder)
        with driven(url, folder) as postil:
            yield postil, data, url


def run(names: Sequence[str], store: Store, size: Size, out: Path, told: importing.Told) -> Result:
    """What the measures of NAMES give, one after the other. Raises RuntimeError."""
    found: Result = {}
    for measure, run_all in ((IMPORTS, _imports), (EXPORTS, _exports)):
        if wanted := [name for name in names if name in measure]:
            with tempfile.TemporaryDirectory(dir=out, prefix="data-") as folder:
                found |= run_all(wanted, Place(store, Path(folder), told), size)
    return {name: found[name] for name in NAMES if name in found}


def _imports(names: Sequence[str], place: Place, size: Size) -> Result:
    found: Result = {}
    files = place.folder / "manifests"
    files.mkdir()
    with manifests.handed_out(files) as at, place.filled("empty", _entries(0)) as (postil, data, _):
        if "manifest" in names:
            place.told("manifest")
            found["manifest"] = importing.manifest_of(postil, data, importing.Source(files, at, size.items))
        if "growth" in names:
            with place.filled("full", _entries(size.entries)) as (other, its, _):
                source = importing.Source(files, at, size.imported)
                both = (postil, data), (other, its)
                found["growth"] = importing.growth_of(*both, source, size.rounds, place.told)
    return found


def _exports(names: Sequence[str], place: Place, size: Size) -> Result:
    found: Result = {}
    batch = Batch(MAIN, size.annotations // MARKS, {FREE: 1}, marks=(MARKS,), sides=SIDES)
    with place.filled("marked", batch) as (postil, data, url):
        configuration = merging.configured(postil, data)
        annotations = batch.entries * MARKS
        if "export" in names:
            found["export"] = exporting.export_of(
                postil, data, url, place.folder, annotations, size.rounds, place.told
            )
        if "merge" in names:
            found["merge"] = merging.merge_of(
                postil, data, configuration, annotations, size.quiet, place.told
            )
    return found


def _entries(count: int) -> Batch:
    return Batch(MAIN, count, {FREE: 1})


IMPORTS = ("manifest", "growth")
EXPORTS = ("export", "merge")
NAMES = (*IMPORTS, *EXPORTS)
