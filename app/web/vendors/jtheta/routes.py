"""What is answered below /jtheta: the documentation's paths, and those of the SDK below /jtheta/api."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from app.web.vendors import files
from app.web.vendors.calls import Face, Route
from app.web.vendors.jtheta import assigning, datasets, downloads, people, projects
from app.web.vendors.refusals import refuse

Schema = Mapping[str, Any]
TEXT, NUMBER, FLAG, ANY = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"type": "object"}


def _object(*required: str, **members: Schema) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": members}


_LABEL = _object("label", "type", label=TEXT, type=TEXT)
_PROJECT = _object("project_title", "project_category", project_title=TEXT, project_category=TEXT)
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}}
_DATASET = _object(
    "dataset_name",
    "project_name",
    "images",
    dataset_name=TEXT,
    project_name=TEXT,
    license=TEXT,
    images=_FILES,
)
_MORE = _object("dataset_id", "project_name", "images", dataset_id=NUMBER, project_name=TEXT, images=_FILES)
_REQUEST = _object(
    *("dataset_id", "project_name", "assigned_annotator", "assigned_reviewer", "labels"),
    dataset_id=NUMBER,
    project_name=TEXT,
    assigned_annotator=TEXT,
    assigned_reviewer=TEXT,
    labels={"type": "array", "items": _LABEL},
    allow_class_creation=FLAG,
    auto_annotation=FLAG,
)
_PEOPLE = {"type": "array", "items": _object("id", "email", id=NUMBER, email=TEXT, name=TEXT)}
_FORM = "multipart/form-data"
_ASKED = {
    "format": "csv (unless said), json, coco, or the name of any format of exports.",
    "version": "The name of a release.",
}
_OF_KEY = {
    "key": "An export's own key, or an API key: then the newest release that it sees.",
    "dataset_id": "Of which dataset; without it, of any.",
    **_ASKED,
}


def _both(method: str, of_seed: str, of_sdk: str, run: Any, about: str, **more: Any) -> list[Route]:
    """A route of both families of paths."""
    sdk = f"/api{of_sdk}"
    return [Route(method, path, run, about, **more) for path in dict.fromkeys((of_seed, sdk))]


ROUTES: tuple[Route, ...] = (
    *_both("GET", "/validate_key/", "/validate_key/", projects.validate_key, "Whether the key is good."),
    *_both(
        "POST",
        *("/create_project/", "/create_project/"),
        projects.create,
        "Make a project.",
        body=_PROJECT,
        answers={201: ANY},
    ),
    *_both(
        "POST",
        *("/create_dataset/", "/datasets/create"),
        datasets.create,
        "Make a dataset of pictures.",
        body=_DATASET,
        media_type=_FORM,
        answers={201: _object("id", id=NUMBER)},
    ),
    *_both(
        "POST",
        *("/upload_images_to_dataset/", "/dataset/upload_images"),
        datasets.upload,
        "Add pictures to a dataset.",
        body=_MORE,
        media_type=_FORM,
        answers={201: _object("id", id=NUMBER)},
    ),
    *_both(
        "POST",
        *("/request_annotation/", "/annotation/request"),
        assigning.request,
        "Have a dataset annotated and reviewed, by whom and under which labels.",
        body=_REQUEST,
        answers={200: ANY},
    ),
    Route(
        "GET",
        "/get_annotation_status/{title*}",
        projects.status_of_one,
        "How far the work on a project is.",
        answers={200: ANY},
    ),
    Route(
        "GET",
        "/api/annotation/status/{title*}",
        projects.status_of_rest,
        "The same; the title as it is, with its slashes and question marks.",
        answers={200: ANY},
    ),
    *_both(
        "POST",
        *("/delete_project/", "/delete_project/"),
        projects.delete,
        "Delete a project, with all that is in it.",
        body=_object("project_title", project_title=TEXT),
        answers={200: ANY},
    ),
    *_both(
        "GET",
        *("/get_annotators/", "/get_annotators/"),
        people.annotators,
        "Who may be asked to annotate.",
        answers={200: _PEOPLE},
    ),
    *_both(
        "GET",
        *("/get_reviewers/", "/get_reviewers/"),
        people.reviewers,
        "Who may be asked to review.",
        answers={200: _PEOPLE},
    ),
    Route(
        "GET",
        "/api/dataset/export/{dataset_id}/download/",
        downloads.download,
        "What a version of a dataset is as a file, and where that is got.",
        answers={200: ANY},
        query=_ASKED,
    ),
    Route(
        "GET",
        "/api/export/download",
        downloads.redirected,
        "To the file of an export.",
        answers={202: ANY, 302: {}},
        query=_OF_KEY,
        is_open=True,
    ),
    files.ROUTE,
)

FACE = Face(
    name="jtheta",
    about="Postil as clients of JTheta know it. Point the SDK at /jtheta/api: "
    "JThetaClient(key, base_url=...). What bodies hold beside `id` no document of JTheta says: it is ours.",
    mounts=("/jtheta",),
    routes=ROUTES,
    refuse=partial(refuse, "Bearer"),
)
