"""Whether the contenders answer alike: what is measured is worth nothing where they do not."""

import http.client
import re
from typing import Any

import msgspec

from bench.contenders import FLOOR, OBVIOUS, POSTIL
from bench.measures.measure import HOST, Measure

CHECKED = 5  # requests of a measure

_BASE = f"http://{HOST}".encode()
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Different(Exception):
    """Two contenders answer the same request differently."""


def check(measure: Measure, requests: list[bytes], ports: dict[str, int]) -> None:
    """Ask every contender for the same. Raises Different.

    The floor must send Postil's bytes; the obvious program the same JSON, where links need no host.
    """
    for request in requests[:CHECKED]:
        answers = {name: _answer(name, port, request, measure.status) for name, port in ports.items()}
        postil = answers.get(POSTIL.name)
        if postil is None:
            return
        if (floor := answers.get(FLOOR.name)) and _unmade(floor, measure) != _unmade(postil, measure):
            raise Different(_first(FLOOR.name, _unmade(postil, measure), _unmade(floor, measure)))
        if obvious := answers.get(OBVIOUS.name):
            ours, theirs = _parsed(postil, measure), _parsed(obvious, measure)
            if ours != theirs:
                raise Different(_first(OBVIOUS.name, msgspec.json.encode(ours), msgspec.json.encode(theirs)))


def _answer(name: str, port: int, request: bytes, status: int) -> bytes:
    """The body that is sent back for REQUEST."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.connect()
        connection.sock.sendall(request)
        answer = http.client.HTTPResponse(connection.sock, method=request.split(b" ", 1)[0].decode())
        answer.begin()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != status:
        raise Different(f"{name} answered {answer.status}: {body[:500]!r}")
    return body


def _unmade(document: bytes, measure: Measure) -> bytes:
    """DOCUMENT of a create without what is new in each: ids by the order of their mention, and no times."""
    if not measure.table:
        return document
    names: dict[bytes, bytes] = {}
    named = _ID.sub(lambda found: names.setdefault(found[0], b"id-%d" % len(names)), document)
    return _TIME.sub(b"time", named)


def _parsed(document: bytes, measure: Measure) -> Any:
    parsed = msgspec.json.decode(_unmade(document.replace(_BASE, b""), measure))
    # Of the links around the data, which there are: each program writes a query in its own spelling.
    return {**parsed, "links": sorted(parsed["links"])}


def _first(name: str, ours: bytes, theirs: bytes) -> str:
    at = next(
        (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    around = slice(max(0, at - 80), at + 80)
    return f"{name} answers otherwise than postil, from byte {at} on:\n{ours[around]!r}\n{theirs[around]!r}"
