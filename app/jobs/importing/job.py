"""import_items: what is named is gathered into lines, then lines become entries, then items are brought.

Its cursor tells which of these it is at: "" at first, the lines and the next one's byte, or BRINGING.
"""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from app.declare import RESOURCES
from app.jobs.importing import bringing, gathering, lines
from app.jobs.importing.annotating import Options
from app.jobs.importing.bringing import Brought, Waiting
from app.jobs.importing.gathering import Asked, Gathered
from app.jobs.importing.items import Bad, Content, Item
from app.jobs.importing.lines import Lines
from app.jobs.importing.placing import Place, place_items
from app.jobs.kinds import ItemError, Kind, Step, Study, Watch, arguments_of
from app.operations.reading import show
from app.resources import api_keys, imports
from app.resources.jobs import Job
from app.storage.statement import Statement
from app.work import Work

BRINGING = "bringing"


class _At(NamedTuple):
    """Which line comes next: of the file HASH, at the byte START."""

    hash: str
    start: int

    @property
    def cursor(self) -> str:
        return f"{self.hash}:{self.start}"


def _at(cursor: str) -> _At:
    hash, _, start = cursor.partition(":")
    return _At(hash, int(start))


def _look(work: Work, job: Job) -> Asked | _At | list[Waiting]:
    if job.cursor == BRINGING:
        assert job.dataset_id is not None
        return bringing.waiting(work, job.dataset_id, job.id)
    if job.cursor:
        return _at(job.cursor)
    arguments = arguments_of(job)
    named = {"assets": arguments["given"], "manifest": [arguments["given"]], "archive": [arguments["given"]]}
    ids = named.get(arguments["source"], [])
    labels = work.rows(_LABELS, {"id": job.dataset_id})
    return Asked(arguments, tuple(_file(work, id) for id in ids), labels[0][0] if labels else "{}")


def _file(work: Work, id: str) -> tuple[str, Content, int | None, int | None]:
    fields = ("name", "content_hash", "media_type", "size", "width", "height")
    name, hash, media_type, size, width, height = show(work, RESOURCES["assets"], id, fields)
    return name, Content(hash, media_type, size), width, height


def _think(seen: Asked | _At | list[Waiting], watch: Watch) -> Gathered | Lines | list[Brought] | None:
    if isinstance(seen, Asked):
        return gathering.gather(seen, watch)
    if isinstance(seen, _At):
        return lines.read(watch.sources.blobs, seen.hash, seen.start)
    return bringing.bring(seen, watch)


def _run(work: Work, job: Job, cursor: str, found: Gathered | Lines | list[Brought] | None = None) -> Step:
    if isinstance(found, Gathered):
        return Step(_At(found.hash, 0).cursor if found.total else None, total=found.total, result=_result(0))
    if isinstance(found, Lines):
        return _place(work, job, _at(cursor), found)
    assert found is not None
    return _settle(work, job, found)


def _place(work: Work, job: Job, at: _At, found: Lines) -> Step:
    arguments = arguments_of(job)
    options = Options(
        arguments["label_set"], arguments["replace"], arguments["keep_authorship"], arguments["download"]
    )
    assert job.dataset_id is not None
    key_id = arguments["key_id"]  # None: the command line asked for it
    mine = work if key_id is None else work._replace(actor=api_keys.actor_now(work, key_id))
    place = Place(job.organization_id, job.dataset_id, job.id, options)
    told = [ItemError(one.item, one.code, one.detail) for one in found.items if isinstance(one, Bad)]
    placed = place_items(mine, place, [one for one in found.items if isinstance(one, Item)])
    after = BRINGING if options.download else None
    if found.next is not None:
        after = _At(at.hash, found.next).cursor
    so_far = msgspec.json.decode(job.result).get("imported", 0) + placed.made
    # What is still to be brought is not done yet.
    done = len(found.items) - (placed.made if options.download else 0)
    return Step(after, done, (*told, *placed.errors), result=_result(so_far))


def _settle(work: Work, job: Job, found: list[Brought]) -> Step:
    assert job.dataset_id is not None
    keeps_same = arguments_of(job).get("keep_same_content", False)  # none in a job of before there was one
    errors = bringing.settle(work, job.dataset_id, job.id, found, keeps_same=keeps_same)
    return Step(BRINGING if found else None, len(found), tuple(errors))


def _result(imported: int) -> dict[str, Any]:
    return {"imported": imported}


_LABELS = Statement(
    lambda: select(RESOURCES["datasets"].columns["labeling_configuration"]).where(
        RESOURCES["datasets"].columns["id"] == bindparam("id")
    )
)

IMPORTING = Kind(imports.KIND, _run, study=Study(_look, _think))
