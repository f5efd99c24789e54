"""Files over HTTP: who may have them, in which parts, and that none of them is ever a page."""

import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.main import build
from app.pictures import Decoded, Decoder
from app.resources import files
from app.settings import Settings
from app.storage.blobs import hash_of, open_blobs
from app.storage.opening import migrate, open_database
from app.web.files import sending
from app.work import SYSTEM, Sources
from tests.app.filing import keep, picture_of
from tests.app.pictures.hostile import GIF_HTML, HTML, SVG
from tests.client import served
from tests.lab import Dice, House, Lab, Reply

PICTURE = picture_of("PNG", 900, 600)


def with_range(lab: Lab, hash: str, said: str, **more: str) -> Reply:
    headers = {"Range": said} | {name.replace("_", "-"): value for name, value in more.items()}
    return lab.owner.get(f"/files/{hash}", headers=headers)


def content_of(reply: Reply) -> bytes:
    return bytes(reply.response.content)


# ---- what is sent


def test_a_picture_is_shown_in_place(lab: Lab) -> None:
    hash = keep(lab, PICTURE)

    reply = lab.owner.get(f"/files/{hash}")

    assert (reply.status, content_of(reply)) == (200, PICTURE)
    assert reply.headers["Content-Type"] == "image/png"
    assert reply.headers["Content-Disposition"] == "inline"
    assert reply.headers["ETag"] == f'"{hash}"'
    assert reply.headers["Content-Length"] == str(len(PICTURE))
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert reply.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (HTML, "text/plain; charset=utf-8"),
        (SVG, "text/plain; charset=utf-8"),
        (GIF_HTML, "application/octet-stream"),
        (b'{"a": 1}', "application/json"),
        (b"", "text/plain; charset=utf-8"),
    ],
    ids=["html", "svg", "gif and html", "json", "nothing"],
)
def test_all_else_is_saved_and_never_a_page(lab: Lab, content: bytes, media_type: str) -> None:
    reply = lab.owner.get(f"/files/{keep(lab, content)}")

    assert (reply.status, content_of(reply)) == (200, content)
    assert reply.headers["Content-Type"] == media_type
    assert reply.headers["Content-Disposition"] == "attachment"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_with_a_page_behind_it_is_that_picture(lab: Lab) -> None:
    reply = lab.owner.get(f"/files/{keep(lab, PICTURE + HTML)}")

    assert reply.headers["Content-Type"] == "image/png"


def test_what_a_client_has_is_not_sent_again(lab: Lab) -> None:
    hash = keep(lab, PICTURE)

    for known in (f'"{hash}"', f'"x", W/"{hash}"', "*"):
        reply = lab.owner.get(f"/files/{hash}", headers={"If-None-Match": known})
        assert (reply.status, content_of(reply), reply.headers["ETag"]) == (304, b"", f'"{hash}"')
    assert lab.owner.get(f"/files/{hash}", headers={"If-None-Match": '"x"'}).status == 200


def test_a_head_tells_what_a_get_would(lab: Lab) -> None:
    path = f"/files/{keep(lab, PICTURE)}"

    got, told = lab.owner.get(path), lab.owner.ask("HEAD", path)
    part = lab.owner.ask("HEAD", path, headers={"Range": "bytes=0-9"})

    named = [name for name in got.headers if name.lower() != "x-request-id"]
    assert (told.status, content_of(told)) == (200, b"")
    assert {name: told.headers[name] for name in named} == {name: got.headers[name] for name in named}
    assert (part.status, part.headers["Content-Length"]) == (206, "10")


@pytest.mark.parametrize("hash", ["x", "..%2F..%2Fetc%2Fpasswd", "%00", "0" * 64, "A" * 64, "0" * 65])
def test_what_is_not_there_is_not_found(lab: Lab, hash: str) -> None:
    for path in (f"/files/{hash}", f"/files/{hash}/thumbnail"):
        assert (lab.owner.get(path).status, lab.owner.get(path).code) == (404, "not_found")


def test_a_content_that_is_lost_is_told(lab: Lab) -> None:
    hash = keep(lab, os.urandom(1_000))
    lab.house.database.sources.blobs.delete(hash)

    reply = lab.owner.get(f"/files/{hash}")

    assert (reply.status, reply.code) == (404, "content_missing")


# ---- parts


@given(first=st.integers(0, 2_100), last=st.integers(0, 2_100))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_range_is_that_part(lab: Lab, first: int, last: int) -> None:
    content = bytes(range(256)) * 8
    hash = keep(lab, content)

    reply = with_range(lab, hash, f"bytes={first}-{last}")

    if last < first:
        assert (reply.status, content_of(reply)) == (200, content)
    elif first >= len(content):
        assert (reply.status, reply.code) == (416, "range_not_satisfiable")
        assert reply.headers["Content-Range"] == "bytes */2048"
    else:
        end = min(last, len(content) - 1)
        assert (reply.status, content_of(reply)) == (206, content[first : end + 1])
        assert reply.headers["Content-Range"] == f"bytes {first}-{end}/2048"


