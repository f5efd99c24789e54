"""What the rows of roles.md happen on: each scene makes its records anew, and says what is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from app.resources import files
from app.work import SYSTEM
from tests.app.matrix.people import Cast
from tests.lab import Person, Reply

PICTURE = b"\x89PNG\r\n\x1a\nnothing more"


@dataclass(frozen=True)
class Scene:
    """A record, and the attributes that a change or an action sends. No id: one's own account."""

    id: str | None = None
    sent: dict[str, Any] = field(default_factory=dict)
    renewed: tuple[str, ...] = ()  # the attributes that are sent with a new value every time
    is_once: bool = False  # whether what is sent can be done but once

    def id_for(self, person: Person) -> str:
        return self.id or person.account or "0190a1b2-0000-7000-8000-000000000001"

    def attributes(self) -> dict[str, Any]:
        return self.sent | {name: _NEW.get(name, unique)() for name in self.renewed}


def unique() -> str:
    return f"x{uuid4().hex[:12]}"


_NEW: dict[str, Callable[[], Any]] = {
    "email": lambda: f"{unique()}@new.example",
    "annotation": lambda: {"label": unique()},
}

Make = Callable[[Cast], Scene]
SCENES: dict[str, Make] = {}


def scene(make: Make) -> Make:
    """Enter MAKE under its name."""
    SCENES[make.__name__] = make
    return make


def made(reply: Reply) -> str:
    assert reply.status == 201, reply
    return reply.id


def moved(reply: Reply) -> None:
    assert reply.status in (200, 204), reply


# ---- the organization: its people and their keys


@scene
def organization(cast: Cast) -> Scene:
    return Scene(cast.lab.organization, renewed=("name",))


def _account(cast: Cast, role: str = "member") -> str:
    email = f"{unique()}@somewhere.example"
    return made(cast.lab.owner.create("accounts", email=email, organization_role=role))


@scene
def bystander(cast: Cast) -> Scene:
    account = _account(cast)
    cast.lab.key(account)
    return Scene(account, renewed=("name",))


@scene
def bystander_to_admin(cast: Cast) -> Scene:
    return Scene(_account(cast), {"organization_role": "admin"}, is_once=True)


@scene
def another_owner(cast: Cast) -> Scene:
    return Scene(_account(cast, "owner"), renewed=("name",))


@scene
def own_name(cast: Cast) -> Scene:
    return Scene(None, renewed=("name",))


@scene
def own_username(cast: Cast) -> Scene:
    return Scene(None, renewed=("username",))


def _new_account(cast: Cast, role: str) -> Scene:
    sent = {"organization_id": cast.lab.organization, "organization_role": role}
    return Scene(sent=sent, renewed=("email",))


@scene
def member_in_organization(cast: Cast) -> Scene:
    return _new_account(cast, "member")


@scene
def admin_in_organization(cast: Cast) -> Scene:
    return _new_account(cast, "admin")


@scene
def owner_in_organization(cast: Cast) -> Scene:
    return _new_account(cast, "owner")


@scene
def own_key(cast: Cast) -> Scene:
    return Scene(sent={"scopes": ["read"]}, renewed=("name",))


@scene
def new_key_of_bystander(cast: Cast) -> Scene:
    return Scene(sent={"account_id": _account(cast), "scopes": ["read"]})


@scene
def new_key_of_owner(cast: Cast) -> Scene:
    return Scene(sent={"account_id": cast.lab.owner.account, "scopes": ["read"]})


@scene
def key_of_annotator(cast: Cast) -> Scene:
    id = made(cast.lab.owner.create("api_keys", account_id=cast.lab.annotator.account))
    return Scene(id, renewed=("name",))


@scene
def key_of_owner(cast: Cast) -> Scene:
    id = made(cast.lab.owner.create("api_keys", account_id=cast.lab.owner.account))
    return Scene(id, renewed=("name",))


@scene
def picture(cast: Cast) -> Scene:
    lab, folder = cast.lab, cast.house.settings.data
    return Scene(
        cast.house.database.write_now(
            SYSTEM, lambda work: files.keep(work, folder, lab.organization, PICTURE)
        )
    )


# ---- the project and its people


@scene
def in_organization(cast: Cast) -> Scene:
    return Scene(sent={"organization_id": cast.lab.organization, "name": "Hearts"})


