"""What is brought into a dataset: files, addresses, a manifest, an archive, a bucket; and what came of it."""

from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.pages.releases import FORMATS, SPLITS
from app.web.dashboard.visits import Visit

MOST = 50  # imports that are shown; all are among the jobs
READ = {name: told for name, told in FORMATS.items() if name not in ("csv", "masks_bmp")}  # as archives


async def _index(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    asked = {"filter[dataset_id]": id, "filter[kind]": "import_items", "sort": "-created_at"}
    told, jobs = await visit.together(
        visit.get(f"/datasets/{id}", {"include": "project"}), visit.every("/jobs", asked, MOST)
    )
    dataset = told.record
    return {
        "dataset": dataset,
        "project": dataset.one("project"),
        "jobs": jobs,
        "formats": READ,
        "splits": SPLITS,
    }


PAGES = (Page("/ui/datasets/{id}/imports", "imports.html", _index, "projects"),)
