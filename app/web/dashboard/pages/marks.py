"""The annotations of a dataset as a table: what lies behind the number of uses that a label has."""

import json

from app.web.dashboard import listing
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.visits import Refusal, Visit

SIZE = 50
_OURS = ("filter[dataset_id", "fields", "count", "page[size]", "include")


async def _marks(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    said = listing.kept(visit.query, _OURS)
    asked = [("filter[dataset_id]", id), *said, ("include", "entry"), ("page[size]", str(SIZE))]
    asked.append(("fields[entries]", "resource,external_id,content_hash,media_type"))
    if not any(name.startswith("page[") for name, _ in said):
        asked.append(("page[after]", ""))
    told = await visit.get(f"/datasets/{id}", {"include": "project"})
    refusal, marks = None, None
    try:
        marks = await visit.get("/annotations", asked)
    except Refusal as refused:
        if refused.status != 400:
            raise
        refusal = refused
    filters = listing.placeless(said)
    return {
        "dataset": told.record,
        "project": told.record.one("project"),
        "marks": marks.records if marks else [],
        "refusal": refusal,
        "refused": listing.refused(visit.path, filters, refusal),
        "asked": listing.parts(visit.path, filters),
        "ways": listing.ways(visit.path, said, marks.links if marks else {}),
        "spelt": lambda value: json.dumps(value, ensure_ascii=False),
    }


PAGES = (Page("/ui/datasets/{id}/annotations", "marks.html", _marks, "projects"),)
