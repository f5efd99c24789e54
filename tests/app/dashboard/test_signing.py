"""Who may look at the dashboard: passwords, links, sessions, and requests from elsewhere."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from app.jobs.erasure import erase
from app.resources import passwords
from tests.app.dashboard.visitor import Visitor, link_for, signed_in
from tests.lab import Clock, Lab

PASSWORD = "correct horse battery"
WRONG = "No account has this email and password."

real_hasher = passwords._hasher


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that are made in a moment, and found out as soon."""
    monkeypatch.setattr(
        passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )


def email_of(lab: Lab, account: str) -> str:
    return str(lab.owner.get(f"/accounts/{account}").attributes["email"])


def with_password(lab: Lab, account: str) -> Visitor:
    """The person, signed in after they chose PASSWORD."""
    visitor = Visitor(lab.house)
    chosen = visitor.post("/ui/welcome", {"token": link_for(lab, account), "password": PASSWORD})
    assert chosen.status_code == 303, chosen.text
    return visitor


def by_password(lab: Lab, email: str, password: str, **more: str) -> tuple[Visitor, Any]:
    visitor = Visitor(lab.house)
    return visitor, visitor.post("/ui/sign-in", {"email": email, "password": password, **more})


def test_the_root_leads_a_browser_to_the_dashboard_and_a_program_nowhere(lab: Lab) -> None:
    browser = Visitor(lab.house).get("/", headers={"Accept": "text/html"})
    program = Visitor(lab.house).get("/", headers={"Accept": "application/json"})

    assert (browser.status_code, browser.headers["location"]) == (303, "/ui")
    assert program.status_code == 404


def test_a_page_leads_who_is_not_signed_in_there_and_back(lab: Lab) -> None:
    asked = Visitor(lab.house).get("/ui/projects?sort=name")

    assert asked.status_code == 303
    assert asked.headers["location"] == "/ui/sign-in?next=/ui/projects%3Fsort%3Dname"


@pytest.mark.parametrize(
    "next", ["https://evil.example/ui", "//evil.example", "/\\evil.example", "/ui\\..\\x"]
)
def test_nobody_is_led_to_another_site(lab: Lab, next: str) -> None:
    done = Visitor(lab.house).post("/ui/sign-in", {"key": lab.owner.key or "", "next": next})

    assert done.headers["location"] == "/ui"


def test_a_key_opens_a_session_that_ends_with_it(lab: Lab) -> None:
    key = lab.owner.create("api_keys", scopes=["read"])
    visitor = Visitor(lab.house)
    visitor.post("/ui/sign-in", {"key": key.document["meta"]["secret"]})
    entered = visitor.get("/ui/projects")
    session = lab.owner.get("/api_keys?filter[kind]=session").data[0]

    assert lab.owner.delete(f"/api_keys/{key.id}").status == 204

    assert entered.status_code == 200
    assert session["attributes"]["scopes"] == ["read"]
    assert _ends_soon(visitor)


def _ends_soon(visitor: Visitor) -> bool:
    """A key is believed for half a second without a look."""
    until = time.monotonic() + 2
    while time.monotonic() < until:
        if visitor.get("/ui/projects").status_code == 303:
            return True
        time.sleep(0.1)
    return False


