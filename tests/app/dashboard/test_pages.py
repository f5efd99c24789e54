"""Pages without a browser: whom they are shown to, what they ask, and what they say where they cannot."""

import asyncio
import html
import re
import shlex
import threading
from typing import Any

import httpx2
import pytest

from app.web.dashboard import assets
from app.web.dashboard.catalog import PAGES
from app.web.dashboard.sessions import COOKIE
from tests.app.dashboard.visitor import Visitor, signed_in
from tests.app.matrix.tenants import Tenant, Tenants, settle_two
from tests.client import scope_of
from tests.lab import CANARY, House, Lab, Person

PATHS = [page.path for page in PAGES]
_LINE = re.compile(r"<pre[^>]*>(curl .*?)</pre>", re.S)


@pytest.fixture(scope="module")
def tenants(house: House) -> Tenants:
    return settle_two(house)


def path_for(tenant: Tenant, path: str) -> str:
    parts = path.split("/")
    return "/".join(tenant.ids[parts[n - 1]] if part == "{id}" else part for n, part in enumerate(parts))


@pytest.fixture(scope="module")
def visitors(tenants: Tenants) -> dict[str, Visitor]:
    ours = tenants.ours.lab
    people = {"owner": ours.owner, "lead": ours.project_owner, "annotator": ours.annotator}
    return {name: signed_in(person) for name, person in people.items()}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["owner", "lead", "annotator"])
def test_a_page_is_shown_or_refused_and_never_breaks(
    tenants: Tenants, visitors: dict[str, Visitor], name: str, path: str
) -> None:
    shown = visitors[name].get(path_for(tenants.ours, path))

    assert shown.status_code in ({200, 303} if name == "owner" else {200, 303, 403, 404}), shown.text
    assert CANARY not in shown.text


@pytest.mark.parametrize("path", [path for path in PATHS if "{" in path])
def test_a_page_of_another_tenant_is_as_one_of_nothing(
    tenants: Tenants, visitors: dict[str, Visitor], path: str
) -> None:
    foreign = visitors["owner"].get(path_for(tenants.theirs, path))
    nothing = visitors["owner"].get(path.replace("{id}", "01900000-0000-7000-8000-000000000000"))
    broken = visitors["owner"].get(path.replace("{id}", "%22%3E%3Cb%3E"))

    assert (foreign.status_code, nothing.status_code, broken.status_code) == (404, 404, 404)
    assert CANARY not in foreign.text
    assert '"><b>' not in broken.text


@pytest.mark.parametrize("path", PATHS)
def test_what_is_offered_for_curl_is_answered(
    tenants: Tenants, visitors: dict[str, Visitor], path: str
) -> None:
    lab = tenants.ours.lab
    page = visitors["owner"].get(path_for(tenants.ours, path))

    lines = [html.unescape(line) for line in _LINE.findall(page.text)]

    assert {said_by(lab, line) for line in lines} <= {200, 204}


def said_by(lab: Lab, line: str) -> int:
    """The status that the line for curl is answered with, for the owner."""
    words = shlex.split(line.replace("$KEY", str(lab.owner.key)))
    assert words[:2] == ["curl", "-gs"]
    method, body, headers = "GET", None, {}
    rest = iter(words[2:-1])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-d":
            body = next(rest)
        else:
            assert word == "-H"
            name, _, value = next(rest).partition(": ")
            headers[name] = value
    response = lab.house.client.request(method, words[-1], headers=headers, content=body)
    return int(response.status_code)


def test_who_leads_nothing_begins_at_their_work(tenants: Tenants, visitors: dict[str, Visitor]) -> None:
    fronts = {name: visitor.get("/ui").headers["location"] for name, visitor in visitors.items()}

    assert fronts == {"owner": "/ui/projects", "lead": "/ui/projects", "annotator": "/ui/work"}


def test_a_part_that_looks_anew_is_led_to_sign_in_by_htmx(lab: Lab) -> None:
    asked = Visitor(lab.house).get("/ui/projects", headers={"HX-Request": "true"})

    assert (asked.status_code, asked.headers["hx-redirect"]) == (401, "/ui/sign-in?next=/ui/projects")


@pytest.mark.parametrize("path", ["/ui/nothing", "/ui/projects/1/nothing"])
def test_a_browser_is_led_back_from_where_there_is_no_page(lab: Lab, path: str) -> None:
    page = Visitor(lab.house).get(path)
    program = Visitor(lab.house).get(path, headers={"Accept": "application/json"})

    assert (page.status_code, program.status_code) == (404, 404)
    assert 'href="/ui"' in page.text
    assert program.json()["errors"][0]["status"] == "404"


def test_without_scripts_and_styles_it_is_said_how_to_build_them(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    visitor = signed_in(lab.owner)
    monkeypatch.setattr(assets, "FOLDER", tmp_path_factory.mktemp("nothing"))
    assets.names.cache_clear()
    try:
        shown, first = visitor.get("/ui/projects"), Visitor(lab.house).get("/ui/sign-in")
    finally:
        assets.names.cache_clear()

    assert (shown.status_code, first.status_code) == (503, 503)
    assert "make front" in shown.text
    assert "make front" in first.text


def test_an_open_page_is_told_that_something_happened_and_never_what(lab: Lab) -> None:
    told = {person.account: first_news(lab, person) for person in (lab.annotator, lab.owner)}

    for text in told.values():
        assert re.fullmatch(r"retry: 3000\n\nevent: changed\ndata: \d+\n\n", text)


def first_news(lab: Lab, person: Person) -> str:
    """What the stream tells the person up to a first change, which happens once it is begun."""
    secret = signed_in(person).secret
    headers = {"Cookie": f"{COOKIE}={secret}"}
    scope = scope_of(httpx2.Request("GET", "http://testserver/ui/live", headers=headers))
    told: list[bytes] = []

    async def listen() -> None:
        has_heard = asyncio.Event()

        async def receive() -> Any:
            await has_heard.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if body := message.get("body"):
                told.append(body)
                if len(told) == 1:
                    threading.Thread(target=lab.new_entry).start()
                elif b"event:" in body:
                    has_heard.set()

        await asyncio.wait_for(lab.house.client.app(scope, receive, send), 30)

    asyncio.run(listen())
    return b"".join(told).decode()
