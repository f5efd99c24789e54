"""What somebody does who draws: boxes, polygons, lines and points, and their YOLO and COCO files."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from segments import SegmentsClient, SegmentsDataset
from segments.utils import export_dataset

from tests.vendors.segments.pictures import picture

TASK = {
    "format_version": "0.1",
    "categories": [
        {
            "id": 0,
            "name": "car",
            "color": [10, 20, 30, 200],
            "link_category_restrictions": [0, 1],
            "attributes": [
                {"name": "color", "input_type": "select", "values": ["red", "green"], "default_value": "red"},
                {"name": "extras", "input_type": "multiselect", "values": ["roof", "tow bar"]},
                {"name": "plate", "input_type": "text"},
                {"name": "doors", "input_type": "number", "min": 1, "max": 9, "step": 1},
                {"name": "parked", "input_type": "checkbox", "is_mandatory": True},
            ],
        },
        {"id": 1, "name": "road"},
    ],
    "image_attributes": [{"name": "weather", "input_type": "select", "values": ["sunny", "wet"]}],
}
DRAWN: dict[str, Any] = {
    "format_version": "0.1",
    "annotations": [
        {
            "id": 1,
            "category_id": 0,
            "type": "bbox",
            "points": [[6.0, 4.0], [36.0, 24.0]],
            "attributes": {"color": "green", "extras": ["roof"], "plate": "B 12", "doors": 4, "parked": True},
        },
        {"id": 2, "category_id": 1, "type": "polygon", "points": [[0.0, 0.0], [59.5, 0.25], [10.0, 39.0]]},
        {"id": 5, "category_id": 1, "type": "polyline", "points": [[1.0, 1.0], [30.0, 20.0], [50.0, 2.0]]},
        {"id": 9, "category_id": 0, "type": "point", "points": [[12.5, 7.75]]},
        {"id": 12, "category_id": 0, "type": "bbox", "points": [[50.0, 30.0], [60.0, 40.0]]},
    ],
    "image_attributes": {"weather": "wet"},
}
PATIENCE = 60  # seconds until a release is written


def label(client: Any, full_name: str, name: str, attributes: Any) -> Any:
    """The label of a new sample, as it is sent and as it is read again."""
    asset = client.upload_asset(picture(90), name)
    sample = client.add_sample(full_name, name, {"image": {"url": asset.url}})
    client.add_label(sample.uuid, "ground-truth", attributes, "LABELED", score=0.75)
    return client.get_label(sample.uuid, "ground-truth").model_dump(mode="json", exclude_unset=True)


def release(client: Any, full_name: str) -> Any:
    client.add_release(full_name, "v0.1")
    until = time.monotonic() + PATIENCE
    while (made := client.get_release(full_name, "v0.1")).status == "PENDING":
        assert time.monotonic() < until, "the release is not written"
        time.sleep(0.1)
    return made


def main(url: str, key: str) -> Any:
    with SegmentsClient(key, url) as client:
        made = client.add_dataset("cars", task_type="vector", task_attributes=TASK)
        drawn = label(client, made.full_name, "one.png", DRAWN)
        boxes = client.add_dataset("boxes", task_type="bboxes", task_attributes=TASK)
        boxed = label(client, boxes.full_name, "two.png", {"annotations": DRAWN["annotations"][:1]})
        points = client.add_dataset("points", task_type="keypoints", task_attributes=TASK)
        pointed = label(client, points.full_name, "three.png", {"annotations": DRAWN["annotations"][3:4]})
        dataset = SegmentsDataset(release(client, made.full_name))
        place = export_dataset(dataset, ".", "yolo")
        coco, _ = export_dataset(dataset, ".", "coco-instance")
        told = client.get_dataset(made.full_name)
        return {
            "sent": DRAWN,
            "drawn": drawn,
            "boxed": boxed,
            "pointed": pointed,
            "task_attributes": told.task_attributes.model_dump(mode="json", exclude_unset=True),
            "sent_task_attributes": TASK,
            "yolo": (Path(place) / "one.txt").read_text().splitlines(),
            "coco": json.loads(Path(coco).read_text())["annotations"],
        }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
