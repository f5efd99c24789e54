"""Manifests as bodies, and what an import does with addresses: it fetches, looks and tells, item by item."""

import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.resources.imports import LARGEST_MANIFEST
from app.web.uploads import manifests
from tests.app.data.doing import begun, ended, entries, errors, imported, lines_of
from tests.app.data.sending import assets
from tests.app.fetching.servers import reply, serving
from tests.app.filing import picture_of
from tests.lab import Lab, Reply

ITEMS = [
    {"url": "https://x.example.org/1.jpg", "external_id": "one"},
    {"url": "https://x.example.org/2.jpg", "split": "holdout"},
    {"url": "https://x.example.org/3.jpg"},
]
LINES = "application/x-ndjson"


def sent(
    lab: Lab, body: bytes, media_type: str = "application/json", query: str = "", **headers: str
) -> Reply:
    path = f"/datasets/{lab.dataset}/imports{query}"
    return lab.owner.post(path, raw=body, headers={"Content-Type": media_type} | headers)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (json.dumps(ITEMS).encode(), "application/json"),
        (b" \n\t" * 100 + json.dumps(ITEMS).encode(), "application/json; charset=utf-8"),
        (lines_of(*ITEMS), LINES),
    ],
)
def test_a_manifest_is_imported_from_the_body(lab: Lab, body: bytes, media_type: str) -> None:
    job = begun(sent(lab, body, media_type, "?split=train&label_set=model-1"))

    assert ended(lab, job)["result"] == {"imported": 2}
    assert [(one["resource"][-5:], one["split"]) for one in entries(lab)] == [
        ("1.jpg", "train"),
        ("3.jpg", "train"),
    ]
    assert [code for _, code in errors(lab, job)] == ["item_invalid"]
    (kept,) = assets(lab.owner)
    assert kept["size"] == len(body)


def test_a_packed_manifest_is_looked_into(lab: Lab) -> None:
    body = gzip.compress(json.dumps(ITEMS).encode())

    job = begun(sent(lab, body, **{"Content-Encoding": "gzip", "X-filename": "eyes.json"}))

    assert ended(lab, job)["result"] == {"imported": 2}
    assert [one["name"] for one in assets(lab.owner)] == ["eyes.json"]


def test_a_document_is_still_a_document(lab: Lab) -> None:
    document = json.dumps({"data": {"attributes": {"urls": ["https://x.example.org/1.jpg"]}}}).encode()

    replies = [
        sent(lab, document),
        sent(lab, b"  " + document, "application/vnd.api+json"),
        sent(lab, gzip.compress(document), **{"Content-Encoding": "gzip"}),
    ]

    assert [one.status for one in replies] == [202] * 3
    assert assets(lab.owner) == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?split=holdout", "split"),
        ("?download=maybe", "download"),
        ("?colour=red", "colour"),
        ("?replace=true&replace=true", "replace"),
        ("?label_set=", "label_set"),
    ],
)
def test_options_of_a_manifest_are_parameters_and_checked(lab: Lab, query: str, parameter: str) -> None:
    refused = sent(lab, lines_of(*ITEMS), LINES, query)

    assert (refused.status, refused.source) == (400, {"parameter": parameter})
    assert assets(lab.owner) == []


def test_a_document_says_its_options_itself(lab: Lab) -> None:
    body = {"data": {"attributes": {"urls": ["https://x.example.org/1.jpg"]}}}

    refused = lab.owner.post(f"/datasets/{lab.dataset}/imports?split=train", body)

    assert (refused.status, refused.code, refused.source) == (
        *(400, "parameter_conflict"),
        {"parameter": "split"},
    )


@pytest.mark.parametrize("body", [b"", b"   ", b"null", b"{", b"\xff\xfe", b"\x1f\x8b"])
def test_a_body_that_is_neither_is_told_as_a_bad_document(lab: Lab, body: bytes) -> None:
    refused = sent(lab, body)

    assert refused.status in (400, 422)


def test_a_manifest_that_is_broken_later_fails_its_job(lab: Lab) -> None:
    job = begun(sent(lab, json.dumps(ITEMS).encode()[:-20]))

    ended(lab, job, "failed")

    assert entries(lab) == []


def test_a_manifest_has_its_own_limit(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "LARGEST_MANIFEST", 1000)

    refused = sent(lab, gzip.compress(b"[" + b" " * 1000), **{"Content-Encoding": "gzip"})

    assert LARGEST_MANIFEST == 100 << 20
    assert (refused.status, refused.code) == (413, "payload_too_large")
    assert assets(lab.owner) == []


def test_a_repeated_manifest_begins_one_import(lab: Lab) -> None:
    first, again = (sent(lab, lines_of(*ITEMS), LINES, **{"Idempotency-Key": "m"}) for _ in range(2))

    assert (first.status, first.id) == (202, again.id)
    assert len(assets(lab.owner)) == 1


def test_only_owners_of_the_project_import_manifests(lab: Lab) -> None:
    path = f"/datasets/{lab.dataset}/imports"
    people = (lab.project_owner, lab.annotator, lab.outsider)

    replies = [one.post(path, raw=lines_of(*ITEMS), headers={"Content-Type": LINES}) for one in people]

    assert [one.status for one in replies] == [202, 403, 404]
    assert assets(lab.annotator) == []


