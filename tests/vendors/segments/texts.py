"""What somebody does who marks texts, with the last release of the SDK that knows them."""

import json
import sys
from typing import Any

from segments import SegmentsClient

LABEL = {
    "format_version": "0.1",
    "annotations": [
        {"start": 0, "end": 4, "category_id": 1},
        {"start": 14, "end": 19, "category_id": 2},
    ],
}
CATEGORIES = {
    "format_version": "0.1",
    "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "place"}],
}


def main(url: str, key: str) -> Any:
    client = SegmentsClient(key, url)
    told: dict[str, Any] = {}
    for task in ("text-named-entities", "text-span-categorization"):
        made = client.add_dataset(task, task_type=task, task_attributes=CATEGORIES)
        owner = client.get_user().username
        sample = client.add_sample(f"{owner}/{made.name}", "one", {"text": "Jane lives in Paris"})
        client.add_label(sample.uuid, "ground-truth", LABEL, "LABELED")
        told[task] = {
            "task_type": client.get_dataset(f"{owner}/{made.name}").task_type,
            "text": client.get_sample(sample.uuid).attributes.text,
            "label": client.get_label(sample.uuid, "ground-truth").attributes.model_dump(
                mode="json", exclude_unset=True
            ),
        }
    told["datasets"] = sorted(one.name for one in client.get_datasets())
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
