"""What a hostile, slow or ordinary client meets at the edge, over real sockets."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.types import Receive, Scope, Send

from app.web.edge import Guard, NotStarted, serve

ROOT = Path(__file__).parents[3]
SERVER = Path(__file__).with_name("edge_server.py")
BODY_LIMIT = 8 * 1024 * 1024
HASTE = {"head_seconds": 0.3, "body_seconds": 0.3, "write_seconds": 0.3, "linger_seconds": 1}
PATIENCE = 5  # seconds in which what is to happen "eventually" must have happened


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.body)["errors"][0]
        return error


class Running(NamedTuple):
    process: subprocess.Popen[str]
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, *pieces: bytes) -> Answer:
        """The answer to PIECES, sent on a connection of their own until the server takes no more."""
        with self.connect() as client:
            with suppress(ConnectionError):
                for piece in pieces:
                    client.sendall(piece)
            return read_answer(client)

    def get(self, path: str) -> Answer:
        return self.ask(head(f"GET {path}"))

    def peak_memory(self) -> int:
        return int(self.get("/memory").body)


def head(line: str, *fields: str, host: str = "localhost") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode()


def read_answer(client: socket.socket, *, without_body: bool = False) -> Answer:
    with client.makefile("rb", buffering=0) as stream:
        status = int(stream.readline().split()[1])
        headers = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = b""
        while not without_body and len(body) < int(headers.get("content-length", 0)):
            piece = stream.read(int(headers["content-length"]) - len(body))
            if not piece:
                break
            body += piece
    return Answer(status, headers, body)


def is_closed_eventually(client: socket.socket) -> bool:
    try:
        while client.recv(65_536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def chunks(total: int) -> Iterator[bytes]:
    piece = b"10000\r\n" + bytes(65_536) + b"\r\n"
    for _ in range(total // 65_536):
        yield piece
    yield b"0\r\n\r\n"


@contextmanager
def running(**limits: float) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, str(SERVER), json.dumps(limits)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Running(process, int(process.stdout.readline().rpartition(":")[2]))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def hasty() -> Iterator[Running]:
    with running(**HASTE) as started:
        yield started


# Heads


def test_a_head_of_20_megabytes_is_refused_without_being_kept(server: Running) -> None:
    before = server.peak_memory()

    answer = server.ask(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nX: ", b"x" * 20_000_000, b"\r\n\r\n")

    assert (answer.status, answer.error["code"]) == (431, "headers_too_large")
    assert answer.headers["connection"] == "close"
    assert server.peak_memory() - before < 4_000_000


def test_a_hundred_thousand_header_fields_are_refused(server: Running) -> None:
    before = server.peak_memory()

    answer = server.ask(head("GET /hello", *["a: b"] * 100_000))

    assert (answer.status, answer.error["code"]) == (431, "headers_too_large")
    assert server.peak_memory() - before < 4_000_000


@pytest.mark.parametrize(("more", "status"), [(99, 200), (100, 431)])
def test_a_hundred_header_fields_are_the_most(server: Running, more: int, status: int) -> None:
    answer = server.ask(head("GET /hello", *["a: b"] * more))

    assert answer.status == status


@pytest.mark.parametrize(("size", "status"), [(32_768, 200), (32_769, 431)])
def test_32_kilobytes_of_headers_are_the_most(server: Running, size: int, status: int) -> None:
    others = len("Host: localhost\r\n") + len("a: \r\n")

    answer = server.ask(head("GET /hello", "a: " + "x" * (size - others)))

    assert answer.status == status


@pytest.mark.parametrize(("size", "status"), [(65_535, 200), (65_536, 414), (1_000_000, 414)])
def test_64_kilobytes_of_uri_are_the_most(server: Running, size: int, status: int) -> None:
    path = "/hello?"

    answer = server.ask(head("GET " + path + "x" * (size - len(path))))

    assert answer.status == status
    assert status == 200 or answer.error["code"] == "uri_too_long"


def test_the_largest_head_is_read_in_whatever_pieces_it_comes(server: Running) -> None:
    uri, header = "/hello?" + "x" * 65_500, "a: " + "x" * 32_700
    data = head(f"GET {uri}", header)

    answer = server.ask(*(data[start : start + 1_000] for start in range(0, len(data), 1_000)))

    assert answer.status == 200


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="TLS"),
        pytest.param(b"GET /hello HTTP/9.9\r\nHost: localhost\r\n\r\n", id="no such version"),
        pytest.param(b"GET /hello HTTP/1.1\r\nHost localhost\r\n\r\n", id="no colon"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", id="not ASCII"),
        pytest.param(b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", id="CONNECT"),
        pytest.param(
            head("POST /length", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
            id="two framings",
        ),
        pytest.param(head("POST /length", "Content-Length: 5", "Content-Length: 6"), id="two lengths"),
        pytest.param(head("POST /length", "Transfer-Encoding: chunked") + b"zz\r\n", id="broken chunk"),
        pytest.param(
            head("POST /length", "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n", id="other framing"
        ),
    ],
)
def test_a_malformed_request_is_answered_with_an_error_document(server: Running, data: bytes) -> None:
    answer = server.ask(data)

    assert (answer.status, answer.error["code"]) == (400, "request_malformed")
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.error["id"] == answer.headers["x-request-id"]


def test_trailers_do_not_become_headers(server: Running) -> None:
    data = head("POST /fields", "Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\nX-Actor: root\r\n\r\n"

    answer = server.ask(data)

    assert answer.body == b"host,transfer-encoding"


def test_trailers_count_as_headers(server: Running) -> None:
    trailers = b"a: b\r\n" * 200

    answer = server.ask(head("POST /length", "Transfer-Encoding: chunked") + b"0\r\n" + trailers + b"\r\n")

    assert (answer.status, answer.error["code"]) == (431, "headers_too_large")


def test_an_upgrade_is_answered_as_if_it_had_not_been_asked_for(server: Running) -> None:
    with server.connect() as client:
        client.sendall(head("GET /hello", "Connection: Upgrade", "Upgrade: websocket"))
        answer = read_answer(client)

        closed = is_closed_eventually(client)

    assert (answer.status, answer.body) == (200, b"hello")
    assert closed


# Hosts


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]:8000", "postil.example", "Postil.Example.:443"],
)
def test_a_known_host_is_served(server: Running, host: str) -> None:
    answer = server.ask(head("GET /hello", host=host))

    assert answer.status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "testserver",
        "postil.example.evil.example",
        "localhost@evil.example",
        "localhost/",
        "localhost:x",
        "127.1",
        "[::g]",
        "a" * 300,
        "a b",
        "",
    ],
)
def test_any_other_host_is_refused(server: Running, host: str) -> None:
    answer = server.ask(head("GET /hello", host=host))

    assert (answer.status, answer.error["code"]) == (400, "host_invalid")
    assert answer.error["source"] == {"header": "Host"}


def test_the_refusal_of_a_host_says_what_to_set(server: Running) -> None:
    answer = server.ask(head("GET /hello", host="new.example"))

    assert "POSTIL_PUBLIC_URL" in answer.error["detail"]
    assert "POSTIL_ALLOWED_HOSTS" in answer.error["detail"]


@pytest.mark.parametrize("fields", [b"", b"Host: localhost\r\nHost: localhost\r\n"])
def test_exactly_one_host_is_needed(server: Running, fields: bytes) -> None:
    answer = server.ask(b"GET /hello HTTP/1.1\r\n" + fields + b"\r\n")

    assert answer.error["code"] == "host_invalid"


# Bodies


def test_a_chunked_body_of_200_megabytes_is_refused_at_the_limit(server: Running) -> None:
    before = server.peak_memory()

    answer = server.ask(head("POST /length", "Transfer-Encoding: chunked"), *chunks(200_000_000))

    assert (answer.status, answer.error["code"]) == (413, "payload_too_large")
    assert answer.headers["connection"] == "close"
    assert server.peak_memory() - before < BODY_LIMIT + 4_000_000


def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_sent(server: Running) -> None:
    answer = server.ask(head("POST /length", f"Content-Length: {BODY_LIMIT + 1}", "Expect: 100-continue"))

    assert (answer.status, answer.error["code"]) == (413, "payload_too_large")


def test_a_body_of_the_limit_is_read(server: Running) -> None:
    answer = server.ask(head("POST /length", f"Content-Length: {BODY_LIMIT}"), bytes(BODY_LIMIT))

    assert answer.body == str(BODY_LIMIT).encode()


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_a_compressed_body_is_inflated(server: Running, encoding: str) -> None:
    body = gzip.compress(os.urandom(300_000) + bytes(300_000))

    answer = server.ask(
        head("POST /length", f"Content-Length: {len(body)}", f"Content-Encoding: {encoding}"), body
    )

    assert answer.body == b"600000"


def test_a_compressed_bomb_costs_no_more_than_the_limit(server: Running) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(1_000)) + packer.flush()
    before = server.peak_memory()

    answer = server.ask(head("POST /length", f"Content-Length: {len(bomb)}", "Content-Encoding: gzip"), bomb)

    assert (answer.status, answer.error["code"]) == (413, "payload_too_large")
    assert server.peak_memory() - before < BODY_LIMIT + 4_000_000


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"not gzip", id="not gzip"),
        pytest.param(gzip.compress(b"x" * 100)[:-9], id="cut short"),
        pytest.param(gzip.compress(b"x" * 100) + b"more", id="something behind"),
        pytest.param(gzip.compress(b"") * 2, id="two members"),
        pytest.param(zlib.compress(b"x"), id="zlib"),
    ],
)
def test_a_body_that_is_not_gzip_as_announced_is_refused(server: Running, body: bytes) -> None:
    answer = server.ask(head("POST /length", f"Content-Length: {len(body)}", "Content-Encoding: gzip"), body)

    assert (answer.status, answer.error["code"]) == (400, "body_encoding_invalid")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "identity, gzip"])
def test_any_other_encoding_is_refused(server: Running, encoding: str) -> None:
    answer = server.ask(head("POST /length", "Content-Length: 1", f"Content-Encoding: {encoding}"), b"x")

    assert (answer.status, answer.error["code"]) == (415, "unsupported_encoding")
    assert answer.error["source"] == {"header": "Content-Encoding"}


def test_a_body_that_nobody_reads_ends_its_connection(server: Running) -> None:
    with server.connect() as client:
        client.sendall(head("POST /hello", "Transfer-Encoding: chunked"))
        answer = read_answer(client)
        with suppress(ConnectionError):
            for piece in chunks(2_000_000):
                client.sendall(piece)

        closed = is_closed_eventually(client)

    assert answer.status == 200
    assert closed


# Time


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET /hel", 408, id="request line"),
        pytest.param(b"GET /hello HTTP/1.1\r\nHost: local", 408, id="header"),
        pytest.param(b"\r\n", 408, id="empty line"),
        pytest.param(head("POST /length", "Content-Length: 9") + b"x", 408, id="body"),
    ],
)
def test_a_client_that_stops_in_a_message_is_told_and_closed(
    hasty: Running, sent: bytes, status: int
) -> None:
    with hasty.connect() as client:
        client.sendall(sent)
        answer = read_answer(client)

        closed = is_closed_eventually(client)

    assert (answer.status, answer.error["code"]) == (status, "request_timeout")
    assert closed


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(b"GET /", id="request line"),
        pytest.param(b"GET /hello HTTP/1.1\r\nHost: ", id="header"),
        pytest.param(head("POST /length", "Content-Length: 10000"), id="body"),
    ],
)
def test_a_client_that_drips_is_told_and_closed(hasty: Running, begin: bytes) -> None:
    with hasty.connect() as client:
        client.sendall(begin)
        for _ in range(10):
            client.sendall(b"x")
            time.sleep(0.05)

        answer = read_answer(client)
        closed = is_closed_eventually(client)

    assert (answer.status, answer.error["code"]) == (408, "request_timeout")
    assert closed


def test_a_client_that_never_says_a_word_is_closed_without_an_answer(hasty: Running) -> None:
    with hasty.connect() as client:
        said = client.recv(1_000)

    assert said == b""


def test_a_client_that_sends_steadily_has_all_the_time_it_needs(hasty: Running) -> None:
    with hasty.connect() as client:
        client.sendall(head("POST /length", "Content-Length: 20000"))
        for _ in range(20):
            client.sendall(bytes(1_000))
            time.sleep(0.05)

        answer = read_answer(client)

    assert answer.body == b"20000"


def test_a_client_does_not_pay_for_an_app_that_reads_late(hasty: Running) -> None:
    answer = hasty.ask(head("POST /unread", "Content-Length: 4000000"), bytes(4_000_000))

    assert answer.body == b"4000000"


def test_a_client_that_does_not_read_its_answer_is_closed(hasty: Running) -> None:
    with hasty.connect() as client:
        client.sendall(head("GET /big"))
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not any(
            record["path"] == "/big" for record in json.loads(hasty.get("/recorded").body) if "path" in record
        ):
            time.sleep(0.1)
        time.sleep(1)

        received = sum(len(piece) for piece in iter(lambda: receive(client), b""))

    assert received < 30_000_000


def receive(client: socket.socket) -> bytes:
    try:
        return client.recv(1_000_000)
    except ConnectionError:
        return b""


# Ordinary clients


def test_head_is_answered_without_a_body(server: Running) -> None:
    with server.connect() as client:
        client.sendall(head("HEAD /hello"))
        first = read_answer(client, without_body=True)
        client.sendall(head("GET /hello"))

        second = read_answer(client)

    assert (first.status, first.headers["content-length"]) == (200, "5")
    assert second.body == b"hello"


def test_a_pipelined_pair_is_answered_in_order(server: Running) -> None:
    with server.connect() as client:
        client.sendall(head("GET /slow") + head("GET /hello"))

        bodies = [read_answer(client).body for _ in range(2)]

    assert bodies == [b"slow", b"hello"]


def test_a_malformed_request_waits_for_the_answers_before_it(server: Running) -> None:
    with server.connect() as client:
        client.sendall(head("GET /slow") + head("GET /hello") + b"nonsense\r\n\r\n")

        answers = [read_answer(client) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 400]
    assert [answer.body for answer in answers[:2]] == [b"slow", b"hello"]


def test_a_connection_queues_a_limited_number_of_requests(server: Running) -> None:
    with server.connect() as client:
        client.sendall(head("GET /slow") + head("GET /hello") * 3_000)

        answers = [read_answer(client) for _ in range(66)]

    assert [answer.status for answer in answers] == [200] * 65 + [400]


def test_a_hundred_requests_share_a_connection(server: Running) -> None:
    with server.connect() as client:
        statuses = []
        for _ in range(100):
            client.sendall(head("POST /length", "Content-Length: 3") + b"abc")
            statuses.append(read_answer(client).status)

    assert statuses == [200] * 100


def test_a_big_answer_arrives_whole(hasty: Running) -> None:
    answer = hasty.get("/big")

    assert len(answer.body) == 30_000_000


# Answers


def test_every_answer_bears_an_id_and_security_headers(server: Running) -> None:
    answer = server.get("/hello")

    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("given", "is_kept"), [("a.B_c-9", True), ("x" * 65, False), ("a b", False), ("é", False)]
)
def test_an_id_is_taken_over_where_it_is_harmless(server: Running, given: str, is_kept: bool) -> None:
    answer = server.ask(head("GET /hello", f"X-Request-Id: {given}"))

    assert (answer.headers["x-request-id"] == given) is is_kept


def test_a_crash_tells_the_client_an_id_and_no_more(server: Running) -> None:
    answer = server.get("/crash")

    crashes = [record for record in json.loads(server.get("/recorded").body) if record["event"] == "crash"]
    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    assert b"secret" not in answer.body
    assert crashes[-1]["request_id"] == answer.error["id"]
    assert "secret" in crashes[-1]["exc_info"]


def test_a_crash_in_the_middle_of_an_answer_cuts_it(server: Running) -> None:
    answer = server.get("/half")

    assert answer.body == b"half"


def test_what_the_app_refuses_is_answered_for_it(server: Running) -> None:
    answer = server.get("/teapot")

    assert (answer.status, answer.error["code"]) == (418, "teapot")


def test_each_request_is_recorded_without_its_query(server: Running) -> None:
    answer = server.ask(head("GET /hello?token=secret-in-query", "Authorization: secret-in-header"))

    recorded = server.get("/recorded").body
    record = next(r for r in json.loads(recorded) if r.get("request_id") == answer.headers["x-request-id"])
    assert set(record) == {"event", "method", "path", "route", "status", "ms", "request_id"}
    assert (record["event"], record["method"], record["path"]) == ("request", "GET", "/hello")
    assert b"secret-in" not in recorded


# The server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_requests_end_and_serve_returns(number: signal.Signals) -> None:
    with running() as server, server.connect() as client:
        client.sendall(head("GET /slow"))
        time.sleep(0.1)
        server.process.send_signal(number)

        answer = read_answer(client)
        code = server.process.wait(PATIENCE)

        assert server.process.stdout is not None
        assert (answer.body, code, server.process.stdout.read()) == (b"slow", 0, "ended\n")


def test_a_port_in_use_is_named(server: Running) -> None:
    guard = Guard(app_that_fails_to_start, hosts=[], log=ignore)

    with pytest.raises(OSError, match=rf"127\.0\.0\.1 port {server.port}"):
        serve(guard, "127.0.0.1", server.port, lambda _: None, log=ignore)


def test_an_app_that_does_not_start_is_never_announced() -> None:
    announced: list[str] = []

    with pytest.raises(NotStarted):
        serve(app_that_fails_to_start, "127.0.0.1", 0, announced.append, log=ignore)

    assert announced == []


async def app_that_fails_to_start(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("no database")


def ignore(*_: object, **__: object) -> None:
    pass
