"""Exports: a release as a file in one of the formats. A job writes them (`app.jobs.exporting`)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import Index

from app.access import Role, in_my_projects, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id
from app.declare import Access, Meta, Resource, ToOne, Values
from app.errors import Conflict
from app.operations.records import parent
from app.resources.jobs import WHEN_CANCELLED, enqueue
from app.resources.releases import RELEASES, ReleaseStatus, give_up
from app.storage.rows import STRICT, Row, integer, parent_key, text
from app.work import Work

KIND = "write_export"  # of job


class ExportFormat(StrEnum):
    POSTIL = "postil"
    COCO_INSTANCES = "coco_instances"
    COCO_PANOPTIC = "coco_panoptic"
    COCO_KEYPOINTS = "coco_keypoints"
    YOLO_DETECT = "yolo_detect"
    YOLO_SEGMENT = "yolo_segment"
    VOC = "voc"
    CSV = "csv"
    MASKS_PNG = "masks_png"
    MASKS_BMP = "masks_bmp"
    JTHETA = "jtheta"
    THEOS = "theos"
    DATAGYM = "datagym"
    SEGMENTS = "segments"


class Pictures(StrEnum):
    WITHOUT = "without"
    WITH = "with"


class Export(Row, table=True):
    __tablename__ = "exports"
    __table_args__ = (Index(None, "release_id", "id"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its release.")
    dataset_id: Annotated[Id, READ_ONLY] = text("The dataset of its release.")
    release_id: Annotated[Id, FIXED] = parent_key("releases.id", "What is exported.")
    format: Annotated[ExportFormat, FIXED] = text("How it is written.")
    pictures: Annotated[Pictures, FIXED] = text(
        "Whether the pictures that Postil has come along.", default=Pictures.WITHOUT.value
    )
    status: Annotated[ReleaseStatus, READ_ONLY] = text(
        "Whether it is written.", default=ReleaseStatus.PENDING.value
    )
    file_name: Annotated[str, READ_ONLY] = text("What the file is called.", default="")
    media_type: Annotated[str, READ_ONLY] = text("What the file is.", default="")
    content_hash: Annotated[str | None, READ_ONLY] = text("SHA-256 of the file, hex.", default=None)
    size: Annotated[int, READ_ONLY] = integer("The file's bytes.", default=0)
    errors_count: Annotated[int, READ_ONLY] = integer(
        "How many items or annotations the format could not hold: its job's errors tell them.", default=0
    )
    job_id: Annotated[Id | None, READ_ONLY] = text("The job that writes it.", default=None)


def _place(work: Work, values: Values) -> None:
    release = parent(work, RELEASES, values, "release_id")
    if release.status != ReleaseStatus.SUCCEEDED:
        raise Conflict("the release is not written yet: wait for its job", code="release_not_written")
    own_id = values.setdefault("id", work.sources.ids())
    place = {"project_id": release.project_id, "dataset_id": release.dataset_id}
    job = enqueue(work, KIND, release.organization_id, {"export_id": own_id}, **place)
    values |= {"organization_id": release.organization_id, **place, "job_id": job.id}


def _link(work: Work, row: tuple[Any, ...]) -> Mapping[str, Any] | None:
    """Where the file is got without a key, for some minutes."""
    organization_id, hash, name, media_type = row
    if hash is None:
        return None
    return {"url": work.sources.links.link(organization_id, hash, name=name, media_type=media_type)}


_LINK_TOLD = {
    "url": {
        "type": "string",
        "description": "Where the file is got, without a key, for 15 minutes: as often and in as many parts "
        "as one likes. Relative to the service's address.",
    }
}
WHEN_CANCELLED[KIND] = lambda work, arguments: give_up(work, "exports", arguments["export_id"])

_owned = scope(Export.organization_id, lambda: in_my_projects(Export.project_id, Role.OWNER))

EXPORTS = Resource(
    Export,
    type="exports",
    about="A release as a file, in one of the formats.",
    access=Access(read=_owned, create=_owned, update=_owned, delete=_owned),
    inherited={"release_id": ("organization_id", "project_id", "dataset_id")},
    ancestors={"project_id": "projects", "dataset_id": "datasets", "release_id": "releases"},
    example={"format": ExportFormat.COCO_INSTANCES.value},
    links=(ToOne("release", RELEASES.type, "release_id"),),
    meta=Meta(("organization_id", "content_hash", "file_name", "media_type"), _link, _LINK_TOLD),
    before_create=_place,
    verbs=frozenset({"index", "show", "create", "delete"}),
)
