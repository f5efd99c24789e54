"""People sign in, by password, key and link, and stay signed in as long as they may."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.conftest import SignIn
from tests.dashboard.studio import PASSWORD, Studio


def invited(studio: Studio, name: str) -> str:
    """The path of a new link for the person."""
    answer = studio.owner.ask("POST", f"/accounts/{studio.people[name].id}/sign_in_link", {"data": {}})
    assert answer.status == 200, answer
    return str(answer.document["data"]["attributes"]["path"])


@pytest.mark.main_journey
def test_who_is_invited_chooses_a_password_and_signs_in_by_it(
    studio: Studio, browser: Browser, keep: Callable[[Page, str], None]
) -> None:
    page = browser.new_page(base_url=studio.site.url)
    page.goto(invited(studio, "lea"))
    keep(page, "welcome")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Choose").click()
    expect(page).to_have_url(f"{studio.site.url}/ui/projects")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{studio.site.url}/ui/sign-in")
    keep(page, "sign-in")

    page.get_by_label("Email").fill(studio.people["lea"].email)
    page.get_by_label("Password").fill("not " + PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("No account has this email and password.")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{studio.site.url}/ui/projects")
    page.context.close()


def test_a_session_survives_a_restart_of_the_server(studio: Studio, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto("/ui/projects")
    studio.site.restart()

    page.goto("/ui/projects")

    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
