"""The SDKs are the releases that are promised, locked by hash, and their packages are none of ours."""

from pathlib import Path

import pytest

from tests.vendors.environments import ENVIRONMENTS, installed
from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite

SCRIPT = "tests.vendors.releases_told"
RELEASES = {  # the environment -> what its Python imports
    "segments": {"segments-ai=segments": "1.33.0", "pycocotools=pycocotools.mask": "", "pillow=PIL": "12."},
    "segments-1.9.2": {"segments-ai=segments": "1.9.2", "pillow=PIL": "12."},
    "datagym": {"datagym=datagym": "0.7.2", "opencv-python-headless=cv2": ""},
    "datagym-0.5.2": {"datagym=datagym": "0.5.2"},
    "jtheta": {"jtheta=jtheta": "0.1.1"},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_sdk_is_the_release_that_is_promised(name: str, tmp_path: Path) -> None:
    words: list[str] = []

    told = said_by(name, SCRIPT, *RELEASES[name], folder=tmp_path, at_pause=words.append)

    assert words == ["imported"]
    for wanted, release in RELEASES[name].items():
        assert told[wanted.split("=")[0]].startswith(release)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_lock_has_a_hash_for_every_package_and_no_address(name: str) -> None:
    text = ENVIRONMENTS[name].lock.read_text()
    packages = [block for block in text.split("\n") if "==" in block]

    assert packages
    assert all(line.endswith("\\") for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
    assert "--index" not in text


def test_an_environment_is_made_once(tmp_path: Path) -> None:
    environment = installed("jtheta")
    before = (environment.folder / ".stamp").stat().st_mtime_ns

    again = installed("jtheta")

    assert (again.folder / ".stamp").stat().st_mtime_ns == before


def test_a_script_that_fails_is_told_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="No module named 'nothing_such'"):
        said_by("jtheta", SCRIPT, "x=nothing_such", folder=tmp_path, at_pause=lambda word: None)


def test_a_site_is_killed_and_served_again_at_the_same_port(sites: VendorSite) -> None:
    sites.serve()
    url = sites.url
    project = sites.main().make("projects", name="Retina", organization_id=sites.organization)
    jane = sites.join("jane", project, "reviewer")

    sites.restart()

    assert sites.url == url
    shown = sites.main(jane.key).ask("GET", f"/projects/{project}")
    assert (shown.status, shown.data["attributes"]["name"]) == (200, "Retina")
