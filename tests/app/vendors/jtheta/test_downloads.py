"""Downloads through the face of JTheta: versions that stay what they were, and keys that reach them."""

import csv
import json
import zipfile
from io import BytesIO, StringIO
from typing import Any

import pytest

from tests.app.vendors.jtheta.asking import Client, client, code, dataset
from tests.lab import Lab

BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}


def labelled(lab: Lab, count: int = 2) -> int:
    number = int(dataset(lab, count=count)["id"])
    entry = lab.owner.get("/entries?sort=id").ids[0]
    mark = {"dimensions": BOX, "annotation": {"label": "Tumor"}}
    assert lab.owner.act(entry, "label", status="labeled", annotations=[mark]).status == 200
    return number


def download(lab: Lab, number: int, query: str = "") -> Any:
    reply = client(lab).get(f"/api/dataset/export/{number}/download/{query}")
    assert reply.status == 200, reply
    assert reply.document["status"] == "ready"
    return reply.document


def fetched(lab: Lab, url: str) -> bytes:
    """What is at URL, for whoever has no key."""
    answer = lab.house.client.get(url)
    assert answer.status_code == 200
    return bytes(answer.content)


def test_a_version_is_released_once_and_told_as_json(lab: Lab) -> None:
    number = labelled(lab)

    told = download(lab, number, "?format=csv&version=1.0")

    assert (told["id"], told["dataset"], told["version"], told["format"]) == (number, "Slides", "1.0", "csv")
    assert (told["total_images"], told["total_annotations"]) == (2, 1)
    rows = list(csv.DictReader(StringIO(fetched(lab, told["download_url"]).decode())))
    assert [(row["name"], row["label"]) for row in rows] == [("0.png", "Tumor"), ("1.png", "")]
    assert [one["attributes"]["name"] for one in lab.owner.get("/releases").data] == ["1.0"]


@pytest.mark.parametrize("format", ["json", "jtheta", "JSON"])
def test_json_is_in_the_words_of_the_requests(lab: Lab, format: str) -> None:
    told = download(lab, labelled(lab), f"?format={format}")

    document = json.loads(fetched(lab, told["download_url"]))
    assert document["images"][0]["annotations"] == [
        {"label": "Tumor", "type": "bounding_box", "x": 1, "y": 2, "width": 3, "height": 4}
    ]


@pytest.mark.parametrize("format", ["coco", "coco_instances", "yolo", "pascal_voc", "theos"])
def test_other_formats_are_archives(lab: Lab, format: str) -> None:
    told = download(lab, labelled(lab), f"?format={format}")

    with zipfile.ZipFile(BytesIO(fetched(lab, told["download_url"]))) as archive:
        assert archive.testzip() is None


def test_what_was_downloaded_once_stays_and_another_version_is_new(lab: Lab) -> None:
    number = labelled(lab)
    first = download(lab, number)
    before = fetched(lab, first["download_url"])
    entry = lab.owner.get("/entries?sort=id").ids[1]
    lab.owner.act(
        entry, "label", status="labeled", annotations=[{"dimensions": BOX, "annotation": {"label": "Late"}}]
    )

    again, newer = download(lab, number), download(lab, number, "?version=1.1")

    assert again["download_url"] == first["download_url"]
    assert fetched(lab, again["download_url"]) == before
    assert newer["total_annotations"] == 2
    assert b"Late" in fetched(lab, newer["download_url"])
    assert len(lab.owner.get("/exports").data) == 2


def test_an_exports_own_key_leads_to_it_until_it_is_revoked(lab: Lab) -> None:
    told = download(lab, labelled(lab))
    nobody = Client(lab, None)

    led = nobody.get(f"/api/export/download?key={told['export_key']}")
    content = fetched(lab, led.headers["location"])
    its = lab.owner.get("/datasets").ids[0]
    lab.owner.post(f"/datasets/{its}/revoke_addresses")
    revoked = nobody.get(f"/api/export/download?key={told['export_key']}")

    assert (led.status, led.headers["location"]) == (302, told["download_url"])
    assert content.startswith(b"item,name")
    assert code(revoked) == (404, "not_found")
    assert nobody.get(told["download_url"]).status == 404


