"""Who talks to the face as DataGym's clients do, and looks whether answers are what its contract says."""

import io
import re
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator
from PIL import Image

from app.web.vendors.datagym.routes import FACE
from tests.app.formats.datagym_samples import ENTRIES
from tests.lab import CANARY, House, Lab

API = "/datagym/api/v1"
LATER = 10**13  # milliseconds: after whatever a test does
# What DataGym's client takes in an answer that is none of 500; anything else is a TypeError there.
KNOWN = {
    *("status_code", "status", "error", "message", "timestamp", "path"),
    *("key", "params", "msg", "code", "details"),
}
PARAMS = {"ex_notfound": 3, "ex_alreadyexists": 3, "ex_already_contains": 2}
WIDTH, HEIGHT = 40, 30


@cache
def validators() -> list[tuple[str, re.Pattern[str], dict[int, Draft202012Validator]]]:
    return [
        (
            route.method,
            re.compile("/datagym" + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route.path))),
            {status: Draft202012Validator(dict(schema)) for status, schema in route.answers.items()},
        )
        for route in FACE.routes
    ]


class Reply:
    """An answer."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = response.content
        self.text: str = response.text
        self.url = str(response.url)
        self.response = response

    @property
    def json(self) -> Any:
        return self.response.json()

    @property
    def key(self) -> str:
        return str(self.json["key"])

    def __repr__(self) -> str:
        return f"<{self.status} {self.text[:1000]}>"


@dataclass
class Client:
    """Somebody with a KEY; by HEADER where their client is 0.5.2 or older."""

    house: House
    key: str | None
    by_header: bool = False
    may_see: str = ""

    def ask(self, method: str, path: str, **options: Any) -> Reply:
        """The answer at PATH below the API, or below the mount where it begins with a slash."""
        url = f"/datagym/{path}" if path.startswith("/") else f"{API}/{path}"
        if path.startswith("http"):
            url = path
        headers = dict(options.pop("headers", {}))
        params = dict(options.pop("params", {}))
        if self.key and self.by_header:
            headers["Authorization"] = f"Token {self.key}"
        elif self.key:
            params["token"] = self.key
        response = self.house.client.request(
            method, url, params=params or None, headers=headers, follow_redirects=False, **options
        )
        assert CANARY not in response.text or self.may_see == CANARY, f"another tenant shows in {path}"
        reply = Reply(response)
        check(method, response.request.url.raw_path.decode().partition("?")[0], reply)
        return reply

    def get(self, path: str, **options: Any) -> Reply:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return (
            self.ask("POST", path, json=body, **options)
            if body is not None
            else self.ask("POST", path, **options)
        )

    def put(self, path: str, body: Any = None) -> Reply:
        return self.ask("PUT", path, json=body) if body is not None else self.ask("PUT", path)

    def delete(self, path: str) -> Reply:
        return self.ask("DELETE", path)

    # ---- what most tests begin with

    def dataset(self, name: str = "Cars", **members: Any) -> str:
        reply = self.post("dataset", {"name": name, "shortDescription": None} | members)
        assert reply.status == 200, reply
        return str(reply.json["id"])

    def upload(self, dataset: str, name: str = "a.png", content: bytes | None = None) -> Reply:
        content = png() if content is None else content
        return self.ask("POST", f"media/{dataset}/file", content=content, headers={"X-filename": name})

    def medium(self, dataset: str, name: str = "a.png", shade: int = 1) -> str:
        reply = self.upload(dataset, name, png(shade))
        assert reply.status == 200, reply
        return str(reply.json["id"])

    def attach(self, project: str, dataset: str) -> None:
        assert self.post(f"project/{project}/dataset/{dataset}").status == 200

    def declare(self, config: str, entries: Any = ENTRIES) -> Any:
        assert self.delete(f"/api/v1/config/{config}").status == 200
        reply = self.put(f"/api/v1/config/{config}", entries)
        assert reply.status == 200, reply
        return reply.json

    def tasks(self, project: str, **params: Any) -> list[Any]:
        reply = self.get(f"task/{project}/list", params=params)
        assert reply.status == 200, reply
        found: list[Any] = reply.json
        return found

    def imported(self, project: str, *items: Any) -> None:
        reply = self.post(f"project/{project}/prediction", list(items))
        assert (reply.status, reply.json) == (200, {"errorMessages": ""}), reply

    def complete(self, task: str, known: int = LATER) -> Reply:
        return self.put(f"task/{task}/completeTask", {"lastChangedConfig": known})

    def exported(self, project: str) -> list[Any]:
        reply = self.get(f"export/{project}")
        assert reply.status == 200, reply
        found: list[Any] = reply.json
        return found


def check(method: str, path: str, reply: Reply) -> None:
    """Raise AssertionError where REPLY is not what the contract, or DataGym's client, takes."""
    if method == "HEAD":
        assert reply.content == b""
        return
    if reply.status >= 400:
        body = reply.json
        assert set(body) <= KNOWN, body
        assert body["key"].startswith("ex_"), body
        assert body["code"] == reply.status
        assert len(body["params"]) >= PARAMS.get(body["key"], 0), body
        assert all(isinstance(one, str) for one in body["params"])
        assert reply.status != 500 or body["key"].startswith("ex_gen_"), body
        return
    for verb, pattern, schemas in validators():
        is_json = reply.headers.get("content-type", "").startswith("application/json")
        if verb == method and pattern.fullmatch(path) and is_json and reply.content:
            schemas[reply.status].validate(reply.json)
            return


def client(lab: Lab, person: Any = None, **options: Any) -> Client:
    """The owner of LAB, or another PERSON of it, at the face."""
    return Client(lab.house, (person or lab.owner).key, **options)


def png(shade: int = 1, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (shade % 256, 100, 200)).save(out, "PNG")
    return out.getvalue()


MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64)


def now() -> int:
    return int(time.time() * 1000)
