"""A manager sees what may be marked and how often it is, and changes it knowing what that does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio

HOSTILE = '<img src=x onerror="document.title=1">\u202e"\''


def labelled(studio: Studio, name: str, **attributes: Any) -> str:
    """A new dataset whose entry has two cars, a sign and the weather."""
    id = studio.dataset(name, 0, **attributes)
    calls = [("create", {"dataset_id": id, "resource": "a.png"})]
    [entry] = [answer["result"]["id"] for answer in studio.owner.call("/entries", calls)]
    box = {"type": "box", "x": 1, "y": 2, "width": 30, "height": 20}
    marks = [
        (box, {"label": "car", "attributes": {"colour": "red"}}),
        (box, {"label": "car", "attributes": {"colour": "blue"}}),
        (box, {"label": "sign"}),
        ({}, {"label": "weather", "value": "sun"}),
    ]
    made = [("create", {"entry_id": entry, "dimensions": shape, "annotation": mark}) for shape, mark in marks]
    answers = studio.owner.call("/annotations", made)
    assert all("result" in answer for answer in answers), answers
    return id


def configuration(studio: Studio, dataset: str) -> Any:
    told = studio.owner.ask("GET", f"/datasets/{dataset}").data["attributes"]
    return told["labeling_configuration"]


def marks(studio: Studio, dataset: str) -> list[str]:
    """The labels of the dataset's annotations, sorted."""
    found = studio.owner.every(f"/annotations?filter[dataset_id]={dataset}")
    return sorted(one["attributes"]["annotation"]["label"] for one in found)


def line(page: Page, name: str) -> Locator:
    return page.locator("#tree tbody tr").filter(has=page.get_by_role("rowheader", name=name))


