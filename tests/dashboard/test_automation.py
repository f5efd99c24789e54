"""What programs need: keys, the feed, webhooks and their deliveries, a box to try calls in."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.campaigns.receiving import receiving
from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import Studio

Keep = Callable[[Page, str], None]
SENT = 20_000  # milliseconds in which a webhook is told
NARROW = {"width": 360, "height": 740}


def test_a_key_is_shown_once_works_and_is_revoked(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    page = sign_in("lea")
    page.goto("/ui/keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("nightly import")
    dialog.get_by_role("button", name="Make it").click()
    secret = dialog.locator("output")
    expect(secret).to_contain_text("postil_")
    key = secret.inner_text()
    keep(page, "key")

    answer = studio.site.main(key).ask("GET", "/projects")
    assert [one["id"] for one in answer.data] == [studio.project]
    made = {"data": {"type": "api_keys", "attributes": {}}}
    assert studio.site.main(key).ask("POST", "/api_keys", made).status == 403

    page.goto("/ui/keys")
    row = page.get_by_role("row", name="nightly import")
    expect(row).to_contain_text("read, write")
    assert key not in page.content()
    page.once("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button").click()
    expect(page.get_by_role("row", name="nightly import")).to_contain_text("revoked")
    assert studio.site.main(key).ask("GET", "/projects").status == 401


def test_the_feed_goes_on_while_it_is_looked_at_and_leads_to_records(
    studio: Studio, sign_in: SignIn, keep: Keep
) -> None:
    page = sign_in("lea")
    page.goto("/ui/events?filter[resource]=datasets")
    expect(page.locator("#events")).to_be_visible()

    dataset = studio.dataset("Told of", pictures=0)

    expect(page.get_by_role("link", name="Told of").first).to_be_visible(timeout=SENT)
    keep(page, "events")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Told of").first.click()
    expect(page).to_have_url(f"{studio.site.url}/ui/datasets/{dataset}")

    other = sign_in("ann")
    other.goto("/ui/events")
    expect(other.get_by_text("nothing is shown here, since you own no project")).to_be_visible()


@pytest.mark.main_journey
def test_a_webhook_is_made_tested_told_and_told_again(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    with receiving() as receiver:
        page = sign_in()
        page.goto("/ui/webhooks")
        page.get_by_role("button", name="New webhook").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Address").fill(f"{receiver.url}/told")
        dialog.get_by_label("What is told").fill("datasets.create")
        dialog.get_by_role("button", name="Make it").click()
        expect(dialog.locator("output")).to_contain_text("whsec_")
        page.goto("/ui/webhooks")
        page.get_by_role("link", name=f"{receiver.url}/told").click()
        page.get_by_role("button", name="Test").click()
        deliveries = page.locator("#deliveries tbody tr")
        expect(deliveries.filter(has_text="ping").filter(has_text="succeeded")).to_be_visible(timeout=SENT)

        dataset = studio.dataset("Sent out", pictures=0)
        told = deliveries.filter(has_text="datasets.create")
        expect(told).to_have_count(1, timeout=SENT)
        expect(told).to_contain_text("204", timeout=SENT)
        told.get_by_text("what is sent").click()
        expect(told.locator("pre")).to_contain_text("Sent out")
        keep(page, "webhook")
        page.reload()
        page.once("dialog", lambda dialog: dialog.accept())
        told.get_by_role("button").click()
        expect(told).to_have_count(2, timeout=SENT)
        sent = [letter for letter in receiver.letters if letter.data.get("record_id") == dataset]
        assert len(sent) == 2
        assert sent[0].id == sent[1].id

        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Go on")).to_be_visible()
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete").click()
        expect(page).to_have_url(f"{studio.site.url}/ui/webhooks")

    other = sign_in("lea")
    other.goto("/ui/webhooks")
    expect(other.get_by_text("Webhooks are for the organization's owners and admins")).to_be_visible()


@pytest.mark.main_journey
def test_the_box_tries_calls_and_does_them(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    page = sign_in()
    page.goto("/ui/api-box")
    params = {"name": "From the box", "organization_id": studio.site.organization}
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": "projects.create", "params": params},
        {"jsonrpc": "2.0", "id": 2, "method": "projects.nothing"},
    ]
    box = page.get_by_label("Calls")
    box.fill("{")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("This is no JSON")).to_be_visible()

    box.fill(json.dumps(calls))
    expect(page.locator("#box-curl")).to_contain_text("dry_run=true")
    page.get_by_label("dry run").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("2 answers, 1 refused. Nothing was kept")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("From the box")
    keep(page, "api-box")
    assert "From the box" not in names(studio)

    page.get_by_label("dry run").uncheck()
    page.get_by_label("Where one fails").select_option("continue")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("2 answers, 1 refused.", exact=True)).to_be_visible()
    assert "From the box" in names(studio)
    page.get_by_role("button", name="Show an entry").click()
    expect(box).to_have_value(re.compile("entries.show"))


def names(studio: Studio) -> list[str]:
    """Those of all projects."""
    return [one["attributes"]["name"] for one in studio.owner.ask("GET", "/projects").data]
