"""What the rows of roles.md happen on: each scene makes its records anew, and says what is sent."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, func, insert, select
from sqlmodel import col

from app.operations.changes import Event
from app.resources import webhook_rows
from app.resources.job_errors import JobError
from app.resources.jobs import enqueue
from app.storage.statement import Statement
from app.work import SYSTEM, Actor, Work
from tests.app.filing import keep, picture_of
from tests.app.matrix.people import Cast
from tests.lab import House, Lab, Person, Reply

PICTURE = picture_of("PNG")


@dataclass(frozen=True)
class Scene:
    """A record, and the attributes that a change or an action sends. No id: one's own account."""

    id: str | None = None
    sent: dict[str, Any] = field(default_factory=dict)
    renewed: tuple[str, ...] = ()  # the attributes that are sent with a new value every time
    watched: tuple[tuple[str, str], ...] = ()  # the types and ids of what else a refusal leaves alone
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
    "content": lambda: {"annotations": [], "remark": unique()},
    "score": lambda: int(unique()[1:5], 16) / 65536,
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
    return Scene(keep(cast.lab, PICTURE))


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
def place_to_pause(cast: Cast) -> Scene:
    return Scene(_place(cast), {"paused_at": "2026-01-31T12:00:00.000000Z"}, is_once=True)


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
def dataset_to_pause(cast: Cast) -> Scene:
    return Scene(cast.lab.new_dataset(), {"paused_steps": ["review"]}, is_once=True)


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
def workflow_version(cast: Cast) -> Scene:
    """The first and only version of the workflow of a dataset."""
    (id,) = cast.lab.owner.get(f"/datasets/{cast.lab.dataset}/workflow_versions").ids
    return Scene(str(id))


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


@scene
def reopened(cast: Cast) -> Scene:
    """A reviewed entry that is free at its start again: the reviewer knows it, and does not work it there."""
    entry = str(done(cast).id)
    moved(cast.lab.owner.act(entry, "reopen", step="start"))
    moved(cast.lab.owner.act(entry, "assign", assigned_to_id=None))
    return Scene(entry)


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


# ---- the trash: what was deleted by who made it


def _trashed(cast: Cast, type: str, scene: Scene) -> Scene:
    moved(cast.lab.owner.delete(f"/{type}/{scene.id}{'?force=true' if type == 'entries' else ''}"))
    return Scene(scene.id)


@scene
def trashed_account(cast: Cast) -> Scene:
    return _trashed(cast, "accounts", bystander(cast))


@scene
def trashed_owner(cast: Cast) -> Scene:
    return _trashed(cast, "accounts", another_owner(cast))


@scene
def trashed_project(cast: Cast) -> Scene:
    return _trashed(cast, "projects", another_project(cast))


@scene
def trashed_dataset(cast: Cast) -> Scene:
    return _trashed(cast, "datasets", empty_dataset(cast))


@scene
def trashed_free(cast: Cast) -> Scene:
    return _trashed(cast, "entries", free(cast))


@scene
def trashed_annotated(cast: Cast) -> Scene:
    return _trashed(cast, "entries", annotated(cast))


@scene
def trashed_annotation(cast: Cast) -> Scene:
    return _trashed(cast, "annotations", annotation(cast))


@scene
def trashed_annotation_in_review(cast: Cast) -> Scene:
    return _trashed(cast, "annotations", annotation_in_review(cast))


@scene
def trashed_annotation_of_done(cast: Cast) -> Scene:
    """Deleted while the entry was in review, which is completed by now."""
    entry, id = _annotation(cast)
    _pass_on(cast, entry)
    moved(cast.lab.owner.delete(f"/annotations/{id}"))
    moved(cast.lab.reviewer.act(entry, "submit", approved=True))
    return Scene(id)


@scene
def trashed_feed(cast: Cast) -> Scene:
    return _trashed(cast, "note_feeds", feed(cast))


@scene
def trashed_feed_in_review(cast: Cast) -> Scene:
    return _trashed(cast, "note_feeds", feed_in_review(cast))


