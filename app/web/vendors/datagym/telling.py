"""Projects, datasets, media and tasks as DataGym's clients read them: under the names of all their versions.

Until 0.5.2 media were called images. It reads no database.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from app.web.vendors.datagym import finding

Json = dict[str, Any]


def milliseconds(time: str) -> int:
    """TIME, as records tell it, since 1970."""
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def told_project(project: Any, datasets: Sequence[Any], names: dict[str, str], owner: str) -> Json:
    """PROJECT with its DATASETS, which NAMES call by their ids; without media, as DataGym tells them here."""
    return {
        "id": project.id,
        "name": project.name,
        "shortDescription": project.description,
        "description": project.description,
        "timestamp": milliseconds(project.created_at),
        "labelConfigurationId": project.label_configuration_id or project.id,
        "labelIterationId": project.id,
        "owner": owner,
        "mediaType": finding.media_type_of(project, datasets) or finding.IMAGE,
        "datasets": [
            told_dataset(one, owner) | {"id": finding.id_of(one), "name": names.get(one.id, one.name)}
            for one in datasets
        ],
    }


def told_dataset(dataset: Any, owner: str) -> Json:
    """DATASET without its media."""
    return {
        "id": dataset.id,
        "name": dataset.name,
        "shortDescription": dataset.description,
        "timestamp": milliseconds(dataset.created_at),
        "owner": owner,
        "mediaType": finding.media_type(dataset),
    }


def told_media(entries: Iterable[Any]) -> list[Json]:
    return [told_medium(one) for one in entries]


def told_medium(entry: Any) -> Json:
    name, source = name_of(entry), "SHAREABLE_LINK" if _is_address(entry) else "LOCAL"
    return {
        "id": entry.id,
        "timestamp": milliseconds(entry.created_at),
        "mediaName": name,
        "imageName": name,
        "mediaSourceType": source,
        "imageType": source,
        "valid": True,
        "reason": None,
        "url": entry.resource if _is_address(entry) else None,
        "width": entry.width,
        "height": entry.height,
    }


def name_of(entry: Any) -> str:
    """What the medium is called: of an address the last part of its path."""
    return name_in(entry.resource)


def name_in(resource: str) -> str:
    path = resource.partition("?")[0].partition("#")[0] if is_address(resource) else resource
    return path.rstrip("/").rpartition("/")[2] or resource


def is_address(resource: str) -> bool:
    return resource[:8].lower().startswith(("http://", "https://"))


def _is_address(entry: Any) -> bool:
    return is_address(entry.resource)


def told_task(entry: Any, project: Any, labeler: str | None) -> Json:
    return {
        "taskId": entry.id,
        "projectId": project.id,
        "projectName": project.name,
        "labelTaskState": finding.state_of(entry),
        "labelTaskType": "DEFAULT",
        "preLabelState": None,
        "mediaId": finding.medium_id(entry),
        "mediaName": name_of(entry),
        "labeler": labeler,
        "iterationId": project.id,
        "reviewComment": None,
        "benchmark": False,
        "hasJsonUpload": entry.label_status is not None,
        "iterationRun": 1,
    }
