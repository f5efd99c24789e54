"""How an organization fares is told to its owners and admins, and nothing of another is in it."""

from pathlib import Path
from typing import Any

from app.commands.sources import sources_of
from app.keeping import last
from app.settings import Settings
from tests.app.matrix.scenes.happenings import start_job, wait_for_feed
from tests.lab import Lab, Person


def health(person: Person, organization: str) -> Any:
    wait_for_feed(person.house)
    reply = person.get(f"/organizations/{organization}/health")
    assert reply.status == 200, reply
    return reply.attributes


def test_what_there_is_is_counted_but_for_the_trash(lab: Lab) -> None:
    kept, gone = lab.new_entry(), lab.new_entry()
    lab.new_annotation(kept)
    before = health(lab.owner, lab.organization)

    lab.owner.delete(f"/entries/{gone}")
    lab.owner.update("organizations", lab.organization, name="Another name")

    after = health(lab.admin, lab.organization)
    assert before["records"] == after["records"] | {
        "entries": after["records"]["entries"] + 1,
        "accounts": before["records"]["accounts"],
        "events": before["records"]["events"],
    }
    assert after["records"]["events"] > before["records"]["events"]
    assert sum(day["events"] for day in after["events_by_day"]) == after["records"]["events"]
    assert len(after["events_by_day"]) == 30


def test_jobs_and_webhooks_that_wait_are_told(lab: Lab) -> None:
    lab.owner.create("webhooks", url="http://hooks.example.org/")
    job = start_job(lab, lab.owner.account)

    told = health(lab.owner, lab.organization)["jobs"]
    lab.owner.post(f"/jobs/{job}/cancel")

    assert (told["waiting"], told["running"]) == (1, 0)
    assert told["oldest_waiting_at"] == lab.owner.get(f"/jobs/{job}").attributes["created_at"]
    after = health(lab.owner, lab.organization)["jobs"]
    assert (after["waiting"], after["oldest_waiting_at"]) == (0, None)


def test_another_organization_changes_nothing_and_hides_how_large_the_database_is(lab: Lab) -> None:
    lab.new_entry()
    before = health(lab.owner, lab.organization)
    rival = Lab(lab.house, "rival of health")
    rival.new_annotation(rival.new_entry())

    after = health(lab.owner, lab.organization)

    assert {**after, "at": "", "database_bytes": None} == {**before, "at": "", "database_bytes": None}
    assert after["database_bytes"] is None


def test_only_owners_and_admins_are_told(lab: Lab) -> None:
    told = [
        person.get(f"/organizations/{lab.organization}/health").status
        for person in (lab.owner, lab.admin, lab.project_owner, lab.annotator, lab.stranger)
    ]

    assert told == [200, 200, 403, 403, 401]


def test_a_server_tells_when_the_last_backup_of_its_folder_was_made(tmp_path: Path) -> None:
    sources = sources_of(Settings(data=tmp_path))
    assert sources.backup_at() is None

    last.note(tmp_path, "2026-01-31T12:00:00.000000Z")

    assert sources.backup_at() == "2026-01-31T12:00:00.000000Z"