@scene
def project(cast: Cast) -> Scene:
    _ = cast.lab.dataset
    return Scene(cast.lab.project, renewed=("name",))


@scene
def another_project(cast: Cast) -> Scene:
    """A project with the same people as the first."""
    lab = cast.lab
    project = made(lab.owner.create("projects", name="Livers", organization_id=lab.organization))
    for column, role in (
        ("lead", "project_owner"),
        ("annotator", "annotator"),
        ("idle_annotator", "annotator"),
        ("reviewer", "reviewer"),
        ("idle_reviewer", "reviewer"),
    ):
        lab.join(cast.columns[column][0].account, role, project)
    return Scene(project)


def _place(cast: Cast, role: str = "annotator") -> str:
    return cast.lab.join(_account(cast), role)


@scene
def place(cast: Cast) -> Scene:
    return Scene(_place(cast), renewed=("name",))


@scene
def place_to_reviewer(cast: Cast) -> Scene:
    return Scene(_place(cast), {"role": "reviewer"}, is_once=True)


@scene
def place_to_project_owner(cast: Cast) -> Scene:
    return Scene(_place(cast), {"role": "project_owner"}, is_once=True)


def _given_up(cast: Cast, role: str) -> Scene:
    """A disabled place, to be enabled again."""
    id = _place(cast, role)
    moved(cast.lab.owner.delete(f"/project_members/{id}"))
    return Scene(id, {"disabled_at": None}, is_once=True)


@scene
def place_back(cast: Cast) -> Scene:
    return _given_up(cast, "reviewer")


@scene
def place_of_project_owner_back(cast: Cast) -> Scene:
    return _given_up(cast, "project_owner")


def _newcomer(cast: Cast, role: str) -> Scene:
    sent = {"project_id": cast.lab.project, "account_id": _account(cast), "role": role}
    return Scene(sent=sent, is_once=True)


@scene
def newcomer(cast: Cast) -> Scene:
    return _newcomer(cast, "annotator")


@scene
def newcomer_as_project_owner(cast: Cast) -> Scene:
    return _newcomer(cast, "project_owner")


# ---- datasets and entries


@scene
def in_project(cast: Cast) -> Scene:
    return Scene(sent={"project_id": cast.lab.project, "name": "Right eyes"})


@scene
def dataset(cast: Cast) -> Scene:
    return Scene(cast.lab.dataset, renewed=("name",))


@scene
def empty_dataset(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset())


