"""Media come in as files and by their addresses, and are got and deleted."""

import os
from collections.abc import Iterator

import pytest

from tests.app.vendors.datagym.talking import MP4, client, png
from tests.lab import Lab
from tests.vendors.picture_server import pictures
from tests.vendors.picture_server import png as served


@pytest.fixture
def site() -> Iterator[str]:
    with pictures() as url:
        yield url


@pytest.mark.parametrize("family", ["media", "image"])
def test_a_file_is_kept_under_its_name_and_got_byte_for_byte(lab: Lab, family: str) -> None:
    ours = client(lab)
    dataset, content = ours.dataset(), png(7)

    named = {"X-filename": "b\u00e4r.png".encode("latin-1")}
    made = ours.ask("POST", f"{family}/{dataset}/file", content=content, headers=named).json
    got = ours.get(f"{family}/{made['id']}")

    assert made["mediaName"] == "b\u00e4r.png"
    assert (got.status, got.headers["content-type"], got.content) == (200, "image/png", content)
    entry = lab.owner.get(f"/entries/{made['id']}").attributes
    assert (entry["media_type"], entry["width"], entry["height"]) == ("image/png", 40, 30)


def test_a_part_of_a_file_may_be_asked_for(lab: Lab) -> None:
    ours = client(lab)
    medium = ours.medium(ours.dataset())

    part = ours.get(f"media/{medium}", headers={"Range": "bytes=0-3"})

    assert (part.status, part.content) == (206, b"\x89PNG")


@pytest.mark.parametrize("headers", [{}, {"X-filename": ""}])
def test_a_file_has_a_name(lab: Lab, headers: dict[str, str]) -> None:
    ours = client(lab)

    reply = ours.ask("POST", f"media/{ours.dataset()}/file", content=png(), headers=headers)

    assert (reply.status, reply.key) == (400, "ex_validation")


@pytest.mark.parametrize("name", ["..", "a%00.png", "a%2Fb.png", "x" * 300, "%E2%80%AEgnp.exe"])
def test_a_name_that_is_no_label_is_refused(lab: Lab, name: str) -> None:
    ours = client(lab)

    reply = ours.upload(ours.dataset(), name)

    assert (reply.status, reply.key) == (400, "ex_validation")


