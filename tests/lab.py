"""A laboratory: one organization in the running service, its people, and how they talk to it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

from app.attributes import wire_time
from app.commands.setting_up import found_organization
from app.settings import Settings
from app.storage.database import Database
from app.work import SYSTEM
from tests.client import Client
from tests.contract import Contract

MEDIA_TYPE = "application/vnd.api+json"
CONTRACT = Contract()
CANARY = "zebra-canary-7f3a"  # stands in every string of the other tenant, and in no answer to us

ROLES = ("owner", "admin", "project_owner", "annotator", "reviewer", "outsider")


class Dice:
    """The chance that the service throws, told by the test: sampled where it is below the rate."""

    def __init__(self) -> None:
        self._value = 0.0

    def roll(self, value: float) -> None:
        self._value = value

    def __call__(self) -> float:
        return self._value


class Clock:
    """The time, told by the test: it stands still until it is moved."""

    def __init__(self) -> None:
        self._moment = datetime(2031, 1, 1, 9, tzinfo=UTC)

    def move(self, **span: float) -> None:
        """Let so many `minutes`, `days` pass."""
        self._moment += timedelta(**span)

    def __call__(self) -> str:
        return wire_time(self._moment)


@dataclass(frozen=True)
class House:
    """The running service, and what it runs on."""

    client: Client
    database: Database
    dice: Dice
    settings: Settings


class Reply:
    """An answer: its status, headers and document."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        self.headers = response.headers
        self.text: str = response.text

    @property
    def document(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        return self.document["data"]

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def attributes(self) -> Any:
        return self.data["attributes"]

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.data]

    @property
    def code(self) -> str:
        return str(self.document["errors"][0]["code"])

    @property
    def source(self) -> Any:
        return self.document["errors"][0].get("source")

    def __repr__(self) -> str:
        return f"<{self.status} {self.text[:2000]}>"