@scene
def trashed_comment(cast: Cast) -> Scene:
    return _trashed(cast, "note_comments", comment(cast))


@scene
def trashed_draft(cast: Cast) -> Scene:
    return _trashed(cast, "drafts", draft(cast))


@scene
def trashed_reference_answer(cast: Cast) -> Scene:
    return _trashed(cast, "reference_answers", reference_answer(cast))


@scene
def trashed_webhook(cast: Cast) -> Scene:
    return _trashed(cast, "webhooks", webhook(cast))


# ---- the queue, and what is kept on the way


def _served(cast: Cast, step: str) -> Scene:
    """A dataset of one entry, which is at STEP."""
    dataset = cast.lab.new_dataset()
    return Scene(dataset, watched=(("entries", cast.lab.at(step, dataset=dataset)),))


@scene
def dataset_with_free(cast: Cast) -> Scene:
    return _served(cast, "start")


@scene
def dataset_to_review(cast: Cast) -> Scene:
    return _served(cast, "review")


@scene
def project_with_free(cast: Cast) -> Scene:
    project = str(another_project(cast).id)
    entry = cast.lab.new_entry(dataset_id=cast.lab.new_dataset(project_id=project))
    return Scene(project, watched=(("entries", entry),))


def _draft(cast: Cast) -> tuple[str, str]:
    """A held entry, and the work on it that the annotator saved."""
    entry = cast.lab.at("annotate")
    body: dict[str, Any] = {"data": {"attributes": {"content": {"annotations": []}}}}
    reply = cast.lab.annotator.ask("PUT", f"/entries/{entry}/draft", body)
    moved(reply)
    return entry, reply.id


@scene
def draft(cast: Cast) -> Scene:
    return Scene(_draft(cast)[1], renewed=("content",))


@scene
def draft_in_review(cast: Cast) -> Scene:
    entry, id = _draft(cast)
    _pass_on(cast, entry)
    return Scene(id, renewed=("content",))


@scene
def entry_with_draft(cast: Cast) -> Scene:
    entry, _ = _draft(cast)
    _pass_on(cast, entry)
    return Scene(entry)


# ---- reference answers, and the scores by them


@scene
def reference_answer(cast: Cast) -> Scene:
    """The right answer of an entry that the annotator holds."""
    entry, _ = _annotation(cast)
    return Scene(add_answer(cast.lab, entry), renewed=("content",))


def add_answer(lab: Lab, entry: str, **content: Any) -> str:
    """The right answer of ENTRY: one mark."""
    mark: dict[str, Any] = {"dimensions": {"type": "point"}, "annotation": {"label": "vessel"}}
    given = {"annotations": [mark], **content}
    return made(lab.owner.create("reference_answers", entry_id=entry, content=given))


def _new_answer(entry: str | None) -> Scene:
    return Scene(sent={"entry_id": entry, "content": {"annotations": []}}, is_once=True)


@scene
def answer_to_free(cast: Cast) -> Scene:
    return _new_answer(free(cast).id)


@scene
def answer_to_in_review(cast: Cast) -> Scene:
    return _new_answer(in_review(cast).id)


@scene
def answer_to_answered(cast: Cast) -> Scene:
    entry = str(free(cast).id)
    add_answer(cast.lab, entry)
    return _new_answer(entry)


@scene
def score(cast: Cast) -> Scene:
    """How well the annotator did, who has submitted a reference entry."""
    entry, _ = _annotation(cast)
    add_answer(cast.lab, entry)
    _pass_on(cast, entry)
    return Scene(score_of(cast.lab, entry))


def score_of(lab: Lab, entry: str) -> str:
    """The one score of who worked ENTRY."""
    (id,) = lab.owner.get(f"/scores?filter[entry_id]={entry}").ids
    return str(id)


# ---- events, jobs and webhooks


_UNNUMBERED = Statement(lambda: select(func.count()).select_from(Event).where(col(Event.sequence).is_(None)))


def wait_for_feed(house: House) -> None:
    """Return once every event has its number: on PostgreSQL they get it after the commit."""
    until = time.monotonic() + 10
    while house.database.write_now(SYSTEM, lambda work: work.rows(_UNNUMBERED, {}))[0][0]:
        assert time.monotonic() < until
        time.sleep(0.01)