def applied(page: Page, do: str, impact: str) -> None:
    """Look at the impact, then do it, in the dialog that is open."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=do)).to_be_hidden()
    dialog.get_by_role("button", name="See the impact").click()
    expect(dialog.locator("output")).to_contain_text(impact)
    dialog.get_by_role("button", name=do).click()
    expect(dialog.locator("output")).to_contain_text("The job succeeded.")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


@pytest.mark.main_journey
def test_classes_are_renamed_recoloured_and_merged_by_their_impact_and_the_merge_is_undone(
    studio: Studio, sign_in: SignIn, keep: Callable[[Page, str], None]
) -> None:
    id = labelled(studio, "Relabelled")
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/labels")
    expect(line(page, "Car")).to_contain_text("2 on 1")
    expect(line(page, "Road")).to_contain_text("0")
    line(page, "Car").get_by_text("3 questions").click()
    expect(line(page, "Car")).to_contain_text("Colour select, required")
    keep(page, "labels")
    line(page, "Car").get_by_role("link", name="2").click()
    expect(page.locator("table.entries tbody tr")).to_have_count(2)
    expect(page.locator("table.entries")).to_contain_text('{"colour": "blue"}')
    page.go_back()

    page.get_by_role("button", name="Rename Car").click()
    page.get_by_role("dialog").get_by_label("Name").fill(HOSTILE)
    applied(page, "Rename it", "No annotation would be touched.")
    expect(line(page, HOSTILE)).to_be_visible()
    page.get_by_role("button", name="Colour of Road").click()
    page.get_by_role("dialog").get_by_label("Colour").fill("#102030")
    applied(page, "Recolour it", "No annotation would be touched.")
    expect(line(page, "Road").locator("rect")).to_have_attribute("fill", "#102030")
    for name in (HOSTILE, "Sign"):
        page.get_by_label(f"Merge {name}", exact=True).check()
    page.get_by_role("button", name="Merge…").click()
    page.get_by_role("dialog").get_by_label("Into").select_option("sign")
    page.get_by_role("dialog").get_by_role("button", name="See the impact").click()
    expect(page.get_by_role("dialog").locator("output")).to_contain_text("become sign")
    keep(page, "labels-impact")
    applied_at = marks(studio, id)
    page.get_by_role("dialog").get_by_role("button", name="Merge them").click()
    expect(page.get_by_role("dialog").locator("output")).to_contain_text("The job succeeded.")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()

    assert applied_at == ["car", "car", "sign", "weather"]
    assert marks(studio, id) == ["sign", "sign", "sign", "weather"]
    assert [one["id"] for one in configuration(studio, id)["classes"]] == ["road", "sign"]
    expect(line(page, "Sign")).to_contain_text("3 on 1")

    page.on("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Undo").click()
    expect(line(page, HOSTILE)).to_contain_text("2 on 1")

    assert marks(studio, id) == ["car", "car", "sign", "weather"]
    expect(page).to_have_title("Labels · Relabelled · Postil")
    assert page.locator("main img").count() == 0


def test_a_class_is_made_and_another_deleted_with_its_annotations(studio: Studio, sign_in: SignIn) -> None:
    id = labelled(studio, "Remade")
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/labels")

    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Lorry")
    dialog.get_by_label("Below").select_option(label="Car")
    dialog.get_by_label("polygon").check()
    applied(page, "Add it", "No annotation would be touched.")
    expect(line(page, "Lorry")).to_contain_text("polygon")
    page.get_by_role("button", name="Delete Sign").click()
    applied(page, "Delete it", "sign: 1 annotation on 1 entry, would go")

    assert marks(studio, id) == ["car", "car", "weather"]
    classes = {one["name"]: one for one in configuration(studio, id)["classes"]}
    assert list(classes) == ["Car", "Road", "Lorry"]
    assert classes["Lorry"]["parent"] == "car"
    assert classes["Lorry"]["geometries"] == ["polygon"]


def test_a_whole_configuration_is_replaced_and_what_is_wrong_is_told(studio: Studio, sign_in: SignIn) -> None:
    id = labelled(studio, "Replaced")
    page = sign_in("lea", viewport={"width": 360, "height": 700})
    page.goto(f"/ui/datasets/{id}/labels")
    page.get_by_role("button", name="As JSON…").click()
    dialog = page.get_by_role("dialog")
    whole = dialog.get_by_label("Label configuration")

    whole.fill('{"classes": [{"name": "Car", "id": "car", "geometries": ["circle"]}]}')
    dialog.get_by_role("button", name="See the impact").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("/classes/0/geometries/0")
    whole.fill(json.dumps({"classes": [{"name": "Auto", "id": "car"}]}))
    dialog.get_by_role("button", name="See the impact").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("annotations labelled")
    assert marks(studio, id) == ["car", "car", "sign", "weather"]
    dialog.get_by_label("Annotations that no longer fit may go").check()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    applied(page, "Replace it", "would go")

    assert marks(studio, id) == ["car", "car"]
    expect(line(page, "Auto")).to_be_visible()


def test_classes_are_made_out_of_the_names_of_a_dataset_without_any(studio: Studio, sign_in: SignIn) -> None:
    id = studio.dataset("Free", 1, labeling_configuration={"tool": "any"}, labels=["cat", HOSTILE])
    page = sign_in("lea")
    page.goto(f"/ui/datasets/{id}/labels")
    expect(page.get_by_role("listitem").filter(has_text=HOSTILE)).to_be_visible()

    page.get_by_role("button", name="Declare them").click()

    expect(line(page, "cat")).to_be_visible()
    assert [one["name"] for one in configuration(studio, id)["classes"]] == ["cat", HOSTILE]


def test_who_does_not_lead_sees_the_classes_and_changes_none(studio: Studio, sign_in: SignIn) -> None:
    id = labelled(studio, "Seen")
    page = sign_in("ann")

    page.goto(f"/ui/datasets/{id}/labels")

    expect(line(page, "Car")).to_be_visible()
    expect(page.get_by_role("button", name="Rename")).to_have_count(0)
    expect(page.locator("#changes, #merge")).to_have_count(0)
