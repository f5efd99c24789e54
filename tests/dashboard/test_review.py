"""Reviewers take what waits, compare, decide, and are told where somebody was faster."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.campaigns.serving import Caller
from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio
from tests.dashboard.test_every_page import RULES, axe

Keep = Callable[[Page, str], None]
NARROW = {"width": 360, "height": 740}

BOX: dict[str, Any] = {
    "dimensions": {"type": "box", "x": 60, "y": 80, "width": 200, "height": 120},
    "annotation": {"label": "car", "attributes": {"colour": "red"}},
}
WIDER = {**BOX, "dimensions": {"type": "box", "x": 60, "y": 80, "width": 320, "height": 160}}
SIGN: dict[str, Any] = {
    "dimensions": {"type": "box", "x": 420, "y": 40, "width": 60, "height": 90},
    "annotation": {"label": "sign"},
}
CHECKED: dict[str, Any] = {
    "start": "label",
    "steps": {
        "label": {"kind": "annotate", "prefer": ["label"], "on": {"submit": "check"}},
        "check": {
            "kind": "review",
            "not_by": ["label"],
            "prefer": ["check"],
            "reject_reasons": ["missing", "too coarse"],
            "due": "P2D",
            "on": {"accept": "done", "fix": "done", "reject": "label"},
        },
        "done": {"kind": "done"},
    },
}
TWICE: dict[str, Any] = {
    "start": "twice",
    "steps": {
        "twice": {
            "kind": "consensus",
            "people": 2,
            "agreement": 0.8,
            "on": {"agree": "done", "disagree": "decide"},
        },
        "decide": {
            "kind": "review",
            "not_by": ["twice"],
            "on": {"accept": "done", "fix": "done", "reject": "twice"},
        },
        "done": {"kind": "done"},
    },
}


def told(caller: Caller, entry: str) -> Any:
    """The attributes of the entry."""
    return caller.ask("GET", f"/entries/{entry}").data["attributes"]


def submit(caller: Caller, entry: str, **attributes: Any) -> None:
    taken = caller.ask("POST", f"/entries/{entry}/select", {"data": {}})
    assert taken.status == 200, taken
    answer = caller.ask("POST", f"/entries/{entry}/submit", {"data": {"attributes": attributes}})
    assert answer.status == 200, answer


def barriers(page: Page) -> list[Any]:
    """What axe finds serious on the page."""
    page.evaluate(axe())
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious]


def on(page: Page, entry: str) -> None:
    expect(page).to_have_url(f"{page.url.partition('/ui/')[0]}/ui/entries/{entry}/review")


@pytest.mark.main_journey
def test_what_is_rejected_comes_back_and_is_accepted_by_keys_alone(
    studio: Studio, sign_in: SignIn, keep: Keep
) -> None:
    dataset = studio.dataset("Checked", 1, workflow_configuration=CHECKED)
    [entry] = studio.entries(dataset)
    ann = studio.caller("ann")
    submit(ann, entry, annotations=[BOX])
    page = sign_in("rui")

    page.goto("/ui/review")
    queue = page.get_by_role("article").filter(has_text="Checked")
    expect(queue.get_by_role("link", name="1 waiting")).to_be_visible()
    assert barriers(page) == []
    keep(page, "review-queue")
    queue.get_by_role("button", name="Take the next").click()
    on(page, entry)
    expect(page.get_by_role("img", name="Now, 1 annotations drawn")).to_be_visible()
    page.get_by_role("combobox", name="Reason").select_option("too coarse")
    page.get_by_label("What is to be done").fill("<b>wider</b>, please")
    page.get_by_role("button", name="Reject").click()
    expect(page).to_have_url(f"{studio.site.url}/ui/review")

    assert told(ann, entry)["wf_step"] == "label"
    [*_, last] = ann.ask("GET", f"/entries/{entry}/history").data
    said = last["attributes"]["details"]
    assert (said["outcome"], said["reason"], said["comment"]) == (
        "reject",
        "too coarse",
        "<b>wider</b>, please",
    )

    [own] = ann.ask("GET", f"/annotations?filter[entry_id]={entry}").data
    submit(ann, entry, annotations=[{"id": own["id"], **WIDER}, SIGN])
    page.goto("/ui/review")
    page.get_by_role("link", name="street-0").first.focus()
    page.keyboard.press("g")  # it is hers again: go on with it
    on(page, entry)
    expect(page.get_by_text("Rejected: too coarse")).to_be_visible()
    expect(page.get_by_role("img", name="Before, 1 annotations drawn")).to_be_visible()
    expect(page.get_by_role("img", name="Now, 2 annotations drawn")).to_be_visible()
    expect(page.get_by_role("row", name="changed its shape Car")).to_be_visible()
    expect(page.get_by_role("row", name="added Sign")).to_be_visible()
    assert barriers(page) == []
    keep(page, "review-compared")
    page.keyboard.press("a")
    expect(page).to_have_url(f"{studio.site.url}/ui/review")
    assert told(studio.owner, entry)["status"] == "completed"


def test_a_reviewer_corrects_and_accepts_then_rejects_the_next_by_keys(
    studio: Studio, sign_in: SignIn, keep: Keep
) -> None:
    dataset = studio.dataset("Corrected", 2, workflow_configuration=CHECKED)
    first, second = studio.entries(dataset)
    ann = studio.caller("ann")
    submit(ann, first, annotations=[SIGN, BOX])
    submit(ann, second, annotations=[SIGN])
    page = sign_in("rui")

    page.goto(f"/ui/entries/{first}/review")
    expect(page.get_by_text("Nobody has it.")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove annotation 2, Car").click()
    expect(page.get_by_role("button", name="Fix and accept, 1 corrected")).to_be_visible()
    page.get_by_label("New note").fill("<i>the car</i> is a shadow")
    page.get_by_role("button", name="Keep the note").click()
    note = page.get_by_role("article").filter(has_text="<i>the car</i> is a shadow")
    note.get_by_role("button", name="Resolve").click()
    expect(note.get_by_text("resolved")).to_be_visible()
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Save, and back to the review")).to_be_visible()
    expect(page.locator("#stage[data-ready]")).to_be_visible(timeout=15_000)
    page.keyboard.press("j")  # the sign, which lies too far to the left
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    keep(page, "review-fixing")
    page.keyboard.press("S")
    on(page, first)
    page.get_by_role("button", name="Fix and accept, 2 corrected").click()

    on(page, second)  # the next of the queue is there by itself
    owner = studio.owner
    assert told(owner, first)["status"] == "completed"
    [*_, last] = owner.ask("GET", f"/entries/{first}/history").data
    assert last["attributes"]["details"]["outcome"] == "fix"
    [left] = owner.ask("GET", f"/annotations?filter[entry_id]={first}").data
    assert left["attributes"]["dimensions"]["x"] > SIGN["dimensions"]["x"]
    page.keyboard.press("r")
    page.keyboard.type("missing")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{studio.site.url}/ui/review")
    assert told(owner, second)["wf_step"] == "label"


def test_of_two_who_decide_the_second_is_told(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Decided", 1, workflow_configuration=CHECKED)
    [entry] = studio.entries(dataset)
    submit(studio.caller("ann"), entry, annotations=[BOX])
    owner = sign_in("lea")
    owner.goto(f"/ui/entries/{entry}/review")
    expect(owner.get_by_role("button", name="Take it")).to_be_visible()
    page = sign_in("rui")
    page.goto(f"/ui/entries/{entry}/review")
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    owner.get_by_role("button", name="Take it").click()
    expect(owner.get_by_role("alert")).to_be_visible()
    expect(owner.get_by_text("This entry has moved on meanwhile: it is at check, with rui")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"/ui/entries/{entry}/review")

    page.get_by_role("button", name="Accept").click()
    expect(page).to_have_url(f"{studio.site.url}/ui/review")
    other.get_by_label("Reason").select_option("missing")
    other.get_by_role("button", name="Reject").click()

    expect(other.get_by_role("alert")).to_contain_text("changed meanwhile")
    expect(other.get_by_text("This entry has moved on meanwhile: it is at done")).to_be_visible()
    expect(owner.get_by_text("This entry has moved on meanwhile: it is at done")).to_be_visible()
    assert told(studio.owner, entry)["status"] == "completed"


@pytest.mark.main_journey
def test_an_adjudicator_sees_what_each_has_made_and_keeps_the_work_of_one(
    studio: Studio, sign_in: SignIn, keep: Keep
) -> None:
    dataset = studio.dataset("Twice", 1, workflow_configuration=TWICE)
    [entry] = studio.entries(dataset)
    submit(studio.caller("ann"), entry, annotations=[BOX])
    page = sign_in("rui")
    page.goto("/ui/review")
    expect(page.get_by_role("article").filter(has_text="Twice")).to_have_count(0)
    submit(studio.caller("ben"), entry, annotations=[WIDER, SIGN])

    page.goto("/ui/review")
    page.get_by_role("article").filter(has_text="Twice").get_by_role("button", name="Take the next").click()
    on(page, entry)
    panel = page.get_by_role("region", name="Consensus at twice")
    expect(panel.get_by_text("they disagree")).to_be_visible()
    expect(panel.get_by_text("agreement 0 %")).to_be_visible()
    for name, count in (("ann", 1), ("ben", 2)):
        drawn = f"By {studio.people[name].email}, {count} annotations drawn"
        expect(panel.get_by_role("img", name=drawn)).to_be_visible()
    assert barriers(page) == []
    keep(page, "review-consensus")
    page.get_by_label("Whose work stays").select_option("ben")
    page.keyboard.press("Tab")
    page.keyboard.press("a")
    expect(page).to_have_url(f"{studio.site.url}/ui/review")

    left = studio.owner.ask("GET", f"/annotations?filter[entry_id]={entry}").data
    assert {one["attributes"]["created_by_email"] for one in left} == {studio.people["ben"].email}
    assert told(studio.owner, entry)["status"] == "completed"


def test_a_review_fits_a_narrow_screen(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = studio.dataset("Narrow " + "long name " * 8, 1, workflow_configuration=CHECKED)
    [entry] = studio.entries(dataset)
    submit(studio.caller("ann"), entry, annotations=[BOX, SIGN])
    page = sign_in("rui", viewport=NARROW)

    page.goto("/ui/review")
    page.get_by_role("article").filter(has_text="Narrow").get_by_role("button", name="Take the next").click()
    on(page, entry)
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    keep(page, "review-narrow")

    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
