"""What is answered below /theos: every line of Theos' documentation."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from app.web.vendors import files
from app.web.vendors.calls import Face, Route
from app.web.vendors.refusals import refuse
from app.web.vendors.theos import classes, datasets, examples, uploads

Schema = Mapping[str, Any]
TEXT, NUMBER, ANY = {"type": "string"}, {"type": "integer"}, {"type": "object"}
FORM = "multipart/form-data"
ALL = "/v1/project/{project_key}/datasets"
ONE = f"{ALL}/{{dataset_id}}"
EXAMPLES = (f"{ONE}/examples/{{example_id}}", f"{ONE}/examples/external/{{external_id}}")


def _object(required: str, **members: Schema) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": members}


def _list(items: Schema) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TASK = _object("task_id", task_id=TEXT)
_CLASS = _object("id db_id", id=NUMBER, db_id=NUMBER, name=TEXT, color=TEXT, with_text={"type": "boolean"})
_DATASET = _object("id name", id=NUMBER, name=TEXT, classes=_list(_CLASS))
_SIDES: dict[str, Schema] = {side: {"type": "number"} for side in ("x", "y", "width", "height")}
_LABEL = _object("class_id x y width height", class_id=NUMBER, text=TEXT, **_SIDES)
_STATUS = {"enum": ["unlabeled", "labeled", "skipped"]}
_EXAMPLE = _object(
    "id split url status labels", id=NUMBER, split=TEXT, url=TEXT, status=_STATUS, labels=_list(_LABEL)
)
_PAGE = _object("page_count", page_count=NUMBER, examples=_list(_EXAMPLE))
_ASKED = {"split": "train (unless said), valid or test.", "page": "From 1 to page_count."}


def _post(
    path: str, run: Any, about: str, status: int, told: Schema, required: str = "", optional: str = ""
) -> Route:
    """A POST of the fields that are named."""
    fields = dict.fromkeys([*required.split(), *optional.split()], TEXT)
    body = _object(required, **fields) if fields else None
    return Route("POST", path, run, about, body=body, answers={status: told}, media_type=FORM)


def _get(path: str, run: Any, about: str, told: Schema, **query: str) -> Route:
    return Route("GET", path, run, about, answers={200: told}, query=query)


ROUTES: tuple[Route, ...] = (
    _post(f"{ALL}/create/", datasets.create, "Make a dataset.", 201, _DATASET, "name"),
    _get(f"{ALL}/", datasets.index, "All datasets of the project.", _list(_DATASET)),
    _get(f"{ONE}/", datasets.show, "A dataset.", _DATASET),
    _post(f"{ONE}/delete/", datasets.delete, "Delete a dataset.", 200, ANY),
    _post(
        f"{ONE}/upload/", uploads.upload, "Bring a manifest's images by a task.", 202, _TASK, "manifest_url"
    ),
    _post(f"{ONE}/upload/stop/", uploads.stop, "Stop the upload.", 200, _TASK),
    _get("/v1/tasks/{task_id}/", uploads.task, "How far a task is.", _TASK),
    _post(f"{ONE}/classes/create/", classes.create, "Make a class.", 201, _CLASS, "name color", "with_text"),
    _post(
        f"{ONE}/classes/delete/",
        classes.delete,
        "Delete classes, and their labels by a task.",
        202,
        _TASK,
        "db_ids",
    ),
    _post(
        f"{ONE}/classes/merge/",
        classes.merge,
        "Make one class of several, and of their labels by a task.",
        202,
        _TASK,
        "db_ids name color",
    ),
    _post(
        f"{ONE}/classes/{{class_db_id}}/edit/",
        classes.edit,
        "Give a class another name or colour.",
        200,
        _CLASS,
        "",
        "name color",
    ),
    _get(f"{ONE}/examples/", examples.index, "A page of the examples of a split.", _PAGE, **_ASKED),
    _post(
        f"{ONE}/examples/",
        examples.index,
        "The same: where curl is given fields, it sends a POST.",
        200,
        _PAGE,
        "",
        "split page",
    ),
    *(_get(f"{path}/", examples.show, "An example.", _EXAMPLE) for path in EXAMPLES),
    *(
        _post(
            f"{path}/labels/set/",
            examples.set_labels,
            "Set an example's labels, in Theos JSON.",
            200,
            _EXAMPLE,
            "labels",
        )
        for path in EXAMPLES
    ),
    *(
        _post(f"{path}/skip/", examples.skip, "There is nothing to be labeled in it.", 200, _EXAMPLE)
        for path in EXAMPLES
    ),
    files.ROUTE,
)

FACE = Face(
    name="theos",
    about="Postil as the curl lines of Theos' documentation know it. What bodies hold beside task_id, "
    "page_count, id and db_id no document of Theos says: it is ours.",
    mounts=("/theos",),
    routes=ROUTES,
    refuse=partial(refuse, "Token"),
)
