"""Plays the sample's story against the real operations: the same rules as for everyone, and no other."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.declare import RESOURCES
from app.demo import pictures, story
from app.demo.parts import Dataset, Event, Item, Note, Person, Reply
from app.operations import records
from app.resources import files
from app.resources.api_keys import API_KEYS, ApiKey
from app.resources.organizations import Organization
from app.storage.statement import Statement
from app.work import Actor, Sight, Sources, Work

KEY_NAME = "sample"

_ORGANIZATION = Statement(
    lambda: select(col(Organization.id)).where(col(Organization.name) == bindparam("name"))
)
_KEYS = Statement(
    lambda: select(col(ApiKey.id)).where(
        col(ApiKey.organization_id) == bindparam("organization_id"),
        col(ApiKey.name) == bindparam("name"),
        col(ApiKey.revoked_at).is_(None),
    )
)
_OWNER = Statement(
    lambda: select(RESOURCES["accounts"].columns["id"]).where(
        RESOURCES["accounts"].columns["organization_id"] == bindparam("organization_id"),
        RESOURCES["accounts"].columns["organization_role"] == "owner",
    )
)


@dataclass(frozen=True)
class Sample:
    """What was played: the organization, and a key of its owner."""

    organization_id: str
    key: str
    is_new: bool


Put = Mapping[str, files.Content]  # the name of a picture's file -> its content, which is put


def is_played(work: Work) -> bool:
    """Whether the sample is there."""
    return bool(work.rows(_ORGANIZATION, {"name": story.ORGANIZATION}))


def put_pictures(sources: Sources) -> Put:
    """Put the sample's pictures. Raises LookupError where they are not installed."""
    return {one.file: files.put(sources, pictures.read(one), only_pictures=True) for one in pictures.PICTURES}


def play(work: Work, put: Put) -> Sample:
    """Make the sample of the pictures PUT where it is not there yet, and a new key for its owner.

    The key before is revoked.
    """
    found = work.rows(_ORGANIZATION, {"name": story.ORGANIZATION})
    organization_id = found[0][0] if found else _Player(work, put).play()
    work = work._replace(told=work.sources.clock())  # after the story, also in the feed: `as_of` goes by it
    for (key_id,) in work.rows(_KEYS, {"organization_id": organization_id, "name": KEY_NAME}):
        records.delete(work, API_KEYS, key_id)
    owner_id = work.rows(_OWNER, {"organization_id": organization_id})[0][0]
    made = records.create(
        work, API_KEYS, {"account_id": owner_id, "name": KEY_NAME, "scopes": '["read","write","admin"]'}
    )
    return Sample(organization_id, str((made.meta or {})["secret"]), is_new=not found)


