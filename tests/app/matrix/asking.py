"""Asks one row of the table of every person, at every face, and says where the answers differ."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any
from zlib import crc32

from sqlalchemy import bindparam, func, select

from app.declare import RESOURCES, Resource, ToMany
from app.storage.sqlite import SqliteDatabase
from app.storage.statement import Statement
from app.work import SYSTEM
from tests.app.jsonapi.asking import operate
from tests.app.matrix.people import Cast
from tests.app.matrix.scenes import SCENES, Scene
from tests.app.matrix.scenes.happenings import wait_for_feed
from tests.app.matrix.table import ACTIONS, BY_JOB, Line
from tests.lab import CANARY, House, Person, Reply

NOTHING = Scene()
_RPC = {-32003: "403", -32004: "404", -32009: "409", -32602: "422"}
_DONE = {"create": "201", "delete": "204"} | dict.fromkeys(BY_JOB, "202")
_MAKES = {  # what is made by a verb, of other types
    "draft": ("drafts",),
    "migrate": ("jobs",),
    "attach": ("jobs", "datasets"),
    "clone": ("jobs", "datasets"),
    "imports": ("jobs",),
    "compare": ("jobs",),
}
_USING_UP = frozenset({"delete", "restore", "next", *ACTIONS})  # a scene: it serves once


SEED = "/api/v1/dataset"
IS_CAMPAIGN = "POSTIL_CAMPAIGN_ROLES" in os.environ


@dataclass(frozen=True)
class Face:
    """A way to ask for what a row says: JSON:API at a mount, JSON-RPC, of one resource or dotted, or an
    atomic operation."""

    mount: str = ""
    is_rpc: bool = False
    is_dotted: bool = False
    is_operation: bool = False

    def __str__(self) -> str:
        if self.is_operation:
            return f"{self.mount}/operations"
        return f"{self.mount}{'' if self.is_dotted else '/x'}{'/_rpc' if self.is_rpc else ''}"


PLAIN = (Face(),)
MOUNTED = (Face(SEED),)
OPERATIONS = (Face(is_operation=True), Face(SEED, is_operation=True))
_OPS = {"create": "add", "update": "update", "delete": "remove"}
RPC = tuple(Face(mount, is_rpc=True, is_dotted=dotted) for dotted in (False, True) for mount in ("", SEED))


def ways_of(cast: Cast, line: Line) -> tuple[tuple[Face, ...], ...]:
    """The ways to ask for what LINE says; the faces of one way are taken in turn.

    A face is nothing to a database: SQLite is asked plainly, PostgreSQL at the other faces in turn.
    `make campaign-roles` asks each face in full, on both.
    """
    if line.scene in ("-", "picture"):
        return (PLAIN,)
    ways: tuple[tuple[Face, ...], ...] = (PLAIN, MOUNTED, RPC) if line.rpc else (PLAIN, MOUNTED)
    ways += (OPERATIONS,) if line.is_change and line.verb in (*_OPS, "relationship") else ()
    if IS_CAMPAIGN:
        return ways
    is_sqlite = isinstance(cast.house.database, SqliteDatabase)
    return (PLAIN,) if is_sqlite else (tuple(chain(*ways[1:])),)


def differences(cast: Cast, line: Line, faces: tuple[Face, ...] = PLAIN) -> Iterator[str]:
    """Where FACES answer otherwise than LINE has it, and where a refusal has left a trace."""
    people = list(everybody(cast))  # who is there now, and leaves no trace later
    scene = scene_of(cast, line)
    if "as_of" in line.query:
        wait_for_feed(cast.house)
    trace = trace_of(cast.house, line, scene)
    first = crc32(line.name.encode())  # so that people meet another face at every row
    for turn, (column, person) in enumerate(people, first):
        face = faces[turn % len(faces)]
        ask = _over_rpc if face.is_rpc else _over_operations if face.is_operation else _over_http
        got, wanted = ask(cast, face, line, scene, person), line.cells[column]
        if got != wanted:
            yield f"{face}: {column} got {got}, not {wanted}"
        if not line.is_change:
            continue
        if got.startswith("2"):
            scene = scene_of(cast, line) if scene.is_once or line.verb in _USING_UP else scene
            trace = trace_of(cast.house, line, scene)
        elif trace_of(cast.house, line, scene) != trace:
            yield f"{face}: {column} was refused by {got}, and something changed"


def everybody(cast: Cast) -> Iterator[tuple[str, Person]]:
    return ((column, person) for column, people in cast.columns.items() for person in people)


def scene_of(cast: Cast, line: Line) -> Scene:
    return SCENES[line.scene](cast) if line.scene != "-" else NOTHING


def trace_of(house: House, line: Line, scene: Scene) -> Any:
    """What is kept of the record, hidden columns too; of a new one: how many there are."""
    if not line.is_change:
        return None
    if line.verb in ("create", *_MAKES) or scene.id is None:
        cards = [RESOURCES[type] for type in _MAKES.get(line.verb, (line.type,))]
        return house.database.write_now(
            SYSTEM, lambda work: [work.rows(_count_of(card), {}) for card in cards]
        )
    card = RESOURCES[line.type]
    return [kept(house, RESOURCES[type], id) for type, id in ((card.type, scene.id), *scene.watched)]


@cache
def _count_of(card: Resource) -> Statement:
    return Statement(lambda: select(func.count()).select_from(card.model))


def kept(house: House, card: Resource, id: str) -> dict[str, Any]:
    """Every column of the record, in the trash or out of it."""
    row = house.database.write_now(SYSTEM, lambda work: work.rows(_row_of(card), {"id": id})[0])
    return dict(zip(card.fields, row, strict=True))


@cache
def _row_of(card: Resource) -> Statement:
    columns = [card.columns[field] for field in card.fields]
    return Statement(lambda: select(*columns).where(card.columns["id"] == bindparam("id")))


# ---- JSON:API


def _over_http(cast: Cast, face: Face, line: Line, scene: Scene, person: Person) -> str:
    if line.scene == "-":
        return _open_page(line, person)
    id = scene.id_for(person)
    is_list = line.verb in ("index", "update_many")
    asked = "&".join(filter(None, (line.query, f"filter[id]={id}" if is_list else "")))
    path = line.template.replace("{id}", id).replace("{hash}", id) + (asked and f"?{asked}")
    mount = "" if line.scene == "picture" else face.mount
    body = None if line.method == "GET" else body_of(cast, line, scene, person, is_linked=bool(mount))
    return _cell(line, person.at(mount).ask(line.method, path, body))


def _open_page(line: Line, person: Person) -> str:
    """A route that asks nobody who they are, and is no operation of the API."""
    headers = {"Authorization": f"Bearer {person.key}"} if person.key else {}
    path = line.template.replace("{name}", "swagger-ui.css")
    response = person.house.client.request(line.method, path, content=None, headers=headers)
    assert CANARY not in response.text
    return str(response.status_code)


def _cell(line: Line, reply: Reply) -> str:
    """What the table calls REPLY: of lists and links, whether there was something."""
    if line.verb == "update_many" and reply.status == 200 and not reply.document["meta"]["matched"]:
        return "none"
    is_record = line.scene != "picture"
    is_list = is_record and line.method == "GET" and line.verb in ("index", "relationship", "related")
    if reply.status != 200 or not is_list:
        return str(reply.status)
    return "sees" if reply.data else "none"


def body_of(cast: Cast, line: Line, scene: Scene, person: Person, *, is_linked: bool = False) -> Any:
    """The document that LINE is asked with; IS_LINKED: parents are given as relationships."""
    card = RESOURCES[line.type]
    match line.verb:
        case "create":
            return {"data": _new_record(card, scene.attributes(), is_linked=is_linked)}
        case "update":
            return {"data": {"type": card.type, "id": scene.id_for(person), "attributes": scene.attributes()}}
        case "update_many":
            return {"data": {"type": card.type, "attributes": scene.attributes()}}
        case "relationship":
            return {"data": _linkage(cast.house, card, line.link, str(scene.id))}
        case verb if verb in _WITH_BODY:
            return {"data": {"attributes": scene.sent or _event(cast, line)}}
    return None


_WORKED = ("start", "annotate", "review")  # steps of the default workflow
_EVENTS = ("assign", "submit", "skip", "error", "send_back", "reopen", "replay", "label")
_WITH_BODY = (
    *(*_EVENTS, *BY_JOB, "draft", "validate", "migrate", "simulate", "forecast", "preview"),
    "sign_in_link",
)
_RENAMED = {"change": "rename", "class_id": "vessel", "name": "Artery"}


def _new_record(card: Resource, attributes: dict[str, Any], *, is_linked: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"type": card.type, "attributes": attributes}
    if is_linked:
        given = {name: link for name, link in card.parents.items() if link.key in attributes}
        record["relationships"] = {
            name: {"data": {"type": f"dataset:{link.type}", "id": attributes.pop(link.key)}}
            for name, link in given.items()
        }
    return record


def _linkage(house: House, card: Resource, name: str, id: str) -> Any:
    """What is there already: a link is confirmed, and never changed."""
    link = card.link_of[name]
    if isinstance(link, ToMany):
        return []
    linked = kept(house, card, id)[link.key]
    return {"type": link.type, "id": linked} if linked else None


def _event(cast: Cast, line: Line) -> dict[str, Any]:
    if line.verb == "submit" and line.scene in ("in_review", "to_review"):
        return {"approved": True}
    sent: dict[str, dict[str, Any]] = {
        "assign": {"assigned_to_id": cast.lab.annotator.account},
        "submit": {},
        "skip": {"reason": "blurry"},
        "error": {"message": "it is black"},
        "send_back": {"reason": "the labels were renamed"},
        "reopen": {"comment": "a second look"},
        "replay": {"after": 0},
        "draft": {"content": {"annotations": []}},
        "validate": {"workflow_configuration": {"sample_rate": 0.2}},
        "migrate": {"mapping": {}},
        "simulate": {"entries": 2, "plays": 1, "paces": {step: {"seconds": 60} for step in _WORKED}},
        "forecast": {"seed": 1},
        "preview": _RENAMED,
        "apply": _RENAMED,
        "sign_in_link": {},
    }
    return sent[line.verb]


# ---- atomic operations


def _over_operations(cast: Cast, face: Face, line: Line, scene: Scene, person: Person) -> str:
    """One operation: its target by href, so that ids are taken as the address alone takes them."""
    path = line.template.replace("{id}", scene.id_for(person)) + (line.query and f"?{line.query}")
    op = _OPS.get(line.verb) or {"POST": "add", "PATCH": "update", "DELETE": "remove"}[line.method]
    body = body_of(cast, line, scene, person, is_linked=bool(face.mount)) or {}
    reply = operate(person.at(face.mount), {"op": op, "href": f"{face.mount}{path}", **body})
    return _DONE.get(line.verb, "200") if reply.status in (200, 204) else str(reply.status)


# ---- JSON-RPC


def _over_rpc(cast: Cast, face: Face, line: Line, scene: Scene, person: Person) -> str:
    type, _, name = (line.rpc or "").partition(".")
    params = params_of(cast, line, scene, person)
    path, method = ("", f"{type}.{name}") if face.is_dotted else (f"/{type}", name)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    reply = person.at(face.mount).rpc(path, body)
    if reply.status != 200:
        return str(reply.status)
    answer = reply.document
    if "error" in answer:
        return _RPC.get(answer["error"]["code"], str(answer["error"]))
    return _DONE.get(name, "200")


def params_of(cast: Cast, line: Line, scene: Scene, person: Person) -> dict[str, Any]:
    own = {} if line.verb == "create" else {"id": scene.id_for(person)}
    if line.verb in ("create", "update"):
        return own | scene.attributes()
    if line.verb in (*_EVENTS, *BY_JOB):
        return own | (scene.sent or _event(cast, line))
    return own | ({"force": True} if line.query == "force=true" else {})
