"""How tests send files: forms, bodies and signed addresses."""

from typing import Any
from urllib.parse import urlsplit

from tests.lab import CONTRACT, Lab, Person, Reply

BOUNDARY = "a-line-between"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(*parts: tuple[str, bytes], field: str = "file") -> bytes:
    """A multipart body of files, by their names as they stand in it."""
    head = 'Content-Disposition: form-data; name="{}"; filename="{}"\r\nContent-Type: x/y\r\n\r\n'
    return closed(*(head.format(field, name).encode() + content for name, content in parts))


def closed(*parts: bytes) -> bytes:
    """A multipart body of PARTS, each with its headers."""
    line = f"--{BOUNDARY}".encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def post_form(who: Person, body: bytes, **headers: str) -> Reply:
    return who.post("/assets", raw=body, headers=FORM | headers)


def post_file(who: Person, name: str | bytes, content: bytes, **headers: str) -> Reply:
    sent: Any = {"X-filename": name, "Content-Type": "application/octet-stream"} | headers
    return who.post("/assets", raw=content, headers=sent)


def signed(lab: Lab, who: Person | None = None, **attributes: Any) -> Reply:
    """An address that was asked for."""
    body = {"data": {"attributes": {"name": "cat.png"} | attributes}}
    return (who or lab.owner).post("/assets/uploads", body)


def sent_to(lab: Lab, url: str, content: bytes, method: str = "PUT", **headers: str) -> Reply:
    """The answer to who sends CONTENT to URL, without a key."""
    at = urlsplit(url)
    path = f"{at.path}?{at.query}"
    answer = lab.house.client.request(method, path, content=content, headers=headers)
    CONTRACT.check(method, path, answer.status_code, answer.headers, answer.text, content)
    return Reply(answer)


def assets(who: Person) -> list[dict[str, Any]]:
    found = who.get("/assets?sort=id").data
    return [one["attributes"] | {"id": one["id"]} for one in found]
