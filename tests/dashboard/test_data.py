"""A manager looks through the entries of a dataset, and changes many at once."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio

HOSTILE = (
    '<img src=x onerror="document.title=1">.png',
    '"><script>document.title=1</script>',
    "\u202egnp.evil 'quoted'",
    "{{ 7 * 7 }}%5B&amp;",
)


def filled(studio: Studio, name: str, count: int) -> str:
    """A new dataset of so many entries without pictures, item-0 first."""
    id = studio.dataset(name, 0)
    made = [
        ("create", {"dataset_id": id, "resource": f"item-{n:03}.png", "external_id": f"item-{n:03}"})
        for n in range(count)
    ]
    studio.owner.call("/entries", made)
    return id


def told(studio: Studio, dataset: str) -> list[Any]:
    """The attributes of the dataset's entries, oldest first."""
    return [one["attributes"] for one in studio.owner.every(f"/datasets/{dataset}/entries")]


def rows(page: Page) -> Any:
    return page.locator("#entries tbody tr")


def test_what_is_filtered_stands_in_the_address_and_is_there_when_that_is_opened_anew(
    studio: Studio, sign_in: SignIn, keep: Callable[[Page, str], None]
) -> None:
    id = studio.dataset("Filtered", 3)
    studio.owner.call("/entries", [("create", {"dataset_id": id, "resource": "other.png"})])
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/entries")
    expect(rows(page)).to_have_count(4)
    keep(page, "data")

    page.get_by_label("completed", exact=True).check()
    expect(page.get_by_text("No entry matches.")).to_be_visible()
    page.get_by_label("ready", exact=True).check()
    expect(rows(page)).to_have_count(4)
    page.keyboard.press("/")
    page.get_by_label("Name contains").fill("OTHER")
    page.keyboard.press("Enter")

    expect(rows(page)).to_have_count(1)
    address = f"/ui/datasets/{id}/entries?filter[resource__match]=OTHER&filter[status__in]=ready,completed"
    expect(page).to_have_url(studio.site.url + address)
    anew = sign_in("lea")
    anew.goto(address)
    expect(rows(anew)).to_have_count(1)
    expect(anew.get_by_label("Name contains")).to_have_value("OTHER")
    expect(anew.get_by_label("completed", exact=True)).to_be_checked()
    page.get_by_role("button", name="Count what matches").click()
    expect(page.get_by_text("1 matches.")).to_be_visible()

    page.go_back()
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_label("Name contains")).to_have_value("")
    page.go_forward()
    page.get_by_role("link", name="Drop filter[resource__match]").click()
    expect(rows(page)).to_have_count(4)


@pytest.mark.parametrize(
    ("parameter", "detail"),
    [
        ("filter[foo]=<img src=x onerror=alert(1)>", "entries has no filter foo"),
        ("filter[priority__gte]=high", "filter[priority__gte]: "),
        ("sort=colour", "entries cannot be sorted by colour"),
    ],
)
def test_what_the_api_does_not_take_is_told_and_can_be_dropped(
    studio: Studio, sign_in: SignIn, parameter: str, detail: str
) -> None:
    id = filled(studio, f"Unknown {detail}", 2)
    page = sign_in("lea")

    page.goto(f"/ui/datasets/{id}/entries?filter[status]=ready&{quote(parameter, safe='[]=')}")

    expect(page.get_by_role("alert")).to_contain_text(detail)
    page.get_by_role("alert").get_by_role("link", name=f"Drop {parameter.split('=')[0]}").click()
    expect(page).to_have_url(f"{studio.site.url}/ui/datasets/{id}/entries?filter[status]=ready")
    expect(rows(page)).to_have_count(2)


