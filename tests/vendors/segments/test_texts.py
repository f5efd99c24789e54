"""Segments' SDK 1.9.2, the last that knows texts, unmodified; and 1.33.0, which reads on all the same."""

from pathlib import Path

import pytest

from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite

TASKS = ("text-named-entities", "text-span-categorization")


def test_texts_are_marked_and_newer_clients_still_list_datasets(site: VendorSite, tmp_path: Path) -> None:
    site.serve()

    told = said_by("segments-1.9.2", "tests.vendors.segments.texts", site.url, site.key, folder=tmp_path)
    newer = said_by("segments", "tests.vendors.segments.names", site.url, site.key, folder=tmp_path)

    marks = [
        {"start": 0, "end": 4, "category_id": 1},
        {"start": 14, "end": 19, "category_id": 2},
    ]
    for task in TASKS:
        assert told[task]["task_type"] == task
        assert told[task]["text"] == "Jane lives in Paris"
        assert told[task]["label"] == {"format_version": "0.1", "annotations": marks}
    assert told["datasets"] == sorted(TASKS)
    assert newer == {task: "" for task in TASKS}
    spans = [one["attributes"]["dimensions"] for one in site.main().every("/annotations")]
    assert spans.count({"type": "text_span", "start": 14, "end": 19}) == 2


@pytest.mark.parametrize("release", ["segments", "segments-1.9.2"])
def test_a_wrong_key_is_told_at_once(site: VendorSite, tmp_path: Path, release: str) -> None:
    site.serve()

    with pytest.raises(AssertionError, match="AuthenticationError"):
        said_by(release, "tests.vendors.segments.names", site.url, "nonsense", folder=tmp_path)
