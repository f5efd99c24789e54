"""Webhooks: told at least once, in order per record, signed, tried again, and never sent inside."""

import base64
import hashlib
import hmac
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Lock
from typing import Any

import httpx2
import pytest

from app.attributes import wire_time
from app.commands.setting_up import found_organization
from app.fetching import Fetcher, hosts_of
from app.jobs import outbox
from app.jobs.deliveries import Deliveries
from app.jobs.letters import Letter, headers_of
from app.jobs.outbox import Claim, Report
from app.jobs.rounds import Pace, Round
from app.resources.webhook_rows import Webhook, WebhookDelivery
from app.storage.opening import migrate, open_database
from app.work import SYSTEM, Sources, Work
from tests.app.fetching.servers import reply, serving
from tests.app.test_command_line import ROOT, environment
from tests.app.test_keeping import eventually, feed
from tests.conftest import INSIDE, LISTED
from tests.lab import Lab, Person

Behaviour = Callable[[BaseHTTPRequestHandler, Any], None]


class Receiver:
    """What came to a webhook, in order. BEHAVIOUR answers; by default all is accepted."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.letters: list[tuple[dict[str, str], bytes]] = []
        self.url = ""
        self._behaviour = behaviour or (lambda handler, told: reply(handler, 204, b""))
        self._lock = Lock()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        with self._lock:
            self.letters.append(({name.lower(): value for name, value in handler.headers.items()}, body))
        self._behaviour(handler, json.loads(body))

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.letters]

    @property
    def told(self) -> list[Any]:
        return [json.loads(body) for _, body in self.letters]

    @property
    def types(self) -> list[str]:
        return [one["type"] for one in self.told]


@contextmanager
def receiving(behaviour: Behaviour | None = None) -> Iterator[Receiver]:
    receiver = Receiver(behaviour)
    with serving(receiver) as port:
        receiver.url = f"http://127.0.0.1:{port}/hook"
        yield receiver


def subscribed(lab: Lab, receiver: Receiver, *event_types: str, **attributes: Any) -> tuple[str, str]:
    """The id of a new webhook, and its secret."""
    made = lab.owner.create(
        "webhooks", url=receiver.url, event_types=list(event_types or ("*",)), **attributes
    )
    assert made.status == 201, made
    return made.id, made.document["meta"]["secret"]


def feed_ids(person: Person, *, after: int = 0, resource: str | None = None) -> list[str]:
    events = person.get(f"/events?after={after}").data
    return [one["id"] for one in events if resource in (None, one["attributes"]["resource"])]


def deliveries(lab: Lab, webhook: str) -> list[Any]:
    return [one["attributes"] for one in lab.owner.get(f"/webhooks/{webhook}/webhook_deliveries").data]


def shown(lab: Lab, webhook: str) -> Any:
    return lab.owner.get(f"/webhooks/{webhook}").attributes


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver would see it, after the specification's text."""
    key = base64.b64decode(secret.split("whsec_")[1])
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    is_recent = abs(time.time() - int(headers["webhook-timestamp"])) < 60
    return is_recent and headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_the_published_example() -> None:
    letter = Letter("msg_p5jXN8AQM9LWM0D4loKWxJek", "x.y", b'{"test": 2432232314}')

    headers = headers_of(letter, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_everything_is_told_once_in_the_feeds_order_and_signed(lab: Lab) -> None:
    with receiving() as receiver:
        webhook, secret = subscribed(lab, receiver)
        lab.at("done")
        lab.new_annotation(lab.at("annotate"))
        eventually(lambda: "annotations.create" in receiver.types)
        expected = feed_ids(lab.owner)
        expected = expected[-len(receiver.ids) :]
        log = eventually(lambda: len(deliveries(lab, webhook)) == len(expected) and deliveries(lab, webhook))

    assert receiver.types[0] == "webhooks.create"
    assert receiver.ids == expected
    assert all(is_signed(secret, headers, body) for headers, body in receiver.letters)
    assert all(headers["content-type"] == "application/json" for headers, _ in receiver.letters)
    event = lab.owner.get(f"/events/{receiver.ids[-1]}").attributes
    assert receiver.told[-1] == {"type": "annotations.create", "timestamp": event["at"], "data": event}
    assert {(one["state"], one["attempt"], one["status_code"]) for one in log} == {("succeeded", 1, 204)}
    assert [one["sequence"] for one in log] == sorted(one["sequence"] for one in log)


def test_a_webhook_is_told_of_its_types_and_project_alone(lab: Lab) -> None:
    with receiving() as by_type, receiving() as by_project:
        subscribed(lab, by_type, "entries.submit", "*.delete")
        subscribed(lab, by_project, "datasets.*", project_id=lab.project)
        other = lab.owner.create("projects", name="Other", organization_id=lab.organization).id
        lab.at("annotate")
        lab.new_dataset(project_id=other)
        lab.owner.delete(f"/annotations/{lab.new_annotation()}")
        eventually(lambda: len(by_type.types) == 2)
        eventually(lambda: by_project.types)
        time.sleep(0.7)

    assert by_type.types == ["entries.submit", "annotations.delete"]
    assert {one["data"]["project_id"] for one in by_project.told} == {lab.project}
    assert {one["data"]["resource"] for one in by_project.told} == {"datasets"}


def test_a_receiver_that_fails_now_and_then_gets_everything_in_order_per_record(lab: Lab) -> None:
    tries: Counter[str] = Counter()

    def fail_at_first(handler: BaseHTTPRequestHandler, told: Any) -> None:
        id = handler.headers["webhook-id"]
        tries[id] += 1
        if tries[id] == 1 and int(id[-1], 16) % 3 == 0:
            reply(handler, 503)
        elif tries[id] == 1 and int(id[-1], 16) % 3 == 1:
            handler.connection.close()  # it may have been processed: nobody knows
            handler.close_connection = True
        else:
            accepted.append(told)
            reply(handler)

    accepted: list[Any] = []
    with receiving(fail_at_first) as receiver:
        webhook, _ = subscribed(lab, receiver, "entries.*")
        for _ in range(6):
            lab.at("done")
        wanted = eventually(lambda: len(found := feed_ids(lab.owner, resource="entries")) >= 24 and found)
        eventually(lambda: shown(lab, webhook)["pending_count"] == 0 and len(accepted) >= len(wanted))
        log = deliveries(lab, webhook)

    assert set(receiver.ids) == set(wanted)
    by_record: dict[str, list[int]] = {}
    for one in accepted:
        by_record.setdefault(one["data"]["record_id"], []).append(one["data"]["sequence"])
    assert all(numbers == sorted(numbers) for numbers in by_record.values())
    assert {one["state"] for one in log} == {"succeeded"}
    assert len(log) == len(wanted)
    assert shown(lab, webhook)["failures_count"] == sum(one["attempt"] - 1 for one in log) > 0


def test_one_event_that_is_never_accepted_holds_up_its_record_alone(lab: Lab) -> None:
    poisoned: list[str] = []

    def refuse_one(handler: BaseHTTPRequestHandler, told: Any) -> None:
        reply(handler, 400 if told["data"]["record_id"] in poisoned else 200)

    with receiving(refuse_one) as receiver:
        poisoned.append(lab.new_entry())
        eventually(lambda: feed(lab.owner)[-1]["record_id"] == poisoned[0])
        webhook, _ = subscribed(lab, receiver, "entries.*")
        lab.owner.update("entries", poisoned[0], priority=1)
        lab.owner.update("entries", poisoned[0], priority=2)
        others = [lab.new_entry() for _ in range(5)]
        told = eventually(
            lambda: set(others) <= {one["data"]["record_id"] for one in receiver.told} and receiver.told
        )
        log = eventually(lambda: len(deliveries(lab, webhook)) >= 7 and deliveries(lab, webhook))

    versions = {one["data"]["record_version"] for one in told if one["data"]["record_id"] == poisoned[0]}
    assert versions == {2}  # its next one waits behind it
    assert Counter(one["state"] for one in log) == {"pending": 2, "succeeded": 5}
    waiting = [one for one in log if one["state"] == "pending" and one["attempt"]]
    assert {(one["status_code"], one["error_code"]) for one in waiting} == {(400, "not_accepted")}
    assert all(one["next_attempt_at"] for one in waiting)


def test_a_receiver_that_is_slow_or_away_holds_up_no_other(lab: Lab) -> None:
    with receiving(lambda handler, told: time.sleep(1.5)) as slow, receiving() as quick:
        subscribed(lab, slow, "entries.*")
        away, _ = subscribed(lab, quick, "entries.*")
        lab.owner.update("webhooks", away, url="http://127.0.0.1:9/")  # nobody listens there
        subscribed(lab, quick, "entries.*")
        began = time.monotonic()
        for _ in range(10):
            lab.new_entry()
        eventually(lambda: len(quick.ids) == 10)
        took = time.monotonic() - began
        resting = eventually(lambda: shown(lab, away)["resting_until"] and shown(lab, away))

    assert took < 3
    assert resting["failures_in_a_row"] >= 3
    assert {one["error_code"] for one in deliveries(lab, away)} <= {"unreachable", None}


def test_what_was_missed_while_disabled_comes_afterwards(lab: Lab) -> None:
    with receiving() as receiver:
        webhook, _ = subscribed(lab, receiver, "entries.*", disabled_at="2026-01-01T00:00:00Z")
        entry = lab.new_entry()
        time.sleep(0.7)
        before = list(receiver.ids)
        lab.owner.update("webhooks", webhook, disabled_at=None)
        eventually(lambda: receiver.ids)

    assert before == []
    assert receiver.told[0]["data"]["record_id"] == entry


def test_a_replay_sends_the_feed_anew_with_the_same_ids(lab: Lab) -> None:
    with receiving() as receiver:
        lab.at("annotate")
        webhook, _ = subscribed(lab, receiver)
        lab.at("done")
        eventually(lambda: receiver.types[-1:] == ["entries.submit"] and len(receiver.ids) >= 4)
        eventually(lambda: feed(lab.owner)[-1]["kind"] == "submit")
        count = len(feed(lab.owner))

        replayed = lab.owner.post(f"/webhooks/{webhook}/replay", {"data": {"attributes": {"after": 0}}})
        eventually(lambda: receiver.types[-1:] == ["webhooks.replay"])
        whole = feed_ids(lab.owner)
        anew = eventually(lambda: receiver.ids[-len(whole) :] == whole and receiver.ids)
        lab.owner.post(f"/webhooks/{webhook}/replay", {"data": {"attributes": {"after": count}}})
        eventually(lambda: receiver.types.count("webhooks.replay") >= 3)
        last = [one["data"]["sequence"] for one in receiver.told[len(anew) :]]

    assert replayed.status == 200, replayed
    assert set(receiver.ids) == set(feed_ids(lab.owner))
    assert min(last) == count + 1
    wrong = lab.owner.post(f"/webhooks/{webhook}/replay", {"data": {"attributes": {"after": -1}}})
    assert (wrong.status, lab.owner.post(f"/webhooks/{webhook}/replay").status) == (422, 422)


def test_a_ping_is_sent_once_and_its_outcome_kept(lab: Lab) -> None:
    with receiving(lambda handler, told: reply(handler, 418)) as receiver:
        webhook, secret = subscribed(lab, receiver, disabled_at="2026-01-01T00:00:00Z")

        pinged = lab.owner.post(f"/webhooks/{webhook}/test")
        log = eventually(lambda: [one for one in deliveries(lab, webhook) if one["state"] == "failed"])

    assert pinged.status == 200, pinged
    assert [one["data"] for one in receiver.told] == [{"webhook_id": webhook}]
    assert receiver.types == ["ping"]
    assert all(is_signed(secret, headers, body) for headers, body in receiver.letters)
    assert [(one["event_type"], one["attempt"], one["status_code"]) for one in log] == [("ping", 1, 418)]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://example.org:8080/",
        "https://user:word@example.org/",
        "ftp://example.org/",
        "no url",
    ],
)
def test_a_private_url_is_refused_when_it_is_saved(lab: Lab, url: str) -> None:
    made = lab.owner.create("webhooks", url=url)
    webhook = lab.owner.create("webhooks", url="https://example.org/").id
    changed = lab.owner.update("webhooks", webhook, url=url)

    for refused in (made, changed):
        assert (refused.status, refused.code) == (422, "url_not_allowed")
        assert refused.source == {"pointer": "/data/attributes/url"}


