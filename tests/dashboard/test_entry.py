"""Annotators take entries, mark them, say what is to be said, hand them on; and lose nothing on the way."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.manners import by_pointer, viewport
from tests.dashboard.studio import LABELS, Studio
from tests.dashboard.test_every_page import RULES, axe, told

Keep = Callable[[Page, str], None]
NARROW = {"width": 360, "height": 740}
NEAR = 1280 / viewport()["width"]  # pixels of the picture that a pointer may be off


def begun(page: Page, project: str = "Streets") -> str:
    """The id of the entry that PAGE leads to from My work."""
    page.goto("/ui/work")
    page.get_by_role("button", name=f"Next entry of {project}").click()
    return ready(page)


def taken(studio: Studio, page: Page, dataset: str, name: str = "ann") -> str:
    """The id of the dataset's next entry, in the person's hands and open on PAGE."""
    answer = studio.caller(name).ask("POST", f"/datasets/{dataset}/next", {"data": {}})
    assert answer.status == 200, answer
    page.goto(f"/ui/entries/{answer.id}")
    return ready(page)


def ready(page: Page) -> str:
    """The id of the entry that is open on PAGE, once it may be marked."""
    expect(page.locator("#stage[data-ready]")).to_be_visible()
    expect(page.get_by_role("button", name="Submit", exact=True)).to_be_enabled()
    return page.url.rpartition("/")[2]


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where the point of the picture is on the screen, once that is in view."""
    page.locator("#stage").scroll_into_view_if_needed()
    at = page.evaluate(
        "([x, y]) => { const m = document.querySelector('#stage .layer > g').getScreenCTM();"
        " return [m.a * x + m.e, m.d * y + m.f] }",
        [x, y],
    )
    return at[0], at[1]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    here, there = on_screen(page, *start), on_screen(page, *end)
    page.mouse.move(*here)
    page.mouse.down()
    page.mouse.move(*there, steps=5)
    page.mouse.up()