class Person:
    """Somebody with a key, who talks to the service at a mount. Without a KEY: a stranger."""

    def __init__(
        self,
        house: House,
        key: str | None,
        *,
        account: str = "",
        member: str | None = None,
        mount: str = "",
        may_see: str = "",
    ) -> None:
        self.house = house
        self.key = key
        self.account = account  # the account's id
        self.member = member  # the id of their place in the lab's project
        self.mount = mount
        self._may_see = may_see  # the canary that may stand in their answers

    def at(self, mount: str) -> "Person":
        """The same person, talking to another mount."""
        return Person(
            self.house, self.key, account=self.account, member=self.member, mount=mount, may_see=self._may_see
        )

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: Any = None,
    ) -> Reply:
        """The answer to METHOD at PATH of the mount; BODY goes as JSON, RAW as it is."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        content = raw
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = MEDIA_TYPE
        sent |= headers or {}
        url = path if path.startswith("http") else self.mount + path
        response = self.house.client.request(method, url, content=content, headers=sent)
        assert CANARY not in response.text or self._may_see == CANARY, (
            f"another tenant shows in {method} {path}"
        )
        assert response.status_code < 500, response.text
        CONTRACT.check(method, url, response.status_code, response.headers, response.text, content)
        return Reply(response)

    def get(self, path: str, **options: Any) -> Reply:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.ask("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.ask("PATCH", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.ask("DELETE", path, body, **options)

    def create(self, type: str, links: dict[str, tuple[str, str]] | None = None, **attributes: Any) -> Reply:
        """A new record of TYPE; LINKS are name -> (type, id)."""
        data: dict[str, Any] = {"type": type, "attributes": attributes}
        if "id" in attributes:
            data["id"] = attributes.pop("id")
        if links:
            data["relationships"] = {
                name: {"data": {"type": kind, "id": id}} for name, (kind, id) in links.items()
            }
        return self.post(f"/{type}", {"data": data})

    def update(self, type: str, id: str, **attributes: Any) -> Reply:
        return self.patch(f"/{type}/{id}", {"data": {"type": type, "id": id, "attributes": attributes}})

    def act(self, entry: str, event: str, **attributes: Any) -> Reply:
        """An event of an entry: submit, error, assign, select."""
        method = "PATCH" if event == "assign" else "POST"
        body = {"data": {"attributes": attributes}} if attributes else None
        return self.ask(method, f"/entries/{entry}/{event}", body)

    def rpc(self, path: str, body: Any, **options: Any) -> Reply:
        return self.post(f"{path}/_rpc", body, **options)

    def call(self, path: str, method: str, **params: Any) -> Any:
        """The answer object of one JSON-RPC call."""
        return self.rpc(path, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).document


class Lab:
    """An organization with a project, a dataset, and people of every role (`lab.owner`, `lab.annotator`).

    MARK stands in every string that it makes.
    """

    def __init__(self, house: House, name: str, mark: str = "") -> None:
        self.house = house
        self.mark = mark
        self.name = f"{mark}{name}"
        made = house.database.write_now(
            SYSTEM,
            lambda work: found_organization(work, f"{mark}owner@{name.replace(' ', '')}.example", self.name),
        )
        self.organization = made["organization_id"]
        self.owner = Person(house, made["api_key"], account=made["account_id"], may_see=mark)
        self.stranger = Person(house, None)

    @cached_property
    def project(self) -> str:
        return self._made(
            self.owner.create("projects", name=f"{self.mark}Retina", organization_id=self.organization)
        )

    @cached_property
    def dataset(self) -> str:
        return self.new_dataset()

    @cached_property
    def entry(self) -> str:
        return self.new_entry()

    @cached_property
    def admin(self) -> Person:
        return self.person(organization_role="admin")

    @cached_property
    def project_owner(self) -> Person:
        return self.person("project_owner")

    @cached_property
    def annotator(self) -> Person:
        return self.person("annotator")

    @cached_property
    def reviewer(self) -> Person:
        return self.person("reviewer")

    @cached_property
    def outsider(self) -> Person:
        """A member of the organization and of no project."""
        return self.person()

    def person(
        self, role: str | None = None, organization_role: str = "member", project: str | None = None
    ) -> Person:
        """A new account, with a key of every scope, and a place in the project where a ROLE is named."""
        number = len(self.owner.get("/accounts").data)
        account = self._made(
            self.owner.create(
                "accounts",
                email=f"{self.mark}p{number}@{self.organization[-12:]}.example",
                name=f"{self.mark}Person {number}",
                organization_role=organization_role,
            )
        )
        member = self.join(account, role, project) if role else None
        return Person(self.house, self.key(account), account=account, member=member, may_see=self.mark)

    def join(self, account: str, role: str, project: str | None = None) -> str:
        """A place for ACCOUNT in the project; its id."""
        return self._made(
            self.owner.create(
                "project_members", account_id=account, project_id=project or self.project, role=role
            )
        )

    def key(self, account: str, scopes: tuple[str, ...] = ("read", "write", "admin")) -> str:
        reply = self.owner.create("api_keys", account_id=account, scopes=list(scopes))
        assert reply.status == 201, reply
        return str(reply.document["meta"]["secret"])

    def new_dataset(self, sample_rate: float = 1.0, **attributes: Any) -> str:
        return self._made(
            self.owner.create(
                "datasets",
                project_id=attributes.pop("project_id", None) or self.project,
                name=attributes.pop("name", f"{self.mark}Left eyes"),
                workflow_configuration={"sample_rate": sample_rate},
                **attributes,
            )
        )

    def new_entry(self, **attributes: Any) -> str:
        attributes.setdefault("resource", f"{self.mark}picture.png")
        attributes.setdefault("dataset_id", self.dataset)
        return self._made(self.owner.create("entries", **attributes))

    def new_annotation(self, entry: str | None = None, **attributes: Any) -> str:
        attributes.setdefault("dimensions", {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4})
        attributes.setdefault("annotation", {"label": f"{self.mark}vessel"})
        return self._made(self.owner.create("annotations", entry_id=entry or self.entry, **attributes))

    def new_feed(self, entry: str | None = None, **attributes: Any) -> str:
        attributes.setdefault("content_md", f"{self.mark}Is it one?")
        return self._made(self.owner.create("note_feeds", entry_id=entry or self.entry, **attributes))

    def at(self, step: str, holder: Person | None = None, dataset: str | None = None) -> str:
        """A new entry that has come to STEP: start, annotate, review, done, error."""
        annotator = holder or self.annotator
        entry = self.new_entry(dataset_id=dataset or self.dataset)
        if step == "start":
            return entry
        self._moved(annotator.act(entry, "submit"))
        if step == "annotate":
            return entry
        if step == "error":
            self._moved(annotator.act(entry, "error", message="it is black"))
            return entry
        self.house.dice.roll(0.0)  # always reviewed
        self._moved(annotator.act(entry, "submit"))
        if step == "done":
            self._moved(self.owner.act(entry, "submit", approved=True))
        return entry

    def _made(self, reply: Reply) -> str:
        assert reply.status == 201, reply
        return reply.id

    def _moved(self, reply: Reply) -> None:
        assert reply.status == 200, reply


def escaped(text: str) -> str:
    """TEXT for a query string."""
    return quote(text, safe="")
