"""Answers are compressed as clients ask, where it is worth it, and say so."""

import asyncio
import gzip
import sys
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Scope

from app.web.edge import Compression
from app.web.edge.compression import LARGE, LEAST, choice_of
from tests.lab import Lab

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

JSON = "application/vnd.api+json"
BODY = b'{"data":[%s]}' % b",".join(b'{"n":%d}' % n for n in range(400))


def asked(app: ASGIApp, encoding: str | None, method: str = "GET") -> list[Message]:
    """The messages that answer a request that bears Accept-Encoding: ENCODING."""
    fields = [] if encoding is None else [(b"accept-encoding", encoding.encode())]
    scope: Scope = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": fields}
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(60)  # the client stays, and has nothing more to say
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Compression(app)(scope, receive, send))
    return sent


def headers_of(sent: list[Message]) -> dict[str, str]:
    assert len({name for name, _ in sent[0]["headers"]}) == len(sent[0]["headers"])
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def body_of(sent: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent[1:])


def plain(coding: str | None, body: bytes) -> bytes:
    """BODY without its CODING."""
    if coding is None:
        return body
    return gzip.decompress(body) if coding == "gzip" else zstd.decompress(body)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("GZIP;Q=1.0 , Zstd ; q=0.9", "gzip"),
        ("gzip;q=0.5, zstd;q=0.5", "zstd"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.000, zstd;q=0", None),
        ("br, deflate", None),
        ("*", "zstd"),
        ("*, zstd;q=0", "gzip"),
        ("zstd;q=0, gzip;q=0, *", None),
        ("*;q=0", None),
        ("gzip, *;q=0", "gzip"),
        ("identity", None),
        ("identity, gzip;q=0.9", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0", None),  # and nothing else either: what is sent is sent as it is
        ("gzip;q=2", None),
        ("gzip;q=x, zstd;level=3", None),
        (",,;q=1,", None),
    ],
)
def test_the_client_chooses(header: str, coding: str | None) -> None:
    choice = choice_of(header.encode())

    assert (choice and choice.coding.name) == coding


@pytest.mark.parametrize("header", ["gzip, identity;q=0", "gzip, *;q=0"])
def test_who_takes_nothing_plain_is_sent_nothing_plain(header: str) -> None:
    sent = asked(Response(b"{}", media_type=JSON), header)

    assert (headers_of(sent)["content-encoding"], plain("gzip", body_of(sent))) == ("gzip", b"{}")