@pytest.mark.parametrize(
    ("said", "status", "part"),
    [
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=-99999", 206, slice(None)),
        ("BYTES=0-0", 206, slice(0, 1)),
        ("bytes=-0", 416, None),
        ("bytes=999999999999999999-", 416, None),
        ("bytes=9999999999999999999999-", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=a-b", 200, slice(None)),
        ("bytes=0-1,5-9", 200, slice(None)),
        ("bytes=" + "0-0," * 900 + "0-0", 200, slice(None)),
        ("lines=0-5", 200, slice(None)),
        ("bytes= ٣-٤", 200, slice(None)),
    ],
)
def test_other_ranges_are_read_as_the_rfc_says(lab: Lab, said: str, status: int, part: slice | None) -> None:
    hash = keep(lab, PICTURE)

    reply = lab.owner.get(f"/files/{hash}", headers={"Range": said.encode()})

    assert reply.status == status
    assert part is None or content_of(reply) == PICTURE[part]


def test_a_range_of_another_version_is_answered_with_the_whole(lab: Lab) -> None:
    hash = keep(lab, PICTURE)

    assert with_range(lab, hash, "bytes=0-4", If_Range=f'"{hash}"').status == 206
    for other in ('"x"', f'W/"{hash}"', "Sun, 06 Nov 1994 08:49:37 GMT"):
        assert with_range(lab, hash, "bytes=0-4", If_Range=other).status == 200


def test_a_download_that_broke_off_goes_on(lab: Lab) -> None:
    content = os.urandom(2_000_000)
    hash = keep(lab, content)

    rest = with_range(lab, hash, "bytes=1234567-", If_Range=f'"{hash}"', Accept_Encoding="gzip")

    assert content[:1_234_567] + content_of(rest) == content
    assert "Content-Encoding" not in rest.headers


# ---- thumbnails


def test_a_thumbnail_is_the_picture_in_small(lab: Lab) -> None:
    hash = keep(lab, PICTURE)

    reply = lab.owner.get(f"/files/{hash}/thumbnail")

    small = Image.open(io.BytesIO(content_of(reply)))
    assert (reply.status, small.size) == (200, (512, 341))
    assert reply.headers["Content-Type"] == "image/jpeg"
    assert reply.headers["ETag"] == f'"{hash_of(content_of(reply))}"'
    known = {"If-None-Match": reply.headers["ETag"]}
    assert lab.owner.get(f"/files/{hash}/thumbnail", headers=known).status == 304
    part = lab.owner.get(f"/files/{hash}/thumbnail", headers={"Range": "bytes=0-1"})
    assert (part.status, content_of(part)) == (206, content_of(reply)[:2])


def test_a_thumbnail_that_is_not_there_is_made_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = lab.house.database.sources
    content = picture_of("PNG", 700, 500)
    hash = keep(lab, content)
    sources.blobs.delete(hash)  # as of a file that was there before thumbnails were
    sources.blobs.put(content)
    made: list[bytes] = []
    decode = Decoder.decode

    def noted(decoder: Decoder, content: bytes) -> Decoded:
        made.append(content)
        return decode(decoder, content)

    monkeypatch.setattr(Decoder, "decode", noted)

    replies = [lab.owner.get(f"/files/{hash}/thumbnail") for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 200]
    assert content_of(replies[0]) == content_of(replies[1])
    assert made == [content]


def test_what_is_no_picture_has_no_thumbnail(lab: Lab) -> None:
    reply = lab.owner.get(f"/files/{keep(lab, HTML)}/thumbnail")

    assert (reply.status, reply.code) == (404, "no_thumbnail")


# ---- links


def link_to(lab: Lab, hash: str, **said: Any) -> str:
    return lab.house.database.sources.links.link(lab.organization, hash, **said)


def changed(link: str, **said: str) -> str:
    split = urlsplit(link)
    query = {name: values[0] for name, values in parse_qs(split.query).items()}
    return f"{split.path}?{urlencode(query | said)}"


def test_a_link_needs_no_key(lab: Lab) -> None:
    content = os.urandom(700_000)
    link = link_to(lab, keep(lab, content), name="größe.zip", media_type="application/zip")

    reply = lab.stranger.get(link)

    assert (reply.status, content_of(reply)) == (200, content)
    assert reply.headers["Content-Type"] == "application/zip"
    assert reply.headers["Content-Disposition"] == (
        "attachment; filename=\"gr__e.zip\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.zip"
    )
    assert reply.headers["Cache-Control"].startswith("private, no-store")
    part = lab.stranger.get(link, headers={"Range": "bytes=100-199"})
    again = lab.stranger.get(link, headers={"Range": "bytes=100-199"})
    assert [part.status, again.status] == [206, 206]
    assert content_of(part) == content_of(again) == content[100:200]


def test_a_link_shows_a_picture_and_its_thumbnail(lab: Lab) -> None:
    link = link_to(lab, keep(lab, PICTURE))

    reply = lab.stranger.get(link)
    small = lab.stranger.get(link.replace("?", "/thumbnail?"))

    assert (reply.status, reply.headers["Content-Disposition"]) == (200, "inline")
    assert (small.status, small.headers["Content-Type"]) == (200, "image/jpeg")


def test_a_link_that_was_changed_is_refused(lab: Lab) -> None:
    hash, other = keep(lab, PICTURE), keep(lab, b"another")
    link = link_to(lab, hash, name="a.png")
    tampered = [
        changed(link, name="b.html"),
        changed(link, type="text/html"),
        changed(link, expires="99999999999"),
        changed(link, organization=Lab(lab.house, f"Other {hash[:6]}").organization),
        changed(link, signature="A" * 43),
        changed(link, more="1"),
        link.replace(hash, other),
    ]

    replies = [lab.stranger.get(one) for one in tampered]

    assert {(reply.status, reply.code) for reply in replies} == {(403, "link_invalid")}


def test_a_key_does_not_mend_a_link(lab: Lab) -> None:
    link = link_to(lab, keep(lab, PICTURE))

    assert lab.owner.get(changed(link, name="b")).status == 403


def test_a_link_ends(timed_lab: Lab, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_to(timed_lab, "a" * 64, seconds=60)

    assert timed_lab.stranger.get(link).status == 404
    clock.move(seconds=61)
    reply = timed_lab.stranger.get(link)

    assert (reply.status, reply.code) == (403, "link_expired")


def test_a_link_to_what_another_organization_has_finds_nothing(lab: Lab) -> None:
    other = Lab(lab.house, f"Rival of {lab.name}")
    hash = keep(other, b"only theirs")

    reply = lab.stranger.get(link_to(lab, hash))

    assert (reply.status, reply.code) == (404, "not_found")


def test_a_link_to_no_file_at_all_is_refused(lab: Lab) -> None:
    assert lab.stranger.get("/files/..%2Fpasswd?signature=x").status == 404
    assert lab.stranger.get(f"/files/{'a' * 64}?signature=x").status == 403
    assert lab.stranger.get(f"/files/{'a' * 64}").status == 401


# ---- many at once


def test_too_many_at_once_are_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST", 0)
    hash = keep(lab, PICTURE)
    key = {"Authorization": f"Bearer {lab.owner.key}"}

    reply = Reply(lab.house.client.request("GET", f"/files/{hash}", headers=key))

    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "overloaded", "1")
    assert lab.owner.ask("HEAD", f"/files/{hash}").status == 200
    monkeypatch.undo()
    assert lab.owner.get(f"/files/{hash}").status == 200


# ---- the same from a bucket


@pytest.fixture(scope="module")
def s3_house(s3: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service of its own, whose files are in a bucket."""
    folder = tmp_path_factory.mktemp("s3")
    given = Settings(data=folder, allowed_hosts="testserver")
    migrate(given.database_url)
    blobs = open_blobs("s3://postil/served", folder, environment=s3)
    dice = Dice()
    database = open_database(given.database_url, sources=Sources(chance=dice, blobs=blobs))
    with served(build(given, database)) as client:
        yield House(client, database, dice, given)


def test_a_bucket_is_served_as_a_folder_is(s3_house: House, tmp_path: Path) -> None:
    lab = Lab(s3_house, "In a bucket")
    content = os.urandom(3_000_000)
    path = tmp_path / "large"
    path.write_bytes(content)
    hash, picture = keep(lab, path), keep(lab, PICTURE)

    whole = lab.owner.get(f"/files/{hash}")
    part = with_range(lab, hash, "bytes=999990-2000009")
    by_link = lab.stranger.get(link_to(lab, hash, name="a.bin", seconds=60))
    small = lab.owner.get(f"/files/{picture}/thumbnail")

    assert content_of(whole) == content_of(by_link) == content
    assert (part.status, content_of(part)) == (206, content[999_990:2_000_010])
    assert Image.open(io.BytesIO(content_of(small))).size == (512, 341)
    assert with_range(lab, hash, "bytes=3000000-").status == 416


def test_a_row_is_added_once(lab: Lab) -> None:
    database = lab.house.database
    put = files.put(database.sources, PICTURE)

    for _ in range(2):
        database.write_now(SYSTEM, lambda work: files.add(work, lab.organization, put))

    assert lab.owner.get(f"/files/{put.hash}").status == 200
    assert put.header is not None
    assert (put.media_type, put.size, put.header.width) == ("image/png", len(PICTURE), 900)
