"""Labels as DataGym's users send them, for scripts of its SDK and the tests that run these."""

from typing import Any


def labels_of(n: int, media_id: str) -> dict[str, Any]:
    """Labels of a medium, by the configuration of `datagym_flow`; others for each N."""
    return {
        "internal_media_ID": media_id,
        "keepData": False,
        "global_classifications": {"caption": [f"picture {n}"], "weather": ["sun", {"sure": ["yes"]}]},
        "labels": {
            "car": [
                {
                    "rectangle": [{"x": n, "y": 2, "w": 30, "h": 20}],
                    "classifications": {"color": ["red"], "extras": ["a", {"note": ["roof"]}]},
                    "nested_geometries": {
                        "plate": [
                            {
                                "rectangle": [{"x": n + 1, "y": 3, "w": 4, "h": 2}],
                                "classifications": {"number": [f"LU {n}"]},
                            }
                        ]
                    },
                }
            ],
            "road": [polygon("polygon", (0, 20), (39, 20), (39, 29), (0, 29))],
            "lane": [polygon("line", (0, 25), (39, 25))],
            "sign": [polygon("point", (n % 40, 5))],
            "sky": [
                {
                    "image_segmentation": [
                        points((0, 0), (40, 0), (40, 10), (0, 10)),
                        points((10, 2), (20, 2), (20, 6), (10, 6)),
                    ],
                    "classifications": {},
                    "nested_geometries": {},
                }
            ],
        },
    }


def polygon(kind: str, *corners: tuple[int, int]) -> dict[str, Any]:
    return {kind: points(*corners), "classifications": {}, "nested_geometries": {}}


def points(*corners: tuple[int, int]) -> list[dict[str, int]]:
    return [{"x": x, "y": y} for x, y in corners]
