"""How tests talk to the service in this process: httpx2 hands requests over in an event loop.

Starlette's TestClient makes tasks, streams and, outside of `with`, a thread and a loop for every request,
which takes three times as long as most of what is asked.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import unquote

import httpx2

T = TypeVar("T")
PATIENCE = 120  # seconds in which an answer must have come


class Loop:
    """An event loop in a thread of its own, until `stop`."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What WORK comes to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Transport(httpx2.BaseTransport):
    """Hands requests to APP in LOOP, and gives answers once they are whole."""

    def __init__(self, app: Any, loop: Loop) -> None:
        self._app = app
        self._loop = loop

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        content = request.read()
        start, *bodies = self._loop.run(answered(self._app, scope_of(request), content))
        body = b"".join(message.get("body", b"") for message in bodies)
        stream = httpx2.ByteStream(b"" if request.method == "HEAD" else body)
        return httpx2.Response(start["status"], headers=start["headers"], stream=stream, request=request)

    def close(self) -> None:
        self._loop.stop()


def scope_of(request: httpx2.Request) -> dict[str, Any]:
    """What ASGI says of REQUEST."""
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": unquote(path.decode()),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("testclient", 50000),
        "server": (request.url.host, request.url.port or 80),
        "state": {},
    }


async def answered(app: Any, scope: dict[str, Any], content: bytes) -> list[Any]:
    """The messages of APP's answer to CONTENT. The client stays until it has all of it."""
    sent = [{"type": "http.request", "body": content, "more_body": False}]
    has_answered = asyncio.Event()
    told: list[Any] = []

    async def receive() -> Any:
        if not sent:
            await has_answered.wait()
            return {"type": "http.disconnect"}
        return sent.pop()

    async def send(message: Any) -> None:
        told.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            has_answered.set()

    await app(scope, receive, send)
    return told


class Client(httpx2.Client):
    """Talks to APP, which was not started: nothing goes on in its background."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.loop = Loop("client")
        super().__init__(
            base_url="http://testserver",
            headers={"User-Agent": "testclient"},
            transport=Transport(app, self.loop),
            follow_redirects=True,
        )


@contextmanager
def served(app: Any) -> Iterator[Client]:
    """A client of APP, which is started as a server starts it, and ended."""
    with Client(app) as client:
        life = Life(app)
        client.loop.run(life.begin())
        client.loop.run(life.pass_on("startup"))
        try:
            yield client
        finally:
            client.loop.run(life.pass_on("shutdown"))


class Life:
    """The life of APP from its start to its end, as ASGI has it."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        self._told: asyncio.Queue[Any] = asyncio.Queue()

    async def begin(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._task = asyncio.create_task(self._app(scope, self._said.get, self._told.put))

    async def pass_on(self, step: str) -> None:
        """Let the application pass STEP. Raises what it raises."""
        self._said.put_nowait({"type": f"lifespan.{step}"})
        told = asyncio.create_task(self._told.get())
        await asyncio.wait({told, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            await self._task
        assert (await told)["type"] == f"lifespan.{step}.complete"
