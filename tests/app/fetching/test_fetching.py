"""Nothing goes out but to public places, and to those that the operator lists."""

import itertools
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from app.fetching import (
    Fetcher,
    FetchFailed,
    Limits,
    RedirectNotAllowed,
    TimedOut,
    TooLarge,
    Unreachable,
    UrlNotAllowed,
)
from app.fetching.addresses import is_public
from app.fetching.targets import hosts_of
from tests.app.fetching.hostile import hostile_urls
from tests.app.fetching.servers import Tripwire, reply, serving

LOCAL = frozenset({"127.0.0.1"})
Maker = Callable[..., Fetcher]
PUBLIC = "93.184.216.34"
MISTAKEN = """64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: ::7f00:1 fec0::1 224.0.0.1 192.0.0.8 100.64.0.1
    ff0e::1 ::ffff:8.8.8.8 2001:0:4136:e378:: fe80::1%eth0 168.63.129.16 nonsense"""
CLIENT = r"^\s*(?:import|from) (?:httpx2?|httpcore2?|requests|urllib3|urllib\.request|aiohttp|http\.client)\b"


@pytest.fixture
def made() -> Iterator[Maker]:
    """Makes fetchers that are closed in the end."""
    fetchers: list[Fetcher] = []

    def make(*given: Any, **options: Any) -> Fetcher:
        fetchers.append(Fetcher(*given, **options))
        return fetchers[-1]

    yield make
    for fetcher in fetchers:
        fetcher.close()


@pytest.fixture
def tripwire() -> Iterator[Tripwire]:
    wire = Tripwire()
    yield wire
    wire.close()