def test_a_file_of_a_name_that_is_there_is_told_as_a_warning(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    ours.medium(dataset, "a.png", 1)

    reply = ours.upload(dataset, "a.png", png(2))

    assert (reply.status, reply.key) == (412, "ex_alreadyexists")
    assert reply.json["params"] == ["Image", "name", "a.png"]
    assert len(ours.get(f"dataset/{dataset}").json["media"]) == 1


def test_the_same_picture_may_be_there_under_two_names(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()

    media = {ours.medium(dataset, name, 5) for name in ("a.png", "b.png")}

    assert len(media) == 2


def test_a_file_that_is_too_large_is_refused(lab: Lab) -> None:
    ours = client(lab)

    reply = ours.upload(ours.dataset(), "a.png", os.urandom((1 << 20) + 1))

    assert (reply.status, reply.key) == (413, "ex_payload_too_large")


def test_pictures_at_addresses_are_fetched_and_told_one_by_one(lab: Lab, site: str) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    urls = [f"{site}/1.png?x=1", f"{site}/2.png", f"{site}/1.png?x=1", f"{site}/notes.txt"]
    urls += ["http://10.0.0.1/private.png", "ftp://example.org/a.png", "nonsense", ""]

    came = ours.post(f"media/{dataset}/url", urls).json

    assert [one["imageUrl"] for one in came] == urls
    assert [one["mediaUploadStatus"] for one in came] == [
        *("SUCCESS", "SUCCESS", "DUPLICATE", "UNSUPPORTED_MIME_TYPE"),
        *("FAILED", "FAILED", "FAILED", "FAILED"),
    ]
    assert [one["external_media_ID"] for one in came[:2]] == ["1.png", "2.png"]
    media = ours.get(f"dataset/{dataset}").json["media"]
    assert {one["id"] for one in media} == {one["internal_media_ID"] for one in came[:2]}
    assert ours.get(f"media/{came[0]['internal_media_ID']}").content == served(1)
    left = lab.owner.get(f"/entries?filter[dataset_id]={dataset}").data
    assert len(left) == 2


def test_an_address_that_is_there_is_a_duplicate_and_the_same_content_elsewhere_is_none(
    lab: Lab, site: str
) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    first = ours.post(f"image/{dataset}/url", {"imageUrlSet": [f"{site}/10.png"]}).json

    came = ours.post(f"image/{dataset}/url", [f"{site}/10.png", f"{site}/20.png"]).json

    assert served(10) == served(20)
    assert [one["mediaUploadStatus"] for one in came] == ["DUPLICATE", "SUCCESS"]
    assert came[0]["internal_media_ID"] == first[0]["internal_media_ID"]


def test_what_could_not_be_fetched_may_be_tried_again(lab: Lab, site: str) -> None:
    ours = client(lab)
    dataset = ours.dataset()

    statuses = [
        ours.post(f"media/{dataset}/url", [f"{site}/notes.txt"]).json[0]["mediaUploadStatus"]
        for _ in range(2)
    ]

    assert statuses == ["UNSUPPORTED_MIME_TYPE"] * 2


def test_pictures_at_addresses_have_tasks_when_the_answer_comes(lab: Lab, site: str) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    ours.attach(lab.project, dataset)

    came = ours.post(f"media/{dataset}/url", [f"{site}/{n}.png" for n in range(5)]).json

    assert {one["mediaId"] for one in ours.tasks(lab.project)} == {one["internal_media_ID"] for one in came}


def test_no_addresses_are_taken_too(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()

    assert ours.post(f"media/{dataset}/url", []).json == []
    assert ours.ask("POST", f"media/{dataset}/url").json == []  # the client sends no body for []


@pytest.mark.parametrize("body", [{"imageUrlSet": 3}, "https://example.org", [3], [None], {}, ["x"] * 1001])
def test_what_are_no_addresses_is_refused(lab: Lab, body: object) -> None:
    ours = client(lab)
    dataset = ours.dataset()

    reply = ours.post(f"media/{dataset}/url", body)

    if body == {}:
        assert reply.json == []
        return
    assert (reply.status, reply.key) == (400, "ex_validation")


def test_a_dataset_of_videos_takes_no_addresses(lab: Lab) -> None:
    ours = client(lab)

    reply = ours.post(f"media/{ours.dataset(mediaType='VIDEO')}/url", ["https://example.org/a.mp4"])

    assert (reply.status, reply.key) == (500, "ex_gen_url_not_allowed_mediatype")


def test_a_medium_that_is_deleted_goes_with_its_tasks(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset()
    gone, stays = ours.medium(dataset, "a.png", 1), ours.medium(dataset, "b.png", 2)
    ours.attach(lab.project, dataset)
    for task in ours.tasks(lab.project):
        assert ours.complete(task["taskId"]).status == 200

    reply = ours.delete(f"media/{gone}")

    assert (reply.status, reply.content) == (200, b"")
    assert [one["id"] for one in ours.get(f"dataset/{dataset}").json["media"]] == [stays]
    assert [one["mediaId"] for one in ours.tasks(lab.project)] == [stays]
    assert [one["internal_media_ID"] for one in ours.exported(lab.project)[1:]] == [stays]
    assert ours.get(f"media/{gone}").status == 404
    assert ours.delete(f"media/{gone}").status == 404


def test_an_item_that_postil_has_not_is_got_where_it_is(lab: Lab) -> None:
    entry = lab.new_entry(resource="https://pictures.example.org/cat.png")

    reply = client(lab).get(f"media/{entry}")

    assert (reply.status, reply.headers["location"]) == (302, "https://pictures.example.org/cat.png")


def test_an_item_that_is_only_a_name_cannot_be_got(lab: Lab) -> None:
    reply = client(lab).get(f"media/{lab.new_entry(resource='javascript:alert(1)')}")

    assert (reply.status, reply.key) == (404, "ex_notfound")


def test_a_video_is_told_by_an_address_that_needs_no_key(lab: Lab) -> None:
    ours = client(lab)
    medium = ours.upload(ours.dataset(mediaType="VIDEO"), "film one.mp4", MP4).json["id"]

    address = ours.get(f"media/{medium}").text
    got = lab.house.client.get(address)

    assert address.startswith("http://testserver/datagym/files/entries/")
    assert address.endswith("/film%20one.mp4")
    assert (got.status_code, got.headers["content-type"], got.content) == (200, "video/mp4", MP4)


def test_the_address_of_a_video_may_be_revoked_and_is_not_to_be_guessed(lab: Lab) -> None:
    ours = client(lab)
    dataset = ours.dataset(mediaType="VIDEO")
    medium = ours.upload(dataset, "film.mp4", MP4).json["id"]
    address = ours.get(f"media/{medium}").text

    token = address.split("/")[-2]
    assert lab.house.client.get(address.replace(token, "0" * len(token))).status_code == 404
    assert lab.owner.post(f"/datasets/{dataset}/revoke_addresses").status == 200
    assert lab.house.client.get(address).status_code == 404
    assert lab.house.client.get(ours.get(f"media/{medium}").text).status_code == 200
