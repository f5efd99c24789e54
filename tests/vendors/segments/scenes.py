"""What somebody does whose items are sequences, point clouds, or many sensors: all of it there and back."""

import json
import sys
from typing import Any

from segments import SegmentsClient
from segments.utils import bitmap2file, load_label_bitmap_from_url

from tests.vendors.segments.pictures import mask, picture, pixels

CLOUD = {"url": "https://example.org/clouds/1.pcd", "type": "pcd"}
POSE = {
    "position": {"x": 1.5, "y": -2.0, "z": 0.25},
    "heading": {"qx": 0.0, "qy": 0.0, "qz": 0.5, "qw": 0.8660254},
}
CUBOID = {
    "id": 1,
    "category_id": 1,
    "type": "cuboid",
    "position": {"x": 0.0, "y": 0.2, "z": 0.5},
    "dimensions": {"x": 1.2, "y": 1.0, "z": 1.5},
    "yaw": 0.63,
    "rotation": {"qx": 0.0, "qy": 0.0, "qz": 0.309885, "qw": 0.950776},
}
LINE = {"id": 3, "category_id": 2, "type": "polyline", "points": [[0.0, 0.0, 0.5], [4.0, 1.0, 0.25]]}
BOX = {"id": 1, "category_id": 1, "type": "bbox", "points": [[1.0, 2.0], [30.5, 20.0]]}


def tracked(annotation: dict[str, Any], track: int, *, is_keyframe: bool = True) -> dict[str, Any]:
    return {**annotation, "track_id": track, "is_keyframe": is_keyframe}


def frames(*lists: list[Any]) -> dict[str, Any]:
    return {
        "format_version": "0.2",
        "frames": [{"timestamp": f"{n:05}", "annotations": of} for n, of in enumerate(lists)],
    }


CUBOIDS = frames([tracked(CUBOID, 1)], [], [tracked(CUBOID, 1, is_keyframe=False)])
BOXES = frames([tracked(BOX, 1)], [tracked({**BOX, "points": [[2.0, 2.0], [31.5, 20.0]]}, 1)], [])
CLOUDS = {"frames": [{"pcd": CLOUD, "ego_pose": POSE, "name": f"{n:05}"} for n in range(3)]}


def tasks(pictures: list[str], bitmap: str) -> dict[str, tuple[Any, Any]]:
    """Task type -> what a sample of it has, and its label."""
    sequence = {"frames": [{"image": {"url": url}, "name": f"{n:05}"} for n, url in enumerate(pictures)]}
    segmented = {
        "format_version": "0.2",
        "frames": [
            {
                "timestamp": "00000",
                "annotations": [{"id": 1, "category_id": 1, "track_id": 1, "is_keyframe": True}],
                "segmentation_bitmap": {"url": bitmap},
            },
            {"timestamp": "00001", "annotations": []},
            {"timestamp": "00002", "annotations": []},
        ],
    }
    camera = {
        "url": pictures[0],
        "row": 0,
        "col": 1,
        "intrinsics": {"intrinsic_matrix": [[800.0, 0.0, 30.0], [0.0, 800.0, 20.0], [0.0, 0.0, 1.0]]},
        "extrinsics": {
            "translation": {"x": 0.1, "y": 0.0, "z": 1.5},
            "rotation": {"qx": 0.0, "qy": 0.0, "qz": 0.0, "qw": 1.0},
        },
        "camera_convention": "OpenCV",
        "name": "front",
    }
    cloud = {"pcd": CLOUD, "images": [camera], "ego_pose": POSE, "default_z": 0.0, "name": "one"}
    linked = {
        "format_version": "0.2",
        "annotations": [CUBOID, {**CUBOID, "id": 2}],
        "links": [{"from_id": 1, "to_id": 2, "attributes": {"kind": "tows"}}],
    }
    sensors = {
        "sensors": [
            {"name": "Lidar", "task_type": "pointcloud-cuboid-sequence", "attributes": CLOUDS},
            {"name": "Camera", "task_type": "image-vector-sequence", "attributes": sequence},
        ]
    }
    sensed = {
        "sensors": [
            {"name": "Lidar", "task_type": "pointcloud-cuboid-sequence", "attributes": CUBOIDS},
            {"name": "Camera", "task_type": "image-vector-sequence", "attributes": BOXES},
        ]
    }
    points = {
        "format_version": "0.1",
        "annotations": [{"id": 2, "category_id": 1}, {"id": 3, "category_id": 2}],
        "point_annotations": [0, 0, 3, 2, 3, 3],
    }
    vectors = {"format_version": "0.2", "annotations": [LINE]}
    return {
        "image-vector-sequence": (sequence, BOXES),
        "image-segmentation-sequence": (sequence, segmented),
        "pointcloud-cuboid": (cloud, linked),
        "pointcloud-segmentation": ({"pcd": CLOUD}, points),
        "pointcloud-vector": ({"pcd": CLOUD}, vectors),
        "pointcloud-cuboid-sequence": (CLOUDS, CUBOIDS),
        "pointcloud-segmentation-sequence": (
            CLOUDS,
            {
                "format_version": "0.2",
                "frames": [
                    {
                        "timestamp": f"{n:05}",
                        "annotations": [{"id": 2, "category_id": 1, "track_id": 2, "is_keyframe": True}],
                        "point_annotations": [0, 2, 2],
                    }
                    for n in range(3)
                ],
            },
        ),
        "pointcloud-vector-sequence": (CLOUDS, frames([tracked(LINE, 3)], [tracked(LINE, 3)], [])),
        "multisensor-sequence": (sensors, sensed),
    }


CATEGORIES = {
    "format_version": "0.1",
    "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "kerb"}],
}


def main(url: str, key: str) -> Any:
    client = SegmentsClient(key, url)
    pictures = [client.upload_asset(picture(50 * n), f"{n}.png").url for n in range(3)]
    bitmap = client.upload_asset(bitmap2file(mask((1, 5, 6, 7, 8))), "label.png").url
    told = {}
    for task, (sample, label) in tasks(pictures, bitmap).items():
        made = client.add_dataset(task, task_type=task, task_attributes=CATEGORIES)
        item = client.add_sample(made.full_name, "item", sample)
        client.add_label(item.uuid, "ground-truth", label, "LABELED")
        shown = client.get_label(item.uuid, "ground-truth")
        told[task] = {
            "sample": sample,
            "sample_back": client.get_sample(item.uuid).attributes.model_dump(
                mode="json", exclude_unset=True
            ),
            "label": label,
            "label_back": shown.attributes.model_dump(mode="json", exclude_unset=True),
        }
        if task == "image-segmentation-sequence":
            back = shown.attributes.frames[0].segmentation_bitmap.url
            told[task]["pixels"] = pixels(load_label_bitmap_from_url(back))
    return told


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
