"""Owners see who is in their organization and what happened, invite people, and see how the service fares."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import PASSWORD, Studio

Keep = Callable[[Page, str], None]
NARROW = {"width": 360, "height": 740}


@pytest.mark.main_journey
def test_somebody_is_invited_signs_in_is_seen_and_is_disabled(
    studio: Studio, sign_in: SignIn, browser: Browser, keep: Keep
) -> None:
    page = sign_in()
    page.goto("/ui/organization")
    page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email").fill("noa@vendors.example")
    dialog.get_by_label("Name").fill("Noa Berg")
    dialog.get_by_role("button", name="Make the account").click()
    shown = dialog.locator("[data-link-shown]")
    expect(shown).to_contain_text("/ui/welcome?token=")
    link = shown.inner_text()
    keep(page, "invitation")

    theirs = browser.new_page()
    theirs.goto(link)
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Choose").click()
    expect(theirs).to_have_url(f"{studio.site.url}/ui/work")

    page.goto("/ui/organization")
    row = page.get_by_role("row", name="Noa Berg")
    expect(row).to_contain_text("ago")
    keep(page, "organization")
    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_label("Who").select_option("Noa Berg")
    expect(page.locator("#events tbody tr").filter(has_text="session")).to_be_visible()
    page.get_by_role("link", name="Links for passwords").click()
    expect(page.locator("#events tbody tr").first).to_contain_text("Noa Berg")
    keep(page, "audit")

    page.goto("/ui/organization")
    page.get_by_role("link", name="Noa Berg").click()
    keep(page, "person")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("disabled since")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_role("button", name="Sign in")).to_be_visible()
    theirs.context.close()


def test_a_role_is_given_and_the_last_owner_stays(studio: Studio, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto("/ui/organization")
    theirs = page.get_by_role("row").filter(has_text=studio.people["out"].email)
    theirs.get_by_role("link", name="out", exact=True).click()
    page.get_by_label("Role").select_option("admin")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("dl").get_by_text("admin")).to_be_visible()

    page.goto("/ui/organization")
    page.get_by_role("row").filter(has_text="you").get_by_role("link").first.click()
    page.get_by_label("Role").select_option("member")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("alert").filter(has_text="at least one enabled owner")).to_be_visible()


@pytest.mark.main_journey
def test_health_tells_what_there_is_and_what_waits(studio: Studio, sign_in: SignIn, keep: Keep) -> None:
    studio.dataset("Counted", pictures=2)
    told = studio.owner.ask("GET", f"/organizations/{studio.site.organization}/health").data["attributes"]
    page = sign_in()
    page.goto("/ui/health")

    figures = page.locator(".figure")
    entries = told["records"]["entries"]
    expect(figures.filter(has_text="entries").locator("b")).to_have_text(f"{entries:,}")
    expect(figures.filter(has_text="database")).to_be_visible()
    expect(page.get_by_text("None is known of.")).to_be_visible()
    expect(page.locator(".uplot")).to_be_visible()
    keep(page, "health")
    for path in ("/ui/health", "/ui/organization", "/ui/audit", "/ui/webhooks", "/ui/keys", "/ui/api-box"):
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    keep(page, "api-box-narrow")

    other = sign_in("ann")
    for path in ("/ui/health", "/ui/audit"):
        other.goto(path)
        expect(other.get_by_text("owners and admins")).to_be_visible()
