"""Files that come in: as forms, as bodies and by signed addresses, all of a request or none of it."""

import gzip
import hashlib
import io
import os
import zipfile
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Forbidden, Invalid
from app.upload_links import Upload, UploadLinks
from app.web.uploads import parts
from app.web.uploads.names import name_in_header
from tests.app.data.sending import FORM, assets, closed, form, post_file, post_form, sent_to, signed
from tests.app.filing import picture_of
from tests.conftest import LARGEST_FILE
from tests.lab import MEDIA_TYPE, Clock, Lab

CAT = picture_of("PNG", 40, 30)
DOG = picture_of("JPEG", 20, 10)


def drafts(lab: Lab) -> list[str]:
    return os.listdir(lab.house.settings.data / "files" / "drafts")


def test_many_files_become_assets_in_the_order_sent(lab: Lab) -> None:
    sent = [("cat.png", CAT), ("dog.html", DOG), ("notes.png", b"no picture"), ("cat.png", CAT)]

    made = post_form(lab.annotator, form(*sent))

    assert made.status == 201
    told = [
        [one["attributes"][name] for name in ("name", "media_type", "size", "width", "height")]
        for one in made.data
    ]
    assert told == [
        ["cat.png", "image/png", len(CAT), 40, 30],
        ["dog.html", "image/jpeg", len(DOG), 20, 10],
        ["notes.png", "text/plain", 10, None, None],
        ["cat.png", "image/png", len(CAT), 40, 30],
    ]
    assert len(set(made.ids)) == 4
    assert drafts(lab) == []


def test_an_asset_tells_a_link_to_its_content(lab: Lab) -> None:
    id = post_file(lab.owner, "cat.png", CAT).id

    link = lab.owner.get(f"/assets/{id}").data["meta"]["url"]

    answer = lab.house.client.get(link)
    assert (answer.status_code, answer.content) == (200, CAT)
    assert "cat.png" in answer.headers["content-disposition"]


def test_a_body_is_one_file_and_the_answer_says_where_it_is(lab: Lab) -> None:
    made = post_file(lab.owner, "a.zip", archive := zipped())

    found = lab.owner.get(made.headers["location"].removeprefix("http://testserver"))

    assert made.status == 201
    assert found.attributes == made.attributes
    assert found.attributes["media_type"] == "application/zip"
    assert found.attributes["content_hash"] == hashlib.sha256(archive).hexdigest()
    assert found.attributes["account_id"] == lab.owner.account


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")
    return file.getvalue()


def test_a_body_without_a_media_type_is_taken_as_old_clients_send_it(lab: Lab) -> None:
    sent = {"Authorization": f"Bearer {lab.owner.key}", "X-filename": "/home/jane/eyes/left eye.png"}

    answer = lab.house.client.post("/assets", content=CAT, headers=sent)

    assert answer.status_code == 201
    assert answer.json()["data"]["attributes"]["name"] == "left eye.png"


def test_both_mounts_take_files(lab: Lab) -> None:
    made = post_form(lab.owner.at("/api/v1/dataset"), form(("cat.png", CAT)))

    assert (made.status, made.data[0]["type"]) == (201, "dataset:assets")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Bj%C3%B6rn.png", "Björn.png"),
        ("Bj%f6rn.png", "Björn.png"),
        ("Björn.png".encode().decode("latin-1"), "Björn.png"),
        ("100%.png", "100%.png"),
        (r"C:\eyes\left.png", "left.png"),
        ("../../etc/passwd", "passwd"),
        ("O%CC%88.png", "Ö.png"),
    ],
)
def test_names_are_read_as_clients_write_them(header: str, name: str) -> None:
    assert name_in_header(header) == name


@pytest.mark.parametrize(
    "name",
    ["a%2Fb.png", "a%5Cb", "a%00b", "%E2%80%AEgpj.exe", "a%0Ab", "..", "eyes/", "%ED%A0%80%00", "x" * 256],
)
def test_names_that_are_no_labels_are_refused(lab: Lab, name: str) -> None:
    refused = post_file(lab.owner, name, CAT)

    assert (refused.status, refused.code) == (422, "filename_invalid")
    assert assets(lab.owner) == []


@given(st.text(st.characters(max_codepoint=255), max_size=300))
@settings(max_examples=200, deadline=None)
def test_whatever_a_header_says_is_a_label_or_refused(value: str) -> None:
    try:
        name = name_in_header(value)
    except Invalid:
        return

    assert 0 < len(name.encode()) <= 255
    assert not set("/\\\0\n") & set(name)


def test_a_bad_file_stops_all_and_each_is_told(lab: Lab) -> None:
    sent = [("cat.png", CAT), ("half.png", CAT[:90]), ("a\x01b.png", CAT), ("dog.jpg", DOG)]

    refused = post_form(lab.owner, form(*sent))

    told = [(one["code"], one["source"]["pointer"]) for one in refused.document["errors"]]
    assert refused.status == 422
    assert told == [("not_an_image", "/files/1"), ("filename_invalid", "/files/2")]
    assert "half.png" in refused.document["errors"][0]["detail"]
    assert assets(lab.owner) == []
    assert drafts(lab) == []


