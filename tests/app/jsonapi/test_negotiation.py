"""Content negotiation: items 1 to 8 of the JSON:API checklist."""

import pytest

from tests.app.jsonapi.asking import CURSOR_PROFILE, NOBODY, PROFILED
from tests.lab import MEDIA_TYPE, Lab, Person

ATOMIC = "https://jsonapi.org/ext/atomic-of-another-world"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/entries", 200),
        ("GET", f"/entries/{NOBODY}", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/entries?filter[nothing]=1", 400),
        ("PUT", "/entries", 405),
        ("POST", "/entries", 400),
    ],
)
def test_01_every_body_is_of_the_media_type(asker: Person, method: str, path: str, status: int) -> None:
    reply = asker.ask(method, path)

    assert (reply.status, reply.headers["content-type"]) == (status, MEDIA_TYPE)


def test_01_a_created_record_and_a_stranger_s_refusal_are_of_the_media_type(
    lab: Lab, owner: Person, mount: str
) -> None:
    created = owner.create("projects", name="Retina", organization_id=lab.organization)
    refused = lab.stranger.at(mount).get("/entries")

    assert (created.status, created.headers["content-type"]) == (201, MEDIA_TYPE)
    assert (refused.status, refused.headers["content-type"]) == (401, MEDIA_TYPE)


@pytest.mark.parametrize("parameter", ["charset=utf-8", "version=1", "q=1", 'ext="";charset=utf-8'])
def test_02_a_content_type_with_another_parameter_is_unsupported(
    still: Lab, asker: Person, parameter: str
) -> None:
    body = {"data": {"type": "projects", "attributes": {"name": "x", "organization_id": still.organization}}}

    reply = asker.post("/projects", body, headers={"Content-Type": f"{MEDIA_TYPE}; {parameter}"})

    assert reply.status == 415
    assert reply.source == {"header": "Content-Type"}


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", "", ";"])
def test_02_a_body_of_another_media_type_is_unsupported(asker: Person, media_type: str) -> None:
    reply = asker.post("/projects", {"data": {"type": "projects"}}, headers={"Content-Type": media_type})

    assert reply.status == 415


def test_03_an_unknown_extension_is_unsupported(asker: Person) -> None:
    header = {"Content-Type": f'{MEDIA_TYPE};ext="{ATOMIC}"'}

    reply = asker.post("/projects", {"data": {"type": "projects"}}, headers=header)

    assert reply.status == 415


@pytest.mark.parametrize("profile", [CURSOR_PROFILE, "https://example.org/unknown", "a:b c:d"])
def test_03_any_profile_is_welcome_in_a_content_type(lab: Lab, owner: Person, profile: str) -> None:
    body = {"data": {"type": "projects", "attributes": {"name": "x", "organization_id": lab.organization}}}

    reply = owner.post("/projects", body, headers={"Content-Type": f'{MEDIA_TYPE}; profile="{profile}"'})

    assert reply.status == 201


@pytest.mark.parametrize(
    "accept",
    [
        f"{MEDIA_TYPE};charset=utf-8",
        f"{MEDIA_TYPE};charset=utf-8, {MEDIA_TYPE};version=1",
        f'{MEDIA_TYPE};version="a, {MEDIA_TYPE}"',
        f"{MEDIA_TYPE};charset=utf-8, */*",
        "text/html",
        f"{MEDIA_TYPE};q=0",
        ";",
    ],
)
def test_04_where_no_instance_is_clean_nothing_is_acceptable(asker: Person, accept: str) -> None:
    reply = asker.get("/entries", headers={"Accept": accept})

    assert reply.status == 406
    assert reply.source == {"header": "Accept"}


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "",
        MEDIA_TYPE,
        MEDIA_TYPE.upper(),
        f"{MEDIA_TYPE};charset=utf-8, {MEDIA_TYPE}",
        f'{MEDIA_TYPE};version="a, b;c", {MEDIA_TYPE};q=0.1',
        f"{MEDIA_TYPE};q=0.5",
        "text/html, application/xhtml+xml, */*;q=0.8",
    ],
)
def test_04_one_clean_instance_or_anything_is_acceptable(asker: Person, accept: str) -> None:
    reply = asker.get("/entries", headers={"Accept": accept})

    assert (reply.status, reply.headers["content-type"]) == (200, MEDIA_TYPE)


def test_05_an_unknown_extension_alone_is_not_acceptable(asker: Person) -> None:
    reply = asker.get("/entries", headers={"Accept": f'{MEDIA_TYPE};ext="{ATOMIC}"'})

    assert reply.status == 406


def test_05_beside_an_instance_without_it_an_unknown_extension_is_ignored(asker: Person) -> None:
    reply = asker.get("/entries", headers={"Accept": f'{MEDIA_TYPE};ext="{ATOMIC}", {MEDIA_TYPE}'})

    assert (reply.status, reply.headers["content-type"]) == (200, MEDIA_TYPE)


def test_06_an_unknown_profile_is_ignored(asker: Person) -> None:
    reply = asker.get("/entries", headers={"Accept": f'{MEDIA_TYPE};profile="https://example.org/unknown"'})

    assert (reply.status, reply.headers["content-type"]) == (200, MEDIA_TYPE)


@pytest.mark.parametrize("others", ["", " https://example.org/unknown"])
def test_06_a_known_profile_is_applied_and_named(asker: Person, others: str) -> None:
    reply = asker.get("/entries", headers={"Accept": f'{MEDIA_TYPE};profile="{CURSOR_PROFILE}{others}"'})

    assert reply.headers["content-type"] == f'{MEDIA_TYPE};profile="{CURSOR_PROFILE}"'


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/entries", 200),
        ("HEAD", "/entries", 200),
        ("GET", f"/entries/{NOBODY}", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/entries", 405),
        ("POST", "/entries", 400),
    ],
)
def test_07_answers_vary_by_accept(asker: Person, method: str, path: str, status: int) -> None:
    reply = asker.ask(method, path)

    assert reply.status == status
    assert "Accept" in reply.headers["vary"].split(", ")


def test_07_answers_to_changes_vary_by_accept(lab: Lab, owner: Person) -> None:
    created = owner.create("projects", name="x", organization_id=lab.organization)
    deleted = owner.delete(f"/projects/{created.id}")

    assert created.headers["vary"] == deleted.headers["vary"] == "Accept, Accept-Encoding, Authorization"


def test_08_profiles_are_a_list_between_spaces(asker: Person) -> None:
    header = {"Accept": f'{MEDIA_TYPE}; profile="https://example.org/a {CURSOR_PROFILE}"'}

    reply = asker.get("/entries", headers=header)

    assert reply.headers["content-type"] == PROFILED["Accept"]


def test_08_members_of_the_document_negotiate_nothing(lab: Lab, owner: Person) -> None:
    body = {
        "jsonapi": {"version": "1.1", "ext": [ATOMIC], "profile": [CURSOR_PROFILE]},
        "data": {"type": "projects", "attributes": {"name": "x", "organization_id": lab.organization}},
    }

    reply = owner.post("/projects", body)

    assert (reply.status, reply.headers["content-type"]) == (201, MEDIA_TYPE)
