"""How tests speak to the face of Theos: with forms, as curl sends them; and a host of manifests."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any

from PIL import Image

from tests.app.fetching.servers import reply, serving
from tests.lab import CANARY, Lab, Person, Reply

PATIENCE = 60.0  # seconds


def picture(number: int) -> bytes:
    """A picture unlike those of other numbers."""
    out = BytesIO()
    Image.new("RGB", (64, 48), (number % 256, number // 256, 77)).save(out, "PNG")
    return out.getvalue()


class Client:
    """Somebody who speaks to Theos' face of one project, by its key in the path."""

    def __init__(self, lab: Lab, key: str | None, project: str, may_see: str = "") -> None:
        self._client = lab.house.client
        self.key, self.project = key, project
        self._may_see = may_see

    def ask(self, method: str, path: str, **sent: Any) -> Reply:
        """The answer to METHOD at PATH below /theos/v1; it is never a crash and never another tenant's."""
        headers = {"Authorization": f"Token {self.key}"} if self.key else {}
        headers |= sent.pop("headers", {})
        response = self._client.request(method, f"/theos/v1{path}", headers=headers, **sent)
        assert response.status_code < 500, response.text
        assert CANARY not in response.text or self._may_see == CANARY
        if response.status_code >= 400:
            assert {"detail", "code"} <= response.json().keys()
        return Reply(response)

    def get(self, path: str = "/") -> Reply:
        return self.ask("GET", f"/project/{self.project}/datasets{path}")

    def post(self, path: str, **fields: Any) -> Reply:
        """A form of FIELDS, in parts as curl's -F sends them; without any, a POST without a body."""
        parts = [(name, (None, value)) for name, value in fields.items()]
        return self.ask("POST", f"/project/{self.project}/datasets{path}", files=parts or None)

    def task(self, id: str) -> Any:
        """What is told of the task once it has ended."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            told = self.ask("GET", f"/tasks/{id}/").document
            if told["finished_at"]:
                return told
            time.sleep(0.03)
        raise AssertionError(told)


def client(lab: Lab, person: Person | None = None) -> Client:
    return Client(lab, (person or lab.owner).key, lab.project, lab.mark)


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.document["code"]


def dataset(lab: Lab, *classes: str) -> int:
    """A new dataset with CLASSES; its number."""
    made = client(lab).post("/create/", name="Vehicles")
    assert made.status == 201, made
    number = int(made.document["id"])
    for name in classes:
        told = client(lab).post(f"/{number}/classes/create/", name=name, color="#4AFFBA")
        assert told.status == 201, told
    return number


Serve = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def hosted(items: Callable[[str], Any], serve: Serve | None = None) -> Iterator[str]:
    """The address of a host: /manifest.json lists ITEMS, and /n.png is a picture, or what SERVE says."""
    base = ""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/manifest.json":
            listed = items(base)
            reply(handler, body=listed if isinstance(listed, bytes) else json.dumps(listed).encode())
        elif serve is not None:
            serve(handler)
        else:
            reply(handler, body=picture(int(handler.path.strip("/").partition(".")[0])))

    with serving(answer) as port:
        base = f"http://127.0.0.1:{port}"
        yield base


def uploaded(lab: Lab, number: int, items: Callable[[str], Any], serve: Serve | None = None) -> Any:
    """The upload's task, once it has ended."""
    with hosted(items, serve) as base:
        begun = client(lab).post(f"/{number}/upload/", manifest_url=f"{base}/manifest.json")
        assert begun.status == 202, begun
        return client(lab).task(begun.document["task_id"])


def of_splits(base: str) -> list[dict[str, str]]:
    """Six items: three to train, two to validate, one to test, each with an external id."""
    splits = ("train", "train", "train", "valid", "valid", "test")
    return [
        {"url": f"{base}/{n}.png", "split": split, "external_id": f"ext-{n}"}
        for n, split in enumerate(splits)
    ]


def examples(lab: Lab, number: int, split: str = "train") -> list[Any]:
    told = client(lab).post(f"/{number}/examples/", split=split)
    assert told.status == 200, told
    found: list[Any] = told.document["examples"]
    return found