def test_every_filter_include_and_order_of_the_api_works_in_the_address(
    studio: Studio, sign_in: SignIn
) -> None:
    id = filled(studio, "Exact", 5)
    page = sign_in("lea")
    asked = {
        "filter[external_id]=item-001&filter[external_id]=item-003&sort=-external_id": [
            "item-003",
            "item-001",
        ],
        "filter[resource]=item-002.png&include=assigned_to,layers": ["item-002"],
        f"filter[metadata]={quote(json.dumps({'city': 'Lund'}))}": [],
        "filter[assigned_to_id]=null&filter[priority__lt]=1&sort=-id": [
            f"item-00{n}" for n in (4, 3, 2, 1, 0)
        ],
    }

    for query, items in asked.items():
        page.goto(f"/ui/datasets/{id}/entries?{query}")

        expect(page.locator("[data-item]")).to_have_text(items)
        expect(page.get_by_role("alert")).to_have_count(0)


def test_a_manager_goes_from_page_to_page_by_keys(studio: Studio, sign_in: SignIn) -> None:
    id = filled(studio, "Paged", 120)
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/entries?filter[status]=ready")
    first = page.locator("[data-item]").first

    for start in ("item-000", "item-050", "item-100"):
        expect(first).to_have_text(start)
        if start != "item-100":
            page.keyboard.press("]")
    expect(rows(page)).to_have_count(20)
    for start in ("item-050", "item-000"):
        page.keyboard.press("[")
        expect(first).to_have_text(start)

    expect(page.get_by_role("link", name="Before")).to_have_count(0)


@pytest.mark.main_journey
def test_what_is_selected_is_changed_after_a_trial_and_nothing_else(
    studio: Studio, sign_in: SignIn, keep: Callable[[Page, str], None]
) -> None:
    id = filled(studio, "Bulk", 6)
    ann = studio.people["ann"].id
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/entries")
    expect(page.get_by_role("button", name="Assign…")).to_be_disabled()

    for n in (1, 3):
        page.get_by_label(f"Select item-00{n}").check()
    expect(page.get_by_text("2 entries are selected.").first).to_be_visible()
    page.get_by_role("button", name="Assign…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="To").select_option(label="ann, annotator")
    expect(dialog.get_by_role("button", name="Do it")).to_be_hidden()
    dialog.get_by_role("button", name="See what would happen").click()
    expect(dialog.locator("output")).to_contain_text("2 entries match. 2 entries would be changed")
    keep(page, "data-trial")
    assert {one["assigned_to_id"] for one in told(studio, id)} == {None}
    dialog.get_by_role("button", name="Do it").click()

    expect(dialog.locator("output")).to_contain_text("2 entries changed")
    assert [one["assigned_to_id"] for one in told(studio, id)] == [None, ann, None, ann, None, None]
    dialog.get_by_role("button", name="Close").click()
    expect(rows(page).nth(1)).to_contain_text("ann")

    page.goto(f"/ui/datasets/{id}/entries?filter[assigned_to_id]=null")
    page.keyboard.press("a")
    page.get_by_role("button", name="Priority…").click()
    dialog.get_by_label("Priority").fill("-2.5")
    dialog.get_by_role("button", name="See what would happen").click()
    expect(dialog.locator("output")).to_contain_text("4 entries match")
    dialog.get_by_label("Priority").fill("-3")
    expect(dialog.get_by_role("button", name="Do it")).to_be_hidden()  # it is another wish
    dialog.get_by_role("button", name="See what would happen").click()
    dialog.get_by_role("button", name="Do it").click()

    expect(dialog.locator("output")).to_contain_text("4 entries changed")
    assert [one["priority"] for one in told(studio, id)] == [-3, 0, -3, 0, -3, -3]


def test_a_change_that_an_entry_refuses_is_told_before_it_is_made(studio: Studio, sign_in: SignIn) -> None:
    id = filled(studio, "Refused", 3)
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/entries")
    before = told(studio, id)

    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Reopen…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="See what would happen").click()

    expect(dialog.get_by_role("alert")).to_contain_text("an entry at start cannot reopen")
    expect(dialog.get_by_role("link", name="This entry refuses.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Do it")).to_be_hidden()
    assert told(studio, id) == before


