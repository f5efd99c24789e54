"""Managers make projects and datasets, see the workflow with what stands in it, and how the work goes."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio

NARROW = {"width": 360, "height": 740}


def submit(studio: Studio, name: str, entry: str, **attributes: Any) -> None:
    answer = studio.caller(name).ask("POST", f"/entries/{entry}/submit", {"data": {"attributes": attributes}})
    assert answer.status == 200, answer


def judge(studio: Studio, name: str, entry: str, **attributes: Any) -> None:
    """Take an entry that waits for review, and give a verdict."""
    answer = studio.caller(name).ask("POST", f"/entries/{entry}/select", {"data": {"attributes": {}}})
    assert answer.status == 200, answer
    submit(studio, name, entry, **attributes)


def listed(studio: Studio, dataset: str, address: str) -> int:
    """How many entries the API lists for the filters of a link to a dataset's entries."""
    path, _, query = address.partition("?")
    assert path == f"/ui/datasets/{dataset}/entries"
    filters = [
        *parse_qsl(query),
        ("filter[dataset_id]", dataset),
        ("page[size]", "1000"),
        ("fields", "status"),
    ]
    answer = studio.owner.ask("GET", f"/entries?{urlencode(filters)}")
    assert answer.status == 200, answer
    return len(answer.data)


def test_a_manager_makes_a_project_and_a_dataset_by_the_dialogs(studio: Studio, sign_in: SignIn) -> None:
    page = sign_in()
    dialog = page.get_by_role("dialog")
    page.goto("/ui/projects")
    page.get_by_role("button", name="New project").click()
    dialog.get_by_label("Name").fill("Harbours <b>& quays</b>")
    dialog.get_by_label("What it is for").fill("Ships that come and go.")
    dialog.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbours <b>& quays</b>")
    page.get_by_role("button", name="New dataset").click()
    dialog.get_by_label("Name").fill("Ferries")
    dialog.get_by_label("How entries come to people").select_option("by_load")
    dialog.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ferries")

    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("What it is", exact=True).fill("White, mostly.")
    dialog.get_by_role("button", name="Keep").click()
    expect(page.locator("main > p", has_text="White, mostly.")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete it").click()
    expect(dialog).to_be_visible()  # not before it is said that one knows
    dialog.get_by_label("I know what I delete").check()
    dialog.get_by_role("button", name="Delete it").click()

    expect(page).to_have_url(re.compile("/ui/projects/[^/]+$"))
    expect(page.get_by_text("No dataset yet.")).to_be_visible()
    found = studio.owner.ask("GET", "/datasets?filter[name]=Ferries")
    assert found.data == []


@pytest.mark.main_journey
def test_a_manager_sees_what_stands_where_and_each_count_leads_to_so_many_entries(
    studio: Studio, sign_in: SignIn, keep: Callable[[Page, str], None]
) -> None:
    dataset = studio.dataset("Crossings", pictures=5)
    first, second, third, *_ = studio.entries(dataset)
    for entry in (first, second, third):
        submit(studio, "ann", entry)
    submit(studio, "ann", first, annotations=[])
    submit(studio, "ann", second, annotations=[])
    judge(studio, "rui", first, approved=True)
    judge(studio, "rui", second, approved=False, reason="too coarse")
    page = sign_in("lea")

    page.goto(f"/ui/datasets/{dataset}")

    flow = page.get_by_role("region", name="The workflow, drawn")
    counts = {
        "5 entries": None,
        "2 entries at start": 2,
        "2 entries at annotate": 2,
        "0 entries at review": 0,
        "1 entry at done": 1,
        "2 ready at start": 2,
        "2 in progress at annotate": 2,
        "1 completed at done": 1,
    }
    for name, count in counts.items():
        if count is not None:
            link = flow.get_by_role("link", name=name, exact=True)
            expect(link).to_be_visible()
            assert listed(studio, dataset, link.get_attribute("href") or "") == count
    figures = page.locator("#flow a.figure")
    for n in range(figures.count()):
        figure = figures.nth(n)
        said = int(figure.locator("b").inner_text())
        assert listed(studio, dataset, figure.get_attribute("href") or "") == said
    keep(page, "dataset")

    submit(studio, "ann", second, annotations=[])
    expect(flow.get_by_role("link", name="1 entry at review", exact=True)).to_be_visible()
    expect(flow.get_by_role("link", name="1 entry at annotate", exact=True)).to_be_visible()

    flow.get_by_role("link", name="2 ready at start", exact=True).click()
    entries = page.get_by_role("region", name="Entries")
    expect(entries.locator("tbody tr")).to_have_count(2)
    page.go_back()

    page.get_by_role("link", name="1 rejected: too coarse").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("cell", name="too coarse")).to_be_visible()
    link = page.get_by_role("row").nth(1).get_by_role("link")
    assert urlsplit(link.get_attribute("href") or "").path == f"/ui/entries/{second}"


