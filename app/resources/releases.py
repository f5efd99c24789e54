"""Releases: how a dataset stood at a moment, kept as it was. A job writes them (`app.jobs.releasing`)."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from marshmallow import Schema, fields
from sqlalchemy import bindparam, insert, select
from sqlmodel import Field, SQLModel, col

from app.access import Role, in_my_projects, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Holds, Id, JsonObject, Time, at_most
from app.declare import RESOURCES, Access, Action, Resource, ToMany, ToOne, Values
from app.errors import Conflict, Fault, Invalid, NotFound, RelatedNotFound
from app.operations import changes
from app.operations.records import find, parent
from app.operations.statements import Hold
from app.resources.datasets import DATASETS
from app.resources.jobs import WHEN_CANCELLED, enqueue
from app.resources.layer_statuses import GROUND_TRUTH
from app.storage.rows import INTEGER, STRICT, TEXT, Row, integer, living_unique, parent_key, text
from app.storage.statement import Statement
from app.work import Work

KIND = "write_release"  # of job
COMPARE = "compare_releases"  # of job

FILTER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "split": {"type": "array", "items": {"enum": ["train", "valid", "test"]}},
        "status": {"type": "array", "items": {"type": "string"}},
        "label_status": {"type": "array", "items": {"type": "string"}},
    },
}


class ReleaseStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Release(Row, table=True):
    __tablename__ = "releases"
    __table_args__ = (living_unique("dataset_id", "name"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its dataset.")
    dataset_id: Annotated[Id, FIXED] = parent_key("datasets.id", "What it is of.", index=True)
    name: Annotated[str, FIXED, at_most(255)] = text("Its own among the dataset's releases, such as v1.0.")
    description: str | None = text("What it is for.", default=None)
    label_set: Annotated[str, FIXED, at_most(128)] = text(
        "Of which layers its annotations are.", default=GROUND_TRUTH
    )
    filter: Annotated[JsonObject, FIXED, Holds(FILTER)] = text(
        "Which entries are in it: those that have one of the values listed of each of split, status and "
        "label_status; {}: all.",
        default="{}",
    )
    status: Annotated[ReleaseStatus, READ_ONLY] = text(
        "Whether it is written.", default=ReleaseStatus.PENDING.value
    )
    as_of: Annotated[Time | None, READ_ONLY] = text("The moment that it shows.", default=None)
    entries_count: Annotated[int, READ_ONLY] = integer("Its entries.", default=0)
    annotations_count: Annotated[int, READ_ONLY] = integer("Their annotations.", default=0)
    checksum: Annotated[str | None, READ_ONLY] = text(
        "SHA-256 over all that is in it, hex: two that have the same are the same.", default=None
    )
    job_id: Annotated[Id | None, READ_ONLY] = text("The job that writes it.", default=None)
    created_by_email: Annotated[str, READ_ONLY] = text("The email of who made it, at that time.", default="")
    # The classes as they were then: labels that are renamed later keep their names in it.
    classes: Annotated[JsonObject, HIDDEN] = text(default="{}")
    sequence: Annotated[int | None, HIDDEN] = integer(default=None)  # the last event that it shows


class ReleasePart(SQLModel, table=True):
    """Some hundred entries of a release, as a file of lines, each an entry with its annotations."""

    __tablename__ = "release_parts"
    __table_args__ = STRICT | {"sqlite_with_rowid": False}

    release_id: Annotated[str, Id] = parent_key("releases.id", primary_key=True)
    number: int = Field(primary_key=True, sa_type=INTEGER)
    hash: str = Field(sa_type=TEXT)  # of the file's content
    entries_count: int = Field(sa_type=INTEGER)


def keep_part(work: Work, release_id: str, number: int, hash: str, entries_count: int) -> None:
    row = {"release_id": release_id, "number": number, "hash": hash, "entries_count": entries_count}
    work.run(_ADD_PART, {f"v_{name}": value for name, value in row.items()})


def parts_of(work: Work, release_id: str) -> list[tuple[int, str, int]]:
    """The number, the hash and the entries of each of its parts, in order."""
    return [(number, hash, count) for number, hash, count in work.rows(_PARTS, {"release_id": release_id})]


_ADD_PART = Statement(
    lambda: insert(ReleasePart).values({name: bindparam(f"v_{name}") for name in ReleasePart.model_fields})
)
_PARTS = Statement(
    lambda: (
        select(col(ReleasePart.number), col(ReleasePart.hash), col(ReleasePart.entries_count))
        .where(col(ReleasePart.release_id) == bindparam("release_id"))
        .order_by(col(ReleasePart.number))
    )
)


def _place(work: Work, values: Values) -> None:
    dataset = parent(work, DATASETS, values, "dataset_id")
    _check_filter(values.get("filter", "{}"))
    own_id = values.setdefault("id", work.sources.ids())
    exports = values.pop("exports", [])  # no column: the formats of which the job makes exports at its end
    job = enqueue(
        work,
        KIND,
        dataset.organization_id,
        {"release_id": own_id, "exports": exports},
        project_id=dataset.project_id,
        dataset_id=dataset.id,
    )
    values |= {
        "organization_id": dataset.organization_id,
        "project_id": dataset.project_id,
        "created_by_email": work.actor.email,
        "job_id": job.id,
    }


def _check_filter(text: str) -> None:
    for name, values in msgspec.json.decode(text).items():
        known = FILTER["properties"].get(name)
        if known is None:
            detail = f"a release is filtered by {', '.join(FILTER['properties'])}"
        elif not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            detail = f"{name} is a list of texts"
        else:
            continue
        raise Invalid(Fault("filter_unknown", detail, "/data/attributes/filter"))


class CompareBody(Schema):
    with_id = fields.UUID(
        required=True,
        metadata={"description": "the other release: what it has and this one has not is removed"},
    )


def compare(work: Work, release: Release, body: Values) -> Any:
    """The job that tells what differs from another release. Raises Conflict, RelatedNotFound."""
    try:
        other: Release = find(work, RESOURCES["releases"], body["with_id"], _owned, hold=Hold.KEPT)
    except NotFound:
        detail = "with_id names no release that you may see"
        raise RelatedNotFound(detail, "/data/attributes/with_id") from None
    for one in (release, other):
        if one.status != ReleaseStatus.SUCCEEDED:
            raise Conflict("both releases have to be written first", code="release_not_written")
    return enqueue(
        work,
        COMPARE,
        release.organization_id,
        {"before": other.id, "after": release.id},
        project_id=release.project_id,
        dataset_id=release.dataset_id,
    )


def give_up(work: Work, type: str, id: str) -> None:
    """The release or export that nobody writes any more has failed, where it is still there."""
    try:
        row = find(work, RESOURCES[type], id)
    except NotFound:
        return
    changes.change(work, RESOURCES[type], row, {"status": ReleaseStatus.FAILED.value}, "fail")


WHEN_CANCELLED[KIND] = lambda work, arguments: give_up(work, "releases", arguments["release_id"])

_owned = scope(Release.organization_id, lambda: in_my_projects(Release.project_id, Role.OWNER))

RELEASES = Resource(
    Release,
    type="releases",
    about="How a dataset stood at a moment: its entries and their annotations, as they were. "
    "It never changes.",
    access=Access(read=_owned, create=_owned, update=_owned, delete=_owned),
    inherited={"dataset_id": ("organization_id", "project_id")},
    ancestors={"project_id": "projects", "dataset_id": "datasets"},
    example={"name": "v1.0", "description": "What the first model is trained on.", "filter": {}},
    links=(
        ToOne("dataset", DATASETS.type, "dataset_id"),
        ToMany("exports", "exports", "release_id"),
    ),
    actions=(
        Action(
            "compare",
            ("POST",),
            compare,
            _owned,
            CompareBody,
            {"with_id": "0190a1b2-0000-7000-8000-000000000001"},
            "Tell, by a job, what this release has that another has not (added), the other way round "
            "(removed), and what differs (changed). The job's content_hash names a file that lists them.",
            gives="jobs",
        ),
    ),
    before_create=_place,
)
