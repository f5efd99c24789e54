"""Imports: from where items come into a dataset. What is asked is checked here; a job brings them."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.declare import Values
from app.errors import Fault, Invalid, NotFound, RelatedNotFound
from app.fetching import UrlNotAllowed
from app.operations.records import find
from app.operations.statements import Hold
from app.resources.assets import ASSETS
from app.resources.jobs import enqueue
from app.resources.layer_statuses import GROUND_TRUTH
from app.work import Work

KIND = "import_items"  # of job
MOST_INLINE = 1000  # items, addresses or files that a request names itself; more are a manifest's
SOURCES = ("manifest_url", "manifest", "archive", "urls", "items", "assets", "prefix")
LARGEST_MANIFEST = 100 << 20  # bytes
SPLITS = ("train", "valid", "test")


class ImportBody(Schema):
    manifest_url = fields.String(
        metadata={"description": "the address of a manifest: a JSON array of items, or an item a line"}
    )
    manifest = fields.UUID(metadata={"description": "an asset that is such a manifest"})
    archive = fields.UUID(
        metadata={"description": "an asset that is a file of annotations in the format, with pictures or not"}
    )
    format = fields.String(
        validate=validate.OneOf(
            (
                *("postil", "coco_instances", "coco_panoptic", "coco_keypoints"),
                *("yolo_detect", "yolo_segment", "voc", "masks_png"),
                *("jtheta", "theos", "datagym", "segments"),
            )
        ),
        metadata={"description": "of the archive"},
    )
    urls = fields.List(
        fields.String(),
        validate=validate.Length(1, MOST_INLINE),
        metadata={"description": "addresses of items"},
    )
    items = fields.List(
        fields.Dict(),
        validate=validate.Length(1, MOST_INLINE),
        metadata={"description": "what a manifest holds: url or resource, external_id, split, metadata, ..."},
    )
    assets = fields.List(
        fields.UUID(), validate=validate.Length(1, MOST_INLINE), metadata={"description": "assets, by id"}
    )
    prefix = fields.String(
        metadata={"description": "a bucket that the operator named, and a prefix in it: bucket/photos/"}
    )
    download = fields.Boolean(
        metadata={
            "description": "whether items at addresses are fetched, checked and kept; else they stay there"
        }
    )
    split = fields.String(
        validate=validate.OneOf(SPLITS), metadata={"description": "of items that do not say"}
    )
    label_set = fields.String(
        validate=validate.Length(1, 128),
        metadata={"description": "of which layers the annotations of items become; ground-truth unless said"},
    )
    keep_same_content = fields.Boolean(
        metadata={
            "description": "whether what is fetched is kept also where another entry has the same content; "
            "else that is a duplicate"
        }
    )
    replace = fields.Boolean(
        metadata={
            "description": "whether annotations come in place of those that the layer of an entry has; "
            "else an entry that has some is left alone"
        }
    )
    keep_authorship = fields.Boolean(
        metadata={"description": "whether entries and annotations keep the times and authors that are given"}
    )


def start(work: Work, dataset: Any, body: Values) -> Any:
    """The job that imports into DATASET what BODY names. Raises Invalid, RelatedNotFound."""
    given = [name for name in SOURCES if body.get(name) is not None]
    if len(given) != 1:
        raise Invalid(Fault("import_source", f"name one source: {', '.join(SOURCES)}", "/data/attributes"))
    _check(work, given[0], body)
    arguments = {
        "source": given[0],
        "given": body[given[0]],
        "format": body.get("format"),
        "download": body.get("download", False),
        "keep_same_content": body.get("keep_same_content", False),
        "defaults": {"split": body["split"]} if body.get("split") else {},
        "label_set": body.get("label_set", GROUND_TRUTH),
        "replace": body.get("replace", False),
        "keep_authorship": body.get("keep_authorship", False),
        "key_id": work.actor.key_id,
    }
    place = {"project_id": dataset.project_id, "dataset_id": dataset.id}
    return enqueue(work, KIND, dataset.organization_id, arguments, **place)


def _check(work: Work, source: str, body: Values) -> None:
    given = body[source]
    if source == "manifest_url":
        _check_url(work, given, "manifest_url")
    if source == "archive" and not body.get("format"):
        raise Invalid(
            Fault("attribute_missing", "format is required: that of the archive", "/data/attributes")
        )
    if source in ("manifest", "archive"):
        _check_asset(work, given, source)
    if source == "assets":
        for n, id in enumerate(given):
            _check_asset(work, id, f"assets/{n}")
    if source == "prefix":
        work.sources.buckets.check(given, "/data/attributes/prefix")


def _check_url(work: Work, url: str, at: str) -> None:
    try:
        work.sources.fetcher.check_url(url)
    except UrlNotAllowed as error:
        raise Invalid(Fault(error.code, str(error), f"/data/attributes/{at}")) from None


def _check_asset(work: Work, id: str, at: str) -> None:
    try:
        find(work, ASSETS, id, hold=Hold.KEPT)
    except NotFound as error:
        raise RelatedNotFound("no asset that you may see has the id", f"/data/attributes/{at}") from error
