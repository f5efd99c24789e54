"""A script of DataGym's SDK, 0.7.2 or 0.5.2: all that its client does, with a pause in which the server dies.

It is written as somebody would who labels cars: what it prints is what the client gave back.
"""

import base64
import json
import sys
import time
from pathlib import Path
from typing import Any

import requests
from datagym import Client
from datagym.endpoints import Endpoint
from datagym.models.label_config import LabelConfig, Rectangle

from tests.vendors.datagym_labels import labels_of
from tests.vendors.pauses import pause

ADDRESSES = 58  # of pictures, to which one that is there twice and a text come


def client_of(url: str, key: str, release: str) -> Any:
    """The client; until 0.5.2 it knew one address alone."""
    if release == "0.5.2":
        Endpoint.BASE_PATH = url
        return Client(api_key=key)
    return Client(api_key=key, base_url=url)


def main(url: str, key: str, release: str, pictures: str, folder: str) -> dict[str, Any]:
    client = client_of(url, key, release)
    said: dict[str, Any] = {"valid": client._is_token_valid()}
    project = client.get_project_by_name("Streets")
    dataset = client.create_dataset("Cars of Lund", "From the street")
    said["dataset"] = dataset.id
    said["created twice"] = getattr(client.create_dataset("Cars of Lund"), "id", None)

    addresses = [f"{pictures}/{n}.png?size=small" for n in range(ADDRESSES)]
    addresses += [addresses[3], f"{pictures}/notes.txt"]
    said["addresses"] = client.create_images_from_urls(dataset.id, addresses)
    said["one address"] = client.create_images_from_urls(dataset.id, addresses[:1])
    said["uploaded"] = [client.upload_image(dataset.id, f"{folder}/car {n}.png").image_name for n in range(2)]
    said["uploaded twice"] = client.upload_image(dataset.id, f"{folder}/car 0.png")
    said["attached"] = [client.add_dataset(dataset.id, project.id) for _ in range(2)]
    said["config"] = json.loads(client.upload_label_config(project.label_config_id, config().toJson()))

    pause("restart")

    project = client.get_project_by_name("Streets")
    images = project.get_images()
    said["images"] = sorted(image.image_name for image in images)
    labels = [labels_of(n, image.id) for n, image in enumerate(images)]
    said["imported"] = client.import_label_data(project.id, labels)
    said["exported before"] = client.export_labels(project.id)
    complete(url, key, project.id, said)
    said["labels"], said["exported"] = labels, client.export_labels(project.id)
    more = [labels_of(7, images[0].id) | {"keepData": True}, labels_of(8, images[1].id)]
    said["imported more"] = client.import_label_data(project.id, more)
    said["exported more"] = client.export_labels(project.id)
    said["refused"] = [refused(client, project.id, one) for one in wrong(images[0].id)]

    said["bitmap"] = bitmap(said["exported"], key)
    said["address"] = client.export_labels_url(project.id)
    said["bytes"] = base64.b64encode(client.download_image_bytes(images[0])).decode()
    client.download_image(images[0], folder)
    said["file"] = (Path(folder) / images[0].image_name).is_file()
    said["deleted"] = [client.delete_image(images[-1]), images[-1].id]

    said["config anew"] = json.loads(
        client.upload_label_config(project.label_config_id, LabelConfig().toJson())
    )
    said["exported then"] = client.export_labels(project.id)
    said["states"] = sorted({task["labelTaskState"] for task in tasks(url, key, project.id)})
    said["removed"] = client.remove_dataset(dataset.id, project.id)
    said["datasets"] = [len(one.datasets) for one in client.get_projects() if one.name == "Streets"]
    return said


def config() -> Any:
    """Geometries in geometries, questions in questions, as the SDK writes them."""
    config = LabelConfig()
    car = config.add_rectangle("car", "Car", color="#9A00CD", shortcut=2)
    car.add_select("color", "Colour", {"red": "Red", "blue": "Blue"}, required=True)
    extras = car.add_checklist("extras", "Extras", {"a": "Roof rack", "b": "Trailer"})
    extras.add_freetext("note", "Note", max_length=50)
    plate = car.append_entry(Rectangle("plate", "Plate"))
    plate.add_freetext("number", "Number", max_length=12)
    config.add_polygon("road", "Road")
    config.add_line("lane", "Lane")
    config.add_point("sign", "Sign")
    config.add_freetext("caption", "Caption")
    weather = config.add_select("weather", "Weather", {"sun": "Sun", "fog": "Fog"})
    weather.add_freetext("sure", "Sure?", max_length=9)
    config.toJson()
    config.label_config.append(Sky())
    return config


class Sky:
    """The SDK has no class for segmentations, though its server knows them."""

    def __iter__(self) -> Any:
        yield from {
            "entryKey": "sky",
            "entryValue": "Sky",
            "type": "image_segmentation",
            "children": [],
        }.items()


def complete(url: str, key: str, project_id: str, said: dict[str, Any]) -> None:
    """Every task is done, which no call of the SDK says."""
    old, now = 1, int(time.time() * 1000) + 60_000
    answers = []
    for task in tasks(url, key, project_id):
        path = f"{url}api/v1/task/{task['taskId']}/completeTask"
        headers = {"Authorization": f"Token {key}"}
        answers.append(requests.put(path, json={"lastChangedConfig": old}, headers=headers).json())
        done = requests.put(path, json={"lastChangedConfig": now}, headers=headers)
        assert done.json() == {"hasLabelConfigChanged": False, "currentTaskId": task["taskId"]}, done.text
    said["too old"] = sum(one["hasLabelConfigChanged"] for one in answers)


def tasks(url: str, key: str, project_id: str) -> list[Any]:
    listed = requests.get(f"{url}api/v1/task/{project_id}/list", params={"token": key})
    found: list[Any] = listed.json()
    return found


def wrong(media_id: str) -> list[Any]:
    """Imports that break a rule, of each kind."""
    return [
        [{"internal_media_ID": media_id, "keepData": "no"}],
        [labels_of(1, media_id), {"internal_media_ID": media_id, "labels": {"bus": []}}],
        [labels_of(1, "00000000-0000-7000-8000-000000000000")],
    ]


def refused(client: Any, project_id: str, items: Any) -> Any:
    """What the client gives back, or raises."""
    try:
        return client.import_label_data(project_id, items)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def bitmap(exported: list[Any], key: str) -> Any:
    address = next(item["segmentations"][0] for item in exported[1:] if "segmentations" in item)
    answer = requests.get(address, params={"token": key})
    return [answer.status_code, answer.headers["content-type"], base64.b64encode(answer.content).decode()]


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