def never(host: str, port: int) -> list[str]:
    """A resolver that reads numbers as the system does, and knows no name."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(info[4][0]) for info in infos]


def test_no_hostile_url_gets_a_connection(made: Maker, tripwire: Tripwire) -> None:
    urls = list(hostile_urls(tripwire.port))
    fetcher = made(ports=frozenset({80, 443, tripwire.port}), resolve=never)

    codes = []
    for url in urls:
        with pytest.raises(FetchFailed) as refused:
            fetcher.send("GET", url, limits=Limits(seconds=2))
        codes.append((refused.value.code, url))

    assert len(set(urls)) >= 500
    assert [url for code, url in codes if code != "url_not_allowed"] == []
    assert tripwire.visits == []


def test_every_hostile_url_is_refused_by_its_spelling_already(made: Maker, tripwire: Tripwire) -> None:
    fetcher = made(ports=frozenset({80, 443, tripwire.port}))

    passed = [url for url in hostile_urls(tripwire.port) if not _is_refused(fetcher, url)]

    assert passed == []


def _is_refused(fetcher: Fetcher, url: str) -> bool:
    try:
        fetcher.check_url(url)
    except UrlNotAllowed:
        return True
    return False


def test_ordinary_urls_pass(made: Maker) -> None:
    fetcher = made()

    for url in (
        "https://example.org",
        "HTTPS://Example.ORG:443/hook?key=%20a&b=c#part",
        "http://xn--mnchen-3ya.example/bild-ü.png",
        f"http://{PUBLIC}:80/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://under_score.example.org/a@b:c",
    ):
        fetcher.check_url(url)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_leads_inside_gets_no_connection(made: Maker, tripwire: Tripwire, scheme: str) -> None:
    ports = frozenset({tripwire.port})
    inside = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%lo", "0.0.0.0", "10.0.0.1"]

    for addresses in [[one] for one in inside] + [[PUBLIC, one] for one in inside]:
        fetcher = made(ports=ports, resolve=lambda host, port, answer=addresses: answer)
        with pytest.raises(UrlNotAllowed):
            fetcher.send("GET", f"{scheme}://rebound.example.org:{tripwire.port}/")

    assert tripwire.visits == []


def test_a_name_that_is_rebound_between_lookups_gets_no_connection(made: Maker, tripwire: Tripwire) -> None:
    # Public at every first lookup, loopback at every second: what is looked up once cannot change.
    answers = itertools.cycle([["198.41.0.4"], ["127.0.0.1"]])
    fetcher = made(ports=frozenset({tripwire.port}), resolve=lambda host, port: next(answers))

    for _ in range(6):
        with pytest.raises(FetchFailed):
            fetcher.send("GET", f"http://rebound.example.org:{tripwire.port}/", limits=Limits(seconds=0.2))

    assert tripwire.visits == []


@pytest.mark.parametrize("address", MISTAKEN.split())
def test_addresses_that_python_thinks_global_are_refused(address: str) -> None:
    assert not is_public(address)


def test_a_listed_host_may_be_private_on_any_port(made: Maker) -> None:
    seen: list[dict[str, str]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length", 0))
        told = {name.lower(): value for name, value in handler.headers.items()}
        seen.append({**told, "body": handler.rfile.read(length).decode()})
        reply(handler, 201, b"made", X_Kind="test")

    with serving(answer) as port:
        by_number = made(LOCAL).send(
            "POST", f"http://127.0.0.1:{port}/a?b", {"Authorization": "Bearer x"}, b"hello"
        )
        named = made(hosts_of(" MinIO ,x"), resolve=lambda host, port: ["127.0.0.1"])
        by_name = named.send("GET", f"http://minio:{port}/")
        with pytest.raises(UrlNotAllowed):
            named.send("GET", f"http://127.0.0.1:{port}/")

    assert (by_number.status, by_number.body, by_number.headers["x-kind"]) == (201, b"made", "test")
    assert (seen[0]["authorization"], seen[0]["body"]) == ("Bearer x", "hello")
    assert seen[1]["host"] == f"minio:{port}"
    assert by_name.status == 201
    assert len(seen) == 2


def test_redirects_are_refused_or_counted_and_checked_and_carry_no_credential(
    made: Maker, tripwire: Tripwire
) -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.path, handler.headers.get("Authorization")))
        kind, _, rest = handler.path[1:].partition("/")
        if kind == "hop":
            left = int(rest)
            reply(handler, 302, b"", Location=f"/hop/{left - 1}" if left else "/end")
        elif kind == "inside":
            reply(handler, 307, b"", Location=f"http://localhost:{tripwire.port}/")
        elif kind == "odd":
            reply(handler, 301, b"", Location=f"//2130706433:{tripwire.port}/")
        elif kind == "nowhere":
            reply(handler, 303, b"")
        else:
            reply(handler)

    with serving(answer) as port:
        fetcher = made(LOCAL, ports=frozenset({80, 443, tripwire.port}))

        def fetched(path: str, redirects: int, method: str = "GET") -> int:
            sent = {"Authorization": "Bearer x"}
            url = f"http://127.0.0.1:{port}{path}"
            return fetcher.send(method, url, sent, redirects=redirects).status

        assert fetched("/hop/2", 3) == 200
        for path, redirects in (
            ("/hop/3", 9),
            ("/hop/0", 0),
            ("/inside/", 3),
            ("/odd/", 3),
            ("/nowhere/", 3),
        ):
            with pytest.raises(RedirectNotAllowed):
                fetched(path, redirects)
        with pytest.raises(RedirectNotAllowed):
            fetched("/hop/0", 3, "POST")

    assert seen[:4] == [("/hop/2", "Bearer x"), ("/hop/1", None), ("/hop/0", None), ("/end", None)]
    assert tripwire.visits == []


def test_too_large_an_answer_is_refused_announced_or_not(made: Maker) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/announced":
            reply(handler, 200, b"x" * 5000)
        else:
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for _ in range(50):
                handler.wfile.write(b"64\r\n" + b"x" * 100 + b"\r\n")
            handler.wfile.write(b"0\r\n\r\n")

    with serving(answer) as port:
        for path in ("announced", "chunked"):
            with pytest.raises(TooLarge):
                made(LOCAL).send("GET", f"http://127.0.0.1:{port}/{path}", limits=Limits(bytes=4000))
            taken = made(LOCAL).send("GET", f"http://127.0.0.1:{port}/{path}", limits=Limits(bytes=5000))
            assert len(taken.body) == 5000


def test_who_is_slow_is_left_in_time(made: Maker) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/silent":
            time.sleep(3)
            return
        if handler.path == "/headers":
            for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
                handler.wfile.write(bytes([letter]))
                time.sleep(0.05)
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with serving(answer) as port:
        for path, limits in (
            ("silent", Limits(seconds=0.4)),
            ("headers", Limits(seconds=0.4)),
            ("body", Limits(seconds=0.4)),
            ("body", Limits(seconds=9, patience=0.3, slowest=1000)),
        ):
            with pytest.raises(TimedOut):
                made(LOCAL).send("GET", f"http://127.0.0.1:{port}/{path}", limits=limits)
        assert made(LOCAL).send("GET", f"http://127.0.0.1:{port}/body", wants_body=False).status == 200

    assert time.monotonic() - began < 5


def test_a_lookup_that_hangs_is_left_in_time(made: Maker) -> None:
    def hang(host: str, port: int) -> list[str]:
        time.sleep(2)
        return []

    began = time.monotonic()
    with pytest.raises(TimedOut):
        made(resolve=hang).send("GET", "http://example.org/", limits=Limits(seconds=0.2))

    assert time.monotonic() - began < 1


def test_what_cannot_be_reached_or_read_is_told_without_a_word_of_it(made: Maker) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-secret banner\r\n\r\n")
        handler.close_connection = True

    with serving(answer) as port:
        with pytest.raises(Unreachable) as unread:
            made(LOCAL).send("GET", f"http://127.0.0.1:{port}/")
        with pytest.raises(Unreachable) as untrusted:  # it speaks no TLS at all
            made(LOCAL).send("GET", f"https://127.0.0.1:{port}/")
    with pytest.raises(Unreachable):
        made(LOCAL).send("GET", f"http://127.0.0.1:{port}/")
    with pytest.raises(Unreachable):
        made(resolve=lambda host, port: []).send("GET", "http://nowhere.example.org/")

    assert "secret" not in unread.value.detail + untrusted.value.detail


def test_proxies_and_credentials_of_the_environment_are_ignored(
    made: Maker, monkeypatch: pytest.MonkeyPatch, tripwire: Tripwire, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{tripwire.port}")
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("Authorization"))
        reply(handler)

    with serving(answer) as port:
        made(LOCAL).send("GET", f"http://127.0.0.1:{port}/")

    assert (seen, tripwire.visits) == ([None], [])


def test_one_connection_serves_several_requests(made: Maker) -> None:
    peers: set[object] = set()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        peers.add(handler.client_address)
        handler.rfile.read(int(handler.headers.get("content-length", 0)))
        reply(handler)

    with serving(answer) as port:
        fetcher = made(LOCAL)
        for _ in range(5):
            fetcher.send("POST", f"http://127.0.0.1:{port}/", body=b"x", wants_body=False)
        fetcher.close()

    assert len(peers) == 1


@pytest.mark.parametrize("wants_body", [True, False])
@pytest.mark.parametrize("first", [(200, b"ok"), (204, b"")])
def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one(
    made: Maker, first: tuple[int, bytes], wants_body: bool
) -> None:
    status, body = first
    length = "" if status == 204 else f"Content-Length: {len(body)}\r\n"
    answers = itertools.chain([first], itertools.repeat((500, b"no")))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("content-length", 0)))
        status, body = next(answers)
        if status == 500:
            reply(handler, status, body)
            return
        once = f"HTTP/1.1 {status} X\r\n{length}\r\n".encode() + body
        handler.wfile.write(once + once)

    with serving(answer) as port:
        fetcher = made(LOCAL)
        told = [
            fetcher.send("POST", f"http://127.0.0.1:{port}/", body=b"x", wants_body=wants_body)
            for _ in range(3)
        ]

    assert [one.status for one in told] == [status, 500, 500]
    assert [one.body for one in told] == ([body, b"no", b"no"] if wants_body else [b""] * 3)


def test_a_certificate_is_verified_by_the_name_that_was_asked(
    made: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    wrap = ssl.SSLContext.wrap_socket

    def watched(self: ssl.SSLContext, sock: socket.socket, **options: object) -> ssl.SSLSocket:
        seen.append(str(options["server_hostname"]))
        assert (self.verify_mode, self.check_hostname) == (ssl.CERT_REQUIRED, True)
        return wrap(self, sock, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", watched)
    with serving(reply) as port:
        fetcher = made(frozenset({"minio.example.org"}), resolve=lambda host, port: ["127.0.0.1"])
        with pytest.raises(Unreachable):
            fetcher.send("GET", f"https://minio.example.org:{port}/")

    assert seen == ["minio.example.org"]


def test_no_other_file_imports_an_http_client() -> None:
    clients = re.compile(
        r"^\s*(?:import|from) (?:httpx2?|httpcore2?|requests|urllib3|urllib\.request|aiohttp|http\.client)\b",
        re.M,
    )
    root = Path(__file__).parents[3]

    found = {
        path.relative_to(root).parent.as_posix()
        for folder in ("app", "rpc", "workflow", "openapi")
        for path in (root / folder).rglob("*.py")
        if clients.search(path.read_text())
    }

    assert found == {"app/fetching"}