def test_a_name_that_leads_inside_is_refused_when_it_is_sent_to(lab: Lab) -> None:
    webhook = lab.owner.create("webhooks", url=f"http://{INSIDE}/", event_types=["entries.*"]).id
    lab.owner.post(f"/webhooks/{webhook}/test")
    lab.new_entry()

    log = eventually(lambda: len(found := deliveries(lab, webhook)) == 2 and found)

    assert {one["error_code"] for one in eventually(lambda: log[0]["at"] and log)} == {"url_not_allowed"}


def test_event_types_are_checked(lab: Lab) -> None:
    for wrong in ([], ["entries"], ["entries.*.x"], ["Entries.create"], ["*"] * 51):
        made = lab.owner.create("webhooks", url="https://example.org/", event_types=wrong)
        assert (made.status, made.code) == (422, "attribute_invalid"), wrong
    made = lab.owner.create("webhooks", url="https://example.org/", event_types=["*", "nothing.create"])
    assert (made.status, made.code) == (422, "event_type_unknown")
    for right in (["*"], ["entries.*", "*.delete"], ["webhooks.replay"]):
        assert lab.owner.create("webhooks", url="https://example.org/", event_types=right).status == 201


def test_webhooks_are_the_administrators_and_their_secret_is_told_once(lab: Lab) -> None:
    made = lab.admin.create("webhooks", url="https://example.org/", description="mirror")
    secret = made.document["meta"]["secret"]
    key = secret.removeprefix("whsec_")

    listed = lab.owner.get("/webhooks")
    history = lab.owner.get(f"/webhooks/{made.id}/history")
    writer = Person(lab.house, lab.key(lab.owner.account, ("read", "write")))

    assert len(base64.b64decode(key)) == 32
    assert listed.ids == [made.id]
    assert all(key not in one.text for one in (listed, history, lab.owner.get("/events")))
    for person in (lab.project_owner, lab.annotator, lab.outsider):
        assert person.get("/webhooks").ids == []
        assert person.get("/webhook_deliveries").ids == []
        assert person.get(f"/webhooks/{made.id}").status == 404
        assert person.post(f"/webhooks/{made.id}/test").status == 404
        assert person.create("webhooks", url="https://example.org/").status == 403
    assert writer.get(f"/webhooks/{made.id}").status == 200
    assert writer.create("webhooks", url="https://example.org/").code == "scope_missing"
    assert writer.post(f"/webhooks/{made.id}/test").code == "scope_missing"
    assert lab.owner.create("webhooks", url="https://example.org/", position=7).status == 422