# ---- what is fetched


class Gallery:
    """A web server with pictures, and with what is none. It counts who comes."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes]] = {}
        self.visits: list[str] = []
        self.address = ""

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.visits.append(handler.path)
        status, body = self.pages.get(handler.path, (404, b"nothing here"))
        reply(handler, status, body, Content_Type="image/png")

    def urls(self) -> list[str]:
        return [f"{self.address}{path}" for path in self.pages]


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    """30 pictures, and ten that are none: cut off, pages, empty, of another size than they say, not there."""
    found = Gallery()
    for n in range(30):
        found.pages[f"/{n:02}.png"] = (200, picture_of("PNG", 20 + n, 20))
    found.pages["/03.png"] = (200, found.pages["/02.png"][1])  # the same picture twice
    page = b"<!doctype html><html><body>Please sign in</body></html>"
    half = picture_of("JPEG", 64, 64)[:300]
    for name, answer in {
        **{f"/half{n}.jpg": (200, half) for n in range(3)},
        **{f"/page{n}.png": (200, page) for n in range(3)},
        "/empty.png": (200, b""),
        "/gone.png": (404, b"gone"),
        "/broken.png": (500, b"broken"),
        "/large.png": (200, large_picture()),
    }.items():
        found.pages[name] = answer
    with serving(found) as port:
        found.address = f"http://127.0.0.1:{port}"
        yield found


def large_picture() -> bytes:
    """A PNG that says to have more pixels than are taken."""
    content = bytearray(picture_of("PNG"))
    content[16:24] = (20_000).to_bytes(4) * 2
    return bytes(content)


def statuses(lab: Lab) -> dict[str, str]:
    found = entries(lab, more="&page[size]=100")
    return {one["resource"].rpartition("/")[2]: one["status"] for one in found}


def test_an_import_fetches_its_items_and_one_bad_blocks_none(lab: Lab, gallery: Gallery) -> None:
    job, id = imported(lab, items=[{"url": url} for url in gallery.urls()], download=True)

    told = {item.rpartition("/")[2]: code for item, code in errors(lab, id)}
    found = statuses(lab)
    good = {f"{n:02}.png" for n in range(30)}
    twice = {name for name, code in told.items() if code == "duplicate"}
    assert len(twice) == 1
    assert twice < {"02.png", "03.png"}
    assert {name for name, status in found.items() if status == "ready"} == good - twice
    assert {name: found[name] for name in told if name not in twice} == dict.fromkeys(
        told.keys() - twice, "processing_error"
    )
    assert {name: code for name, code in told.items() if name not in twice} == {
        **dict.fromkeys(("half0.jpg", "half1.jpg", "half2.jpg"), "not_an_image"),
        **dict.fromkeys(("page0.png", "page1.png", "page2.png", "empty.png"), "not_an_image"),
        **dict.fromkeys(("gone.png", "broken.png"), "fetch_failed"),
        "large.png": "image_too_large",
    }
    assert (job["done"], job["total"]) == (40, 40)


def test_what_was_fetched_is_served_by_us(lab: Lab, gallery: Gallery) -> None:
    imported(lab, urls=[f"{gallery.address}/07.png"], download=True)

    (entry,) = entries(lab)

    picture = lab.house.client.get(
        f"/files/{entry['content_hash']}", headers={"Authorization": f"Bearer {lab.owner.key}"}
    )
    assert picture.content == gallery.pages["/07.png"][1]
    assert (entry["width"], entry["height"], entry["media_type"]) == (27, 20, "image/png")


def test_an_import_that_is_run_again_adds_nothing_and_brings_what_failed(lab: Lab, gallery: Gallery) -> None:
    items = [{"url": url} for url in gallery.urls()]
    imported(lab, items=items, download=True)
    before = statuses(lab)
    gallery.pages["/gone.png"] = (200, picture_of("PNG", 99, 20))
    gallery.visits.clear()

    imported(lab, items=items, download=True)

    after = statuses(lab)
    assert before | {"gone.png": "ready"} == after
    assert not {f"/{n:02}.png" for n in range(4, 30)} & set(gallery.visits)


def test_entries_wait_until_their_items_are_there(lab: Lab, gallery: Gallery) -> None:
    seen: list[Any] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.extend(entries(lab))
        reply(handler, 200, picture_of("PNG"))

    with serving(look) as port:
        imported(lab, urls=[f"http://127.0.0.1:{port}/a.png"], download=True)

    assert [one["status"] for one in seen] == ["pending"]
    assert [one["status"] for one in entries(lab)] == ["ready"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/a.png",
        "file:///etc/passwd",
        "cat.png",
        "http://[::1]/a.png",
        "http://a b/",
        "http://",
    ],
)
def test_items_are_fetched_from_public_places_alone(lab: Lab, url: str) -> None:
    _, id = imported(lab, urls=[url], download=True)

    assert errors(lab, id) == [(url, "url_not_allowed")]
    assert [one["status"] for one in entries(lab)] == ["processing_error"]
