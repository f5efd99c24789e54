"""What somebody does with JTheta's own SDK: a project from its key to its download, with pauses."""

import json
import sys
from pathlib import Path
from typing import Any

import requests
from jtheta.client import JThetaClient  # type: ignore[import-not-found,unused-ignore]

from tests.vendors.pauses import pause

TITLE = "Retinal Dataset 1/2? yes"
LABELS = [
    {"label": "Tumor", "type": "polygon"},
    {"label": "Blood Vessel", "type": "bounding_box"},
    {"label": "car", "type": "Bounding Boxes"},
    {"label": "truck", "type": "Polygons"},
    {"label": "lesion", "type": "Instance Segmentation"},
    {"label": "sky", "type": "Semantic Segmentation"},
]


def refused(call: Any, *given: Any) -> int:
    """The status with which the SDK's own exception tells that CALL was refused."""
    answer = None
    try:
        call(*given)
    except requests.HTTPError as error:
        answer = error.response
    if answer is None or not answer.json()["detail"]:
        raise AssertionError("it is not said why")
    return int(answer.status_code)


def flow(base: str, key: str, annotator: str, reviewer: str) -> dict[str, Any]:
    told: dict[str, Any] = {"wrong_key": refused(JThetaClient("postil_wrong", base).validate_key)}
    client = JThetaClient(key, base)
    told["valid"] = client.validate_key()["valid"]
    client.create_project(TITLE, "Medical Imaging")
    paths = [str(Path(name).resolve()) for name in ("left.png", "right.jpg", "odd.png")]
    dataset = client.create_dataset("Slides", "MIT", TITLE, paths)
    told["bad_file"] = refused(client.create_dataset, "Bad", "MIT", TITLE, [str(Path("notes.png").resolve())])
    more = client.upload_images(dataset["id"], TITLE, str(Path("more.png").resolve()))
    told["uploaded"] = more["total_images"]
    told["annotators"] = [one["email"] for one in client.get_annotators()]
    told["reviewers"] = [one["email"] for one in client.get_reviewers()]
    told["unknown"] = refused(
        client.request_annotation, TITLE, dataset["id"], "nobody@x.example", reviewer, LABELS, True, False
    )
    told["not_offered"] = refused(
        client.request_annotation, TITLE, dataset["id"], annotator, reviewer, LABELS, True, True
    )
    pause("half way")
    client.request_annotation(TITLE, dataset["id"], annotator, reviewer, LABELS, True, False)
    told["before"] = client.check_annotation_status(TITLE)
    pause("assigned")
    told["after"] = client.check_annotation_status(TITLE)
    told["unknown_title"] = refused(client.check_annotation_status, "Nothing")
    for format in ("csv", "json", "coco"):
        said = client.download_dataset(dataset["id"], format, "1.0")
        answer = requests.get(said["download_url"], timeout=60)
        answer.raise_for_status()
        Path(f"told.{format}").write_bytes(answer.content)
        told[format] = said
    told["bad_format"] = refused(client.download_dataset, dataset["id"], "docx", "1.0")
    told["dataset"] = dataset["id"]
    return told


if __name__ == "__main__":
    print(json.dumps(flow(*sys.argv[1:])))