def test_several_dispatchers_send_nothing_twice(lab: Lab) -> None:
    others = [Deliveries(lab.house.database, Pace(poll=0.01)) for _ in range(3)]
    with receiving() as first, receiving() as second:
        for receiver in (first, second):
            subscribed(lab, receiver, "entries.*")
        for other in others:
            other.start()
        for _ in range(80):
            lab.new_entry()
        eventually(lambda: len(first.ids) >= 80 and len(second.ids) >= 80)
        time.sleep(0.3)
        for other in others:
            other.stop()

    wanted = feed_ids(lab.owner, resource="entries")
    assert (first.ids, second.ids) == (wanted, wanted)


def test_what_a_killed_dispatcher_had_claimed_is_sent_by_another(lab: Lab) -> None:
    database = lab.house.database

    def claim(work: Work) -> list[Claim]:
        until = wire_time(datetime.fromisoformat(work.now) + timedelta(seconds=1))
        return outbox.claim(work, 100, is_sick=False, until=until)

    with receiving() as receiver:
        # The service looks for pings as well: it is tried until this one is faster.
        mine: list[Claim] = []
        for _ in range(20):
            webhook, _ = subscribed(lab, receiver, "entries.*")
            lab.owner.post(f"/webhooks/{webhook}/test")
            mine = [one for one in database.write_now(SYSTEM, claim) if one.webhook.id == webhook]
            if mine:
                break
        assert mine
        count = receiver.types.count("ping")
        eventually(lambda: receiver.types.count("ping") > count)  # once the lease has run out
        is_kept = database.write_now(SYSTEM, partial(outbox.record, claim=mine[0], report=Report()))
        log = eventually(lambda: deliveries(lab, webhook)[0]["at"] and deliveries(lab, webhook))

    assert not is_kept  # what comes of a lost lease is not believed
    assert [one["state"] for one in log] == ["succeeded"]


