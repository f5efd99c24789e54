"""Speaks Segments' API for one account, and holds every answer against the contract of the face."""

import json
import re
import time
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft7Validator
from PIL import Image

from app.web.vendors.segments.face import FACE
from tests.lab import CANARY, Lab, Person

WIDTH, HEIGHT = 30, 20
PATIENCE = 60  # seconds until a job has ended
TASK = {
    "format_version": "0.1",
    "categories": [{"id": 1, "name": "cat", "color": [255, 0, 0]}, {"id": 2, "name": "dog"}],
}
BOX = {"id": 1, "category_id": 1, "type": "bbox", "points": [[1.0, 2.0], [10.0, 12.0]]}
BOXES = {"format_version": "0.1", "annotations": [BOX]}


class Answer:
    """What was answered: its status, its text, and what that spells."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.text: str = response.text
        self.content: bytes = response.content

    @property
    def value(self) -> Any:
        return json.loads(self.text)

    def __repr__(self) -> str:
        return f"<{self.status} {self.text[:1500]}>"


class Client:
    """Somebody with a key, as the SDK speaks: at the root, by the scheme APIKey."""

    def __init__(self, person: Person, *, source: str | None = "python-sdk") -> None:
        self.person = person
        self.http = person.house.client
        self._headers = {"Authorization": f"APIKey {person.key}"} if person.key else {}
        if source:
            self._headers |= {"X-source": source, "Segments-SDK-Version": "1.33.0"}

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: Any = None,
    ) -> Answer:
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = self._headers | ({"Content-Type": "application/json"} if content is not None else {})
        answer = Answer(self.http.request(method, path, content=content, headers=sent | (headers or {})))
        assert answer.status < 500, answer
        assert CANARY not in answer.text
        check(method, path, answer)
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.ask("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.ask("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.ask("PATCH", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.ask("DELETE", path, body, **options)

    @property
    def name(self) -> str:
        return str(self.get("/user").value["username"])

    def dataset(self, name: str = "cats", **more: Any) -> str:
        """The path of a new dataset: /datasets/owner/name."""
        body = {"name": name, "task_type": "vector", "task_attributes": TASK} | more
        made = self.post("/user/datasets/", body)
        assert made.status == 201, made
        return f"/datasets/{made.value['full_name']}"

    def asset(self, content: bytes, name: str = "one.png") -> str:
        """The address of a new asset."""
        asked = self.post("/assets/", {"filename": name})
        assert asked.status == 201, asked
        form = asked.value["presignedPostFields"]
        sent = self.http.post(form["url"], data=form["fields"], files={"file": content})
        assert (sent.status_code, sent.text) == (204, ""), sent.text
        return str(asked.value["url"])

    def sample(self, at: str, name: str = "one.png", **more: Any) -> str:
        """The uuid of a new sample of the dataset AT."""
        attributes = {"image": {"url": "https://example.org/one.png"}}
        made = self.post(f"{at}/samples/", {"name": name, "attributes": attributes} | more)
        assert made.status == 201, made
        return str(made.value["uuid"])

    def until(self, path: str, status: str) -> Any:
        """What is at PATH once it has STATUS."""
        until = time.monotonic() + PATIENCE
        while (told := self.get(path).value)["status"] != status:
            assert time.monotonic() < until, told
            time.sleep(0.05)
        return told


def picture(shade: int = 100) -> bytes:
    file = BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (shade, shade, 0)).save(file, "PNG")
    return file.getvalue()


def mask(*rectangles: tuple[int, int, int, int, int]) -> bytes:
    """A picture of ids: each of RECTANGLES is an id, x, y, width and height."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 255))
    for id, x, y, width, height in rectangles:
        image.paste((id & 255, id >> 8 & 255, id >> 16, 255), (x, y, x + width, y + height))
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def ids_in(content: bytes) -> dict[int, int]:
    """How many pixels each id has in the picture CONTENT."""
    image = Image.open(BytesIO(content))
    assert (image.mode, image.size) == ("RGBA", (WIDTH, HEIGHT))
    pixels = image.tobytes()
    found: dict[int, int] = {}
    for start in range(0, len(pixels), 4):
        r, g, b, alpha = pixels[start : start + 4]
        assert alpha == 255
        id = r + 256 * g + 65536 * b
        found[id] = found.get(id, 0) + 1
    return found


def client_of(lab: Lab) -> Client:
    return Client(lab.owner)


# ---- the contract


def check(method: str, url: str, answer: Answer) -> None:
    """Raise AssertionError where ANSWER is not what the face's contract says of METHOD at URL."""
    path = urlsplit(url).path
    route = next(
        (one for one in FACE.routes if one.method == method and _pattern(one.path).fullmatch(path)), None
    )
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/json", answer
        if method != "HEAD":
            assert isinstance(answer.value["detail"], str), answer
        return
    assert route is not None, f"{method} {path} is no route of the face"
    if answer.status == 204:
        assert answer.text == ""
    elif not route.is_open and method != "HEAD":
        Draft7Validator(_closed(json.dumps(route.answers[answer.status]))).validate(answer.value)


@cache
def _closed(schema: str) -> Any:
    """SCHEMA as of JSON Schema, whose null is a type."""

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(one) for one in value]
        if not isinstance(value, dict):
            return value
        plain = {name: read(one) for name, one in value.items() if name != "nullable"}
        if value.get("nullable") is True and isinstance(plain.get("type"), str):
            plain["type"] = [plain["type"], "null"]
        return plain

    return read(json.loads(schema))


@cache
def _pattern(path: str) -> re.Pattern[str]:
    path = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path.rstrip("/")))
    return re.compile(rf"(/segments)?{path}/?")