@pytest.mark.parametrize(
    "key",
    ["x.y", ".", "..", "{id}.x", "{id}.", "{token}.{id}", "%00.%00", "{id}%00.{token}", "{id}.{token}x"],
)
def test_a_key_that_is_none_leads_nowhere(lab: Lab, key: str) -> None:
    id, _, token = download(lab, labelled(lab))["export_key"].partition(".")

    refused = Client(lab, None).get(f"/api/export/download?key={key.format(id=id, token=token)}")

    assert refused.status == (400 if "%00" in key else 404)


def test_an_api_key_leads_to_the_newest_release(lab: Lab) -> None:
    number = labelled(lab)
    download(lab, number)
    newer = download(lab, number, "?version=2")
    nobody = Client(lab, None)

    led = nobody.get(f"/api/export/download?key={lab.owner.key}")
    older = nobody.get(f"/api/export/download?key={lab.owner.key}&version=1.0&format=json")

    assert (led.status, led.headers["location"]) == (302, newer["download_url"])
    assert older.headers["location"].endswith("1.0-jtheta.json")
    assert fetched(lab, older.headers["location"])


def test_an_api_key_releases_the_dataset_that_it_names(lab: Lab) -> None:
    number = labelled(lab)
    me = Client(lab, None)

    none = me.get(f"/api/export/download?key={lab.owner.key}")
    led = me.get(f"/api/export/download?key={lab.owner.key}&dataset_id={number}")

    assert code(none) == (404, "release_not_found")
    assert led.status == 302
    assert [one["attributes"]["name"] for one in lab.owner.get("/releases").data] == ["1.0"]


def test_the_header_does_as_well_as_the_query(lab: Lab) -> None:
    number = labelled(lab)

    assert client(lab).get(f"/api/export/download?dataset_id={number}").status == 302


def test_without_a_key_nothing_is_led_to(lab: Lab) -> None:
    answers = [
        Client(lab, None).get(f"/api/export/download{query}") for query in ("", "?key=", "?key=postil_x")
    ]

    assert [code(one) for one in answers] == [(401, "unauthenticated")] * 3


@pytest.mark.parametrize("path", ["/validate_key/", "/get_annotators/", "/api/get_reviewers/"])
def test_a_key_in_the_query_opens_nothing_else(lab: Lab, path: str) -> None:
    assert Client(lab, None).get(f"{path}?key={lab.owner.key}").status == 401


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?format=docx", 400),
        ("?format=%00", 400),
        ("?version=%00", 400),
        (f"?version={'x' * 256}", 400),
        ("?version=a%00b", 400),
        ("?format=&version=", 200),
    ],
)
def test_what_is_asked_for_is_checked(lab: Lab, query: str, status: int) -> None:
    number = labelled(lab)

    assert client(lab).get(f"/api/dataset/export/{number}/download/{query}").status == status


@pytest.mark.parametrize("number", ["0", "99999", "x", "1.0", "-1"])
def test_a_dataset_that_is_none_is_told(lab: Lab, number: str) -> None:
    assert client(lab).get(f"/api/dataset/export/{number}/download/").status == 404


def test_only_owners_download(lab: Lab) -> None:
    number = labelled(lab)
    (its,) = lab.owner.get("/projects?filter[name]=Retina X").ids
    member = lab.person("reviewer", project=its)
    other = Lab(lab.house, f"Other {lab.organization[-6:]}")

    answers = [
        client(lab, who).get(f"/api/dataset/export/{number}/download/") for who in (member, lab.outsider)
    ]

    assert [one.status for one in answers] == [403, 404]
    assert client(other).get(f"/api/dataset/export/{number}/download/").status == 404
    assert client(other).get(f"/api/export/download?key={other.owner.key}").status == 404


def test_a_release_of_that_name_that_failed_makes_room(lab: Lab) -> None:
    number = labelled(lab)
    its = lab.owner.get("/datasets").ids[0]
    made = lab.owner.create("releases", name="1.0", dataset_id=its)
    told = download(lab, number)  # it is waited for
    assert told["version"] == "1.0"
    lab.owner.delete(f"/releases/{made.id}")

    assert download(lab, number)["version"] == "1.0"


def test_a_download_goes_on_where_it_broke(lab: Lab) -> None:
    url = download(lab, labelled(lab))["download_url"]

    part = lab.house.client.get(url, headers={"Range": "bytes=0-3"})
    behind = lab.house.client.get(url, headers={"Range": "bytes=100000-"})

    assert (part.status_code, part.content) == (206, b"item")
    assert (behind.status_code, behind.json()["code"]) == (416, "range_not_satisfiable")