def test_a_delivery_is_given_up_after_a_day() -> None:
    with receiving(lambda handler, told: reply(handler, 500)) as receiver:
        webhook = Webhook(
            url=receiver.url, secret="whsec_AAAA", created_at="", updated_at="", organization_id=""
        )
        nows = iter(f"2026-01-{day:02}T12:00:00.000000Z" for day in (1, 1, 1, 1, 2, 2, 3, 3))
        fetcher = Fetcher(hosts_of(LISTED))
        sources = Sources(clock=lambda: next(nows), chance=lambda: 0.5, fetcher=fetcher)
        pace = Pace(first_retry=100)

        def tried(attempt: int, first_attempt_at: str | None) -> str | None:
            delivery = WebhookDelivery(
                webhook_id="", organization_id="", event_type="a.b", created_at="", sequence=1, record_id="r"
            )
            delivery.attempt, delivery.first_attempt_at = attempt, first_attempt_at
            waiting = outbox.Pending(delivery, Letter("id", "a.b", b"{}", 1, "r"))
            claim = outbox.Claim(webhook, "", (waiting,), (), 1, 1)
            return Round(claim, sources, pace, lambda: False).sent().tried[0][1].next_attempt_at

        webhook.failures_in_a_row = 0
        first = "2026-01-01T12:00:00.000000Z"
        assert tried(0, None) == "2026-01-01T12:01:40.000000Z"
        assert tried(2, first) == "2026-01-01T12:15:00.000000Z"
        assert tried(9, "2026-01-01T13:00:00.000000Z") == "2026-01-02T13:00:00.000000Z"
        assert tried(10, "2026-01-01T13:00:00.000000Z") is None
        fetcher.close()