def event_about(owner: Person, record: str) -> str:
    """The last event of RECORD."""
    wait_for_feed(owner.house)
    return owner.get(f"/events?filter[record_id]={record}").ids[-1]


@scene
def event_of_project(cast: Cast) -> Scene:
    return Scene(event_about(cast.lab.owner, cast.lab.new_dataset()))


@scene
def event_of_account(cast: Cast) -> Scene:
    return Scene(event_about(cast.lab.owner, _account(cast)))


@scene
def event_of_webhook(cast: Cast) -> Scene:
    return Scene(event_about(cast.lab.owner, str(webhook(cast).id)))


def start_job(lab: Lab, account: str = "", project: str | None = None, kind: str = "unknown") -> str:
    """A job of a kind that no worker knows, started by ACCOUNT; none: by the service."""
    actor = Actor(account, lab.organization, "", "member") if account else SYSTEM
    return lab.house.database.write_now(
        actor, lambda work: enqueue(work, kind, lab.organization, project_id=project).id
    )


_ERROR = Statement(
    lambda: insert(JobError).values({name: bindparam(f"v_{name}") for name in JobError.model_fields})
)


def add_error(lab: Lab, job: str, text: str = "one") -> str:
    """That JOB could not do something."""

    def add(work: Work) -> str:
        row = {"id": work.sources.ids(), "organization_id": lab.organization, "job_id": job, "at": work.now}
        row |= dict.fromkeys(("item", "code", "detail"), text)
        work.run(_ERROR, {f"v_{name}": value for name, value in row.items()})
        return str(row["id"])

    return lab.house.database.write_now(SYSTEM, add)


def add_delivery(lab: Lab, webhook: str, event: str, text: str = "ping") -> str:
    """That EVENT was sent to WEBHOOK."""

    def add(work: Work) -> str:
        id = work.sources.ids()
        values = {"event_type": text, "error_code": text, "state": "failed", "at": work.now}
        named = {"organization_id": lab.organization, "webhook_id": webhook, "event_id": event}
        webhook_rows.add(work, id=id, **named, **values)
        return id

    return lab.house.database.write_now(SYSTEM, add)


@scene
def job_of_annotator(cast: Cast) -> Scene:
    id = start_job(cast.lab, cast.lab.annotator.account, cast.lab.project)
    add_error(cast.lab, id)
    return Scene(id)


@scene
def job_of_service(cast: Cast) -> Scene:
    return Scene(start_job(cast.lab, project=cast.lab.project))


@scene
def job_of_organization(cast: Cast) -> Scene:
    return Scene(start_job(cast.lab))


@scene
def error_of_annotator(cast: Cast) -> Scene:
    return Scene(add_error(cast.lab, str(start_job(cast.lab, cast.lab.annotator.account, cast.lab.project))))


@scene
def error_of_service(cast: Cast) -> Scene:
    return Scene(add_error(cast.lab, str(job_of_service(cast).id)))


HOOK: dict[str, Any] = {
    "url": "https://hooks.example.org/postil",
    "disabled_at": "2020-01-01T00:00:00Z",
}  # nothing is sent


@scene
def new_webhook(cast: Cast) -> Scene:
    return Scene(sent=dict(HOOK))


@scene
def webhook_in_project(cast: Cast) -> Scene:
    return Scene(sent=HOOK | {"project_id": cast.lab.project})


@scene
def webhook(cast: Cast) -> Scene:
    id = made(cast.lab.owner.create("webhooks", **HOOK, project_id=cast.lab.project))
    return Scene(id, renewed=("description",))


@scene
def delivery_by_webhook(cast: Cast) -> Scene:
    id = str(webhook(cast).id)
    add_delivery(cast.lab, id, event_about(cast.lab.owner, id))
    return Scene(id)


@scene
def delivery(cast: Cast) -> Scene:
    hook = str(webhook(cast).id)
    return Scene(add_delivery(cast.lab, hook, event_about(cast.lab.owner, hook)))
