"""Thousands of hostile URLs, redirects and resolvers, and no connection to what lies inside."""

import itertools
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.fetching import Fetcher, FetchFailed, Limits, UrlNotAllowed, network
from tests.app.fetching import grammar
from tests.app.fetching.hostile import hostile_urls
from tests.app.fetching.servers import Tripwire, reply, serving

PUBLIC = "198.41.0.4"
INNER = ("127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%lo", "0.0.0.0", "::")
ALLOWED = "allowed.example.org"  # a host that the operator listed, on loopback
QUICK = Limits(seconds=2)

_connected = network._connected


@pytest.fixture
def tripwire() -> Iterator[Tripwire]:
    wire = Tripwire(is_wide=True)
    yield wire
    wire.close()


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every address that is connected to. Nothing goes out to a public one: nobody answers there."""
    found: list[tuple[str, int]] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        found.append((address, port))
        if address == PUBLIC:
            raise ConnectionRefusedError
        return _connected(address, port, seconds)

    monkeypatch.setattr(network, "_connected", connect)
    return found


def urls_for(tripwire: Tripwire) -> list[str]:
    further = [one for one in tripwire.addresses[1:] if ":" not in one]
    known = [*hostile_urls(tripwire.port), *grammar.urls(tripwire.port, further)]
    return list(dict.fromkeys(known))


def ports_of(tripwire: Tripwire) -> frozenset[int]:
    return frozenset({80, 443, tripwire.port})


def inward(host: str, port: int) -> list[str]:
    """A resolver that leads inside whatever it is asked; numbers it reads as the system does."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return ["127.0.0.1", "::1"]
    return [str(info[4][0]) for info in infos]


def codes_of(fetcher: Fetcher, urls: Iterator[str] | list[str]) -> dict[str, str]:
    """What each of URLs fails with."""
    codes = {}
    for url in urls:
        with pytest.raises(FetchFailed) as refused:
            fetcher.send("GET", url, limits=QUICK, redirects=3)
        codes[url] = refused.value.code
    return codes


def test_thousands_of_hostile_urls_are_refused_by_their_spelling(
    tripwire: Tripwire, reached: list[tuple[str, int]]
) -> None:
    urls = urls_for(tripwire)
    fetcher = Fetcher(ports=ports_of(tripwire), resolve=inward)

    codes = codes_of(fetcher, urls)

    assert len(urls) >= 5000
    assert [url for url, code in codes.items() if code != "url_not_allowed"] == []
    assert (reached, tripwire.visits) == ([], [])


def test_a_name_whose_resolver_leads_inside_gets_no_connection(
    tripwire: Tripwire, reached: list[tuple[str, int]]
) -> None:
    answers = [[one] for one in INNER] + [[PUBLIC, one] for one in (*INNER, *tripwire.addresses)]
    ports = ports_of(tripwire)

    for n, name in enumerate(grammar.names()):
        answer = answers[n % len(answers)]
        fetcher = Fetcher(ports=ports, resolve=lambda host, port, answer=answer: answer)  # type: ignore[misc]
        found = codes_of(fetcher, [one.format(host=name, port=tripwire.port) for one in grammar.PLAIN])
        assert set(found.values()) == {"url_not_allowed"}, (name, answer, found)

    assert (reached, tripwire.visits) == ([], [])


def test_a_name_that_is_public_first_and_leads_inside_then_is_asked_for_once_a_connection(
    tripwire: Tripwire, reached: list[tuple[str, int]]
) -> None:
    urls = [f"http://{name}:{tripwire.port}/" for name in grammar.names()]
    for inner in (*INNER, *tripwire.addresses):
        answers = itertools.cycle([[PUBLIC], [inner]])
        fetcher = Fetcher(ports=ports_of(tripwire), resolve=lambda host, port, a=answers: next(a))  # type: ignore[misc]

        codes = [code for url in urls for code in codes_of(fetcher, [url]).values()]

        assert codes == ["unreachable", "url_not_allowed"] * (len(urls) // 2)
    assert {address for address, _ in reached} == {PUBLIC}
    assert tripwire.visits == []


def test_redirects_from_a_listed_host_lead_nowhere_inside(
    tripwire: Tripwire, reached: list[tuple[str, int]]
) -> None:
    spelled = urls_for(tripwire)[::6] + [f"http://{name}:{tripwire.port}/" for name in grammar.names()]
    places = [url for url in spelled if not set(url) & set("\r\n\0")]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        kind, _, number = handler.path[1:].partition("/")
        if kind == "chain":  # one hop more on the listed host, and then inside
            reply(handler, 302, b"", Location=f"/to/{number}")
        elif kind == "to" and number.isdecimal():
            handler.send_response((301, 302, 303, 307, 308)[int(number) % 5])
            handler.flush_headers()
            place = places[int(number)].encode("utf-8")
            handler.wfile.write(b"Location: " + place + b"\r\nContent-Length: 0\r\n\r\n")
        else:
            reply(handler, 404)

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == ALLOWED else inward(host, port)

    with serving(answer, is_held_back=True) as port:
        fetcher = Fetcher(frozenset({ALLOWED}), ports=ports_of(tripwire), resolve=resolve)
        told = [_followed(fetcher, f"http://{ALLOWED}:{port}", n) for n in range(len(places))]
        fetcher.close()

    assert len(places) > 1000
    assert set(told) <= {"url_not_allowed", "redirect_not_allowed", "404"}
    assert set(reached) == {("127.0.0.1", port)}
    assert tripwire.visits == []


def _followed(fetcher: Fetcher, host: str, n: int) -> str:
    """What comes of following the redirect N; a place that is relative is one of HOST."""
    try:
        answer = fetcher.send(
            "GET", f"{host}/{'chain' if n % 3 == 0 else 'to'}/{n}", limits=QUICK, redirects=3
        )
    except FetchFailed as error:
        return error.code
    return str(answer.status)


def test_checker_detects_that_addresses_are_not_looked_at(
    tripwire: Tripwire, reached: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "is_public", lambda address: True)
    fetcher = Fetcher(ports=ports_of(tripwire), resolve=inward)

    for name in itertools.islice(grammar.names(), 5):
        with pytest.raises(FetchFailed):
            fetcher.send("GET", f"http://{name}:{tripwire.port}/", limits=QUICK)

    assert len(tripwire.visits) == 5
    assert reached


def test_checker_detects_that_a_name_is_looked_up_again(
    tripwire: Tripwire, reached: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: Any = itertools.cycle([[PUBLIC], ["127.0.0.1"]])
    fetcher = Fetcher(ports=ports_of(tripwire), resolve=lambda host, port: next(answers))
    looked_up = network.Network._looked_up
    checked = network.Network._checked_addresses

    def twice(backend: network.Network, host: str, port: int) -> list[str]:
        checked(backend, host, port)
        return looked_up(backend, host, port)

    monkeypatch.setattr(network.Network, "_checked_addresses", twice)
    with pytest.raises(FetchFailed):
        fetcher.send("GET", f"http://rebound.example.org:{tripwire.port}/", limits=QUICK)

    assert len(tripwire.visits) == 1


def test_urls_are_refused_before_any_name_is_asked_for(tripwire: Tripwire) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    fetcher = Fetcher(ports=ports_of(tripwire), resolve=resolve)

    for url in urls_for(tripwire):
        with pytest.raises(UrlNotAllowed):
            fetcher.check_url(url)
    assert asked == []
