"""Erase a person: whatever tells who they were is overwritten in place, in every table and in the feed.

What they made stays, as the work of an account that says no more than its id. The account is disabled
first; then every table is gone through in chunks; what tells their addresses, the account itself, is
overwritten last. So an erasure that was interrupted is begun anew, and finds what is left.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import Any

import msgspec
from sqlalchemy import Column, Table, Text, and_, bindparam, delete, false, func, or_, select, tuple_, update
from sqlmodel import SQLModel, col

from app.access import ProjectMember
from app.declare import RESOURCES, Resource
from app.errors import Conflict, NotFound
from app.jobs.kinds import CHUNK
from app.operations import changes, records
from app.operations.changes import Event
from app.operations.conditions import many, many_values
from app.operations.history import THINNED
from app.operations.idempotency import IdempotencyKey
from app.resources import passwords
from app.resources.accounts import ACCOUNTS, Account
from app.resources.api_keys import API_KEYS
from app.resources.dataset_rows import Dataset
from app.resources.drafts import DRAFTS, Draft
from app.resources.organizations import ORGANIZATIONS
from app.resources.project_members import PROJECT_MEMBERS
from app.storage.database import Database
from app.storage.functions import contains_text
from app.storage.statement import Statement
from app.work import SYSTEM, Work

WINDOW = 2000  # rows that one transaction looks through
_EVENTS: Table = Event.__table__  # type: ignore[attr-defined]

# The records that tell who somebody is, and their fields that do.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "accounts": ("email", "name", "username"),
    "project_members": ("email", "name"),
    "api_keys": ("name",),
}
_OWNED: tuple[tuple[Resource, Column[Any]], ...] = (
    (ACCOUNTS, ACCOUNTS.table.c.id),
    (PROJECT_MEMBERS, PROJECT_MEMBERS.table.c.account_id),
    (API_KEYS, API_KEYS.table.c.account_id),
)


class Person:
    """An account to be erased, and what is known to tell who it is."""

    def __init__(self, account: Account, identity: frozenset[str], emails: frozenset[str]) -> None:
        self.id = account.id
        self.organization_id = account.organization_id
        self.alias = f"erased-{account.id}"
        self.email = f"{self.alias}@invalid"  # an address by its form, which can be nobody's (RFC 2606)
        self.identity = identity  # the ids of their account, places and keys
        self.emails = emails  # every address that they had

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # As a whole: ana@x.example is no part of diana@x.example, nor of ana@x.example.org.
        found = "|".join(re.escape(spelt) for email in sorted(self.emails) for spelt in _spellings(email))
        return re.compile(rf"(?<![\w.+%-])(?:{found})(?![\w-]|\.\w)", re.IGNORECASE)

    def without(self, text: str) -> str:
        """TEXT with the person's addresses overwritten."""
        return self._pattern.sub(self.email, text) if self.emails else text

    def values(self, type: str) -> dict[str, str]:
        """What the fields of an identity record of TYPE become."""
        return {field: self.email if field == "email" else self.alias for field in IDENTITY[type]}


def _spellings(email: str) -> set[str]:
    """EMAIL as plain text has it, and as a JSON string does."""
    return {email, msgspec.json.encode(email).decode()[1:-1]}


def erase(database: Database, account_id: str, *, patience: float = 0.0) -> Counter[str]:
    """Erase the account, and say how many rows of each table were overwritten or removed.

    PATIENCE is for how many seconds a server may go on to believe a key that was revoked. Raises NotFound,
    and Conflict where the account is the last owner of its organization.
    """
    counts: Counter[str] = Counter()
    person = database.write_now(SYSTEM, partial(_shut_out, account_id=account_id))
    time.sleep(patience)
    _repeat(database, counts, partial(_remove_drafts, person=person))
    for table in SQLModel.metadata.sorted_tables:
        _Pass(table, person).run(database, counts)
    counts += database.write_now(SYSTEM, partial(_overwrite, person=person))
    return counts


def _repeat(database: Database, counts: Counter[str], run: Callable[[Work], Counter[str]]) -> None:
    while found := database.write_now(SYSTEM, run):
        counts += found


# ---- who it is


