"""The server that test_edge.py talks to, run as a process of its own: its memory is measured from outside."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from app.web.edge import Guard, Limits, Refused, read_body, serve

BODY_LIMIT = 8 * 1024 * 1024  # bytes

records: list[dict[str, str]] = []


def log(event: str, **fields: object) -> None:
    records.append({"event": event, **{name: str(value) for name, value in fields.items()}})


async def answer(send: Send, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"hello")


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.2)
    await answer(send, b"slow")


async def unread(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(1)
    await answer(send, str(len(await read_body(scope, receive, BODY_LIMIT))).encode())


async def length(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, str(len(await read_body(scope, receive, BODY_LIMIT))).encode())


async def fields(scope: Scope, receive: Receive, send: Send) -> None:
    await read_body(scope, receive, BODY_LIMIT)
    await answer(send, b",".join(name for name, _ in scope["headers"]))


async def big(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, bytes(30_000_000))


async def crash(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("secret /var/x password=abc")


async def half(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise ValueError("secret")


async def teapot(scope: Scope, receive: Receive, send: Send) -> None:
    raise Refused(418, "teapot", "Teapot", "It is short and stout.")


async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, json.dumps(records).encode())


async def memory(scope: Scope, receive: Receive, send: Send) -> None:
    # Not getrusage(): its peak begins with that of the process which started this one.
    status = Path("/proc/self/status").read_text()
    await answer(send, str(int(status.split("VmHWM:")[1].split()[0]) * 1024).encode())


Endpoint = Callable[[Scope, Receive, Send], Awaitable[None]]
ENDPOINTS: dict[str, Endpoint] = {
    f"/{endpoint.__name__}": endpoint
    for endpoint in (hello, slow, unread, length, fields, big, crash, half, teapot, recorded, memory)
}


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message: Message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        await ENDPOINTS.get(scope["path"], hello)(scope, receive, send)


def main() -> None:
    limits = Limits(**json.loads(sys.argv[1]))
    guard = Guard(app, hosts=["postil.example"], log=log, limits=limits)
    serve(guard, "127.0.0.1", 0, lambda url: print(url, flush=True), log=log, limits=limits)
    print("ended", flush=True)


if __name__ == "__main__":
    main()
