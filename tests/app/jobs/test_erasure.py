"""A person is erased: their name and address are nowhere, and what they made stays."""

import sqlite3
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Text
from sqlmodel import SQLModel

from app.errors import Conflict
from app.jobs import erasure
from app.jobs.erasure import erase
from tests.app.jobs.conftest import Hands
from tests.app.test_command_line import init, postil
from tests.app.test_keeping import eventually, feed, mark
from tests.lab import Lab


def found(hands: Hands, text: str) -> list[str]:
    """Where TEXT stands, in any letters: table.column, over every text column of every table."""
    columns = [
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Text)
    ]
    return [
        f"{table}.{column}"
        for table, column in columns
        if hands.ask(
            f'SELECT 1 FROM {table} WHERE lower("{column}") LIKE :part LIMIT 1', part=f"%{text.lower()}%"
        )
    ]


def named(lab: Lab) -> Any:
    """An annotator with a name and an address that are nobody else's."""
    person = lab.annotator
    sign = uuid4().hex
    values = {"email": f"Ana.{sign}@x.example", "name": f"Ana Lind {sign}", "username": f"ana-{sign}"}
    assert lab.owner.update("accounts", person.account, **values).status == 200
    home = {"email": f"ana-{sign}@home.example", "name": f"Ana {sign}"}
    assert lab.owner.update("project_members", str(person.member), **home).status == 200
    return person, sign


def test_an_erased_person_is_nowhere_and_what_they_made_stays(
    lab: Lab, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "WINDOW", 40)
    first = lab.owner.get(f"/accounts/{lab.annotator.account}").attributes["email"]
    person, sign = named(lab)
    address = f"Ana.{sign}@x.example"
    entry = lab.at("annotate", person)
    headers = {"Idempotency-Key": f"{address}-1"}
    body = {
        "data": {
            "type": "annotations",
            "attributes": {**mark(f"seen by {address.lower()}"), "entry_id": entry, "metadata": {"n": 1.50}},
        }
    }
    annotation = person.post("/annotations", body, headers=headers).id
    feed_id = person.create("note_feeds", entry_id=entry, content_md=f"Ask {address}, not di{address}").id
    person.create("note_comments", note_feed_id=feed_id, content_md="yes")
    person.ask("PUT", f"/entries/{entry}/draft", {"data": {"attributes": {"content": {"of": address}}}})
    person.act(entry, "error", message=f"{address} says so")
    other = lab.owner.create("accounts", email=f"di{address}", name="Diana").id
    lab.owner.create("projects", name=f"The project of {address}", organization_id=lab.organization)
    lab.owner.post(f"/jobs/{uuid4()}/cancel", headers={"Idempotency-Key": "k"})
    graph = workflow_by(person.account, f"ask {address}")
    flow = lab.owner.create("datasets", project_id=lab.project, workflow_configuration=graph).id
    right = {"annotations": [mark(f"as {address} says")]}
    answer = lab.owner.create("reference_answers", entry_id=entry, content=right).id
    scored = lab.at("annotate", person)
    lab.owner.create("reference_answers", entry_id=scored)
    person.act(scored, "submit")

    counts = erase(lab.house.database, person.account)

    alone = [one for one in found(hands, sign) if not is_only_dianas(hands, one, sign)]
    assert alone == []
    assert found(hands, first) == []
    assert lab.owner.get(f"/accounts/{other}").attributes["email"] == f"di{address}"
    erased = lab.owner.get(f"/accounts/{person.account}").attributes
    assert erased["name"] == erased["username"] == f"erased-{person.account}"
    assert (erased["email"], bool(erased["disabled_at"])) == (f"erased-{person.account}@invalid", True)
    made = lab.owner.get(f"/annotations/{annotation}").attributes
    assert (made["created_by_email"], made["metadata"]) == (erased["email"], {"n": 1.5})
    assert lab.owner.get(f"/annotations/{annotation}/history").status == 200
    assert eventually(lambda: person.get("/projects").status == 401)
    assert hands.ask("SELECT id FROM drafts WHERE account_id = :id", id=person.account) == []
    assert counts["drafts"] == 1
    told = [lab.owner.get(f"/datasets/{flow}").attributes["workflow_configuration"]]
    told += [
        one["attributes"]["configuration"]
        for one in lab.owner.get(f"/datasets/{flow}/workflow_versions").data
    ]
    assert told == [workflow_by(person.account, f"ask {erased['email']}")] * 2
    content = lab.owner.get(f"/reference_answers/{answer}").attributes["content"]
    assert content == {"annotations": [mark(f"as {erased['email']} says")]}
    assert lab.owner.get(f"/scores?filter[account_id]={person.account}&filter[entry_id]={scored}").data
    assert (
        min(counts[table] for table in ("accounts", "annotations", "events", "note_feeds", "api_keys")) >= 1
    )


