"""What somebody does who labels pictures by masks, from the first asset to the exported files."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from segments import SegmentsClient, SegmentsDataset
from segments.utils import bitmap2file, export_dataset, load_image_from_url, load_label_bitmap_from_url

from tests.vendors.pauses import pause
from tests.vendors.segments.pictures import mask, picture, pixels

CATEGORIES = {
    "format_version": "0.1",
    "categories": [
        {"id": 1, "name": "violet", "color": [238, 130, 238], "has_instances": True},
        {"id": 2, "name": "rose", "color": [255, 0, 0], "has_instances": True},
        {"id": 7, "name": "leaf", "color": [0, 128, 0], "has_instances": False},
    ],
}
MASKS = {
    "a.png": [(1, 2, 3, 20, 10), (2, 30, 5, 10, 10), (70_000, 0, 30, 60, 10)],
    "b.png": [(1, 0, 0, 10, 10), (2, 5, 5, 10, 10)],
    "c.png": [(3, 10, 10, 5, 5)],
}
KINDS = {1: 1, 2: 2, 3: 1, 70_000: 7}  # id -> category
PATIENCE = 60  # seconds until a release is written


class Flow:
    def __init__(self, url: str, key: str) -> None:
        self.client = SegmentsClient(key, url)
        self.owner = self.client.get_user().username
        self.name = f"{self.owner}/flowers"
        self.samples: dict[str, Any] = {}

    def bring(self) -> Any:
        """A dataset of five pictures."""
        made = self.client.add_dataset(
            "flowers",
            "Violets and leaves.",
            task_type="segmentation-bitmap",
            task_attributes=CATEGORIES,
            category="garden",
            readme="# Flowers",
            metadata={"day": "sunday", "robot_id": 3},
            labeling_inactivity_timeout_seconds=120,
            enable_ratings=True,
            enable_skip_reviewing=True,
        )
        for n, name in enumerate(["c.png", "a.png", "b.png", "d.png", "e.png"]):
            asset = self.client.upload_asset(picture(40 * n), name)
            self.samples[name] = self.client.add_sample(
                made.full_name,
                name,
                {"image": {"url": asset.url}},
                metadata={"city": "london" if n % 2 else "paris", "robot_id": n},
                priority=float(n % 3),
            )
        return made.model_dump(mode="json")

    def label(self, name: str, rectangles: list[Any], status: str) -> Any:
        """The label that a mask of RECTANGLES becomes."""
        asset = self.client.upload_asset(bitmap2file(mask(*rectangles)), "label.png")
        attributes = {
            "format_version": "0.1",
            "annotations": [{"id": one[0], "category_id": KINDS[one[0]]} for one in rectangles],
            "segmentation_bitmap": {"url": asset.url},
        }
        return self.client.add_label(self.samples[name].uuid, "ground-truth", attributes, status)

    def bitmap(self, name: str) -> Any:
        """The bitmap of ids that the label's address gives."""
        label = self.client.get_label(self.samples[name].uuid, "ground-truth")
        return load_label_bitmap_from_url(label.attributes.segmentation_bitmap.url)

    def review(self) -> Any:
        for name, rectangles in MASKS.items():
            self.label(name, rectangles, "LABELED")
        accepted = self.client.update_label(
            self.samples["a.png"].uuid, "ground-truth", label_status="REVIEWED"
        )
        rejected = self.client.update_label(
            self.samples["c.png"].uuid, "ground-truth", label_status="REJECTED"
        )
        prelabeled = self.label("d.png", [(1, 0, 0, 4, 4)], "PRELABELED")
        told = {"a.png": accepted, "c.png": rejected, "d.png": prelabeled}
        return {name: label.model_dump(mode="json") for name, label in told.items()}

    def found(self, **asked: Any) -> list[str]:
        return [one.name for one in self.client.get_samples(self.name, **asked)]

    def lists(self) -> Any:
        by_status = {
            status: self.found(label_status=status)
            for status in ("LABELED", "REVIEWED", "REJECTED", "PRELABELED", "UNLABELED", "SKIPPED")
        }
        with_labels = self.client.get_samples(self.name, labelset="ground-truth")
        full = self.client.get_samples(self.name, labelset="ground-truth", include_full_label=True)
        return {
            "all": self.found(),
            "by_status": by_status,
            "of_two": self.found(label_status=["LABELED", "REVIEWED"]),
            "named": self.found(name="a.p"),
            "metadata": self.found(metadata="city:london"),
            "metadata_of_two": self.found(metadata=["city:london", "robot_id:3"]),
            "by_priority": self.found(sort="priority", direction="desc"),
            "by_age": self.found(sort="created_at"),
            "pages": [self.found(per_page=2, page=page) for page in (1, 2, 3)],
            "page_past_the_end": _error(lambda: self.found(per_page=2, page=4)),
            "summaries": {one.name: one.label and one.label.label_status for one in with_labels},
            "full": {one.name: _ids(one.label) for one in full},
        }

    def release(self, name: str) -> Any:
        """The release, once it is written."""
        self.client.add_release(self.name, name, "The first.")
        until = time.monotonic() + PATIENCE
        while (made := self.client.get_release(self.name, name)).status == "PENDING":
            assert time.monotonic() < until, "the release is not written"
            time.sleep(0.1)
        return made


