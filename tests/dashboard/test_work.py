"""Who works sees what is theirs: what comes next, what they hold, what came back and why, what they did."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio

Keep = Callable[[Page, str], None]
BOX = {"type": "box", "x": 10, "y": 10, "width": 20, "height": 20}


def worked(studio: Studio, dataset: str, name: str, outcome: str, **words: str) -> str:
    """An entry that the person marked and submitted, and the reviewer judged; its id."""
    caller, reviewer = studio.caller(name), studio.caller("rui")
    entry = caller.ask("POST", f"/datasets/{dataset}/next", {"data": {}}).id
    body: Any = {"data": {"attributes": {}}}
    assert caller.ask("POST", f"/entries/{entry}/submit", body).status == 200
    caller.make("annotations", entry_id=entry, dimensions=BOX, annotation={"label": "sign"})
    assert caller.ask("POST", f"/entries/{entry}/submit", body).status == 200
    assert reviewer.ask("POST", f"/entries/{entry}/select", body).status == 200
    verdict = {"data": {"attributes": {"outcome": outcome, **words}}}
    assert reviewer.ask("POST", f"/entries/{entry}/submit", verdict).status == 200
    return entry


@pytest.mark.main_journey
def test_what_is_ones_own_is_seen_at_a_glance(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = studio.dataset("At a glance", pictures=3)
    worked(studio, dataset, "ben", "accept")
    back = worked(studio, dataset, "ben", "reject", reason="too coarse", comment="Look at the edges")
    caller = studio.caller("ben")
    content = {"data": {"attributes": {"content": {"annotations": [{"dimensions": BOX, "annotation": {}}]}}}}
    assert caller.ask("PUT", f"/entries/{back}/draft", content).status == 200
    page = sign_in("ben")

    page.goto("/ui/work")

    returned = page.locator("#returned")
    expect(returned.get_by_text("too coarse")).to_be_visible()
    expect(returned.get_by_text("Look at the edges")).to_be_visible()
    held = page.get_by_role("row").filter(has=page.get_by_role("button", name="Give back"))
    expect(held.filter(has_text="rejected")).to_have_count(1)
    expect(page.get_by_text("1 changed, kept")).to_be_visible()
    line = page.get_by_role("row").filter(has=page.get_by_role("link", name="At a glance"))
    expect(line.filter(has_text="50 %")).to_have_count(1)
    keep(page, "work")
    line.filter(has_text="50 %").get_by_role("link", name="2", exact=True).first.click()
    me = studio.people["ben"].id
    expect(page).to_have_url(f"{studio.site.url}/ui/datasets/{dataset}/entries?filter[submitted_by_id]={me}")


def test_what_is_held_is_given_back(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Given back", pictures=1)
    entry = studio.caller("ann").ask("POST", f"/datasets/{dataset}/next", {"data": {}}).id
    page = sign_in("ann")
    page.goto("/ui/work")
    row = page.get_by_role("row").filter(has=page.locator(f"a[href='/ui/entries/{entry}']"))
    left = row.locator("time")
    expect(left).to_have_text(re.compile(r"29:\d\d"))
    expect(left).not_to_have_text(left.inner_text())  # it counts down

    row.get_by_role("button", name="Give back").click()

    expect(row).to_have_count(0)
    told = studio.owner.ask("GET", f"/entries/{entry}").data["attributes"]
    assert told["assigned_to_id"] is None


def test_where_nothing_waits_it_is_said(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Nothing here", pictures=0)
    page = sign_in("ann")
    page.goto("/ui/work")

    page.get_by_role("button", name="Next entry of Nothing here").click()

    expect(page.get_by_text("Nothing waits for you in Nothing here now.")).to_be_visible()
    assert studio.entries(dataset) == []


def test_what_others_do_is_seen_without_asking(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Live", pictures=1)
    page = sign_in("ann")
    page.goto("/ui/work")
    [entry] = studio.entries(dataset)
    expect(page.locator(f"#mine a[href='/ui/entries/{entry}']")).to_have_count(0)

    body = {"data": {"attributes": {"assigned_to_id": studio.people["ann"].id}}}
    assert studio.owner.ask("PATCH", f"/entries/{entry}/assign", body).status == 200

    expect(page.locator(f"#mine a[href='/ui/entries/{entry}']")).to_have_count(1)


def test_two_work_on_one_entry_unseen_by_each_other(studio: Studio, sign_in: SignIn) -> None:
    steps = {
        "twice": {
            "kind": "consensus",
            "people": 2,
            "agreement": 0.5,
            "on": {"agree": "done", "disagree": "done"},
        },
        "done": {"kind": "done"},
    }
    flow = {"start": "twice", "steps": steps}
    dataset = studio.dataset("Twice", pictures=1, workflow_configuration=flow)
    [entry] = studio.entries(dataset)
    for name in ("ann", "ben"):
        page = sign_in(name)
        page.goto("/ui/work")
        page.get_by_role("button", name="Next entry of Twice").click()
        expect(page.locator("#stage[data-ready]")).to_be_visible()
        page.goto("/ui/work")
        page.locator(f"#mine a[href='/ui/entries/{entry}']").click()
        expect(page.locator("#stage[data-ready]")).to_be_visible()
        expect(page.get_by_text("Nothing is marked yet.")).to_be_visible()

        page.keyboard.press("b")
        page.keyboard.press("3")
        page.get_by_role("checkbox", name="then the next one").uncheck()
        page.keyboard.press("S")
        expect(page.get_by_role("heading", name="My work")).to_be_visible()

    told = studio.owner.ask("GET", f"/entries/{entry}").data["attributes"]
    assert (told["wf_step"], told["agreement"]) == ("done", 1.0)
