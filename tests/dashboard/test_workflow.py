"""Managers change a workflow: its text is checked, played, applied, and what is under way is moved to it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio

ONE_STEP: dict[str, Any] = {
    "start": "label",
    "steps": {"label": {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}},
}


def test_a_mistake_is_told_where_it_is_and_a_right_text_is_applied(
    studio: Studio, sign_in: SignIn, keep: Callable[[Page, str], None]
) -> None:
    dataset = studio.dataset("Lanes", pictures=3)
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{dataset}/workflow")
    text = page.get_by_label("Workflow, as JSON")
    expect(text).to_have_value("{}")

    page.get_by_label("Begin with").select_option("Review of a share of all")
    right = text.input_value()
    text.fill(right[:-1])
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("this is no json")).to_be_visible()
    text.fill(right.replace('"reject": "label"', '"reject": "lable"'))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("there is no step lable")).to_be_visible()
    page.get_by_role("button", name="Go to /steps/check/on/reject").click()
    chosen = "one => one.value.slice(one.selectionStart, one.selectionEnd)"
    assert text.evaluate(chosen) == '"lable"'
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert").filter(has_text="/steps/check/on/reject")).to_be_visible()
    assert studio.owner.ask("GET", f"/datasets/{dataset}").data["attributes"]["workflow_version"] == 1
    keep(page, "workflow-mistake")

    text.fill(right)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("img")).to_be_visible()
    page.get_by_label("Minutes at label").fill("30")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text("What holds it back is label.")).to_be_visible()
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_role("heading", name="Version 2, as it stands")).to_be_visible()
    expect(page.get_by_role("link", name="3 entries at label", exact=True)).to_be_visible()
    kept = studio.owner.ask("GET", f"/datasets/{dataset}").data["attributes"]["workflow_configuration"]
    assert kept == json.loads(right)
    keep(page, "workflow")


@pytest.mark.main_journey
def test_entries_of_an_older_version_are_moved_after_it_is_shown_where(
    studio: Studio, sign_in: SignIn
) -> None:
    dataset = studio.dataset("Kerbs", pictures=3)
    begun, *_ = studio.entries(dataset)
    taken = studio.caller("ann").ask("POST", f"/entries/{begun}/submit", {"data": {"attributes": {}}})
    assert taken.status == 200, taken
    change = {"data": {"type": "datasets", "id": dataset, "attributes": {"workflow_configuration": ONE_STEP}}}
    assert studio.owner.ask("PATCH", f"/datasets/{dataset}", change).status == 200
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{dataset}/workflow")
    page.on("dialog", lambda dialog: dialog.accept())

    page.get_by_label("Where entries at annotate go").select_option("label")
    page.get_by_role("button", name="Show what would move").click()
    expect(page.get_by_role("cell", name="annotate → label")).to_be_visible()
    assert studio.owner.ask("GET", f"/entries/{begun}").data["attributes"]["wf_step"] == "annotate"
    page.get_by_role("button", name="Move them").click()
    expect(page.get_by_role("link", name="How far it is")).to_be_visible()

    expect(page.get_by_role("link", name="3 entries at label", exact=True)).to_be_visible()
    assert studio.owner.ask("GET", f"/entries/{begun}").data["attributes"]["wf_step"] == "label"


def test_a_text_that_somebody_else_changed_meanwhile_is_not_overwritten(
    studio: Studio, sign_in: SignIn
) -> None:
    dataset = studio.dataset("Verges", pictures=1)
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{dataset}/workflow")
    change = {"data": {"type": "datasets", "id": dataset, "attributes": {"workflow_configuration": ONE_STEP}}}
    assert studio.owner.ask("PATCH", f"/datasets/{dataset}", change).status == 200

    page.get_by_label("Workflow, as JSON").fill('{"sample_rate": 0.5}')
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_text("It was changed meanwhile")).to_be_visible()
    assert (
        studio.owner.ask("GET", f"/datasets/{dataset}").data["attributes"]["workflow_configuration"]
        == ONE_STEP
    )
