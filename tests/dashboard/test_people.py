"""Managers see what everybody has, did and agrees on, and change it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio
from tests.dashboard.test_review import BOX, NARROW, SIGN, TWICE, barriers, submit, told

Keep = Callable[[Page, str], None]
WORKERS = ("ida", "kim", "noa")
THRICE: dict[str, Any] = {
    **TWICE,
    "steps": {**TWICE["steps"], "twice": {**TWICE["steps"]["twice"], "people": 3}},
}


@pytest.fixture
def crew(studio: Studio) -> Studio:
    """A project of its own, whose people may be paused and sent away."""
    project = studio.owner.make("projects", name="Crew", organization_id=studio.site.organization)
    for name in WORKERS:
        studio.join(name, project, "annotator")
    studio.join("mia", project, "project_owner")
    studio.join("rob", project, "reviewer")
    studio.join("zoe")
    return replace(studio, project=project)


def member_of(studio: Studio, name: str) -> Any:
    asked = f"/project_members?filter[project_id]={studio.project}"
    [member] = studio.owner.ask("GET", f"{asked}&filter[account_id]={studio.people[name].id}").data
    return member["attributes"]


@pytest.mark.main_journey
def test_a_manager_takes_an_entry_away_and_pauses_who_held_it(
    crew: Studio, sign_in: SignIn, keep: Keep
) -> None:
    dataset = crew.dataset("Load", 3)
    first, second, _ = crew.entries(dataset)
    ida = crew.caller("ida")
    submit(ida, first)  # from the open start: it is hers
    submit(ida, first, annotations=[SIGN])
    submit(ida, second)
    submit(crew.caller("rob"), first, outcome="reject", reason="too coarse")
    page = sign_in("mia")
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(f"/ui/datasets/{dataset}/people")
    load = page.get_by_role("region", name="Load and work")
    expect(load.get_by_role("link", name="2 held, ida")).to_have_attribute(
        "href", f"/ui/datasets/{dataset}/entries?filter[assigned_to_id]={crew.people['ida'].id}"
    )
    expect(load.get_by_role("row").filter(has_text="ida")).to_contain_text("0 %")  # none of it accepted
    assert barriers(page) == []
    keep(page, "people")
    hands = page.get_by_role("region", name="In somebody's hands")
    row = hands.get_by_role("row").filter(has_text="street-1")
    expect(row).to_contain_text("min")
    row.get_by_role("button", name="Release").click()
    expect(row).to_have_count(0)
    assert told(crew.owner, second)["assigned_to_id"] is None

    page.get_by_role("button", name="Pause ida").click()
    expect(load.get_by_text("paused")).to_be_visible()
    assert member_of(crew, "ida")["paused_at"] is not None
    refused = ida.ask("POST", f"/entries/{second}/select", {"data": {}})
    assert refused.code == "member_paused"
    page.get_by_role("button", name="Resume ida").click()
    expect(page.get_by_role("button", name="Pause ida")).to_be_visible()
    assert member_of(crew, "ida")["paused_at"] is None


def test_a_manager_adds_a_member_changes_the_role_and_disables_them(crew: Studio, sign_in: SignIn) -> None:
    page = sign_in("mia")
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(f"/ui/projects/{crew.project}/people")
    page.get_by_role("button", name="Add a member").click()
    page.get_by_label("Account").select_option(crew.people["zoe"].id)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Role of zoe").select_option("reviewer")
    expect(page.get_by_label("Role of zoe")).to_have_value("reviewer")
    page.get_by_role("button", name="Disable zoe").click()
    expect(page.get_by_role("button", name="Give zoe the place back")).to_be_visible()

    zoe = member_of(crew, "zoe")
    assert (zoe["role"], zoe["disabled_at"] is None) == ("reviewer", False)
    page.get_by_role("button", name="Give zoe the place back").click()
    expect(page.get_by_role("button", name="Disable zoe")).to_be_visible()
    assert member_of(crew, "zoe")["disabled_at"] is None


def test_a_manager_sees_who_agrees_with_whom_and_who_is_still_at_work(
    crew: Studio, sign_in: SignIn, keep: Keep
) -> None:
    dataset = crew.dataset("Agreement", 2, workflow_configuration=THRICE)
    first, second = crew.entries(dataset)
    ida, kim, noa = (crew.caller(name) for name in WORKERS)
    submit(ida, first, annotations=[SIGN, BOX])
    submit(kim, first, annotations=[SIGN, BOX])
    other = {**SIGN, "annotation": {"label": "car", "attributes": {"colour": "blue"}}}
    submit(noa, first, annotations=[other, BOX])
    submit(ida, second, annotations=[SIGN])
    assert kim.ask("POST", f"/entries/{second}/select", {"data": {}}).status == 200
    page = sign_in("mia")
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(f"/ui/datasets/{dataset}/people")
    pairs = page.get_by_role("region", name="Agreement of pairs of people")
    expect(pairs.get_by_role("row").nth(1).get_by_role("cell").nth(1)).to_contain_text("100 %")
    expect(pairs.locator("td.heat-3")).to_have_count(2)  # ida and kim, both ways
    expect(pairs.locator("td.heat-0, td.heat-1, td.heat-2")).to_have_count(4)
    confusion = page.get_by_role("region", name="Confusion of labels")
    expect(confusion.get_by_role("columnheader", name="Sign")).to_be_visible()
    expect(page.get_by_text("ida: in")).to_be_visible()
    expect(page.get_by_text("kim: at work")).to_be_visible()
    assert barriers(page) == []
    keep(page, "people-agreement")
    page.get_by_role("button", name="Release the seats of street-1").click()
    expect(page.get_by_text("kim: at work")).to_have_count(0)
    taken = kim.ask("POST", f"/entries/{second}/submit", {"data": {"attributes": {}}})
    assert taken.code in ("lease_lost", "not_assignee")


def test_who_does_not_lead_sees_their_own_figures_alone(crew: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = crew.dataset("Own", 1)
    [entry] = crew.entries(dataset)
    submit(crew.caller("ida"), entry)
    page = sign_in("kim", viewport=NARROW)

    page.goto(f"/ui/datasets/{dataset}/people")

    expect(page.get_by_text("you see your own")).to_be_visible()
    expect(page.get_by_role("link", name="1 held, ida")).to_have_count(0)
    expect(page.get_by_role("button", name="Pause ida")).to_have_count(0)
    expect(page.get_by_role("button", name="Add a member")).to_have_count(0)
    keep(page, "people-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
