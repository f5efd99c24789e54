"""Releases of a dataset, and what a release is exported as."""

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Visit

MOST = 200  # releases of a dataset, and exports of a release, that are shown
FORMATS = {
    "postil": "Postil: all of it, nothing is lost",
    "coco_instances": "COCO instances",
    "coco_keypoints": "COCO keypoints",
    "coco_panoptic": "COCO panoptic",
    "yolo_detect": "YOLO detection",
    "yolo_segment": "YOLO segmentation",
    "voc": "Pascal VOC",
    "masks_png": "Masks as PNG",
    "masks_bmp": "Masks as BMP",
    "csv": "CSV, for a spreadsheet",
    "datagym": "DataGym",
    "jtheta": "jTheta",
    "segments": "Segments",
    "theos": "Theos",
}
SPLITS = ("train", "valid", "test")
STATUSES = ("ready", "in_progress", "completed", "errored")


async def _index(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    asked = {"filter[dataset_id]": id, "sort": "-created_at"}
    told, releases = await visit.together(
        visit.get(f"/datasets/{id}", {"include": "project"}), visit.every("/releases", asked, MOST)
    )
    dataset = told.record
    return {
        "dataset": dataset,
        "project": dataset.one("project"),
        "releases": releases,
        "jobs": await jobs_of(visit, releases),
        "splits": SPLITS,
        "statuses": STATUSES,
    }


async def _show(visit: Visit) -> Gathered:
    release = (await visit.get(f"/releases/{visit.parameters['id']}")).record
    of_release = {"filter[release_id]": release.id, "sort": "-created_at"}
    of_dataset = {"filter[dataset_id]": release.dataset_id, "sort": "-created_at"}
    told, exports, releases = await visit.together(
        visit.get(f"/datasets/{release.dataset_id}", {"include": "project"}),
        visit.every("/exports", of_release, MOST),
        visit.every("/releases", of_dataset, MOST),
    )
    dataset = told.record
    others = [one for one in releases if one.id != release.id and one.status == "succeeded"]
    return {
        "dataset": dataset,
        "project": dataset.one("project"),
        "release": release,
        "exports": exports,
        "others": others,
        "jobs": await jobs_of(visit, [release, *exports]),
        "formats": FORMATS,
    }


async def jobs_of(visit: Visit, written: list[Record]) -> dict[str, Record]:
    """The jobs, by id, that write those of WRITTEN that are not written yet."""
    ids = [one.job_id for one in written if one.status == "pending" and one.job_id]
    if not ids:
        return {}
    found = await visit.every("/jobs", {"filter[id__in]": ",".join(ids)}, len(ids))
    return {job.id: job for job in found}


PAGES = (
    Page("/ui/datasets/{id}/releases", "releases.html", _index, "projects"),
    Page("/ui/releases/{id}", "release.html", _show, "projects"),
)
