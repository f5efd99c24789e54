"""Asks a contender for something, once and not to measure it."""

import http.client
import re

_TOLD = re.compile(rb'"data":\{"type":"[a-z_]+","id":"([0-9a-f-]{36})"')


class Different(Exception):
    """A contender does not answer as it should, or otherwise than another."""


def asked(name: str, port: int, script: list[bytes], status: int) -> list[bytes]:
    """The bodies that are sent back for the requests of SCRIPT. Raises Different where STATUS is another."""
    bodies: list[bytes] = []
    for request in script:
        if b"{id}" in request:
            found = _TOLD.search(bodies[-1])
            if found is None:
                raise Different(f"{name} names no record: {bodies[-1][:500]!r}")
            request = request.replace(b"{id}", found[1])
        bodies.append(_answer(name, port, request, status))
    return bodies


def _answer(name: str, port: int, request: bytes, status: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
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