@dataclass
class _Player:
    """The story under way: who is who, and what has been made."""

    work: Work  # the system's
    put: Put
    organization_id: str = ""
    accounts: dict[str, str] = field(default_factory=dict)  # username -> id

    def play(self) -> str:
        self.organization_id = self._make(self.work, "organizations", name=story.ORGANIZATION)
        for person in story.PEOPLE:
            self.accounts[person.username] = self._account(person)
        project = story.PROJECT
        project_id = self._make(
            self._as(project.by),
            "projects",
            name=project.name,
            description=project.description,
            organization_id=self.organization_id,
        )
        for person in story.PEOPLE:
            if person.project_role:
                account_id = self.accounts[person.username]
                member = {"project_id": project_id, "account_id": account_id, "role": person.project_role}
                self._make(self._as(project.by), "project_members", **member)
        for dataset in project.datasets:
            self._dataset(project_id, dataset)
        return self.organization_id

    def _account(self, person: Person) -> str:
        return self._make(
            self.work,
            "accounts",
            organization_id=self.organization_id,
            email=person.email,
            name=person.name,
            username=person.username,
            organization_role=person.organization_role,
        )

    def _dataset(self, project_id: str, dataset: Dataset) -> None:
        dataset_id = self._make(
            self._as(story.PROJECT.by),
            "datasets",
            project_id=project_id,
            name=dataset.name,
            modality=dataset.modality,
            labels=_text(list(dataset.labels)),
            labeling_configuration=_text(dataset.labeling_configuration),
            workflow_configuration=_text(dataset.workflow_configuration),
        )
        for item in dataset.items:
            self._item(dataset_id, item)

    def _item(self, dataset_id: str, item: Item) -> None:
        content = self.put[item.picture.file]
        hash = files.add(self.work, self.organization_id, content)
        header = content.header
        entry_id = self._make(
            self._as(story.PROJECT.by),
            "entries",
            dataset_id=dataset_id,
            resource=f"/files/{hash}",
            content_hash=hash,
            media_type=content.media_type,
            width=header.width if header else None,
            height=header.height if header else None,
            priority=float(item.priority),
            external_id=item.external_id,
            split=item.split,
            metadata_=_text(item.metadata),
        )
        marks: dict[int, str] = {}
        feeds: list[str] = []
        for step in item.path:
            match step:
                case Event():
                    self._event(entry_id, item, step, marks)
                case Note():
                    feeds.append(self._note(entry_id, step, marks))
                case Reply():
                    self._reply(feeds[step.note], step.by, step.text, resolves=step.resolves)

    def _event(self, entry_id: str, item: Item, event: Event, marks: dict[int, str]) -> None:
        work = self._as(event.by, event.sampled)
        if event.kind == "annotate":
            chosen = range(len(item.picture.marks)) if event.marks is None else event.marks
            for n in chosen:
                mark = item.picture.marks[n]
                values = {"dimensions": _text(mark.dimensions), "annotation": _text(mark.annotation)}
                marks[n] = self._make(work, "annotations", entry_id=entry_id, **values)
            return
        card = RESOURCES["entries"]
        action = next(one for one in card.actions if one.name == event.kind)
        records.act(work, card, entry_id, action, self._body(event))

    def _body(self, event: Event) -> dict[str, Any]:
        if event.kind == "assign":
            return {"assigned_to_id": self.accounts[event.to] if event.to else None}
        given = {"approved": event.approved, "reason": event.reason, "message": event.message}
        return {name: value for name, value in given.items() if value not in (None, "")}

    def _note(self, entry_id: str, note: Note, marks: Mapping[int, str]) -> str:
        on = {} if note.on is None else {"anchor_type": "annotation", "annotation_id": marks[note.on]}
        feed_id = self._make(
            self._as(note.by),
            "note_feeds",
            entry_id=entry_id,
            content_md=note.text,
            position=_text(note.position),
            **on,
        )
        for by, text in note.comments:
            self._reply(feed_id, by, text)
        if note.resolved_by:
            self._resolve(feed_id, note.resolved_by)
        return feed_id

    def _reply(self, feed_id: str, by: str, text: str, *, resolves: bool = False) -> None:
        self._make(self._as(by), "note_comments", note_feed_id=feed_id, content_md=text)
        if resolves:
            self._resolve(feed_id, by)

    def _resolve(self, feed_id: str, by: str) -> None:
        card = RESOURCES["note_feeds"]
        records.act(self._as(by), card, feed_id, card.actions[0], {})

    def _as(self, username: str, is_sampled: bool = True) -> Work:
        """The work of the person USERNAME, whose dice say IS_SAMPLED."""
        person = next(one for one in story.PEOPLE if one.username == username)
        sight = Sight.MEMBER if person.organization_role == "member" else Sight.ADMINISTRATOR
        actor = Actor(
            self.accounts[username], self.organization_id, person.email, person.organization_role, sight=sight
        )
        sources = replace(self.work.sources, chance=lambda: 0.0 if is_sampled else 1.0)
        return Work(self.work.connection, actor, sources, self.work.sources.clock())

    def _make(self, work: Work, type: str, **values: Any) -> str:
        return str(records.create(work, RESOURCES[type], values).row.id)


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
