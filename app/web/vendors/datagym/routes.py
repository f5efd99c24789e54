"""DataGym's Token-API: projects, datasets, media, label configurations, labels and tasks.

What its words stand for here is said in docs/vendors/datagym.md.
"""

from collections.abc import Iterator

from app.web.vendors import files
from app.web.vendors.calls import Face, Route
from app.web.vendors.datagym import configs, datasets, exports, media, predictions, shapes, tasks
from app.web.vendors.datagym.refusals import refuse

API = "/api/v1"


def _told(schema: shapes.Schema) -> dict[int, shapes.Schema]:
    return {200: schema, 400: shapes.ERROR, 403: shapes.ERROR, 404: shapes.ERROR}


def _of_media() -> Iterator[Route]:
    """Under both of their names: they were images until 0.5.2."""
    for name in ("media", "image"):
        yield Route(
            "POST",
            f"{API}/{name}/{{id}}/url",
            media.upload_addresses,
            "Fetch pictures from addresses.",
            shapes.ADDRESSES,
            _told(shapes.CAME),
        )
        yield Route(
            "POST",
            f"{API}/{name}/{{id}}/file",
            media.upload,
            "Take a picture or a video, the body, called as X-filename says.",
            {"type": "string", "format": "binary"},
            _told(shapes.MEDIUM) | {412: shapes.ERROR},
            media_type="application/octet-stream",
        )
        yield Route(
            "GET", f"{API}/{name}/{{id}}", media.download, "The picture; of a video the address, as text."
        )
        yield Route("DELETE", f"{API}/{name}/{{id}}", media.delete, "Delete the medium, and its tasks.")


def _of_configs() -> Iterator[Route]:
    """At a second slash too, which the client sends."""
    for path in (f"{API}/config/{{config}}", f"/{API}/config/{{config}}"):
        yield Route("GET", path, configs.show_config, "The label configuration.", None, _told(shapes.CONFIG))
        yield Route(
            "DELETE",
            path,
            configs.clear_config,
            "Clear the label configuration, and all that was labelled by it.",
            None,
            _told(shapes.CLEARED),
        )
        yield Route(
            "PUT",
            path,
            configs.declare_config,
            "Declare the entries of a label configuration that has none.",
            shapes.ENTRIES,
            _told(shapes.CONFIG) | {412: shapes.ERROR, 500: shapes.ERROR},
        )


ROUTES = (
    Route(
        "GET",
        f"{API}/project",
        datasets.list_projects,
        "All projects, with their datasets.",
        None,
        _told(shapes.a_list(shapes.PROJECT)),
    ),
    Route(
        "GET",
        f"{API}/dataset",
        datasets.list_datasets,
        "All datasets, with their media.",
        None,
        _told(shapes.a_list(shapes.DATASET_WITH_MEDIA)),
    ),
    Route(
        "POST",
        f"{API}/dataset",
        datasets.create_dataset,
        "Make a dataset.",
        shapes.NEW_DATASET,
        _told(shapes.DATASET_WITH_MEDIA) | {412: shapes.ERROR},
    ),
    Route(
        "GET",
        f"{API}/dataset/{{dataset}}",
        datasets.show_dataset,
        "A dataset with its media.",
        None,
        _told(shapes.DATASET_WITH_MEDIA),
    ),
    Route(
        "POST",
        f"{API}/project/{{project}}/dataset/{{dataset}}",
        datasets.add_dataset,
        "Have the project work on the dataset: a task for each medium.",
        None,
        _told({}) | {412: shapes.ERROR},
    ),
    Route(
        "DELETE",
        f"{API}/project/{{project}}/dataset/{{dataset}}/remove",
        datasets.remove_dataset,
        "Have the project work on it no longer: its tasks go, and their labels.",
        None,
        _told({}),
    ),
    Route(
        "POST",
        f"{API}/project/{{project}}/prediction",
        predictions.import_labels,
        "Import labels.",
        shapes.IMPORT,
        _told(shapes.IMPORTED) | {500: shapes.ERROR},
    ),
    *_of_media(),
    *_of_configs(),
    Route(
        "GET",
        f"{API}/export/{{project}}",
        exports.export_labels,
        "The labels of finished tasks.",
        None,
        _told(shapes.EXPORT),
    ),
    Route(
        "GET",
        f"{API}/export/bitmap/{{task}}/{{key}}",
        exports.show_bitmap,
        "The segmentations of a class in a finished task: BMP, white on black.",
    ),
    Route(
        "GET",
        f"{API}/exportVideoTask/{{task}}",
        exports.export_video,
        "The labels of a video.",
        None,
        _told(shapes.VIDEO),
    ),
    Route(
        "GET",
        f"{API}/exportVideoTask/{{task}}/{{token}}",
        exports.export_video_at_address,
        "The labels of a video, at the address that an export tells. No key is asked for.",
        None,
        _told(shapes.VIDEO),
        is_open=True,
    ),
    Route(
        "GET",
        f"{API}/task/{{id}}/list",
        tasks.list_tasks,
        "The tasks of a project.",
        None,
        _told(shapes.a_list(shapes.TASK)),
        {
            "search": "what the names of media have in them",
            "state": "such as WAITING",
            "limit": "how many; 0: all",
        },
    ),
    Route("GET", f"{API}/task/{{id}}", tasks.show_task, "A task.", None, _told({"type": "object"})),
    Route(
        "PUT",
        f"{API}/task/{{id}}/completeTask",
        tasks.complete_task,
        "Say that a task is labelled, unless its label configuration was changed since.",
        shapes.COMPLETE,
        _told(shapes.COMPLETED) | {500: shapes.ERROR},
    ),
    Route(
        "PUT",
        f"{API}/task/{{id}}/skipTask",
        tasks.skip_task,
        "Pass a task over.",
        None,
        _told({}) | {500: shapes.ERROR},
    ),
    files.ROUTE,
)

FACE = Face(
    "datagym",
    "DataGym's Token-API, for its Python SDK and whatever else speaks it.",
    ("/datagym",),
    ROUTES,
    refuse,
    token="token",
)
