"""Projects and datasets as DataGym's clients see them, and which works on which."""

from typing import Any

import pytest

from tests.app.vendors.datagym.talking import MP4, Client, client, png
from tests.lab import Lab


@pytest.mark.parametrize("by_header", [False, True])
def test_a_token_may_stand_in_the_query_or_in_the_header(lab: Lab, by_header: bool) -> None:
    ours = client(lab, by_header=by_header)

    assert ours.ask("HEAD", "project").status == 200
    assert ours.get("project").json == []


def test_a_project_is_told_with_all_that_the_client_parses(lab: Lab) -> None:
    project_id = lab.project

    (project,) = client(lab).get("project").json

    assert (project["id"], project["name"]) == (project_id, "Retina")
    assert project["labelConfigurationId"] == project["labelIterationId"] == project_id
    assert (project["mediaType"], project["datasets"]) == ("IMAGE", [])
    assert (project["owner"], project["shortDescription"]) == (lab.name.lower().replace(" ", "-"), None)


def test_a_look_without_a_body_costs_none(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()

    for path in ("project", "dataset", f"dataset/{dataset}"):
        assert ours.ask("HEAD", path).status == 200
    assert ours.ask("HEAD", f"dataset/{lab.project}").status == 404


def test_the_project_of_the_libraries_is_told_to_nobody(lab: Lab) -> None:
    ours = client(lab)
    project = lab.project
    ours.dataset()

    assert [one["id"] for one in ours.get("project").json] == [project]


def test_a_dataset_is_made_and_told_with_its_media_under_both_names(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset("Cars of Lund", shortDescription="From the street")
    medium = ours.medium(dataset, "left eye.png")

    (told,) = [one for one in ours.get("dataset").json if one["id"] == dataset]
    shown = ours.get(f"dataset/{dataset}").json

    assert told == shown
    assert (told["name"], told["shortDescription"], told["mediaType"]) == (
        "Cars of Lund",
        "From the street",
        "IMAGE",
    )
    assert told["media"] == told["images"]
    (one,) = told["media"]
    assert (one["id"], one["mediaName"], one["imageName"]) == (medium, "left eye.png", "left eye.png")
    assert one["mediaSourceType"] == one["imageType"] == "LOCAL"


def test_a_dataset_of_the_client_is_a_library_and_is_not_reviewed(lab: Lab) -> None:
    dataset = client(lab).dataset("Cars")

    shown = lab.owner.get(f"/datasets/{dataset}?include=project").document

    assert shown["data"]["attributes"]["workflow_configuration"] == {"sample_rate": 0}
    assert shown["included"][0]["attributes"]["kind"] == "library"


def test_a_dataset_of_a_name_that_is_there_is_told_as_a_warning(lab: Lab) -> None:
    ours = client(lab)
    ours.dataset("Cars")

    reply = ours.post("dataset", {"name": "Cars", "shortDescription": None})

    assert (reply.status, reply.key) == (412, "ex_alreadyexists")
    assert reply.json["params"] == ["Dataset", "name", "Cars"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 129},
        {"name": "a-b"},
        {"name": 3},
        {"name": "a\n"},
        {"name": "Cars", "shortDescription": "what?"},
        {"name": "Cars", "shortDescription": "x" * 129},
        {"name": "Cars", "shortDescription": []},
        {"name": "Cars", "mediaType": "SOUND"},
    ],
)
def test_a_dataset_that_breaks_a_rule_is_refused_with_a_pointer(lab: Lab, body: Any) -> None:
    reply = client(lab).post("dataset", body)

    assert (reply.status, reply.key) == (400, "ex_validation")
    assert reply.json["details"][0]["name"].startswith("/")


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b"{", b"\xff", b'{"a":1,"a":2}', b"null"])
def test_a_body_that_is_no_object_is_refused(lab: Lab, content: bytes) -> None:
    reply = client(lab).ask("POST", "dataset", content=content)

    assert (reply.status, reply.key) == (400, "ex_validation")