def test_a_request_that_is_repeated_by_its_key_makes_its_files_once(lab: Lab) -> None:
    first = post_form(lab.owner, form(("cat.png", CAT)), **{"Idempotency-Key": "once"})
    other = form(("cat.png", CAT)).replace(b"a-line-between", b"another-line")
    headers = {"Content-Type": "multipart/form-data; boundary=another-line", "Idempotency-Key": "once"}

    again = lab.owner.post("/assets", raw=other, headers=headers)
    reused = post_form(lab.owner, form(("cat.png", DOG)), **{"Idempotency-Key": "once"})

    assert (again.status, again.ids) == (201, first.ids)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    assert len(assets(lab.owner)) == 1


def test_what_is_too_large_is_refused_however_it_is_sent(lab: Lab) -> None:
    large = b"x" * (LARGEST_FILE + 1)

    replies = [
        post_file(lab.owner, "a", large),
        post_form(lab.owner, form(("cat.png", CAT), ("a", large))),
        post_file(lab.owner, "a", gzip.compress(large), **{"Content-Encoding": "gzip"}),
    ]

    assert [(one.status, one.code) for one in replies] == [(413, "payload_too_large")] * 3
    assert assets(lab.owner) == []
    assert drafts(lab) == []


def test_a_packed_body_is_what_it_unpacks_to(lab: Lab) -> None:
    made = post_form(lab.owner, gzip.compress(form(("cat.png", CAT))), **{"Content-Encoding": "gzip"})

    assert made.data[0]["attributes"]["content_hash"] == hashlib.sha256(CAT).hexdigest()


def test_so_many_files_are_taken_and_no_more(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parts.MOST_FILES == 1000
    monkeypatch.setattr(parts, "MOST_FILES", 30)
    many = [(f"{n}.txt", b"%d" % n) for n in range(31)]

    taken = post_form(lab.owner, form(*many[:30]))
    refused = post_form(lab.owner, form(*many))

    assert (taken.status, len(taken.data)) == (201, 30)
    assert [one["attributes"]["name"] for one in taken.data[:2]] == ["0.txt", "1.txt"]
    assert (refused.status, refused.code) == (422, "too_many_files")
    assert drafts(lab) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "multipart_invalid"),
        (b"no boundary at all", "multipart_invalid"),
        (form(("cat.png", CAT))[:-30], "multipart_invalid"),
        (form(("cat.png", CAT))[:200], "multipart_invalid"),
        (closed(b"no header"), "multipart_invalid"),
        (closed(b"X-a: " + b"b" * 9000 + b"\r\n\r\n"), "multipart_invalid"),
        (closed(b"X-a: b\r\n" * 100 + b"\r\n"), "multipart_invalid"),
        (closed(b'Content-Disposition: form-data; name="note"\r\n\r\nhello'), "file_missing"),
        (closed(b'Content-Disposition: form-data; name="file"; filename=""\r\n\r\n'), "file_missing"),
        (closed(*[b'Content-Disposition: form-data; name="n"\r\n\r\n'] * 1001), "too_many_files"),
    ],
)
def test_a_form_that_is_none_is_refused(lab: Lab, body: bytes, code: str) -> None:
    refused = post_form(lab.owner, body)

    assert (refused.status in (400, 422), refused.code) == (True, code)
    assert assets(lab.owner) == []
    assert drafts(lab) == []


@pytest.mark.parametrize("boundary", ["", "x" * 300])
def test_a_boundary_that_cannot_be_used_is_refused(lab: Lab, boundary: str) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}

    refused = lab.owner.post("/assets", raw=b"--", headers=headers)

    assert (refused.status, refused.code) == (400, "multipart_invalid")


def test_a_document_is_no_file(lab: Lab) -> None:
    document = lab.owner.post("/assets", {"data": {"type": "assets", "attributes": {"name": "x"}}})
    nameless = lab.owner.post("/assets", raw=CAT, headers={"Content-Type": "image/png"})

    assert (document.status, document.code) == (415, "media_type_unsupported")
    assert (nameless.status, nameless.code) == (422, "filename_missing")


def test_who_brings_and_who_sees_files(lab: Lab) -> None:
    reader = lab.person("annotator")
    reader.key = lab.key(reader.account, ("read",))
    mine = post_file(lab.annotator, "mine.png", CAT).id
    other = Lab(lab.house, f"Other {lab.name}")

    refused = post_file(reader, "theirs.png", CAT)
    seen = [
        who.get(f"/assets/{mine}").status for who in (lab.annotator, lab.admin, lab.reviewer, other.owner)
    ]

    assert (refused.status, refused.code) == (403, "scope_missing")
    assert post_file(lab.stranger, "x.png", CAT).status == 401
    assert seen == [200, 200, 404, 404]