@scene
def begun_dataset(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    cast.lab.at("annotate", dataset=dataset)
    return Scene(dataset)


@scene
def dataset_of_free(cast: Cast) -> Scene:
    dataset = cast.lab.new_dataset()
    cast.lab.new_entry(dataset_id=dataset)
    return Scene(dataset)


@scene
def in_dataset(cast: Cast) -> Scene:
    return Scene(sent={"dataset_id": cast.lab.dataset, "resource": "new.png"})


def _entry(cast: Cast, step: str, is_taken: bool = False) -> Scene:
    """An entry that has come to STEP by the annotator's hands, and then IS_TAKEN by the reviewer."""
    entry = cast.lab.at(step)
    if is_taken:
        moved(cast.lab.reviewer.act(entry, "select"))
    return Scene(entry, renewed=("resource",))


@scene
def free(cast: Cast) -> Scene:
    return _entry(cast, "start")


@scene
def annotated(cast: Cast) -> Scene:
    return _entry(cast, "annotate")


@scene
def to_review(cast: Cast) -> Scene:
    return _entry(cast, "review")


@scene
def in_review(cast: Cast) -> Scene:
    entry = _feed(cast, cast.lab.annotator)[0]
    _pass_on(cast, entry)
    return Scene(entry, renewed=("resource",))


@scene
def rejected(cast: Cast) -> Scene:
    entry = _entry(cast, "review", is_taken=True)
    moved(cast.lab.reviewer.act(str(entry.id), "submit", approved=False))
    moved(cast.lab.annotator.act(str(entry.id), "submit"))
    return entry


@scene
def done(cast: Cast) -> Scene:
    entry = _entry(cast, "review", is_taken=True)
    moved(cast.lab.reviewer.act(str(entry.id), "submit", approved=True))
    return entry


@scene
def faulty(cast: Cast) -> Scene:
    return _entry(cast, "error")


# ---- annotations and notes: by the annotator, where no other is named


def _pass_on(cast: Cast, entry: str | None) -> None:
    """The annotator submits ENTRY, and the reviewer takes it."""
    cast.house.dice.roll(0.0)
    moved(cast.lab.annotator.act(str(entry), "submit"))
    moved(cast.lab.reviewer.act(str(entry), "select"))


def _mark(entry: str | None) -> dict[str, Any]:
    return {"entry_id": entry, "dimensions": {"type": "point"}, "annotation": {"label": "vessel"}}


def _annotation(cast: Cast) -> tuple[str, str]:
    """A held entry, and an annotation on it."""
    entry = cast.lab.at("annotate")
    return entry, made(cast.lab.annotator.create("annotations", **_mark(entry)))


@scene
def annotation(cast: Cast) -> Scene:
    entry, id = _annotation(cast)
    pin: dict[str, Any] = {"entry_id": entry, "annotation_id": id, "anchor_type": "annotation"}
    made(cast.lab.annotator.create("note_feeds", **pin))
    return Scene(id, renewed=("annotation",))


@scene
def annotation_in_review(cast: Cast) -> Scene:
    entry, id = _annotation(cast)
    _pass_on(cast, entry)
    return Scene(id, renewed=("annotation",))


@scene
def annotation_of_done(cast: Cast) -> Scene:
    entry, id = _annotation(cast)
    _pass_on(cast, entry)
    moved(cast.lab.reviewer.act(entry, "submit", approved=True))
    return Scene(id, renewed=("annotation",))


@scene
def on_free(cast: Cast) -> Scene:
    return Scene(sent=_mark(free(cast).id))


@scene
def on_annotated(cast: Cast) -> Scene:
    return Scene(sent=_mark(annotated(cast).id))


@scene
def on_in_review(cast: Cast) -> Scene:
    return Scene(sent=_mark(in_review(cast).id))


@scene
def on_done(cast: Cast) -> Scene:
    return Scene(sent=_mark(done(cast).id))


def _feed(cast: Cast, author: Person, is_pinned: bool = False) -> tuple[str, str]:
    """A held entry, and a feed on it."""
    entry, annotation = _annotation(cast)
    pin: dict[str, Any] = {"annotation_id": annotation, "anchor_type": "annotation"} if is_pinned else {}
    return entry, made(author.create("note_feeds", entry_id=entry, content_md="One?", **pin))


@scene
def feed(cast: Cast) -> Scene:
    return Scene(_feed(cast, cast.lab.annotator)[1], renewed=("content_md",))


@scene
def feed_of_lead(cast: Cast) -> Scene:
    return Scene(_feed(cast, cast.lab.project_owner)[1], renewed=("content_md",))


@scene
def feed_in_review(cast: Cast) -> Scene:
    entry, id = _feed(cast, cast.lab.annotator)
    made(cast.lab.annotator.create("note_comments", note_feed_id=id, content_md="Two."))
    _pass_on(cast, entry)
    return Scene(id, renewed=("content_md",))


@scene
def pinned_feed_in_review(cast: Cast) -> Scene:
    entry, id = _feed(cast, cast.lab.annotator, is_pinned=True)
    _pass_on(cast, entry)
    return Scene(id)


@scene
def note_on_free(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": free(cast).id})


@scene
def note_on_annotated(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": annotated(cast).id})


@scene
def note_on_in_review(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": in_review(cast).id})


@scene
def note_on_done(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": done(cast).id})


@scene
def in_feed(cast: Cast) -> Scene:
    return Scene(sent={"note_feed_id": feed(cast).id, "content_md": "Three."})


@scene
def in_feed_in_review(cast: Cast) -> Scene:
    return Scene(sent={"note_feed_id": feed_in_review(cast).id, "content_md": "Three."})


def _comment(cast: Cast, author: Person) -> Scene:
    entry, feed = _feed(cast, cast.lab.annotator)
    id = made(author.create("note_comments", note_feed_id=feed, content_md="Four."))
    _pass_on(cast, entry)
    return Scene(id, renewed=("content_md",))


@scene
def comment(cast: Cast) -> Scene:
    return _comment(cast, cast.lab.annotator)


@scene
def comment_of_lead(cast: Cast) -> Scene:
    return _comment(cast, cast.lab.project_owner)