def test_more_than_a_thousand_are_changed_by_a_job_that_is_watched(studio: Studio, sign_in: SignIn) -> None:
    id = filled(studio, "Many", 1000)
    studio.owner.call("/entries", [("create", {"dataset_id": id, "resource": "last.png"})])
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/entries")

    page.get_by_role("button", name="Select all that match").click()
    page.get_by_role("button", name="Split…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Split").select_option("valid")
    dialog.get_by_role("button", name="See what would happen").click()
    expect(dialog.locator("output")).to_contain_text("1,001 entries match. They are changed by a job")
    dialog.get_by_role("button", name="Do it").click()

    expect(dialog.locator("output")).to_contain_text("The job succeeded.", timeout=60_000)
    expect(dialog.get_by_role("link", name="The job")).to_be_visible()
    assert {one["split"] for one in told(studio, id)} == {"valid"}


def test_hostile_names_are_text(studio: Studio, sign_in: SignIn) -> None:
    id = studio.dataset("Hostile", 0)
    made = [{"dataset_id": id, "resource": name, "external_id": name} for name in HOSTILE]
    studio.owner.call("/entries", [("create", one) for one in made])
    page = sign_in("lea")

    page.goto(f"/ui/datasets/{id}/entries")

    expect(page.locator("[data-item]")).to_have_text(list(HOSTILE))
    expect(page).to_have_title("Data · Hostile · Postil")
    assert page.locator("main img[src=x]").count() == 0
    for name in HOSTILE:
        page.goto(f"/ui/datasets/{id}/entries?filter[external_id]={quote(name, safe='')}")
        expect(page.locator("[data-item]")).to_have_text([name])
        expect(page.get_by_role("textbox", name="External id")).to_have_value(name)


def test_a_dataset_without_entries_says_what_comes_next(studio: Studio, sign_in: SignIn) -> None:
    id = studio.dataset("Empty", 0)
    page = sign_in("lea", viewport={"width": 360, "height": 700})

    page.goto(f"/ui/datasets/{id}/entries")
    expect(page.get_by_role("link", name="Import data")).to_have_attribute(
        "href", f"/ui/datasets/{id}/imports"
    )
    studio.owner.call("/entries", [("create", {"dataset_id": id, "resource": "x" * 4000})])

    expect(rows(page)).to_have_count(1)  # by itself
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_who_does_not_lead_reads_and_changes_nothing(studio: Studio, sign_in: SignIn) -> None:
    id = filled(studio, "Read", 2)
    page = sign_in("ann")

    page.goto(f"/ui/datasets/{id}/entries")

    expect(rows(page)).to_have_count(2)
    expect(page.locator("[data-bulk], [data-row], dialog[id=assign]")).to_have_count(0)


def test_what_is_listed_is_exported_and_how_it_is_spread_is_told(studio: Studio, sign_in: SignIn) -> None:
    id = filled(studio, "Spread", 60)
    one = studio.entries(id)[0]
    body = {"data": {"type": "entries", "id": one, "attributes": {"split": "train"}}}
    assert studio.owner.ask("PATCH", f"/entries/{one}", body).status == 200
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/entries?filter[split]=null&sort=-external_id")

    with page.expect_download() as export:
        page.get_by_role("button", name="Export these as NDJSON").click()

    lines = [json.loads(line) for line in export.value.path().read_text().splitlines()]
    names = [line["attributes"]["external_id"] for line in lines[:-1]]
    assert names == [f"item-{n:03}" for n in range(59, 0, -1)]
    assert lines[-1]["meta"] == {"end": True, "count": 59}
    train = page.locator("#by-split tr").filter(has_text="train")
    expect(train).to_contain_text("1")
    train.get_by_role("link").click()
    expect(page.locator("[data-item]")).to_have_text(["item-000"])