@given(st.lists(st.tuples(st.sampled_from(["gzip", "zstd", "identity", "*", "br"]), st.integers(0, 1000))))
def test_what_is_refused_is_never_sent_and_nothing_better_is_left(parts: list[tuple[str, int]]) -> None:
    weights = dict(parts)
    choice = choice_of(",".join(f"{name};q={weight / 1000:.3f}" for name, weight in weights.items()).encode())

    weight = {name: weights.get(name, weights.get("*", 0)) for name in ("zstd", "gzip")}
    if choice is None:
        assert max(weight.values()) == 0 or weights.get("identity", 0) > max(weight.values())
    else:
        assert weight[choice.coding.name] == max(weight.values()) > 0


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("body", [BODY, BODY * (LARGE // len(BODY) + 1)])
def test_a_whole_answer_is_compressed_and_says_so(coding: str, body: bytes) -> None:
    given = {"ETag": '"7-ab"', "Vary": "Accept"}

    sent = asked(Response(body, headers=given, media_type=JSON), coding)

    headers = headers_of_many(sent)
    assert plain(coding, body_of(sent)) == body
    assert headers["content-encoding"] == [coding]
    assert headers["content-length"] == [str(len(body_of(sent)))]
    assert headers["etag"] == [f'"7-ab-{coding}"']
    assert headers["vary"] == ["Accept", "Accept-Encoding"]
    assert len(body_of(sent)) < len(body) / 3


def headers_of_many(sent: list[Message]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name.decode(), []).append(value.decode())
    return found


@pytest.mark.parametrize(
    "answer",
    [
        Response(BODY[: LEAST - 1], media_type=JSON),
        Response(b"", status_code=204),
        Response(b"", status_code=304, headers={"ETag": '"7-ab"'}, media_type=JSON),
        Response(BODY, status_code=206, media_type=JSON),
        Response(BODY, media_type="image/png"),
        Response(BODY, media_type="text/event-stream"),
        Response(BODY, headers={"Content-Encoding": "br"}, media_type=JSON),
        Response(BODY, headers={"Cache-Control": "no-transform"}, media_type=JSON),
    ],
)
def test_what_is_not_worth_it_passes_as_it_is(answer: Response) -> None:
    assert asked(answer, "zstd, gzip") == asked(answer, None)


@pytest.mark.parametrize("header", [None, "", "br", "gzip;q=0", "gzip," * 400])
def test_who_does_not_ask_is_sent_it_plain(header: str | None) -> None:
    assert body_of(asked(Response(BODY, media_type=JSON), header)) == BODY


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_each_piece_of_a_stream_can_be_read_as_it_comes(coding: str) -> None:
    lines = [b'{"n":%d}\n' % n for n in range(5)] + [b"x" * (2 * LARGE)]

    async def pieces() -> Any:
        for line in lines:
            yield line

    sent = asked(StreamingResponse(pieces(), media_type="application/x-ndjson"), coding)

    assert "content-length" not in headers_of(sent)
    reader: Any = zlib.decompressobj(31) if coding == "gzip" else zstd.ZstdDecompressor()
    assert [reader.decompress(message["body"]) for message in sent[1:-1]] == lines
    assert (reader.decompress(sent[-1]["body"]), reader.eof) == (b"", True)


def test_checker_detects_a_stream_that_holds_pieces_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zlib, "Z_SYNC_FLUSH", zlib.Z_NO_FLUSH)
    with pytest.raises(AssertionError):
        test_each_piece_of_a_stream_can_be_read_as_it_comes("gzip")


# ---- on the wire


@pytest.fixture
def lists(lab: Lab) -> tuple[Lab, str]:
    """A list of more than LEAST bytes."""
    for n in range(4):
        lab.new_entry(external_id=f"x{n}")
    return lab, f"/entries?filter[dataset_id]={lab.dataset}"


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_head_tells_what_get_does(lists: tuple[Lab, str], coding: str) -> None:
    lab, path = lists
    ask = {"Accept-Encoding": coding}

    got, head = lab.owner.get(path, headers=ask), lab.owner.ask("HEAD", path, headers=ask)

    told = [{**reply.headers, "x-request-id": ""} for reply in (got, head)]
    assert told[0] == told[1]
    assert (told[0]["content-encoding"], head.text) == (coding, "")


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_what_a_client_got_is_what_it_may_send_back(lists: tuple[Lab, str], coding: str) -> None:
    lab, path = lists
    lab.owner.update("entries", lab.entry, metadata={"text": "many words " * 200})
    ask = {"Accept-Encoding": coding}
    change = {"data": {"type": "entries", "id": lab.entry, "attributes": {"priority": 7}}}

    for one in (path, f"/entries/{lab.entry}"):
        tag = lab.owner.get(one, headers=ask).headers["etag"]
        assert tag.endswith(f'-{coding}"') == (coding != "identity")
        for known in (tag, f"W/{tag}", f'"x", {tag}', tag.replace(f"-{coding}", "")):
            again = lab.owner.get(one, headers={**ask, "If-None-Match": known})
            assert (again.status, again.text) == (304, ""), known
            assert again.headers["etag"] in known
    updated = lab.owner.patch(f"/entries/{lab.entry}", change, headers={**ask, "If-Match": tag})
    late = lab.owner.patch(f"/entries/{lab.entry}", change, headers={**ask, "If-Match": tag})

    assert (updated.status, late.status) == (200, 412)


def test_a_list_is_the_same_however_it_comes(lists: tuple[Lab, str]) -> None:
    lab, path = lists
    replies = [lab.owner.get(path, headers={"Accept-Encoding": one}) for one in ("identity", "gzip", "zstd")]

    assert len({reply.text for reply in replies}) == 1
    assert len({reply.headers["etag"] for reply in replies}) == 3
    assert all("Accept-Encoding" in reply.headers["vary"] for reply in replies)


def test_lines_are_compressed_and_pictures_are_not(lists: tuple[Lab, str]) -> None:
    lab, path = lists
    lines = {"Accept": "application/x-ndjson"}

    plainly = lab.owner.get(path, headers={**lines, "Accept-Encoding": "identity"})
    squeezed = lab.owner.get(path, headers={**lines, "Accept-Encoding": "zstd"})

    assert squeezed.headers["content-encoding"] == "zstd"
    assert squeezed.text == plainly.text