def _shut_out(work: Work, account_id: str) -> Person:
    """Disable the account, its places and its keys, and tell who it is."""
    found = _rows(work, ACCOUNTS, ACCOUNTS.table.c.id, account_id)
    if not found:
        raise NotFound(f"there is no account {account_id}")
    account: Account = found[0]
    _check_not_last_owner(work, account)
    if account.disabled_at is None and account.deleted_at is None:
        account = changes.change(work, ACCOUNTS, account, {"disabled_at": work.now})
    for key in _rows(work, API_KEYS, API_KEYS.table.c.account_id, account_id):
        if key.revoked_at is None:
            changes.change(work, API_KEYS, key, {"revoked_at": work.now}, "delete")
    members = _rows(work, PROJECT_MEMBERS, PROJECT_MEMBERS.table.c.account_id, account_id)
    for member in members:
        try:
            records.delete(work, PROJECT_MEMBERS, member.id)
        except NotFound:
            continue  # it is disabled already, or its project is in the trash
    return _person(work, account, members)


def _check_not_last_owner(work: Work, account: Account) -> None:
    values = {"organization_id": account.organization_id, "id": account.id}
    if account.organization_role == "owner" and not work.rows(_OTHER_OWNERS, values)[0][0]:
        raise Conflict("the account is its organization's last owner: make another first", code="last_owner")


def _person(work: Work, account: Account, members: list[ProjectMember]) -> Person:
    identity = {account.id, *(member.id for member in members)}
    emails = {account.email, *(member.email for member in members)}
    for id in identity:
        for _, record, _ in _events_of(work, id):
            emails.add(msgspec.json.decode(record).get("email", ""))
    keys = _rows(work, API_KEYS, API_KEYS.table.c.account_id, account.id)
    own = {email for email in emails if "@" in email and not email.endswith("@invalid")}
    others = {email for email in own if _is_others(work, account, email)}
    return Person(account, frozenset(identity | {key.id for key in keys}), frozenset(own - others))


def _is_others(work: Work, account: Account, email: str) -> bool:
    """Whether EMAIL is somebody else's too, such as a team's: then it stays where others wrote it."""
    values = {"id": account.id, "organization_id": account.organization_id, "email": email}
    return bool(work.rows(_OTHERS_EMAIL, values)[0][0])


# ---- what they left half done


def _remove_drafts(work: Work, person: Person) -> Counter[str]:
    """Remove some of the person's drafts; what the feed tells of their content goes with the feed's pass."""
    drafts = _rows(work, DRAFTS, DRAFTS.table.c.account_id, person.id, CHUNK)
    for draft in drafts:
        if draft.deleted_at is None:
            changes.remove(work, DRAFTS, draft)
        work.run(_DELETE_DRAFT, {"id": draft.id})
    return Counter({"drafts": len(drafts)}) if drafts else Counter()


# ---- every table


