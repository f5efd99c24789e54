"""An engineer brings data in, keeps how it stands as a release, and takes it out as files."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Download, FilePayload, Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio, picture

Keep = Callable[[Page, str], None]
ENDED = 30_000  # milliseconds that a job may take
NARROW = {"width": 360, "height": 740}


def files(*names: str) -> list[FilePayload]:
    """Pictures by these names, each another; of those that are called broken, none."""
    return [
        {
            "name": name,
            "mimeType": "image/png",
            "buffer": b"\x89PNG\r\n\x1a\n" if "broken" in name else picture(320, 200, len(name)),
        }
        for name in names
    ]


def content_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


@pytest.mark.main_journey
def test_files_and_a_manifest_are_brought_in_and_what_is_wrong_is_told(
    studio: Studio, sign_in: SignIn, keep: Keep
) -> None:
    dataset = studio.dataset("Arrivals", pictures=0)
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{dataset}/imports")

    form = page.locator("form[data-as=assets]")
    form.locator("input[type=file]").set_input_files(files("a.png", "broken.png", "abc.png"))
    form.get_by_role("button", name="Upload and import").click()
    expect(form.locator("output")).to_contain_text("2 of 3 files were uploaded")
    expect(form.get_by_role("listitem")).to_contain_text("broken.png")
    form.get_by_role("link", name="see the job").click()
    expect(page.get_by_text("2 entries were brought in.")).to_be_visible(timeout=ENDED)

    items = [
        {"url": "https://pictures.example.org/1.jpg", "external_id": "one"},
        {"external_id": "no address"},
    ]
    manifest = "\n".join(json.dumps(item) for item in items).encode()
    page.goto(f"/ui/datasets/{dataset}/imports")
    form = page.locator("form[data-as=manifest]")
    given: FilePayload = {"name": "items.ndjson", "mimeType": "application/x-ndjson", "buffer": manifest}
    form.locator("input[type=file]").set_input_files(given)
    form.get_by_role("button", name="Upload and import").click()
    errors = page.locator("#errors")
    expect(errors).to_contain_text("item invalid", timeout=ENDED)
    expect(page.get_by_text("1 entries were brought in.")).to_be_visible(timeout=ENDED)
    keep(page, "import")

    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto(f"/ui/datasets/{dataset}/imports")
    expect(page.locator("#imports tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    keep(page, "imports-narrow")
    assert len(studio.entries(dataset)) == 3


def test_a_wrong_address_is_told_beside_its_field(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Addresses", pictures=0)
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{dataset}/imports")

    page.get_by_label("Its address").fill("http://localhost/manifest.json")
    page.locator("form", has=page.get_by_label("Its address")).get_by_role("button").click()

    expect(page.get_by_role("alert")).to_be_visible()
    assert studio.owner.ask("GET", f"/jobs?filter[dataset_id]={dataset}").data == []


@pytest.mark.main_journey
def test_a_release_is_made_exported_and_compared(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = studio.dataset("Kept")
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{dataset}/releases")

    release(page, "v1")
    expect(page.locator("#release")).to_contain_text("succeeded", timeout=ENDED)
    page.get_by_label("Format").select_option("coco_instances")
    page.get_by_label("Pictures").select_option("with")
    page.get_by_role("button", name="Export", exact=True).click()
    link = page.locator("#exports a[download]")
    expect(link).to_be_visible(timeout=ENDED)
    keep(page, "release")
    with page.expect_download() as waiting:
        link.click()
    with zipfile.ZipFile(BytesIO(content_of(waiting.value))) as archive:
        names = archive.namelist()
        [listed] = [name for name in names if name.endswith(".json") and "instances_" in name]
        told = json.loads(archive.read(listed))
    assert sorted(image["file_name"] for image in told["images"]) == [f"street-{n}.png" for n in range(4)]
    assert sum(name.endswith(".png") for name in names) == 4
    assert [one["name"] for one in told["categories"]][:2] == ["Car", "Road"]

    [gone, *_] = studio.entries(dataset)
    assert studio.owner.ask("DELETE", f"/entries/{gone}").status == 204
    page.goto(f"/ui/datasets/{dataset}/releases")
    release(page, "v2")
    expect(page.locator("#release")).to_contain_text("succeeded", timeout=ENDED)
    page.get_by_role("button", name="Compare").click()
    figures = page.locator(".figure")
    expect(figures.filter(has_text="removed").locator("b")).to_have_text("1", timeout=ENDED)
    expect(figures.filter(has_text="added").locator("b")).to_have_text("0")
    expect(page.locator("#differences tbody tr")).to_contain_text(gone)
    keep(page, "comparison")

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="v2").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#releases tbody tr")).to_have_count(1)


def release(page: Page, name: str) -> None:
    """Make a release of the dataset whose releases PAGE shows."""
    page.get_by_role("button", name="New release").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("train").check()
    dialog.get_by_label("train").uncheck()
    dialog.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
