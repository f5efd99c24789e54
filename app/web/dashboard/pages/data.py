"""The entries of a dataset as a table: filtered as the API filters, changed many at once; how they spread."""

from app.web.dashboard import listing
from app.web.dashboard.asking import Answer
from app.web.dashboard.declared import Gathered, Page
from app.web.dashboard.leading import leads_among, members_of
from app.web.dashboard.records import Record
from app.web.dashboard.visits import Refusal, Visit

SIZE = 50  # entries of a page
FEW = 10_000  # entries of a dataset that are counted unasked
MOST_LABELS = 30  # that are counted one by one
_OURS = ("filter[dataset_id", "fields", "count", "page[size]")  # what the page itself says of its list
_COLUMNS = (
    "resource,external_id,wf_step,status,label_status,priority,assigned_to_id,split,agreement,updated_at,"
    "content_hash,media_type"
)
_FIELDS = {
    "text": ("filter[resource__match]",),
    "step": ("filter[wf_step]", "filter[wf_step__in]", "filter[wf_step__eq]"),
    "status": ("filter[status__in]", "filter[status]", "filter[status__eq]"),
    "assigned": ("filter[assigned_to_id]", "filter[assigned_to_id__in]", "filter[assigned_to_id__eq]"),
    "label_status": ("filter[label_status]", "filter[label_status__in]", "filter[label_status__eq]"),
    "split": ("filter[split]", "filter[split__in]", "filter[split__eq]"),
    "priority_from": ("filter[priority__gte]",),
    "priority_to": ("filter[priority__lte]",),
    "agreement_from": ("filter[agreement__gte]",),
    "agreement_to": ("filter[agreement__lte]",),
    "external_id": ("filter[external_id]", "filter[external_id__eq]"),
    "metadata": ("filter[metadata]",),
    "sort": ("sort",),
}
STATUSES = (
    *("ready", "in_progress", "waiting_changed", "completed", "errored"),
    *("pending", "processing", "processing_error"),
)
LABEL_STATUSES = ("prelabeled", "labeled", "reviewed", "rejected", "skipped", "verified", "null")
SPLITS = ("train", "valid", "test", "null")
SORTS = (
    *(("", "oldest first"), ("-id", "newest first"), ("priority", "priority, lowest number first")),
    *(("-priority", "priority, highest number first"), ("-updated_at", "changed last first")),
    *(("agreement", "least agreement first"), ("resource", "name"), ("external_id", "external id")),
)


async def _data(visit: Visit) -> Gathered:
    id = visit.parameters["id"]
    said = listing.kept(visit.query, _OURS)
    told, (entries, refusal), workflow = await visit.together(
        visit.get(f"/datasets/{id}", {"include": "project"}),
        _listed(visit, id, said),
        visit.or_none(f"/datasets/{id}/workflow"),
    )
    dataset = told.record
    members = await members_of(visit, dataset.project_id)
    filters = listing.placeless(said)
    fields, others = listing.fields(filters, _FIELDS)
    return {
        "dataset": dataset,
        "project": dataset.one("project"),
        "entries": entries.records if entries else [],
        "total": entries.meta.get("total") if entries else None,
        "refusal": refusal,
        "refused": listing.refused(visit.path, filters, refusal),
        "ways": listing.ways(visit.path, said, entries.links if entries else {}),
        "address": listing.address(visit.path, said),
        "counting": listing.address(visit.path, [*filters, ("count", "true")]),
        "asked": listing.parts(visit.path, filters),
        "lines": listing.address("", [*listing.kept(filters, ("incl",)), ("page[after]", "")])[1:],
        "filters": [pair for pair in filters if pair[0].startswith("filter[")],
        "fields": fields,
        "others": others,
        "steps": [step["name"] for step in workflow.record.steps] if workflow else [],
        "people": {member.account_id: member for member in members},
        "members": [member for member in members if member.disabled_at is None],
        "leads": leads_among(visit, members) and not visit.said("as_of"),
        "statuses": STATUSES,
        "label_statuses": LABEL_STATUSES,
        "splits": SPLITS,
        "sorts": SORTS,
    }


async def _listed(visit: Visit, id: str, said: list[listing.Pair]) -> tuple[Answer | None, Refusal | None]:
    """The page of entries that the address asks for; where the API takes it not so, why."""
    asked = [*said, ("fields[entries]", _COLUMNS), ("page[size]", str(SIZE))]
    if visit.said("count") == "true":
        asked.append(("count", "true"))
    if not any(name.startswith("page[") for name, _ in said):
        asked.append(("page[after]", ""))
    path = f"/datasets/{id}/entries"
    if visit.said("as_of"):  # what was there then is asked of all entries
        path, asked = "/entries", [("filter[dataset_id]", id), *asked]
    try:
        return await visit.get(path, asked), None
    except Refusal as refusal:
        if refusal.status != 400:
            raise
        return None, refusal


# ---- how the entries spread


async def _spread(visit: Visit) -> Gathered:
    """Splits, label statuses and labels, counted: of a large dataset one at a time, where it is asked for."""
    told = await visit.get(f"/datasets/{visit.parameters['id']}", {"include": "project"})
    dataset = told.record
    is_small = dataset.entries_total_count <= FEW
    asked = visit.said("counted")
    return {
        "dataset": dataset,
        "project": dataset.one("project"),
        "splits": await _counts(visit, dataset, "split", SPLITS) if is_small or asked == "split" else None,
        "label_statuses": await _counts(visit, dataset, "label_status", LABEL_STATUSES)
        if is_small or asked == "label_status"
        else None,
        "labels": await _labels(visit, dataset) if is_small else None,
    }


async def _counts(visit: Visit, dataset: Record, name: str, values: tuple[str, ...]) -> dict[str, int]:
    """How many entries have each of VALUES, the last of which is all the others."""
    asked = [{f"filter[{name}]": value} for value in values[:-1]]
    counts = await _totals(visit, f"/datasets/{dataset.id}/entries", asked)
    rest = max(dataset.entries_total_count - sum(counts), 0)
    return dict(zip(values, [*counts, rest], strict=True))


async def _totals(visit: Visit, path: str, asked: list[dict[str, str]]) -> list[int]:
    """How many records each of the lists ASKED has: one by one, so that others are served meanwhile."""
    limits = {"page[size]": "1", "count": "true", "fields": "updated_at"}
    return [int((await visit.get(path, {**one, **limits})).meta["total"]) for one in asked]


async def _labels(visit: Visit, dataset: Record) -> dict[str, tuple[str, int]]:
    """The name of each of the dataset's labels, the first so many, and how many annotations have it."""
    names = dataset.labels[:MOST_LABELS]
    if classes := dataset.labeling_configuration.get("classes"):
        ids = {one["id"]: one.get("name", one["id"]) for one in classes[:MOST_LABELS]}
    else:
        ids = {name: name for name in names}
    asked = [{"filter[dataset_id]": dataset.id, "filter[annotation][label]": id} for id in ids]
    counts = await _totals(visit, "/annotations", asked)
    return {id: (name, count) for (id, name), count in zip(ids.items(), counts, strict=True)}


PAGES = (
    Page("/ui/datasets/{id}/entries", "data.html", _data, "projects"),
    Page("/ui/datasets/{id}/distribution", "distribution.html", _spread, "projects"),
)
