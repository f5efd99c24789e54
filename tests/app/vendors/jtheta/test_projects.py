"""Keys, projects and how far they are, through the face of JTheta."""

from itertools import product
from urllib.parse import quote

import pytest

from app.errors import Problem
from app.web.vendors.jtheta.projects import WORDS
from app.web.vendors.refusals import STATUS
from app.web.vendors.words import WORDS as TABLE
from app.web.vendors.words import standing_of
from tests.app.vendors.jtheta.asking import Client, client, code, dataset, picture, project
from tests.lab import Lab

BOTH = ("", "/api")


@pytest.mark.parametrize("base", BOTH)
def test_a_key_is_good_or_not(lab: Lab, base: str) -> None:
    good, bad, none = (
        Client(lab, key).get(f"{base}/validate_key/") for key in (lab.owner.key, "postil_x", None)
    )

    assert (good.status, good.document["valid"]) == (200, True)
    assert [code(bad), code(none)] == [(401, "unauthenticated")] * 2
    assert bad.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "APIKey"])
def test_a_key_works_under_every_scheme(lab: Lab, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {lab.owner.key}"}

    assert Client(lab, None).get("/validate_key/", headers=headers).status == 200


@pytest.mark.parametrize("base", BOTH)
def test_a_project_is_made_and_the_main_api_has_it(lab: Lab, base: str) -> None:
    body = {"project_title": "Retinal Dataset", "project_category": "Medical Imaging"}

    made = client(lab).post(f"{base}/create_project/", body)

    assert (made.status, made.document["project_title"]) == (201, "Retinal Dataset")
    assert isinstance(made.document["id"], int)
    (found,) = lab.owner.get("/projects?filter[name]=Retinal Dataset").data
    assert found["attributes"]["category"] == "Medical Imaging"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"project_title": "x"},
        {"project_category": "x"},
        {"project_title": "", "project_category": "x"},
        {"project_title": 3, "project_category": "x"},
        {"project_title": "x" * 256, "project_category": "x"},
        {"project_title": "x", "project_category": "x" * 65},
        {"project_title": "a\0b", "project_category": "x"},
        [],
        "x",
        None,
    ],
)
def test_a_project_without_what_it_needs_is_none(lab: Lab, body: object) -> None:
    refused = client(lab).post("/create_project/", body)

    assert refused.status == 400
    assert lab.owner.get("/projects").data == []


@pytest.mark.parametrize(
    "content", [b"{", b'{"project_title": "a", "project_title": "b"}', b"[" * 1000, b"\xff", b"NaN"]
)
def test_what_is_no_json_is_refused(lab: Lab, content: bytes) -> None:
    assert client(lab).ask("POST", "/create_project/", content=content).status == 400


def test_only_administrators_make_projects(lab: Lab) -> None:
    body = {"project_title": "x", "project_category": "y"}

    assert code(client(lab, lab.outsider).post("/create_project/", body)) == (403, "forbidden")


def test_a_title_of_two_projects_is_ambiguous_everywhere(lab: Lab) -> None:
    project(lab, "Twice")
    project(lab, "Twice")
    me = client(lab)
    form = me.form("/create_dataset/", ("a.png", picture()), dataset_name="d", project_name="Twice")

    found = [
        me.get("/get_annotation_status/Twice/"),
        me.get("/api/annotation/status/Twice"),
        me.post("/delete_project/", {"project_title": "Twice"}),
        form,
    ]

    assert [code(one) for one in found] == [(409, "title_ambiguous")] * 4
    assert len(lab.owner.get("/projects").data) == 2


@pytest.mark.parametrize("base", BOTH)
def test_a_project_goes_to_the_trash_with_all_beneath_it(lab: Lab, base: str) -> None:
    number = dataset(lab)["id"]
    entries = lab.owner.get("/entries").data
    me = client(lab)

    gone = me.post(f"{base}/delete_project/", {"project_title": "Retina X"})

    assert gone.status == 200
    assert entries
    assert [lab.owner.get(f"/{type}").data for type in ("projects", "datasets", "entries")] == [[]] * 3
    assert code(me.get(f"/api/dataset/export/{number}/download/")) == (404, "dataset_not_found")
    assert code(me.post("/delete_project/", {"project_title": "Retina X"})) == (404, "project_not_found")


def test_only_a_projects_owner_deletes_it(lab: Lab) -> None:
    name = lab.owner.get(f"/projects/{lab.project}").attributes["name"]

    refused = client(lab, lab.annotator).post("/delete_project/", {"project_title": name})
    unseen = client(lab, lab.outsider).post("/delete_project/", {"project_title": name})

    assert (code(refused), code(unseen)) == ((403, "forbidden"), (404, "project_not_found"))