def test_a_server_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    where = ("--data", str(tmp_path))
    made = founded(f"sqlite:///{tmp_path}/postil.db")
    key = {"Authorization": f"Bearer {made['api_key']}"}
    is_slow = True

    def answer(handler: BaseHTTPRequestHandler, told: Any) -> None:
        time.sleep(0.05 if is_slow else 0)
        reply(handler)

    with receiving(answer) as receiver, httpx2.Client(headers=key, timeout=30) as client:
        with server(tmp_path, *where) as (process, url):

            def create(type: str, **attributes: Any) -> str:
                reply = client.post(f"{url}/{type}", json={"data": {"type": type, "attributes": attributes}})
                assert reply.status_code == 201, reply.text
                return str(reply.json()["data"]["id"])

            create("webhooks", url=receiver.url)
            project = create("projects", name="P", organization_id=made["organization_id"])
            dataset = create("datasets", name="D", project_id=project)
            for n in range(60):
                create("entries", resource=f"{n}.png", dataset_id=dataset)
            eventually(lambda: len(receiver.ids) > 5)
            process.send_signal(signal.SIGKILL)
            process.wait()
        at_kill, is_slow = len(set(receiver.ids)), False
        with server(tmp_path, *where) as (process, url):
            wanted = [one["id"] for one in client.get(f"{url}/events").json()["data"]]
            eventually(lambda: wanted[-1] in receiver.ids)

    told = list(dict.fromkeys(receiver.ids))
    assert at_kill < len(told) == 64  # the webhook, the project, the dataset and its version, 60 entries
    assert told == wanted[-64:]


def founded(url: str) -> Any:
    """What is told of a new organization in a new database at URL."""
    migrate(url)
    database = open_database(url)
    try:
        return database.write_now(SYSTEM, lambda work: found_organization(work, "a@b.example", "Lund"))
    finally:
        database.close()


@contextmanager
def server(folder: Path, *where: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with (folder / "log").open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", *where, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment(POSTIL_ALLOWED_PRIVATE_HOSTS="127.0.0.1"),
            cwd=ROOT,
        )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