def test_charts_tell_the_same_as_the_tables_beside_them(
    studio: Studio, sign_in: SignIn, keep: Callable[[Page, str], None]
) -> None:
    dataset = studio.dataset("Tunnels", pictures=3)
    first, *_ = studio.entries(dataset)
    submit(studio, "ann", first)
    submit(studio, "ann", first, annotations=[])
    page = sign_in("lea")

    page.goto(f"/ui/datasets/{dataset}")
    expect(page.locator("figure.chart canvas")).to_have_count(3)
    judge(studio, "rui", first, approved=True)
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('postil:changed-lately'))"
    )  # do not wait for it

    for name, row in {
        "Burn-up": {"All": "3", "Done": "1"},
        "Cumulative flow": {"start": "2", "done": "1"},
        "Throughput": {"Completed": "1", "Submitted": "1"},
    }.items():
        chart = page.locator("figure.chart").filter(has=page.get_by_text(name, exact=True))
        expect(chart.locator("canvas")).to_be_visible()
        for label, value in row.items():  # that of the last day, where no pointer is
            series = chart.locator(".u-series").filter(has_text=re.compile(rf"^\s*{label}"))
            expect(series.locator(".u-value")).to_have_text(value)
        chart.get_by_text("As a table").click()
        table = chart.get_by_role("table", include_hidden=False).last
        heads = table.locator("thead th").all_inner_texts()
        today = table.locator("tbody tr").last.locator("th, td").all_inner_texts()
        told = dict(zip(heads, today, strict=True))
        assert {label: told[label] for label in row} == row
    expect(page.get_by_text("When it will be done cannot be told yet")).to_be_visible()
    keep(page, "charts")


def test_who_only_works_sees_how_it_goes_but_is_offered_nothing_to_change(
    studio: Studio, sign_in: SignIn
) -> None:
    dataset = studio.dataset("Bridges", pictures=1)
    page = sign_in("ann")

    page.goto(f"/ui/datasets/{dataset}")

    expect(page.get_by_role("link", name="1 entry at start", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    page.goto(f"/ui/datasets/{dataset}/workflow")
    expect(page.get_by_role("button", name="Check", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    page.goto(f"/ui/projects/{studio.project}")
    expect(page.get_by_role("link", name="Bridges")).to_be_visible()
    expect(page.get_by_role("button", name="New dataset")).to_have_count(0)


def test_nothing_is_wider_than_a_narrow_screen(
    studio: Studio, sign_in: SignIn, keep: Callable[[Page, str], None]
) -> None:
    dataset = studio.dataset("A" * 120, pictures=2)
    page = sign_in("lea", viewport=NARROW)
    paths = (f"/ui/datasets/{dataset}", f"/ui/projects/{studio.project}", f"/ui/datasets/{dataset}/workflow")

    for path in paths:
        page.goto(path)

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
    keep(page, "workflow-narrow")