def test_a_session_may_no_more_than_the_key_it_was_opened_with(lab: Lab) -> None:
    key = lab.owner.create("api_keys", scopes=["read"]).document["meta"]["secret"]
    visitor = Visitor(lab.house)
    visitor.post("/ui/sign-in", {"key": key})

    named = {"name": "By hand", "organization_id": lab.organization}
    made = visitor.ask("POST", "/ui/api/projects", json={"data": {"type": "projects", "attributes": named}})

    assert (made.status_code, made.json()["errors"][0]["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("key", ["", "postil_unknown", "postil_\u00e9", "x" * 300])
def test_a_wrong_key_is_told_and_opens_nothing(lab: Lab, key: str) -> None:
    visitor = Visitor(lab.house)

    refused = visitor.post("/ui/sign-in", {"key": key, "email": "", "password": ""})

    assert (refused.status_code, visitor.secret) == (401, "")
    assert 'role="alert"' in refused.text


def test_a_link_is_good_once_and_the_password_from_then_on(lab: Lab) -> None:
    account = lab.annotator.account
    token = link_for(lab, account)
    visitor = Visitor(lab.house)
    shown = visitor.get(f"/ui/welcome?token={token}")
    short = visitor.post("/ui/welcome", {"token": token, "password": "short"})
    chosen = visitor.post("/ui/welcome", {"token": token, "password": PASSWORD})
    again = Visitor(lab.house).post("/ui/welcome", {"token": token, "password": PASSWORD + "2"})

    entered, answer = by_password(lab, email_of(lab, account), PASSWORD)

    assert (shown.status_code, short.status_code, chosen.status_code, again.status_code) == (
        200,
        422,
        303,
        410,
    )
    assert email_of(lab, account) in shown.text
    assert answer.status_code == 303
    assert entered.get("/ui/account").status_code == 200


def test_an_older_link_ends_with_a_newer_one(lab: Lab) -> None:
    older = link_for(lab, lab.annotator.account)
    newer = link_for(lab, lab.annotator.account)

    shown = [Visitor(lab.house).get(f"/ui/welcome?token={token}").status_code for token in (older, newer)]

    assert shown == [410, 200]


def test_a_link_ends_after_three_days(timed_lab: Lab, clock: Clock) -> None:
    token = link_for(timed_lab, timed_lab.annotator.account)
    clock.move(days=3, minutes=1)

    assert Visitor(timed_lab.house).get(f"/ui/welcome?token={token}").status_code == 410


def test_links_are_made_by_administrators_and_for_an_owner_by_owners(lab: Lab) -> None:
    told = [
        person.post(f"/accounts/{account}/sign_in_link", {"data": {}}).status
        for person, account in (
            (lab.admin, lab.annotator.account),
            (lab.admin, lab.owner.account),
            (lab.annotator, lab.annotator.account),
            (lab.project_owner, lab.annotator.account),
            (lab.owner, lab.owner.account),
        )
    ]

    assert told == [200, 403, 403, 403, 200]


def test_who_is_unknown_and_who_is_wrong_are_told_the_same(lab: Lab) -> None:
    with_password(lab, lab.annotator.account)

    _, unknown = by_password(lab, "nobody@nowhere.example", PASSWORD)
    _, wrong = by_password(lab, email_of(lab, lab.annotator.account), PASSWORD + "!")
    _, without = by_password(lab, email_of(lab, lab.reviewer.account), PASSWORD)

    assert [one.status_code for one in (unknown, wrong, without)] == [401, 401, 401]
    assert all(WRONG in one.text for one in (unknown, wrong, without))


def test_after_ten_wrong_passwords_none_is_looked_at_for_a_quarter_of_an_hour(
    timed_lab: Lab, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, looked = timed_lab, list[str]()
    with_password(lab, lab.annotator.account)
    email = email_of(lab, lab.annotator.account)
    real = passwords.is_right

    def look(hash: str, password: str) -> bool:
        looked.append(password)
        return real(hash, password)

    monkeypatch.setattr(passwords, "is_right", look)
    for _ in range(passwords.MOST_FAILURES):
        by_password(lab, email, "wrong wrong wrong")
    count = len(looked)

    _, paused = by_password(lab, email, PASSWORD)
    is_looked_at = len(looked) > count
    clock.move(minutes=16)
    _, later = by_password(lab, email, PASSWORD)
    _, after = by_password(lab, email, "wrong wrong wrong")

    assert (paused.status_code, is_looked_at) == (401, False)
    assert "wait a quarter of an hour" in paused.text
    assert (later.status_code, after.status_code) == (303, 401)


def test_who_tries_many_passwords_at_once_has_no_more_of_them(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_password(lab, lab.annotator.account)
    email, looked = email_of(lab, lab.annotator.account), list[str]()

    def look(hash: str, password: str) -> bool:
        time.sleep(0.02)
        looked.append(password)
        return False

    monkeypatch.setattr(passwords, "is_right", look)
    with ThreadPoolExecutor(30) as crowd:
        told = list(crowd.map(lambda n: by_password(lab, email, f"wrong {n}")[1].status_code, range(30)))

    assert set(told) == {401}
    assert len(looked) == passwords.MOST_FAILURES


def test_who_is_known_elsewhere_by_another_password_gets_in_all_the_same(lab: Lab) -> None:
    email = email_of(lab, lab.annotator.account)
    with_password(lab, lab.annotator.account)
    other = Lab(lab.house, "Another of the same email")
    account = other.owner.create("accounts", email=email, name="The same").id
    Visitor(lab.house).post("/ui/welcome", {"token": link_for(other, account), "password": PASSWORD + "2"})

    told = [by_password(lab, email, PASSWORD)[1] for _ in range(passwords.MOST_FAILURES + 2)]
    elsewhere = by_password(lab, email, PASSWORD + "2", organization=other.name)[1]

    assert {one.status_code for one in told} == {303}
    assert "wait a quarter of an hour" in elsewhere.text


def test_a_right_password_makes_the_wrong_ones_before_forgotten(lab: Lab) -> None:
    with_password(lab, lab.annotator.account)
    email = email_of(lab, lab.annotator.account)
    tries = ["wrong wrong"] * (passwords.MOST_FAILURES - 1) + [PASSWORD]

    told = [by_password(lab, email, password)[1].status_code for password in (*tries, *tries)]

    assert told == [*([401] * (len(tries) - 1)), 303] * 2


def test_a_new_password_ends_all_other_sessions(lab: Lab) -> None:
    account = lab.annotator.account
    first = with_password(lab, account)
    second, _ = by_password(lab, email_of(lab, account), PASSWORD)

    wrong = second.post("/ui/password", {"old": "no", "password": PASSWORD + "2"})
    changed = second.post("/ui/password", {"old": PASSWORD, "password": PASSWORD + "2"})

    assert (wrong.status_code, changed.status_code) == (403, 204)
    assert second.get("/ui/account").status_code == 200
    assert first.get("/ui/account").status_code == 303
    assert by_password(lab, email_of(lab, account), PASSWORD)[1].status_code == 401


def test_signing_out_ends_the_session_itself(lab: Lab) -> None:
    visitor = signed_in(lab.annotator)
    secret = visitor.secret

    out = visitor.post("/ui/sign-out")

    assert (out.status_code, visitor.secret) == (303, "")
    assert Visitor(lab.house, secret).get("/ui/account").status_code == 303


def test_a_session_ends_after_fourteen_days_and_with_its_account(timed_lab: Lab, clock: Clock) -> None:
    lab = timed_lab
    visitor, other = with_password(lab, lab.annotator.account), with_password(lab, lab.reviewer.account)
    disabled = lab.owner.update("accounts", lab.reviewer.account, disabled_at="2031-01-01T10:00:00.000000Z")
    clock.move(days=14, minutes=1)

    assert disabled.status == 200
    assert _ends_soon(visitor)
    assert _ends_soon(other)
    assert by_password(lab, email_of(lab, lab.reviewer.account), PASSWORD)[1].status_code == 401


def test_the_same_email_in_two_organizations_is_asked_for_its_organization(lab: Lab, house: Any) -> None:
    other = Lab(house, f"Other of {lab.name}")
    email = email_of(lab, lab.annotator.account)
    twin = other.owner.create("accounts", email=email).id
    with_password(lab, lab.annotator.account)
    with_password(other, twin)

    _, which = by_password(lab, email, PASSWORD)
    entered, answer = by_password(lab, email, PASSWORD, organization=other.name)

    assert (which.status_code, answer.status_code) == (401, 303)
    assert 'name="organization"' in which.text
    me = entered.get("/ui/api/api_keys", headers={"Accept": "application/vnd.api+json"}).json()["data"]
    assert {one["attributes"]["account_id"] for one in me} == {twin}


def test_who_is_erased_has_no_password_any_more(lab: Lab) -> None:
    account = lab.annotator.account
    visitor, token = with_password(lab, account), link_for(lab, account)
    email = email_of(lab, account)

    counts = erase(lab.house.database, account)

    assert counts["passwords"] == 1
    assert _ends_soon(visitor)
    assert by_password(lab, email, PASSWORD)[1].status_code == 401
    assert Visitor(lab.house).get(f"/ui/welcome?token={token}").status_code == 410


# ---- requests from elsewhere


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://sub.testserver"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/ui/api/projects", "/ui/sign-in", "/ui/sign-out", "/ui/password"])
def test_a_page_of_another_site_can_change_nothing(lab: Lab, path: str, headers: dict[str, str]) -> None:
    visitor = signed_in(lab.owner)

    asked = visitor.post(path, {"key": lab.owner.key or ""}, headers=headers)

    assert (asked.status_code, asked.json()["errors"][0]["code"]) == (403, "origin_foreign")
    assert visitor.get("/ui/account").status_code == 200


def test_our_own_pages_may(lab: Lab) -> None:
    visitor = signed_in(lab.owner)
    named = {"name": "By hand", "organization_id": lab.organization}
    body = {"data": {"type": "projects", "attributes": named}}
    same = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}

    made = visitor.ask("POST", "/ui/api/projects", json=body, headers=same)

    assert made.status_code == 201, made.text


def test_the_api_behind_the_cookie_takes_no_select_by_get(lab: Lab) -> None:
    visitor = signed_in(lab.annotator)

    asked = [visitor.get(f"/ui/api/entries/{lab.entry}/select{end}").status_code for end in ("", "/")]

    assert asked == [405, 405]
    assert lab.owner.get(f"/entries/{lab.entry}").attributes["assigned_to_id"] is None


def test_the_cookie_is_for_the_dashboard_alone_and_no_script_reads_it(lab: Lab) -> None:
    visitor = Visitor(lab.house)

    told = visitor.post("/ui/sign-in", {"key": lab.owner.key or ""}).headers["set-cookie"]
    at_api = visitor.get("/projects")

    assert {"HttpOnly", "Path=/ui", "SameSite=lax"} <= {part.strip() for part in told.split(";")}
    assert at_api.status_code == 401


def test_no_session_is_told_to_a_log(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    visitor = signed_in(lab.owner)
    visitor.get(f"/ui/welcome?token={link_for(lab, lab.annotator.account)}")

    out, err = capfd.readouterr()

    assert visitor.secret not in out + err


# ---- what runs


def test_nothing_runs_on_a_page_but_our_own_files(lab: Lab) -> None:
    page = signed_in(lab.owner).get("/ui/projects")

    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"


def test_scripts_and_styles_are_sent_compressed_and_kept_for_ever(lab: Lab) -> None:
    page = Visitor(lab.house).get("/ui/sign-in").text
    address = page.partition('<script type="module" src="')[2].partition('"')[0]

    sent = Visitor(lab.house).get(address, headers={"Accept-Encoding": "br, gzip"})

    assert sent.headers["content-encoding"] == "br"
    assert "immutable" in sent.headers["cache-control"]
    assert Visitor(lab.house).get("/ui/static/names.json").status_code == 404
    assert Visitor(lab.house).get("/ui/static/..%2Frouting.py").status_code == 404


def test_a_hash_takes_time_and_memory() -> None:
    """What OWASP's cheat sheet of password storage asks of Argon2id at least: 19 MiB, twice."""
    kept = extract_parameters(real_hasher().hash(PASSWORD))

    assert kept.type is Type.ID
    assert kept.memory_cost >= 19 * 1024
    assert kept.time_cost >= 2
