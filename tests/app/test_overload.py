"""More clients than can wait: who is one too many is told at once, and the others are served."""

import asyncio
import json
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.app.short_queue import LONGEST_QUEUE
from tests.clients.server import Server, running

CLIENTS = 400
PATIENCE = 60  # seconds, so that a server that hangs fails the test


class Answer(NamedTuple):
    order: int  # in which it came, among all
    status: int
    head: str
    document: object


async def ask_all(server: Server, body: bytes) -> list[Answer]:
    """What each of the clients is answered who send BODY at once, and then go on waiting."""
    at = urlsplit(server.url)
    request = (
        f"POST /projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        f"Content-Type: application/vnd.api+json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    opened = [await asyncio.open_connection(at.hostname, at.port) for _ in range(CLIENTS)]
    order = iter(range(CLIENTS))

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        document = json.loads(await reader.readexactly(length))
        answer = Answer(next(order), int(head.split(" ", 2)[1]), head.lower(), document)
        writer.close()
        return answer

    return await asyncio.wait_for(asyncio.gather(*(ask(*one) for one in opened)), PATIENCE)


def test_who_is_one_too_many_is_told_at_once_and_the_others_are_served(tmp_path: Path) -> None:
    with running(tmp_path, "tests.app.short_queue") as server:
        attributes = {"name": "Retina", "organization_id": server.organization}
        body = json.dumps({"data": {"type": "projects", "attributes": attributes}}).encode()

        answers = asyncio.run(ask_all(server, body))

        served = [one for one in answers if one.status == 201]
        refused = [one for one in answers if one.status == 503]
        assert len(served) + len(refused) == CLIENTS
        assert len(served) >= LONGEST_QUEUE
        assert refused
        assert all("retry-after: 1" in one.head for one in refused)
        assert all('"overloaded"' in json.dumps(one.document) for one in refused)
        # Told at once: not after all that was accepted before them.
        assert min(one.order for one in refused) < max(one.order for one in served)
        assert server.create("projects", **attributes)  # and nothing is left of it
