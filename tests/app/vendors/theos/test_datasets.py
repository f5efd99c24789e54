"""Projects by their keys and datasets by their numbers, through the face of Theos."""

import pytest

from app.errors import Problem
from app.web.vendors.refusals import STATUS
from tests.app.vendors.theos.asking import Client, client, code, dataset, examples, of_splits, uploaded
from tests.lab import Lab


def test_a_dataset_is_made_listed_told_of_and_deleted(lab: Lab) -> None:
    me = client(lab)

    made = me.post("/create/", name="Vehicles")
    number = made.document["id"]

    assert (made.status, made.document["name"], made.document["classes"]) == (201, "Vehicles", [])
    assert me.get().document == [me.get(f"/{number}/").document] == [made.document]
    (its,) = lab.owner.get("/datasets").data
    assert its["attributes"]["labeling_configuration"]["classes"] == []
    gone = me.post(f"/{number}/delete/")
    assert (gone.status, gone.document) == (200, {"id": number, "deleted": True})
    assert code(me.get(f"/{number}/")) == (404, "dataset_not_found")
    assert me.get().document == lab.owner.get("/datasets").data == []


def test_a_dataset_that_was_worked_on_is_deleted_too(lab: Lab) -> None:
    number = dataset(lab)
    uploaded(lab, number, of_splits)
    client(lab).post(f"/{number}/examples/{examples(lab, number)[0]['id']}/skip/")

    assert client(lab).post(f"/{number}/delete/").status == 200
    assert lab.owner.get("/entries").data == []


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "APIKey"])
def test_a_token_works_under_every_scheme(lab: Lab, scheme: str) -> None:
    me = Client(lab, None, lab.project)

    told = me.ask(
        "GET", f"/project/{lab.project}/datasets/", headers={"Authorization": f"{scheme} {lab.owner.key}"}
    )

    assert told.status == 200


def test_a_project_goes_by_its_key_or_its_id(lab: Lab) -> None:
    lab.owner.update("projects", lab.project, key="vehicles-2")
    number = dataset(lab)

    by_key = Client(lab, lab.owner.key, "vehicles-2").get(f"/{number}/")
    by_id = Client(lab, lab.owner.key, lab.project.upper()).get(f"/{number}/")

    assert by_key.document["id"] == by_id.document["id"] == number


@pytest.mark.parametrize("key", ["x", "a%2Fb", "'", "%F0%9F%98%80", "x" * 65, "{other}", "{theirs}"])
def test_a_project_key_has_to_match(lab: Lab, key: str) -> None:
    number = dataset(lab)
    other = lab.owner.create("projects", name="Other", organization_id=lab.organization).id
    theirs = Lab(lab.house, f"Other {lab.organization[-6:]}")
    key = key.format(other=other, theirs=theirs.project)

    told = Client(lab, lab.owner.key, key).get(f"/{number}/")

    assert code(told) in [(404, "project_not_found"), (404, "dataset_not_found")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/create/"),
        ("GET", "/{it}/"),
        ("POST", "/{it}/delete/"),
        ("POST", "/{it}/upload/"),
        ("POST", "/{it}/upload/stop/"),
        ("POST", "/{it}/classes/create/"),
        ("POST", "/{it}/classes/delete/"),
        ("POST", "/{it}/classes/1/edit/"),
        ("POST", "/{it}/classes/merge/"),
        ("GET", "/{it}/examples/"),
        ("POST", "/{it}/examples/"),
        ("GET", "/{it}/examples/1/"),
        ("GET", "/{it}/examples/external/a/"),
        ("POST", "/{it}/examples/1/labels/set/"),
        ("POST", "/{it}/examples/external/a/labels/set/"),
        ("POST", "/{it}/examples/1/skip/"),
        ("POST", "/{it}/examples/external/a/skip/"),
    ],
)
def test_who_has_no_token_and_who_is_elsewhere_get_nothing(lab: Lab, method: str, path: str) -> None:
    number = dataset(lab, "Car")
    theirs = Lab(lab.house, f"Other {lab.organization[-6:]}")
    fields = {"name": "a", "color": "#123456", "manifest_url": "https://x.example.org/m.json"}
    fields |= {"db_ids": "[1,2]", "labels": "[]"}
    parts = [(name, (None, value)) for name, value in fields.items()]
    path = f"/project/{lab.project}/datasets{path.format(it=number)}"
    sent = {"files": parts} if method == "POST" else {}

    nobody = Client(lab, None, "").ask(method, path, **sent)
    stranger = Client(lab, theirs.owner.key, "").ask(method, path, **sent)
    outsider = Client(lab, lab.outsider.key, "").ask(method, path, **sent)

    assert code(nobody) == (401, "unauthenticated")
    assert nobody.headers["www-authenticate"] == "Token"
    assert [code(one) for one in (stranger, outsider)] == [(404, "project_not_found")] * 2