def test_a_project_works_on_a_dataset_with_a_task_for_each_medium(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    media = {ours.medium(dataset, f"{n}.png", n) for n in range(3)}

    ours.attach(lab.project, dataset)

    tasks = ours.tasks(lab.project)
    assert {one["mediaId"] for one in tasks} == media
    assert {one["labelTaskState"] for one in tasks} == {"BACKLOG"}
    (project,) = [one for one in ours.get("project").json if one["id"] == lab.project]
    assert [(one["id"], one["name"]) for one in project["datasets"]] == [(dataset, "Cars")]
    entries = lab.owner.get(f"/entries?filter[project_id]={lab.project}").data
    assert {one["id"] for one in entries} == {one["taskId"] for one in tasks}
    assert {one["attributes"]["library_entry_id"] for one in entries} == media


def test_a_medium_that_comes_later_has_a_task_when_the_answer_comes(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    ours.attach(lab.project, dataset)

    medium = ours.medium(dataset)

    assert [one["mediaId"] for one in ours.tasks(lab.project)] == [medium]


def test_a_dataset_that_is_attached_already_is_told_as_a_warning(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    ours.attach(lab.project, dataset)

    reply = ours.post(f"project/{lab.project}/dataset/{dataset}")

    assert (reply.status, reply.key, reply.json["params"]) == (
        412,
        "ex_already_contains",
        ["project", "dataset"],
    )


def test_removing_a_dataset_takes_its_tasks_and_nothing_else(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    medium = ours.medium(dataset)
    ours.attach(lab.project, dataset)

    reply = ours.delete(f"project/{lab.project}/dataset/{dataset}/remove")

    assert (reply.status, reply.content) == (200, b"")
    assert ours.tasks(lab.project) == []
    assert [one["id"] for one in ours.get(f"dataset/{dataset}").json["media"]] == [medium]
    again = ours.delete(f"project/{lab.project}/dataset/{dataset}/remove")
    assert (again.status, again.key) == (500, "ex_gen_does_not_contain")
    ours.attach(lab.project, dataset)
    assert [one["mediaId"] for one in ours.tasks(lab.project)] == [medium]


def test_a_dataset_that_the_project_has_of_its_own_is_a_dataset_too(lab: Lab) -> None:
    ours = client(lab)
    entry = lab.new_entry(resource="https://pictures.example.org/a/cat.png?size=2")

    (told,) = [one for one in ours.get("dataset").json if one["id"] == lab.dataset]
    (project,) = [one for one in ours.get("project").json if one["id"] == lab.project]

    (medium,) = told["media"]
    assert (medium["id"], medium["mediaName"], medium["mediaSourceType"]) == (
        entry,
        "cat.png",
        "SHAREABLE_LINK",
    )
    assert [one["id"] for one in project["datasets"]] == [lab.dataset]
    assert [one["taskId"] for one in ours.tasks(lab.project)] == [entry]
    assert ours.post(f"project/{lab.project}/dataset/{lab.dataset}").key == "ex_already_contains"
    assert ours.delete(f"project/{lab.project}/dataset/{lab.dataset}/remove").key == "ex_forbidden"


def test_a_dataset_of_another_project_cannot_be_attached(lab: Lab) -> None:
    other = lab.owner.create("projects", name="Iris", organization_id=lab.organization).id

    reply = client(lab).post(f"project/{other}/dataset/{lab.dataset}")

    assert (reply.status, reply.key) == (403, "ex_forbidden")


def test_a_project_of_pictures_takes_no_videos(lab: Lab) -> None:
    ours = client(lab)
    ours.attach(lab.project, ours.dataset("Pictures"))

    reply = ours.post(f"project/{lab.project}/dataset/{ours.dataset('Films', mediaType='VIDEO')}")

    assert (reply.status, reply.key) == (500, "ex_gen_mediatype_missmatch")


def test_a_project_may_say_what_it_is_about(lab: Lab) -> None:
    ours = client(lab)
    said = {"datagym": {"mediaType": "VIDEO"}}
    assert lab.owner.update("projects", lab.project, vendor=said).status == 200

    (project,) = [one for one in ours.get("project").json if one["id"] == lab.project]
    reply = ours.post(f"project/{lab.project}/dataset/{ours.dataset('Pictures')}")

    assert (project["mediaType"], reply.key) == ("VIDEO", "ex_gen_mediatype_missmatch")


UNKNOWN = "01900000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("id", [UNKNOWN, "x", "a" * 300, "{id}"])
@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("GET", "dataset/{}", "Dataset"),
        ("DELETE", "media/{}", "Media"),
        ("GET", "image/{}", "Media"),
        ("POST", "image/{}/url", "Dataset"),
        ("POST", "project/{}/prediction", "Project"),
        ("GET", "export/{}", "Project"),
        ("GET", "task/{}/list", "Project"),
        ("GET", "task/{}", "Label Task"),
        ("PUT", "task/{}/skipTask", "Label Task"),
        ("GET", "exportVideoTask/{}", "Label Task"),
        ("GET", "export/bitmap/{}/sky", "Label Task"),
        ("DELETE", "config/{}", "Label Configuration"),
    ],
)
def test_what_there_is_not_is_told_with_three_params(
    lab: Lab, method: str, path: str, named: str, id: str
) -> None:
    body: dict[str, Any] = {"json": []} if method == "POST" else {}

    reply = client(lab).ask(method, path.format(id), **body)

    assert (reply.status, reply.key) == (404, "ex_notfound"), reply
    assert reply.json["params"][0] in (named, "Path")


@pytest.mark.parametrize("path", ["dataset/%00", "export/a%00", "task/%00/list"])
def test_a_zero_character_is_refused_in_datagym_s_words(lab: Lab, path: str) -> None:
    reply = client(lab).ask("GET", path)

    assert (reply.status, reply.key) == (400, "ex_validation"), reply


def test_there_are_as_many_media_as_there_are(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.vendors.datagym.datasets._PAGE", 2)
    monkeypatch.setattr("app.web.vendors.datagym.finding.AT_ONCE", 2)
    ours = client(lab)
    dataset = ours.dataset()
    media = [ours.medium(dataset, f"{n}.png", n) for n in range(5)]

    ours.attach(lab.project, dataset)

    assert [one["id"] for one in ours.get(f"dataset/{dataset}").json["media"]] == media
    assert {one["mediaId"] for one in ours.tasks(lab.project)} == set(media)
    assert len(ours.tasks(lab.project, limit=3)) == 3


# ---- who may


def test_other_tenants_see_and_change_nothing(lab: Lab) -> None:
    ours, theirs = (
        client(lab),
        client(Lab(lab.house, "Somebody else", "zebra-canary-7f3a "), may_see="zebra-canary-7f3a"),
    )
    dataset = ours.dataset()
    medium = ours.medium(dataset)
    ours.attach(lab.project, dataset)
    task = ours.tasks(lab.project)[0]["taskId"]

    assert theirs.get("project").json == []
    assert theirs.get("dataset").json == []
    for method, path in [
        ("GET", f"dataset/{dataset}"),
        ("GET", f"media/{medium}"),
        ("DELETE", f"media/{medium}"),
        ("POST", f"media/{dataset}/url"),
        ("POST", f"project/{lab.project}/dataset/{dataset}"),
        ("DELETE", f"project/{lab.project}/dataset/{dataset}/remove"),
        ("GET", f"export/{lab.project}"),
        ("POST", f"project/{lab.project}/prediction"),
        ("GET", f"task/{lab.project}/list"),
        ("GET", f"task/{task}"),
        ("PUT", f"task/{task}/skipTask"),
        ("GET", f"config/{lab.project}"),
        ("DELETE", f"config/{lab.project}"),
    ]:
        body = {"json": ["https://example.org/a.png"]} if path.endswith("url") else {}
        assert theirs.ask(method, path, **body).status == 404, path
    assert theirs.upload(dataset).status == 404
    assert theirs.put(f"config/{lab.project}", []).status == 404
    assert theirs.complete(task).status == 404
    assert [one["id"] for one in ours.get(f"dataset/{dataset}").json["media"]] == [medium]
    assert ours.tasks(lab.project)[0]["labelTaskState"] == "BACKLOG"


def test_an_outsider_sees_no_project_and_makes_no_dataset(lab: Lab) -> None:
    theirs = client(lab, lab.outsider)
    assert client(lab).get(f"export/{lab.project}").json == []

    reply = theirs.post("dataset", {"name": "Mine"})

    assert theirs.get("project").json == []
    assert (reply.status, reply.key) == (403, "ex_forbidden")


def test_a_key_that_only_reads_changes_nothing(lab: Lab) -> None:
    reading = Client(lab.house, lab.key(lab.owner.account, ("read",)))
    dataset = client(lab).dataset()

    assert reading.get("dataset").status == 200
    assert reading.post("dataset", {"name": "Mine"}).key == "ex_forbidden"
    assert reading.upload(dataset).key == "ex_forbidden"
    assert reading.post(f"media/{dataset}/url", ["https://example.org/a.png"]).key == "ex_forbidden"
    assert reading.post(f"project/{lab.project}/dataset/{dataset}").key == "ex_forbidden"


@pytest.mark.parametrize(
    ("key", "status", "told"),
    [
        (None, 401, "ex_unauthorized"),
        ("postil_unknown", 403, "ex_forbidden"),
        ("x\u20ac", 403, "ex_forbidden"),
    ],
)
@pytest.mark.parametrize("path", ["project", "dataset", "export/x", "task/x/list", "media/x"])
def test_who_has_no_key_is_told_so(lab: Lab, path: str, key: str | None, status: int, told: str) -> None:
    reply = Client(lab.house, key).get(path)

    assert (reply.status, reply.key, reply.json["params"]) == (status, told, [])


def test_what_is_nowhere_is_told_as_its_client_reads_it(lab: Lab) -> None:
    ours = client(lab)

    assert (ours.get("nothing/here").status, ours.get("nothing/here").key) == (404, "ex_notfound")
    assert (ours.ask("PATCH", "project").status, ours.ask("PATCH", "project").key) == (
        405,
        "ex_method_not_allowed",
    )


def test_a_body_beyond_all_bounds_is_refused_in_the_same_form(lab: Lab) -> None:
    reply = client(lab).ask("POST", "dataset", content=b" " * (17 << 20))

    assert (reply.status, reply.key) == (413, "ex_payload_too_large")


def test_the_kinds_of_files_are_told_by_their_content(lab: Lab) -> None:
    ours = client(lab)
    pictures, films = ours.dataset("Pictures"), ours.dataset("Films", mediaType="VIDEO")

    assert ours.upload(pictures, "film.mp4", MP4).key == "ex_gen_wrong_media_type"
    assert ours.upload(films, "a.png", png()).key == "ex_gen_wrong_media_type"
    assert ours.upload(pictures, "a.png", b"\x89PNG\r\n\x1a\n and no more").key == "ex_gen_wrong_media_type"
    assert ours.upload(pictures, "a.png", b"<html>").key == "ex_gen_wrong_media_type"
    assert ours.upload(films, "film.mp4", MP4).status == 200
