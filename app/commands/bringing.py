"""`postil import` and `postil export`: data comes in and goes out by the same jobs as over HTTP."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.progress import track
from sqlalchemy import bindparam, select

import app.catalog  # noqa: F401 - every table is to be known
from app.commands.failures import Failed
from app.commands.opened import opened
from app.commands.watching import watch
from app.errors import Invalid, Problem
from app.jobs.catalog import kinds_of
from app.jobs.worker import Worker
from app.operations import changes, records
from app.operations.rows import one
from app.resources import files
from app.resources.assets import ASSETS
from app.resources.datasets import DATASETS
from app.resources.exports import EXPORTS
from app.resources.files import Content
from app.resources.imports import start
from app.resources.releases import RELEASES, ReleaseStatus
from app.settings import Settings
from app.storage.database import Database
from app.storage.statement import Statement
from app.work import SYSTEM, Work

_PIECE = 1 << 20  # bytes
_MANIFESTS = (".json", ".jsonl", ".ndjson")


def bring_in(settings: Settings, dataset_id: str, source: str, options: dict[str, Any]) -> None:
    """Import SOURCE, an address or a local file or folder, into the dataset, and show how far it is."""
    with _working(settings) as database:
        dataset = database.read_now(SYSTEM, lambda work: _dataset(work, dataset_id))
        given = _given(database, dataset, source, options)
        job = _written(database, dataset, lambda work: start(work, dataset, given | options))
        watch(database, job.id)


def take_out(
    settings: Settings, dataset_id: str, format: str, out: Path, options: dict[str, Any], pictures: str
) -> None:
    """Write the dataset, or the release of a name of it, to the file OUT, in FORMAT."""
    if out.exists():
        raise Failed(f"{out} is there already: name another file, or remove it")
    with _working(settings) as database:
        dataset = database.read_now(SYSTEM, lambda work: _dataset(work, dataset_id))
        release = _released(database, dataset, options)
        values = {"release_id": release.id, "format": format, "pictures": pictures}
        made = _written(database, dataset, lambda work: records.create(work, EXPORTS, dict(values)).row)
        watch(database, made.job_id)
        export = database.read_now(SYSTEM, lambda work: one(work, EXPORTS, made.id))
        _copy(database.sources.blobs.read(export.content_hash), out, export.size)
    print(f"{out}: {export.size:,} bytes, {export.errors_count:,} errors, the release {release.name}")


@contextmanager
def _working(settings: Settings) -> Iterator[Database]:
    """The database, with a worker beside it."""
    with opened(settings) as database:
        worker = Worker(database, kinds_of(settings), idle=0.1)
        worker.start()
        try:
            yield database
        finally:
            worker.stop()


def _written(database: Database, dataset: Any, run: Callable[[Work], Any]) -> Any:
    """What RUN does, in the organization of DATASET."""
    actor = replace(SYSTEM, organization_id=dataset.organization_id)
    try:
        return database.write_now(actor, run)
    except Invalid as error:
        raise Failed("; ".join(fault.detail for fault in error.faults)) from None
    except Problem as error:
        raise Failed(error.detail) from None


def _dataset(work: Work, id: str) -> Any:
    found = one(work, DATASETS, id.lower())
    if found is None or found.deleted_at is not None:
        raise Failed(f"there is no dataset {id}")
    return found


# ---- what comes in


def _given(database: Database, dataset: Any, source: str, options: dict[str, Any]) -> dict[str, Any]:
    """The source as a request would name it; what is local is kept as assets first."""
    if source.startswith(("http://", "https://")):
        return {"manifest_url": source}
    path = Path(source)
    if path.is_dir():
        return {"assets": [_asset(database, dataset, file) for file in _shown(_files_in(path))]}
    if not path.is_file():
        raise Failed(f"{source} is no address, no file and no folder")
    if options.get("format"):
        return {"archive": _asset(database, dataset, path)}
    if path.suffix.lower() in _MANIFESTS:
        return {"manifest": _asset(database, dataset, path)}
    return {"assets": [_asset(database, dataset, path)]}


def _files_in(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise Failed(f"there is no file in {folder}")
    return found


def _shown(found: list[Path]) -> Iterable[Path]:
    return track(found, description="reading files")


def _asset(database: Database, dataset: Any, path: Path) -> str:
    try:
        content = files.put(database.sources, path)
    except Invalid as error:
        raise Failed(f"{path}: {error.faults[0].detail}") from None
    made = _written(database, dataset, lambda work: _kept(work, dataset, path.name, content))
    return str(made.id)


def _kept(work: Work, dataset: Any, name: str, content: Content) -> Any:
    files.add(work, dataset.organization_id, content)
    header = content.header
    return changes.add(
        work,
        ASSETS,
        {
            "organization_id": dataset.organization_id,
            "name": name,
            "content_hash": content.hash,
            "media_type": content.media_type,
            "size": content.size,
            "width": header.width if header else None,
            "height": header.height if header else None,
        },
    )


# ---- what goes out


def _released(database: Database, dataset: Any, options: dict[str, Any]) -> Any:
    """The release that is exported: the one of the name, or a new one."""
    name = options["name"]
    known = database.read_now(SYSTEM, lambda work: work.rows(_OF_NAME, {"id": dataset.id, "name": name}))
    if known:
        release = RELEASES.of(known[0])
        if release.status != ReleaseStatus.SUCCEEDED:
            raise Failed(f"the release {name} is {release.status}: give another name")
        return release
    values = {"dataset_id": dataset.id, **options}
    made = _written(database, dataset, lambda work: records.create(work, RELEASES, dict(values)).row)
    watch(database, made.job_id)
    return made


def _copy(content: Iterable[bytes], out: Path, size: int) -> None:
    draft = out.with_name(out.name + ".part")
    with draft.open("xb") as file:
        for piece in track(content, description=f"writing {out.name}", total=max(1, size // _PIECE)):
            file.write(piece)
    shutil.move(draft, out)


_OF_NAME = Statement(
    lambda: select(*RELEASES.columns.values()).where(
        RELEASES.columns["dataset_id"] == bindparam("id"),
        RELEASES.columns["name"] == bindparam("name"),
        RELEASES.columns["deleted_at"].is_(None),
    )
)