@pytest.mark.parametrize("number", ["0", "99999", "x", "%00", "-1", "1.0", "9" * 50])
def test_a_dataset_that_is_none_is_told(lab: Lab, number: str) -> None:
    nul = (400, "character_not_allowed")
    assert code(client(lab).get(f"/{number}/")) == (nul if number == "%00" else (404, "dataset_not_found"))


def test_a_number_of_something_else_is_no_dataset(lab: Lab) -> None:
    number = dataset(lab)
    uploaded(lab, number, of_splits)
    (one, *_) = examples(lab, number)

    assert client(lab).get(f"/{one['id']}/").status == 404
    assert client(lab).get(f"/{number}/examples/{number}/").status == 404


@pytest.mark.parametrize("fields", [{}, {"name": ""}, {"name": "x" * 256}, {"name": "a\0b"}])
def test_a_dataset_has_a_name(lab: Lab, fields: dict[str, str]) -> None:
    assert client(lab).post("/create/", **fields).status == 400
    assert lab.owner.get("/datasets").data == []


def test_members_read_and_owners_write(lab: Lab) -> None:
    number = dataset(lab)
    member = client(lab, lab.annotator)

    assert member.get(f"/{number}/").status == 200
    refused = [
        member.post("/create/", name="x"),
        member.post(f"/{number}/delete/"),
        member.post(f"/{number}/upload/", manifest_url="https://x.example.org/m.json"),
        member.post(f"/{number}/classes/create/", name="x", color="#123456"),
    ]
    assert {code(one) for one in refused} == {(403, "forbidden")}


def test_a_form_may_be_urlencoded(lab: Lab) -> None:
    path = f"/project/{lab.project}/datasets/create/"

    assert client(lab).ask("POST", path, data={"name": "x"}).status == 201


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"&" * 5000, "application/x-www-form-urlencoded"),
        (b"\xff\xfe=\xff", "application/x-www-form-urlencoded"),
        (b'{"name": "x"}', "application/json"),
    ],
)
def test_a_form_that_is_none_is_refused(lab: Lab, content: bytes, media_type: str) -> None:
    path = f"/project/{lab.project}/datasets/create/"

    refused = client(lab).ask("POST", path, content=content, headers={"Content-Type": media_type})

    assert refused.status == 400


def test_every_failure_has_a_status() -> None:
    assert set(STATUS) >= set(Problem.__subclasses__())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/project/x/datasets/create/", 405),
        ("DELETE", "/project/x/datasets/1/", 405),
        ("GET", "/nothing/", 404),
        ("GET", "/project/x/datasets/1/examples/external/", 404),
    ],
)
def test_other_paths_and_methods_are_refused_in_theos_shape(
    lab: Lab, method: str, path: str, status: int
) -> None:
    refused = client(lab).ask(method, path)

    assert refused.status == status
    assert ("allow" in refused.headers) == (status == 405)
