"""Uploads by manifest through the face of Theos: tasks, one at a time, that can be stopped."""

import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.app.fetching.servers import reply
from tests.app.vendors.theos.asking import (
    client,
    code,
    dataset,
    examples,
    hosted,
    of_splits,
    picture,
    uploaded,
)
from tests.lab import Lab


def test_images_come_in_with_their_splits_and_external_ids(lab: Lab) -> None:
    number = dataset(lab)

    told = uploaded(lab, number, of_splits)

    assert (told["status"], told["type"], told["done"], told["total"]) == ("completed", "upload", 6, 6)
    assert (told["progress"], told["errors"]) == (100.0, [])
    assert [len(examples(lab, number, split)) for split in ("train", "valid", "test")] == [3, 2, 1]
    one = examples(lab, number)[0]
    assert (one["external_id"], one["width"], one["height"], one["status"]) == ("ext-0", 64, 48, "unlabeled")
    assert lab.house.client.get(one["url"]).content == picture(0)
    assert one["url"].endswith("/0.png")
    entries = [item["attributes"] for item in lab.owner.get("/entries?sort=id").data]
    assert [item["external_id"] for item in entries] == [f"ext-{n}" for n in range(6)]


def test_what_says_no_split_is_trained_on(lab: Lab) -> None:
    number = dataset(lab)

    uploaded(lab, number, lambda base: [{"url": f"{base}/1.png"}])

    assert [one["split"] for one in examples(lab, number)] == ["train"]


def test_what_cannot_be_brought_is_told_and_stops_no_other(lab: Lab) -> None:
    number = dataset(lab)

    def items(base: str) -> list[Any]:
        return [
            {"url": f"{base}/1.png", "split": "train", "external_id": "good"},
            {"url": f"{base}/1.png", "split": "holdout", "external_id": "split"},
            {"url": f"{base}/text", "split": "train", "external_id": "text"},
            {"url": f"{base}/gone", "split": "train", "external_id": "gone"},
            {"url": "http://10.0.0.1/x.png", "split": "train", "external_id": "inside"},
            {"split": "train"},
            {"url": f"{base}/1.png", "split": "train", "external_id": "twice"},
            "x",
        ]

    def serve(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/text":
            reply(handler, body=b"<!doctype html>")
        elif handler.path == "/gone":
            reply(handler, 404)
        else:
            reply(handler, body=picture(1))

    told = uploaded(lab, number, items, serve)

    assert told["status"] == "completed"
    assert sorted(one["code"] for one in told["errors"]) == [
        *("duplicate", "fetch_failed", *["item_invalid"] * 3, "not_an_image", "url_not_allowed")
    ]
    assert [one["external_id"] for one in examples(lab, number)] == ["good"]
    assert client(lab).get(f"/{number}/examples/external/gone/").status == 404


@pytest.mark.parametrize("manifest", [b"", b"no", b"[1", b"[" * 500, b"\x89PNG"])
def test_a_manifest_that_is_none_fails_its_task(lab: Lab, manifest: bytes) -> None:
    number = dataset(lab)

    told = uploaded(lab, number, lambda base: manifest)

    assert told["status"] == "failed"
    assert told["errors"]
    assert examples(lab, number) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file:///etc/passwd", "url_not_allowed"),
        ("http://10.0.0.1/m.json", "url_not_allowed"),
        ("http://169.254.169.254/latest/", "url_not_allowed"),
        ("gopher://x.example.org/", "url_not_allowed"),
        ("x", "url_not_allowed"),
        ("http://", "url_not_allowed"),
        ("a\0b", "character_not_allowed"),
        ("", "attribute_missing"),
        ("http://x.example.org/" + "x" * 100_000, "url_not_allowed"),
    ],
)
def test_a_manifest_is_fetched_from_public_places_alone(lab: Lab, url: str, told: str) -> None:
    number = dataset(lab)

    refused = client(lab).post(f"/{number}/upload/", manifest_url=url)

    assert code(refused) == (400, told)


class Slow:
    """A host that gives its images one by one, as it is let."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(0)
        self.asked = threading.Event()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.set()
        self.let.acquire(timeout=30)
        reply(handler, body=picture(int(handler.path.strip("/").partition(".")[0])))


def test_one_upload_goes_on_at_a_time_and_is_stopped(lab: Lab) -> None:
    number, other, slow, me = dataset(lab), dataset(lab), Slow(), client(lab)

    def items(base: str) -> list[Any]:
        return [{"url": f"{base}/{n}.png", "split": "train"} for n in range(40)]

    with hosted(items, slow.serve) as base:
        task = me.post(f"/{number}/upload/", manifest_url=f"{base}/manifest.json").document["task_id"]
        assert slow.asked.wait(30)
        again = me.post(f"/{number}/upload/", manifest_url=f"{base}/manifest.json")
        elsewhere = me.post(f"/{other}/upload/", manifest_url="https://nowhere.example.org/m.json")
        running = me.ask("GET", f"/tasks/{task}/").document
        stopped = me.post(f"/{number}/upload/stop/")
        for _ in range(100):
            slow.let.release()

        assert (code(again), elsewhere.status) == ((409, "upload_under_way"), 202)
        assert (running["status"], running["total"]) == ("running", 40)
        assert (stopped.status, stopped.document) == (200, {"task_id": task, "status": "stopped"})
        assert me.task(task)["status"] == "stopped"
        seen = examples(lab, number)
        assert examples(lab, number) == seen
        assert len(seen) < 40
        assert code(me.post(f"/{number}/upload/stop/")) == (409, "no_upload")
        after = me.post(f"/{number}/upload/", manifest_url=f"{base}/manifest.json")
        assert me.task(after.document["task_id"])["status"] == "completed"
    assert len(examples(lab, number)) == 40


@pytest.mark.parametrize("task", ["x", "0190a1b2-0000-7000-8000-000000000001", "1", "{theirs}"])
def test_a_task_that_is_none_is_told(lab: Lab, task: str) -> None:
    theirs = Lab(lab.house, f"Other {lab.organization[-6:]}")
    number = dataset(theirs)
    id = uploaded(theirs, number, of_splits)["task_id"]

    assert client(theirs).ask("GET", f"/tasks/{id}/").status == 200
    assert client(lab).ask("GET", f"/tasks/{task.format(theirs=id)}/").status == 404


def test_a_task_is_told_to_who_may_see_it(lab: Lab) -> None:
    id = uploaded(lab, dataset(lab), of_splits)["task_id"]

    assert client(lab, lab.annotator).ask("GET", f"/tasks/{id}/").status == 404
    assert client(lab, lab.project_owner).ask("GET", f"/tasks/{id}/").status == 200