@pytest.mark.parametrize("title", ["A/B", "a b", "what? now", "100%", "\u00e9/?&=x", "api", "\u4e2d\u6587"])
def test_a_title_is_found_however_the_sdk_spells_it(lab: Lab, title: str) -> None:
    project(lab, title)

    leaking = client(lab).get(f"/api/annotation/status/{quote(title, safe='/?&=')}")
    quoted = client(lab).get(f"/get_annotation_status/{quote(title, safe='')}/")

    assert [one.document["project_title"] for one in (leaking, quoted)] == [title] * 2


@pytest.mark.parametrize("title", ["nothing", "%ff", "x" * 4000, "a//b/", ""])
def test_a_title_of_no_project_is_told(lab: Lab, title: str) -> None:
    found = [
        client(lab).get(f"{path}{title}") for path in ("/get_annotation_status/", "/api/annotation/status/")
    ]

    assert {one.status for one in found} == {404}


def test_a_title_with_a_nul_is_refused(lab: Lab) -> None:
    paths = ("/get_annotation_status/a%00b", "/api/annotation/status/a%00b", "/api/annotation/status/a?%00")

    assert {client(lab).get(path).status for path in paths} <= {400, 404}


def test_counts_follow_the_work(lab: Lab) -> None:
    dataset(lab, count=5)
    entries = [one["id"] for one in lab.owner.get("/entries?sort=id").data]
    box = {"dimensions": {}, "annotation": {"label": "x"}}
    lab.house.dice.roll(0.0)
    lab.owner.act(entries[0], "label", status="in_progress")
    lab.owner.act(entries[1], "label", status="labeled", annotations=[box])
    lab.owner.act(entries[2], "label", status="reviewed")
    lab.owner.act(entries[3], "label", status="in_progress")
    lab.owner.act(entries[3], "error", message="black")

    told = client(lab).get("/get_annotation_status/Retina X/").document

    assert [told[word] for word in WORDS] == [1, 1, 1, 1, 1]
    assert (told["total_images"], told["progress"], told["status"]) == (5, 40.0, "in_progress")
    assert [told["datasets"][0][word] for word in WORDS] == [1, 1, 1, 1, 1]


AFTER = ["in_progress", "labeled", "reviewed", "rejected", "skipped", "verified", None]


# What waits for a review is in review, also where somebody has said that nothing was said of it.
@pytest.mark.parametrize(
    ("before", "after"),
    [
        one
        for one in product(["labeled", "rejected", "skipped", "reviewed"], AFTER)
        if one != ("labeled", None)
    ],
)
def test_counts_are_what_the_table_of_words_says_of_each_image(
    lab: Lab, before: str, after: str | None
) -> None:
    dataset(lab, count=1)
    (entry,) = lab.owner.get("/entries").data
    lab.house.dice.roll(0.0)
    lab.owner.act(entry["id"], "label", status=before)
    assert lab.owner.act(entry["id"], "label", status=after).status == 200
    now = lab.owner.get(f"/entries/{entry['id']}").attributes

    told = client(lab).get("/get_annotation_status/Retina X/").document

    standing = standing_of(now["status"], now["label_status"], is_assigned=now["assigned_to_id"] is not None)
    assert [word for word in WORDS if told[word]] == [TABLE[standing].jtheta]


def test_an_empty_project_is_pending(lab: Lab) -> None:
    project(lab)

    told = client(lab).get("/get_annotation_status/Retina X/").document

    assert (told["status"], told["total_images"], told["progress"], told["datasets"]) == ("pending", 0, 0, [])


def test_a_member_sees_the_progress_and_a_stranger_nothing(lab: Lab) -> None:
    name = lab.owner.get(f"/projects/{lab.project}").attributes["name"]
    lab.new_entry()

    told = client(lab, lab.annotator).get(f"/get_annotation_status/{name}/")

    assert told.document["total_images"] == 1
    assert client(lab, lab.outsider).get(f"/get_annotation_status/{name}/").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/create_project/", 405),
        ("DELETE", "/validate_key/", 405),
        ("GET", "/nothing/", 404),
        ("GET", "/api/", 404),
        ("POST", "/api/export/download", 405),
    ],
)
def test_other_paths_and_methods_are_refused(lab: Lab, method: str, path: str, status: int) -> None:
    assert client(lab).ask(method, path).status == status


def test_every_failure_has_a_status() -> None:
    assert set(STATUS) >= set(Problem.__subclasses__())
