"""Examples: images with their labels, by pages, by number, by external id; labels set, and images skipped."""

from collections.abc import Sequence

from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Fault, Invalid, NotFound
from app.formats.theos_labels import Label
from app.operations import reading
from app.query import Filter, Query
from app.web.vendors.calls import Call, Json, Numbering, told
from app.web.vendors.theos.labels import classes_in, labels_sent, labels_told, marks_of
from app.web.vendors.theos.records import EXAMPLE, STATUSES, dataset_of, done, example_of, fields_of
from app.web.vendors.theos.telling import Telling
from app.work import Work

PAGE = 100  # examples
MOST_PAGES = 10_000
SPLITS = ("train", "valid", "test")


async def index(call: Call) -> Response:
    """A page of the examples of a split, oldest first."""
    fields = await fields_of(call)
    split, page = fields.get("split") or SPLITS[0], fields.get("page") or "1"
    if split not in SPLITS:
        raise Invalid(Fault("attribute_invalid", f"split is one of {', '.join(SPLITS)}", "split"))
    if not (page.isascii() and page.isdigit() and 0 < int(page[:9]) <= MOST_PAGES):
        raise Invalid(Fault("attribute_invalid", f"page is a number from 1 to {MOST_PAGES}", "page"))
    return told(await call.numbered(lambda work, numbering: _page(work, numbering, call, split, int(page))))


def _page(work: Work, numbering: Numbering, call: Call, split: str, page: int) -> Json:
    dataset = dataset_of(work, call)
    its = (
        Filter("dataset_id", "eq", (dataset["id"],)),
        # What has no split is trained on: Theos knows no image without one.
        Filter("split", "in", (split, None) if split == SPLITS[0] else (split,)),
        Filter("status", "in", STATUSES),
    )
    query = Query(its, number=page, size=PAGE, count=True)
    found = reading.index(work, RESOURCES["entries"], query, EXAMPLE)
    count = found.total or 0
    pages = -(-count // PAGE)
    if page > max(pages, 1):
        raise NotFound(f"the split has {pages} pages", code="page_not_found")
    rows = [dict(zip(EXAMPLE, row, strict=True)) for row in found.rows]
    examples = Telling(work, numbering, call, dataset).told(rows)
    return {"split": split, "page": page, "page_count": pages, "count": count, "examples": examples}


async def show(call: Call) -> Response:
    return told(await call.numbered(lambda work, numbering: _shown(work, numbering, call)))


def _shown(work: Work, numbering: Numbering, call: Call) -> Json:
    dataset = dataset_of(work, call)
    return Telling(work, numbering, call, dataset).told([example_of(work, call, dataset)])[0]


async def set_labels(call: Call) -> Response:
    """All labels of an example, in place of those before; it is labeled then."""
    labels = labels_sent((await fields_of(call)).get("labels"))

    def job(work: Work) -> list[Label]:
        dataset = dataset_of(work, call)
        classes = classes_in(dataset)
        marks = marks_of(labels, [one["id"] for one in classes])
        body = {"status": "labeled", "annotations": marks}
        done(work, "entries", example_of(work, call, dataset)["id"], "label", body)
        return labels_told(marks, classes)

    return await _labeled(call, await call.write(job))


async def skip(call: Call) -> Response:
    """That there is nothing to be labeled in the image."""

    def job(work: Work) -> None:
        body = {"status": "skipped", "annotations": []}
        done(work, "entries", example_of(work, call, dataset_of(work, call))["id"], "label", body)

    await call.write(job)
    return await _labeled(call, [])


async def _labeled(call: Call, labels: Sequence[Label]) -> Response:
    """The example, with the LABELS that it was given: who gave them may not be who may read them now."""
    shown = await call.numbered(lambda work, numbering: _shown(work, numbering, call))
    return told({**shown, "labels": labels})
