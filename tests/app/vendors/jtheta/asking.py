"""How tests speak to the face of JTheta: as who has a key, with JSON or with a form of pictures."""

from io import BytesIO
from typing import Any

from PIL import Image

from tests.lab import CANARY, Lab, Person, Reply


class Client:
    """Somebody who speaks to JTheta's face; KEY None: nobody that is known."""

    def __init__(self, lab: Lab, key: str | None, may_see: str = "") -> None:
        self._client = lab.house.client
        self.key = key
        self._may_see = may_see

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **sent: Any) -> Reply:
        """The answer, which is never a crash and never another tenant's; redirections are not followed."""
        key = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        url = f"/jtheta{path}" if path.startswith("/") else path
        response = self._client.request(
            method, url, headers=key | (headers or {}), follow_redirects=False, **sent
        )
        assert response.status_code < 500, response.text
        assert CANARY not in response.text or self._may_see == CANARY
        if response.status_code >= 400:
            assert {"detail", "code"} <= response.json().keys()
        return Reply(response)

    def get(self, path: str, **sent: Any) -> Reply:
        return self.ask("GET", path, **sent)

    def post(self, path: str, body: Any = None, **sent: Any) -> Reply:
        return self.ask("POST", path, json=body, **sent)

    def form(
        self, path: str, *files: tuple[Any, bytes], media_type: str = "image/jpeg", **fields: str
    ) -> Reply:
        parts = [("images", (name, content, media_type)) for name, content in files]
        return self.ask("POST", path, data=fields, files=parts or None)


def client(lab: Lab, person: Person | None = None) -> Client:
    who = person or lab.owner
    return Client(lab, who.key, lab.mark)


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.document["code"]


def picture(number: int = 0, kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    """A picture unlike those of other numbers."""
    out = BytesIO()
    colour = (number * 40 % 256, number % 256, 90)
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def project(lab: Lab, title: str = "Retina X", category: str = "Medical Imaging") -> int:
    made = client(lab).post("/create_project/", {"project_title": title, "project_category": category})
    assert made.status == 201, made
    return int(made.document["id"])


def dataset(lab: Lab, title: str = "Retina X", count: int = 3, name: str = "Slides") -> dict[str, Any]:
    """A dataset of COUNT pictures in a new project; what was told of it."""
    project(lab, title)
    files = [(f"{n}.png", picture(n)) for n in range(count)]
    made = client(lab).form("/create_dataset/", *files, dataset_name=name, project_name=title)
    assert made.status == 201, made
    told: dict[str, Any] = made.document
    return told