def workflow_by(account: str, reason: str) -> dict[str, Any]:
    """A workflow whose one step is the account's alone, who skips for the REASON."""
    on = {"submit": "done", "skip": "done"}
    step = {"kind": "annotate", "members": [account], "skip_reasons": [reason], "on": on}
    return {"start": "draw", "steps": {"draw": step, "done": {"kind": "done"}}}


def is_only_dianas(hands: Hands, place: str, sign: str) -> bool:
    """Whether all that bears SIGN at PLACE is the address of another, which ends as the person's does."""
    table, column = place.split(".")
    texts = hands.ask(f'SELECT "{column}" FROM {table} WHERE lower("{column}") LIKE :part', part=f"%{sign}%")
    return all(text.lower().count(sign) == text.lower().count(f"diana.{sign}") for (text,) in texts)


def test_the_feed_tells_of_an_erasure_and_stays_whole(lab: Lab, hands: Hands) -> None:
    person, _ = named(lab)
    entry = lab.at("annotate", person)
    person.create("annotations", entry_id=entry, **mark("a"))
    before = eventually(lambda: feed(lab.owner))

    erase(lab.house.database, person.account)

    after = eventually(lambda: [feed(lab.owner)] if feed(lab.owner)[-1]["kind"] == "erase" else [])[0]
    assert [one["sequence"] for one in after] == list(range(1, len(after) + 1))
    assert [one["kind"] for one in after[: len(before)]] == [one["kind"] for one in before]
    assert after[-1]["record"]["name"] == f"erased-{person.account}"
    assert lab.owner.get(f"/entries/{entry}").attributes["assigned_to_id"] is None


def test_an_erasure_that_was_interrupted_is_begun_anew(
    lab: Lab, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, sign = named(lab)
    lab.new_annotation(lab.at("annotate", person), annotation={"label": f"ana.{sign}@x.example"})
    whole = erasure._overwrite
    monkeypatch.setattr(erasure, "_overwrite", lambda work, person: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(lab.house.database, person.account)
    monkeypatch.setattr(erasure, "_overwrite", whole)

    erase(lab.house.database, person.account)
    again = erase(lab.house.database, person.account)

    assert found(hands, sign) == []
    assert again["annotations"] == 0


def test_the_last_owner_cannot_be_erased(lab: Lab) -> None:
    with pytest.raises(Conflict) as refused:
        erase(lab.house.database, lab.owner.account)

    assert refused.value.code == "last_owner"


def test_the_command_erases_leaves_no_trace_in_the_file_and_says_what_it_cannot_reach(tmp_path: Path) -> None:
    where = ("--data", str(tmp_path))
    init(*where)
    file = tmp_path / "postil.db"
    with sqlite3.connect(file) as connection:
        connection.execute(
            "INSERT INTO accounts SELECT '0190a1b2-0000-7000-8000-000000000001', created_at, updated_at, 1,"
            " NULL, organization_id, 'zoe@x.example', 'Zoe', NULL, 'owner', NULL FROM accounts"
        )
    connection.close()

    unknown = postil("erase", *where, "--account", "nobody@x.example")
    done = postil("erase", *where, "--account", "ana@example.org")

    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert done.returncode == 0, done.stderr
    assert "releases: they name people by the ids" in done.stdout
    assert all(b"ana@example.org" not in path.read_bytes() for path in tmp_path.glob("postil.db*"))
