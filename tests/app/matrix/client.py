"""A client that hands requests to the service and no more: at a third of the cost of TestClient."""

import asyncio
import json
import threading
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import httpx2


class QuickClient:
    """Talks to APP in an event loop of its own, which runs until `close`."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="quick-client", daemon=True)
        self._thread.start()

    def request(self, method: str, url: str, *, content: bytes | None, headers: Mapping[str, str]) -> Any:
        """The response: its status_code, headers and text."""
        asked = asyncio.run_coroutine_threadsafe(self._ask(method, url, content, headers), self._loop)
        return asked.result(30)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _ask(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Any:
        path, _, query = url.partition("?")
        sent = {
            "host": "testserver",
            "accept": "*/*",
            **{name.lower(): text for name, text in headers.items()},
        }
        if content is not None:
            sent["content-length"] = str(len(content))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},  # by which no stream asks whether we have left
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), text.encode()) for name, text in sent.items()],
            "client": ("testclient", 50000),
            "server": ("testserver", 80),
            "state": {},
        }
        messages = [{"type": "http.request", "body": content or b"", "more_body": False}]
        answered: list[Any] = []

        async def receive() -> Any:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            answered.append(message)

        await self._app(scope, receive, send)
        return _response(answered)


def _response(messages: list[Any]) -> Any:
    start, *bodies = messages
    text = b"".join(message.get("body", b"") for message in bodies).decode("utf-8", "replace")
    headers = httpx2.Headers(start["headers"])
    return SimpleNamespace(
        status_code=start["status"], headers=headers, text=text, json=lambda: json.loads(text)
    )