def _ids(label: Any) -> Any:
    return label and label.attributes and [one.id for one in label.attributes.annotations]


def _error(run: Any) -> str:
    try:
        run()
    except Exception as error:
        return type(error).__name__
    return "none"


def exported(dataset: Any, folder: str) -> Any:
    """The figures of the files that the SDK exports of DATASET."""
    instances, _ = export_dataset(dataset, folder, "coco-instance")
    panoptic, place = export_dataset(dataset, folder, "coco-panoptic")
    semantic = Path(export_dataset(dataset, folder, "semantic"))
    coco, parts = json.loads(Path(instances).read_text()), json.loads(Path(panoptic).read_text())
    return {
        "categories": coco["categories"],
        "images": coco["images"],
        "instances": [
            [one["image_id"], one["category_id"], one["bbox"], one["area"]] for one in coco["annotations"]
        ],
        "segments": [
            [one["image_id"], part["category_id"], part["bbox"], part["area"]]
            for one in parts["annotations"]
            for part in one["segments_info"]
        ],
        "panoptic_pixels": {
            one["file_name"]: int(
                (np.array(Image.open(Path(place) / one["file_name"])).sum(axis=2) > 0).sum()
            )
            for one in parts["annotations"]
        },
        "semantic": {
            one.name: {str(kind): list(of) for kind, of in pixels(np.array(Image.open(one))).items()}
            for one in sorted(semantic.glob("*_semantic.png"))
        },
    }


def exact_instances(dataset: Any, folder: str) -> Any:
    """The same of COCO instances alone, without the SDK's cache, which keeps 16 bits of an id."""
    instances, _ = export_dataset(dataset, folder, "coco-instance")
    coco = json.loads(Path(instances).read_text())
    return [
        [one["image_id"], one["category_id"], one["bbox"], one["area"], one["segmentation"]["size"]]
        for one in coco["annotations"]
    ]


def main(url: str, key: str) -> Any:
    flow = Flow(url, key)
    told: dict[str, Any] = {"owner": flow.owner, "dataset": flow.bring()}
    told["sample"] = flow.samples["a.png"].model_dump(mode="json")
    picture_back = load_image_from_url(flow.samples["a.png"].attributes.image.url)
    told["picture"] = [*picture_back.size, *picture_back.getpixel((3, 3))]
    told["labels"] = flow.review()
    told["label"] = flow.client.get_label(flow.samples["b.png"].uuid, "ground-truth").model_dump(mode="json")
    told["bitmaps"] = {name: pixels(flow.bitmap(name)) for name in MASKS}
    pause("labelled")
    told["bitmaps_after_restart"] = {name: pixels(flow.bitmap(name)) for name in MASKS}
    told["lists"] = flow.lists()
    told["stats"] = flow.client.get_dataset(flow.name).label_stats.model_dump(mode="json")
    release = flow.release("v1.0")
    told["release"] = release.model_dump(mode="json")
    flow.label("b.png", [(3, 40, 30, 5, 5)], "LABELED")
    flow.client.delete_label(flow.samples["c.png"].uuid, "ground-truth")
    told["later"] = pixels(flow.bitmap("b.png"))
    told["deleted_label"] = _error(lambda: flow.client.get_label(flow.samples["c.png"].uuid, "ground-truth"))
    pause("released")
    release = flow.client.get_release(flow.name, "v1.0")
    done = ["LABELED", "REVIEWED"]
    told["exports"] = exported(SegmentsDataset(release, filter_by=done), "out")
    plain = SegmentsDataset(release, filter_by=done, segments_dir=None)
    told["exact_instances"] = exact_instances(plain, "plain")
    told["in_release"] = {
        one["name"]: one["labels"]["ground-truth"] and one["labels"]["ground-truth"]["label_status"]
        for one in SegmentsDataset(release, preload=False).samples
    }
    told["by_metadata"] = [
        one["name"]
        for one in SegmentsDataset(release, filter_by_metadata={"city": "paris"}, preload=False).samples
    ]
    told["releases"] = [one.name for one in flow.client.get_releases(flow.name)]
    flow.client.delete_release(flow.name, "v1.0")
    told["deleted_release"] = _error(lambda: flow.client.get_release(flow.name, "v1.0"))
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