def draw_box(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.get_by_role("button", name="box", exact=True).click()
    drag(page, start, end)


def kept(page: Page) -> None:
    """Waits until the server has the draft."""
    expect(page.locator("#kept")).to_have_text("Kept as a draft.")


def submitted(page: Page) -> None:
    page.get_by_role("checkbox", name="then the next one").uncheck()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()


def marked(studio: Studio, entry: str) -> list[Any]:
    """What the server has of the entry, as pairs of dimensions and annotation, oldest first."""
    listed = studio.owner.ask("GET", f"/annotations?filter[entry_id]={entry}&sort=id").document["data"]
    return [(one["attributes"]["dimensions"], one["attributes"]["annotation"]) for one in listed]


def attributes(studio: Studio, entry: str) -> Any:
    return studio.owner.ask("GET", f"/entries/{entry}").data["attributes"]


def is_near(found: Any, wanted: Any) -> bool:
    pairs = zip(found, wanted, strict=True)
    return all(abs(a - b) <= NEAR for a, b in pairs)


@by_pointer
@pytest.mark.main_journey
def test_an_annotator_marks_an_entry_by_pointer(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    studio.dataset("Marked by pointer", workflow_configuration={})
    page = sign_in("ann")
    entry = begun(page)
    keep(page, "entry-new")

    draw_box(page, (100, 80), (220, 160))
    page.keyboard.press("1")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_text("Not submitted: Colour is missing.")).to_be_visible()
    page.get_by_label("Colour").select_option("Blue")
    page.get_by_label("Plate").fill("B 12")
    page.get_by_role("button", name="polygon", exact=True).click()
    for x, y in ((300, 100), (400, 100), (400, 200), (300, 200)):
        page.mouse.click(*on_screen(page, x, y))
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    drag(page, (400, 200), (450, 250))  # a corner
    page.mouse.dblclick(*on_screen(page, 350, 100), delay=60)  # a new one, as quickly as a hand can
    page.get_by_label("Weather").select_option("Rain")
    page.get_by_role("combobox", name="About").select_option("a place")
    page.mouse.click(*on_screen(page, 50, 300))
    page.get_by_label("What is to be said").fill("Is **this** a kerb?")
    page.get_by_role("button", name="Write the note").click()
    expect(page.locator("#notes").get_by_text("Is **this** a kerb?")).to_be_visible()
    kept(page)
    keep(page, "entry-marked")
    submitted(page)

    (box, car), (polygon, road), (nowhere, weather) = marked(studio, entry)
    assert box["type"] == "box"
    assert is_near([box["x"], box["y"], box["width"], box["height"]], [100, 80, 120, 80])
    assert car == {"label": "car", "attributes": {"colour": "blue", "plate": "B 12"}}
    corners = [(300, 100), (350, 100), (400, 100), (450, 250), (300, 200)]
    assert all(is_near(a, b) for a, b in zip(polygon["points"], corners, strict=True)), polygon
    assert road == {"label": "road"}
    assert (nowhere, weather) == ({}, {"label": "weather", "value": "rain"})
    stands = attributes(studio, entry)
    assert (stands["wf_step"], stands["label_status"]) == ("review", "labeled")
    [note] = studio.owner.ask("GET", f"/note_feeds?filter[entry_id]={entry}").document["data"]
    assert note["attributes"]["content_md"] == "Is **this** a kerb?"
    assert is_near([note["attributes"]["position"][axis] for axis in "xy"], [50, 300])
    assert studio.caller("ann").ask("GET", f"/entries/{entry}/draft").status == 204


def test_an_annotator_marks_an_entry_by_keyboard_alone(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = studio.dataset("Marked by keyboard")
    page = sign_in("ann")
    entry = taken(studio, page, dataset)
    keyboard = page.keyboard

    keyboard.press("b")
    keyboard.press("3")  # a sign
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        keyboard.press(key)
    box = page.locator("#annotations").get_by_text("box")
    expect(box).to_be_visible()
    keyboard.press("p")
    keyboard.press("2")  # a road
    for key in (".", "ArrowUp", ".", "i", "Delete", "Escape"):
        keyboard.press(key)
    keyboard.press("b")
    keyboard.press("1")  # a car
    keyboard.press("Enter")
    expect(page.get_by_label("Colour")).to_be_focused()
    keyboard.press("r")  # its first letter
    keyboard.press("Escape")
    keyboard.press("b")
    keyboard.press("Delete")
    keyboard.press("z")
    keyboard.press("y")
    keyboard.press("m")
    keyboard.type("Seen by keyboard")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.locator("#notes").get_by_text("Seen by keyboard")).to_be_visible()
    kept(page)
    keep(page, "entry-by-keyboard")
    page.evaluate(axe())
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    assert [told(one) for one in found if one["impact"] in ("serious", "critical")] == []
    page.get_by_role("checkbox", name="then the next one").press("Space")
    keyboard.press("S")
    expect(page.get_by_role("heading", name="My work")).to_be_visible()

    (sign, as_sign), (road, as_road), (_, as_car) = marked(studio, entry)
    assert as_sign == {"label": "sign"}
    assert as_road == {"label": "road"}
    assert as_car == {"label": "car", "attributes": {"colour": "red"}}
    step = sign["x"] + 80 - 320  # the box was put in the middle, and moved by two steps
    assert step > 0
    assert (sign["y"] + 50 - 200) * 2 == step
    assert (sign["width"] - 160) * 2 == step
    assert sign["height"] == 100
    assert road["points"][0] == [240, 150 - step / 2]
    assert road["points"][1:] == [[400, 150], [400, 250], [240, 250]]
    assert attributes(studio, entry)["wf_step"] == "review"


@by_pointer
def test_an_annotator_works_on_a_narrow_screen(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    studio.dataset("Narrow", pictures=1)
    page = sign_in("ben", viewport=NARROW, has_touch=True)
    entry = begun(page)

    page.get_by_role("button", name="box", exact=True).click()
    on_screen(page, 0, 0)
    stands_at = page.evaluate("scrollY")
    drag(page, (100, 100), (300, 250))
    expect(page.locator("#annotations li")).to_have_count(1)
    assert page.evaluate("scrollY") == stands_at  # the picture does not go away from who draws
    page.get_by_role("button", name="Sign 3").click()
    kept(page)
    keep(page, "entry-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    submitted(page)

    [(box, sign)] = marked(studio, entry)
    assert sign == {"label": "sign"}
    assert abs(box["width"] - 200) < 4
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    keep(page, "work-narrow")


@pytest.mark.main_journey
def test_a_session_that_ends_costs_no_work(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Signed out", pictures=1)
    page = sign_in("ann")
    page.route("**/ui/live", lambda route: route.abort())  # it hears of nothing before it saves
    entry = taken(studio, page, dataset)
    draw_box(page, (100, 100), (200, 200))
    page.keyboard.press("3")
    kept(page)
    person = studio.people["ann"]
    asked = f"/api_keys?filter[account_id]={person.id}&filter[kind]=session"
    for key in studio.owner.ask("GET", asked).document["data"]:
        if not key["attributes"]["revoked_at"]:
            assert studio.owner.ask("DELETE", f"/api_keys/{key['id']}").status in (200, 204)

    draw_box(page, (300, 100), (400, 200))
    dialog = page.get_by_role("dialog", name="You were signed out")
    expect(dialog).to_be_visible()
    dialog.get_by_label("or a key").fill(person.key)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    kept(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    assert [one["label"] for _, one in marked(studio, entry)] == ["sign", "sign"]


def test_two_tabs_do_not_submit_twice(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = studio.dataset("Two tabs", pictures=1)
    first = sign_in("ann")
    entry = taken(studio, first, dataset)
    second = first.context.new_page()
    second.goto(first.url)
    ready(second)
    draw_box(second, (300, 100), (400, 200))
    second.keyboard.press("3")
    kept(second)
    first.bring_to_front()  # what is behind is drawn seldom
    draw_box(first, (100, 100), (200, 200))
    first.keyboard.press("3")
    submitted(first)
    second.bring_to_front()

    second.get_by_role("button", name="Submit", exact=True).click()

    # It may have heard of it before, or may be told by who refuses: either stays.
    expect(second.get_by_text("in another tab")).to_be_visible()
    second.wait_for_timeout(300)
    expect(second.locator("#notices .notice")).to_have_count(1)
    expect(second.get_by_text("was submitted or changed meanwhile, perhaps in another tab")).to_be_visible()
    keep(second, "entry-two-tabs")
    assert len(marked(studio, entry)) == 1
    history = studio.owner.ask("GET", f"/entries/{entry}/history").document["data"]
    kinds = [one["attributes"]["kind"] for one in history]
    assert kinds.count("submit") == 2  # one of them takes it from the start


def test_work_survives_the_closing_of_its_page(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Closed", pictures=1)
    page = sign_in("ann")
    taken(studio, page, dataset)
    draw_box(page, (100, 100), (200, 200))
    page.keyboard.press("3")
    kept(page)
    address = page.url
    draw_box(page, (300, 100), (400, 200))  # the server has not heard of this one
    context = page.context
    page.close()

    again = context.new_page()
    again.goto(address)
    ready(again)

    expect(again.get_by_text("Your unsaved work on this entry is here again.")).to_be_visible()
    expect(again.locator("#annotations li")).to_have_count(2)
    again.reload()
    ready(again)
    expect(again.locator("#annotations li")).to_have_count(2)


@pytest.mark.main_journey
def test_an_annotator_skips_and_sets_aside(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    steps = {
        "label": {
            "kind": "annotate",
            "skip_reasons": ["blurry", "not mine to judge"],
            "on": {"submit": "done", "skip": "skipped"},
        },
        "done": {"kind": "done"},
        "skipped": {"kind": "done"},
    }
    flow = {"start": "label", "steps": steps}
    dataset = studio.dataset("Skipped", pictures=2, workflow_configuration=flow)
    page = sign_in("ann")
    first = taken(studio, page, dataset)
    page.get_by_role("button", name="Skip…").click()
    dialog = page.get_by_role("dialog", name="Skip it")
    dialog.get_by_label("Why").select_option("blurry")
    keep(page, "entry-skip")
    dialog.get_by_role("button", name="Skip").click()
    page.wait_for_url(lambda url: first not in url)
    second = ready(page)

    page.get_by_role("button", name="Error…").click()
    page.get_by_label("What is wrong with it").fill("The picture is all stripes")
    page.get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("That was the last one")).to_be_visible()

    stands = attributes(studio, first)
    assert (stands["wf_step"], stands["label_status"]) == ("skipped", "skipped")
    assert attributes(studio, second)["wf_step"] == "error"
    said = [
        studio.owner.ask("GET", f"/entries/{id}/history").document["data"][-1]["attributes"]["details"]
        for id in (first, second)
    ]
    assert said == [{"reason": "blurry"}, {"message": "The picture is all stripes"}]


@by_pointer
def test_what_was_marked_is_changed_and_taken_away(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Changed", pictures=1)
    page = sign_in("ann")
    entry = taken(studio, page, dataset)
    caller = studio.caller("ann")
    hole = {"type": "polygon", "points": [[10, 10], [90, 10], [90, 90], [10, 90]]}
    shapes = [
        {"type": "box", "x": 300, "y": 100, "width": 50, "height": 50},
        hole | {"holes": [[[30, 30], [60, 30], [60, 60]]]},
        {"type": "box", "x": 500, "y": 300, "width": 50, "height": 50},
    ]
    first, *_ = [
        caller.make("annotations", entry_id=entry, dimensions=shape, annotation={"label": label})
        for shape, label in zip(shapes, ("sign", "road", "sign"), strict=True)
    ]
    page.reload()
    ready(page)
    expect(page.locator("#stage .marked")).to_have_count(3)

    page.mouse.click(*on_screen(page, 525, 325))
    page.keyboard.press("Delete")
    drag(page, (325, 125), (345, 165))
    page.get_by_role("combobox", name="About").select_option("what is selected")
    page.get_by_label("What is to be said").fill("Moved")
    page.get_by_role("button", name="Write the note").click()
    expect(page.locator("#notes").get_by_text("Moved")).to_be_visible()
    page.mouse.click(*on_screen(page, 20, 50))
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Undo").click()
    kept(page)
    submitted(page)

    (box, _), (polygon, _) = marked(studio, entry)
    assert is_near([box["x"], box["y"], box["width"], box["height"]], [320, 140, 50, 50])
    assert polygon == shapes[1]
    [note] = studio.owner.ask("GET", f"/note_feeds?filter[entry_id]={entry}").document["data"]
    assert (note["attributes"]["anchor_type"], note["attributes"]["annotation_id"]) == ("annotation", first)
    assert attributes(studio, entry)["wf_step"] == "review"


def test_every_kind_of_shape_is_drawn_or_told_of(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    man = {"id": "man", "keypoints": ["head", "hand", "foot"], "skeleton": [[0, 1], [1, 2]]}
    dataset = studio.dataset("Shapes", 1, labeling_configuration={"classes": [{"id": "thing"}, man]})
    page = sign_in("ann")
    entry = taken(studio, page, dataset)
    drawn: list[Any] = [
        {"type": "box", "x": 20, "y": 20, "width": 80, "height": 50},
        {"type": "rotated_box", "x": 200, "y": 60, "width": 100, "height": 50, "angle": 30},
        {"type": "polyline", "points": [[450, 20], [500, 100], [600, 40]]},
        {"type": "point", "x": 50, "y": 150},
        {"type": "mask", "size": [400, 640], "counts": [20100, 100, 300, 100, 235400]},
        {"type": "keypoints", "points": [[300, 180, 2], [340, 220, 1], [360, 300, 0]]},
    ]
    listed = [{"type": "cuboid", "center": [4, -2, 0.9], "size": [4.5, 1.9, 1.6]}]
    for shape in drawn + listed:
        label = "man" if shape["type"] == "keypoints" else "thing"
        studio.caller("ann").make(
            "annotations", entry_id=entry, dimensions=shape, annotation={"label": label}
        )

    page.reload()
    ready(page)

    expect(page.locator("#annotations li")).to_have_count(len(drawn + listed))
    for shape in drawn:
        expect(page.locator(f"#stage .marked.{shape['type']}")).to_have_count(1)
    mask = page.locator("#stage .marked.mask image")
    assert [mask.get_attribute(name) for name in ("x", "y", "width", "height")] == ["50", "100", "2", "100"]
    expect(page.locator("#annotations").get_by_text("cuboid at 4, -2, 0.9")).to_be_visible()
    keep(page, "entry-shapes")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press(")")
    page.keyboard.press("w")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    found = {shape["type"]: shape for shape, _ in marked(studio, entry)}
    assert found["rotated_box"]["angle"] == 35
    assert found["mask"] == drawn[4]
    assert len(found["keypoints"]["points"]) == 3


def test_passages_of_a_text_are_marked(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = studio.owner.make(
        "datasets", project_id=studio.project, name="Texts", modality="text", labels=["place", "name"]
    )
    text = "\N{SEEDLING} Gr\xfc\xdfe\r\naus Lund"
    headers = {"Content-Type": "text/plain", "X-filename": "card.txt"}
    asset = studio.owner.send("POST", "/assets", text.encode(), headers)
    studio.imported(dataset, {"data": {"attributes": {"assets": [asset.id]}}})
    page = sign_in("ann")
    page.goto("/ui/work")
    page.get_by_role("button", name="Next entry of Texts").click()
    area = page.get_by_label("The text")
    expect(area).to_have_value(text.replace("\r\n", "\n"))

    area.focus()
    page.keyboard.press("Control+End")
    for _ in "Lund":
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("1")

    expect(page.locator("#annotations")).to_contain_text("Lund")
    keep(page, "entry-text")
    kept(page)
    entry = page.url.rpartition("/")[2]
    submitted(page)
    [(span, label)] = marked(studio, entry)
    assert text[span["start"] : span["end"]] == "Lund"
    assert label == {"label": "place"}


def test_who_lost_the_entry_keeps_the_work(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Lost", pictures=1)
    page = sign_in("ann")
    entry = taken(studio, page, dataset)
    draw_box(page, (100, 100), (200, 200))
    page.keyboard.press("3")
    kept(page)
    body = {"data": {"attributes": {"assigned_to_id": studio.people["ben"].id}}}
    assert studio.owner.ask("PATCH", f"/entries/{entry}/assign", body).status == 200

    expect(page.get_by_text("This entry is no longer in your hands")).to_be_visible()
    page.get_by_role("button", name="Submit", exact=True).click()

    expect(page.get_by_text("Not done: this entry was submitted or changed meanwhile")).to_be_visible()
    assert marked(studio, entry) == []
    page.goto("/ui/work")
    expect(page.get_by_text("1 changed, kept").first).to_be_visible()


def test_whoever_does_not_have_it_only_looks(studio: Studio, sign_in: SignIn) -> None:
    dataset = studio.dataset("Looked at", pictures=1, labeling_configuration=LABELS)
    holder = studio.caller("ben").ask("POST", f"/datasets/{dataset}/next", {"data": {}})
    page = sign_in("lea")

    page.goto(f"/ui/entries/{holder.id}")

    expect(page.get_by_text("with ben")).to_be_visible()
    expect(page.get_by_role("button", name="Submit", exact=True)).to_have_count(0)
    page.get_by_label("From version").fill("1")
    page.get_by_label("to", exact=True).fill("2")
    page.get_by_role("button", name="Difference").click()
    expect(page.get_by_role("region", name="Difference")).to_contain_text("assigned to id")


def test_notes_are_answered_and_resolved(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    dataset = studio.dataset("Discussed", pictures=1)
    ben = studio.caller("ben")
    entry = ben.ask("POST", f"/datasets/{dataset}/next", {"data": {}}).id
    assert ben.ask("POST", f"/entries/{entry}/submit", {"data": {"attributes": {}}}).status == 200
    at = {"x": 320, "y": 200}
    feed = ben.make("note_feeds", entry_id=entry, position=at, content_md="Is this <b>one</b>?")
    page = sign_in("lea")
    page.goto(f"/ui/entries/{entry}")
    expect(page.locator("#stage .pin")).to_have_count(1)

    page.get_by_label("Answer to 1").fill("Two: see the gap.")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#notes").get_by_text("Two: see the gap.")).to_be_visible()
    expect(page.get_by_text("Is this <b>one</b>?")).to_be_visible()
    page.get_by_role("button", name="Resolve").click()

    expect(page.locator("#notes .badge")).to_have_text("resolved")
    keep(page, "entry-discussed")
    told_of = studio.owner.ask("GET", f"/note_feeds/{feed}?include=note_comments").document
    assert told_of["data"]["attributes"]["status"] == "resolved"
    assert [one["attributes"]["content_md"] for one in told_of["included"]] == ["Two: see the gap."]
