"""What somebody does with Segments' SDK: cars and roads are drawn; then they read what others drew since."""

import json
import sys
from typing import Any

from segments import SegmentsClient

from tests.vendors.pauses import pause
from tests.vendors.segments.pictures import picture

TASK = {
    "format_version": "0.1",
    "categories": [{"id": 0, "name": "car"}, {"id": 1, "name": "road"}],
}
CAR = {"id": 1, "category_id": 0, "type": "bbox", "points": [[6, 4], [36, 24]]}
ROAD = {"id": 2, "category_id": 1, "type": "polygon", "points": [[0, 0], [59, 1], [10, 39]]}
DRAWN = {"left.png": [CAR, ROAD], "right.png": [CAR], "empty.png": []}


def main(url: str, key: str) -> dict[str, Any]:
    client = SegmentsClient(key, url)
    owner = client.get_user().username
    made = client.add_dataset("streets", task_type="vector", task_attributes=TASK)
    names = {}
    for n, (name, annotations) in enumerate(DRAWN.items()):
        asset = client.upload_asset(picture(30 * n), name)
        sample = client.add_sample(made.full_name, name, {"image": {"url": asset.url}})
        names[name] = sample.uuid
        attributes = {"format_version": "0.1", "annotations": annotations}
        client.add_label(sample.uuid, "ground-truth", attributes, "REVIEWED")
    asset = client.upload_asset(picture(200), "later.png")
    later = client.add_sample(made.full_name, "later.png", {"image": {"url": asset.url}})

    pause(json.dumps({"full_name": made.full_name, "owner": owner, "later": later.uuid, "samples": names}))

    label = client.get_label(later.uuid, "ground-truth").model_dump(mode="json", exclude_unset=True)
    return {"status": label["label_status"], "annotations": label["attributes"]["annotations"]}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