def test_an_asset_is_renamed_by_a_label_alone_and_its_content_outlives_it(lab: Lab) -> None:
    made = post_file(lab.owner, "cat.png", CAT)

    renamed = lab.owner.update("assets", made.id, name="O\u0308.png")
    refused = lab.owner.update("assets", made.id, name="../x")
    gone = lab.owner.delete(f"/assets/{made.id}")

    assert renamed.attributes["name"] == "Ö.png"
    assert (refused.status, refused.code) == (422, "filename_invalid")
    assert gone.status == 204
    assert lab.owner.get(f"/files/{made.attributes['content_hash']}").status == 200


# ---- signed addresses


def test_a_file_is_sent_without_a_key_to_an_address_that_was_signed(lab: Lab) -> None:
    address = signed(lab, lab.annotator).attributes

    sent = sent_to(lab, address["url"], CAT)
    again = sent_to(lab, address["url"], DOG)

    assert (sent.status, sent.text) == (204, "")
    assert (again.status, again.code) == (409, "upload_used")
    (made,) = assets(lab.annotator)
    assert (made["id"], made["name"], made["width"]) == (address["asset_id"], "cat.png", 40)
    assert made["account_id"] == lab.annotator.account


def test_a_form_is_sent_there_with_fields_before_its_file(lab: Lab) -> None:
    address = signed(lab).attributes
    field = b'Content-Disposition: form-data; name="key"\r\n\r\nvalue'
    file = b'Content-Disposition: form-data; name="file"\r\n\r\n' + CAT
    other = b'Content-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + DOG

    sent = sent_to(lab, address["url"], closed(field, file, other), "POST", **FORM)

    assert sent.status == 204
    assert [one["name"] for one in assets(lab.owner)] == ["cat.png"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name=cat.png", "name=dog.png"),
        ("size=900", "size=901"),
        ("expires=", "expires=9"),
        ("key=", "key=0"),
    ],
)
def test_nothing_of_an_address_can_be_changed(lab: Lab, before: str, after: str) -> None:
    url = signed(lab, size=900).attributes["url"]

    refused = sent_to(lab, url.replace(before, after), CAT)

    assert before in url
    assert (refused.status, refused.code) == (403, "link_invalid")


def test_an_address_of_another_asset_or_of_none_is_refused(lab: Lab) -> None:
    first, second = (signed(lab).attributes for _ in range(2))

    swapped = sent_to(lab, first["url"].replace(first["asset_id"], second["asset_id"]), CAT)
    none = sent_to(lab, "http://testserver/uploads/x", CAT)
    bare = sent_to(lab, f"http://testserver/uploads/{first['asset_id']}", CAT)

    assert {(one.status, one.code) for one in (swapped, none, bare)} == {(403, "link_invalid")}


def test_an_address_ends_after_a_quarter_of_an_hour(lab: Lab) -> None:
    clock = Clock()
    links = UploadLinks(b"key", clock)
    upload = Upload("id", "key", "cat & dog.png", 900)
    said = dict(parse_qsl(urlsplit(links.address(upload).path).query))
    clock.move(minutes=14)

    found = links.upload_of("id", said)

    clock.move(minutes=1)
    assert found == upload
    with pytest.raises(Forbidden) as caught:
        links.upload_of("id", said)
    assert caught.value.code == "link_expired"


def test_an_address_ends_with_the_key_that_made_it(lab: Lab) -> None:
    person = lab.person("annotator")
    address = signed(lab, person).attributes
    lab.owner.delete(f"/accounts/{person.account}")

    refused = sent_to(lab, address["url"], CAT)

    assert (refused.status, refused.code) == (403, "link_revoked")
    assert assets(lab.owner) == []


def test_what_was_refused_may_be_sent_again_and_no_larger_than_was_said(lab: Lab) -> None:
    address = signed(lab, size=len(CAT)).attributes

    large = sent_to(lab, address["url"], CAT + b"x")
    bad = sent_to(lab, address["url"], CAT[:60])
    good = sent_to(lab, address["url"], CAT)

    assert [(one.status) for one in (large, bad, good)] == [413, 422, 204]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"name": "a/b"}, "filename_invalid"),
        ({"size": 0}, "attribute_invalid"),
        ({"x": 1}, "attribute_unknown"),
    ],
)
def test_an_address_is_asked_for_by_a_label(lab: Lab, attributes: dict[str, Any], code: str) -> None:
    refused = signed(lab, **attributes)

    assert (refused.status, refused.code) == (422, code)


def test_an_address_is_made_once_by_a_key_of_its_own(lab: Lab) -> None:
    body = {"data": {"type": "uploads", "attributes": {"name": "cat.png"}}}
    headers = {"Idempotency-Key": "address", "Content-Type": MEDIA_TYPE}

    first, again = (lab.owner.post("/assets/uploads", body, headers=headers) for _ in range(2))

    assert (first.status, first.attributes) == (201, again.attributes)