class _Pass:
    """One way through TABLE, a window of rows after the other, overwriting what tells who PERSON is."""

    def __init__(self, table: Table, person: Person) -> None:
        self._table = table
        self._person = person
        self._keys = list(table.primary_key.columns)
        self._columns = [one for one in table.columns if isinstance(one.type, Text) and one.computed is None]
        self._emails = many("email", max(1, len(person.emails)), self._columns[0])
        self._given = many_values("email", sorted(person.emails) or ["@"], len(self._emails)) | {
            "organization_id": person.organization_id,
            "account_id": person.id,
        }
        cards = (card for card in RESOURCES.values() if card.is_noted)
        self._is_listed = any(card.table is table for card in cards)
        self._end = Statement(self._end_of)
        self._found = {has_end: Statement(partial(self._found_of, has_end)) for has_end in (False, True)}

    def run(self, database: Database, counts: Counter[str]) -> None:
        cursor: tuple[Any, ...] | None = tuple("" if isinstance(key.type, Text) else -1 for key in self._keys)
        while cursor is not None:
            cursor, count = database.write_now(SYSTEM, partial(self._window, cursor=cursor))
            counts += Counter({self._table.name: count})

    def _window(self, work: Work, cursor: tuple[Any, ...]) -> tuple[tuple[Any, ...] | None, int]:
        """Where the next window begins, and how many rows of this one were overwritten."""
        values = self._given | {f"c{n}": part for n, part in enumerate(cursor)}
        last = work.rows(self._end, values | {"size": 1, "skip": WINDOW - 1})
        end = last[0] if last else None
        values |= {f"e{n}": part for n, part in enumerate(end or ())}
        count = 0
        for found in work.rows(self._found[end is not None], values):
            row = dict(zip((column.name for column in self._columns), found[len(self._keys) :], strict=True))
            changed = {name: value for name, value in self._new(row).items() if value != row[name]}
            if changed:
                self._write(work, found[: len(self._keys)], changed)
                count += 1
        if count and self._is_listed:
            _note(work, self._person)
        return end, count

    def _new(self, row: dict[str, Any]) -> dict[str, Any]:
        """What the texts of ROW become."""
        new = {name: self._person.without(text) if text else text for name, text in row.items()}
        if row.get("created_by_id") == self._person.id and "created_by_email" in row:
            new["created_by_email"] = self._person.email
        if self._table is _EVENTS:
            new["record"] = _anonymous(self._person, row["resource"], new["record"])
        return new

    def _write(self, work: Work, key: tuple[Any, ...], changed: dict[str, Any]) -> None:
        table, keys = self._table, self._keys

        def build() -> Any:
            new: dict[str, Any] = {name: bindparam(f"v_{name}") for name in changed}
            is_it = and_(*(one == bindparam(f"k{n}", type_=one.type) for n, one in enumerate(keys)))
            return update(table).where(is_it).values(new)

        bound = {f"v_{name}": value for name, value in changed.items()}
        work.run(Statement(build), bound | {f"k{n}": part for n, part in enumerate(key)})

    def _bound(self, prefix: str) -> Any:
        return tuple_(*(bindparam(f"{prefix}{n}", type_=key.type) for n, key in enumerate(self._keys)))

    def _end_of(self) -> Any:
        rows = select(*self._keys).where(tuple_(*self._keys) > self._bound("c")).order_by(*self._keys)
        return rows.limit(bindparam("size")).offset(bindparam("skip"))

    def _found_of(self, has_end: bool) -> Any:
        rows = select(*self._keys, *self._columns).where(
            tuple_(*self._keys) > self._bound("c"), _scope_of(self._table), or_(*self._signs())
        )
        return rows.where(tuple_(*self._keys) <= self._bound("e")) if has_end else rows

    def _signs(self) -> Iterable[Any]:
        """The conditions that a row may tell who the person is."""
        for column in self._columns:
            yield from (contains_text(column, email) for email in self._emails)
        if "created_by_id" in self._table.c:
            yield self._table.c.created_by_id == bindparam("account_id")
        if self._table is _EVENTS:
            yield contains_text(self._table.c.record, bindparam("account_id"))


def _scope_of(table: Table) -> Any:
    """The rows of TABLE that are the organization's. Raises LookupError for a table that nobody placed."""
    organization_id: Any = bindparam("organization_id")
    if "organization_id" in table.c:
        return table.c.organization_id == organization_id
    match table.name:
        case "organizations":
            return table.c.id == organization_id
        case "idempotency_keys" | "passwords" | "sign_in_links":
            return table.c.account_id.in_(
                select(col(Account.id)).where(col(Account.organization_id) == organization_id)
            )
        # Of all organizations: roles and ids of accounts, and hashes of files that name people by ids alone.
        case "crews" | "release_parts":
            return false()
        case "tallies":
            return table.c.dataset_id.in_(
                select(col(Dataset.id)).where(col(Dataset.organization_id) == organization_id)
            )
    raise LookupError(f"say in app/jobs/erasure.py which rows of {table.name} are an organization's")


def _anonymous(person: Person, resource: str, record: str) -> str:
    """The RECORD of an event without who made it; without anything, where it is a draft of theirs."""
    members = msgspec.json.decode(record, type=dict[str, msgspec.Raw])  # raw: other values stay as they are
    if resource == "drafts" and _text(members, "account_id") == person.id:
        return THINNED
    if _text(members, "created_by_id") != person.id or "created_by_email" not in members:
        return record
    return _with(members, {"created_by_email": person.email})


def _text(members: Mapping[str, msgspec.Raw], name: str) -> Any:
    return msgspec.json.decode(members[name]) if name in members else None


