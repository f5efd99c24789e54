"""The requests of the vendor's documentation, by curl: they speak below /segments, or at the root."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.vendors.serving import VendorSite

CURL = shutil.which("curl")


class Curl:
    def __init__(self, site: VendorSite, mount: str) -> None:
        self._base = f"{site.url}{mount}"
        self._key = site.key

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status, and what the body spells."""
        assert CURL
        command = [
            CURL,
            "-s",
            "-X",
            method,
            "-w",
            "\n%{http_code}",
            "-H",
            f"Authorization: APIKey {self._key}",
        ]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        said = subprocess.run([*command, f"{self._base}{path}"], capture_output=True, text=True, check=True)
        text, _, status = said.stdout.rpartition("\n")
        return int(status), json.loads(text) if text else None


@pytest.mark.skipif(CURL is None, reason="there is no curl on this machine")
@pytest.mark.parametrize("mount", ["", "/segments"])
def test_the_documented_requests_are_answered_as_documented(
    site: VendorSite, tmp_path: Path, mount: str
) -> None:
    site.serve()
    curl = Curl(site, mount)
    jane = site.join("jane").email
    owner = curl.ask("GET", "/user")[1]["username"]
    at = f"/datasets/{owner}/cats"

    made = curl.ask("POST", "/user/datasets", {"name": "cats", "description": "A dataset of cat images."})
    described = {"format_version": "0.1", "categories": [{"name": "cat", "id": 0}, {"name": "dog", "id": 1}]}
    changed = curl.ask("PATCH", at, {"task_attributes": described, "category": "other", "public": False})
    invited = curl.ask("POST", f"{at}/collaborators", {"user": jane, "role": "reviewer"})
    flowers = {
        "name": "flowers.png",
        "attributes": {"image": {"url": "https://example.com/image.png"}},
        "metadata": {"city": "London", "weather": "cloudy", "robot_id": 3},
        "priority": 10,
    }
    sample = curl.ask("POST", f"{at}/samples", flowers)
    uuid = sample[1]["uuid"]
    label = {
        "attributes": {
            "format_version": "0.1",
            "annotations": [{"id": 1, "category_id": 0}],
            "segmentation_bitmap": {"url": "https://example.com/label.png"},
        },
        "label_status": "PRELABELED",
        "score": 0.9254,
    }
    labelled = curl.ask("PUT", f"/labels/{uuid}/ground-truth", label)
    release = curl.ask("POST", f"{at}/releases", {"name": "v0.1", "description": "My first release."})

    assert (made[0], made[1]["name"], made[1]["samples_count"], made[1]["collaborators_count"]) == (
        201,
        "cats",
        0,
        0,
    )
    assert (changed[0], changed[1]["task_attributes"]) == (200, described)
    assert invited == (201, {"user": jane, "role": "reviewer"})
    assert (sample[0], {name: sample[1][name] for name in flowers}) == (201, flowers)
    assert sample[1]["dataset"] == f"{owner}/cats"
    assert (labelled[0], {name: labelled[1][name] for name in label}) == (201, label)
    assert (release[0], release[1]["name"], release[1]["status"]) == (201, "v0.1", "PENDING")

    listed = curl.ask("GET", f"/users/{owner}/datasets")
    mine = curl.ask("GET", "/user/datasets")
    shown = curl.ask("GET", at)
    samples = curl.ask("GET", f"{at}/samples")
    got = curl.ask("GET", f"/samples/{uuid}")
    shown_label = curl.ask("GET", f"/labels/{uuid}/ground-truth")
    releases = curl.ask("GET", f"{at}/releases")

    assert listed == mine
    assert [one["name"] for one in mine[1]] == ["cats"]
    assert (shown[1]["samples_count"], shown[1]["collaborators_count"]) == (1, 1)
    assert shown[1]["labelsets"][0]["name"] == "ground-truth"
    assert samples[1] == [got[1]]
    assert {name: shown_label[1][name] for name in label} == label
    assert [one["name"] for one in releases[1]] == ["v0.1"]

    patched = curl.ask("PATCH", f"/samples/{uuid}", {"priority": -2})
    gone = [
        curl.ask("DELETE", f"{at}/releases/v0.1"),
        curl.ask("DELETE", f"/labels/{uuid}/ground-truth"),
        curl.ask("DELETE", f"/samples/{uuid}"),
        curl.ask("DELETE", at),
    ]

    assert patched[1]["priority"] == -2
    assert gone == [(204, None)] * 4
    assert curl.ask("GET", at)[0] == 404