def _with(members: dict[str, msgspec.Raw], values: Mapping[str, str]) -> str:
    new = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in values.items() if name in members}
    return msgspec.json.encode(members | new).decode()


def _note(work: Work, person: Person) -> None:
    """Leave an event: the tags of lists go by events (decision 17), and what lists show was overwritten."""
    for organization in _rows(work, ORGANIZATIONS, ORGANIZATIONS.table.c.id, person.organization_id):
        changes.change(work, ORGANIZATIONS, organization, {}, "overwrite", {"account_id": person.id})


# ---- the account itself


def _overwrite(work: Work, person: Person) -> Counter[str]:
    """Overwrite the account, its places and its keys, and what the feed tells of them."""
    counts: Counter[str] = Counter()
    _note(work, person)
    for card, key in _OWNED:
        values = person.values(card.type)
        for row in _rows(work, card, key, person.id):
            events = _events_of(work, row.id)
            if row.deleted_at is None and events and events[-1][2] != "delete":
                changes.change(work, card, row, values, "erase")
            else:
                changes.adjust(work, card, row, values)  # those who follow the feed have let go of it
            counts[card.type] += 1
            counts["events"] += _overwrite_events(work, person, card, row.id)
    counts["idempotency_keys"] += work.run(_DELETE_KEYS, {"account_id": person.id})
    counts["passwords"] += passwords.forget(work, person.id)
    return counts


def _overwrite_events(work: Work, person: Person, card: Resource, id: str) -> int:
    count = 0
    for event, record, _ in _events_of(work, id):
        members = msgspec.json.decode(record, type=dict[str, msgspec.Raw])
        new = person.without(_with(members, person.values(card.type)))
        if new != record:
            count += work.run(_SET_RECORD, {"id": event, "v_record": new})
    return count


# ---- statements


def _rows(work: Work, card: Resource, key: Column[Any], value: str, size: int = 100_000) -> list[Any]:
    """The records of CARD whose KEY is VALUE, those in the trash too."""
    statement = Statement(
        lambda: (
            select(*card.columns.values())
            .where(key == bindparam("value"))
            .order_by(card.columns["id"])
            .limit(bindparam("size"))
            .with_for_update(of=card.table)
        )
    )
    return [card.of(row) for row in work.rows(statement, {"value": value, "size": size})]


def _events_of(work: Work, id: str) -> list[tuple[str, str, str]]:
    """The ids, records and kinds of a record's events, in order."""
    return [(event, record, kind) for event, record, kind in work.rows(_OF_RECORD, {"id": id})]


_OF_RECORD = Statement(
    lambda: (
        select(col(Event.id), col(Event.record), col(Event.kind))
        .where(col(Event.record_id) == bindparam("id"))
        .order_by(col(Event.position))
    )
)
_SET_RECORD = Statement(
    lambda: update(Event).where(col(Event.id) == bindparam("id")).values(record=bindparam("v_record"))
)
_OTHER_OWNERS = Statement(
    lambda: select(func.count()).where(
        col(Account.organization_id) == bindparam("organization_id"),
        col(Account.organization_role) == "owner",
        col(Account.disabled_at).is_(None),
        col(Account.deleted_at).is_(None),
        col(Account.id) != bindparam("id"),
    )
)


def _others_email() -> Any:
    accounts = select(col(Account.id)).where(
        col(Account.organization_id) == bindparam("organization_id"),
        col(Account.email) == bindparam("email"),
        col(Account.id) != bindparam("id"),
        col(Account.deleted_at).is_(None),
    )
    members = select(col(ProjectMember.id)).where(
        col(ProjectMember.organization_id) == bindparam("organization_id"),
        col(ProjectMember.email) == bindparam("email"),
        col(ProjectMember.account_id) != bindparam("id"),
        col(ProjectMember.deleted_at).is_(None),
    )
    return select(or_(accounts.exists(), members.exists()))


_OTHERS_EMAIL = Statement(_others_email)
_DELETE_DRAFT = Statement(lambda: delete(Draft).where(col(Draft.id) == bindparam("id")))
_DELETE_KEYS = Statement(
    lambda: delete(IdempotencyKey).where(col(IdempotencyKey.account_id) == bindparam("account_id"))
)
