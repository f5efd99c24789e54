"""Lists by lines: the records of all pages, one a line, for whoever may read them."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.operations import reading
from app.web.jsonapi import lines
from tests.app.jsonapi.asking import MOUNTS, NOBODY, PROFILED, TYPES, pages
from tests.lab import MEDIA_TYPE, House, Lab, Person, Reply

LINES = "application/x-ndjson"
ACCEPT = {"Accept": LINES}
MANY = 18  # entries of the mixed laboratory


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few records make several reads, and several pieces of each."""
    monkeypatch.setattr(lines, "FIRST", 3)
    monkeypatch.setattr(lines, "READ", 4_000)
    monkeypatch.setattr(lines, "PIECE", 1_500)
    monkeypatch.setattr(reading, "MOST_KEYS", 4)


def parts(reply: Reply) -> tuple[list[Any], Any]:
    """The records of a stream, and its last line."""
    assert (reply.status, reply.headers["content-type"]) == (200, LINES), reply
    *records, last = (json.loads(line) for line in reply.text.splitlines())
    return records, last


def stream(person: Person, path: str) -> list[Any]:
    """The records of the stream at PATH, which must be whole."""
    records, last = parts(person.get(path, headers=ACCEPT))
    assert last == {"meta": {"end": True, "count": len(records)}}
    return records


def paged(person: Person, path: str) -> list[Any]:
    """The records of all pages of the list at PATH."""
    mark = "&" if "?" in path else "?"
    found = person.get(f"{path}{mark}page[size]=4&page[after]=")
    records = list(found.data)
    while following := found.document["links"].get("next"):
        found = person.get(following)
        records += found.data
    return records


@pytest.fixture(scope="session")
def mixed(house: House) -> Lab:
    """A laboratory with entries of many kinds, which no test changes."""
    lab = Lab(house, "Mixed")
    other = lab.new_dataset(name="Right eyes")
    for n in range(14):
        lab.new_entry(
            priority=[0, 1.5, -2][n % 3],
            dataset_id=[lab.dataset, other][n % 2],
            split=[None, "train", "test"][n % 3],
            resource=f"r{n % 5}é\u2028\x85",
            metadata={"n": n % 2},
        )
    for step in ("annotate", "review", "done"):
        lab.at(step)
    lab.at("annotate", holder=lab.person("annotator"))  # which the other annotators may not see
    return lab


SORTS = ["id", "priority", "status", "split", "resource", "created_at", "submitted_by_id", "external_id"]
FILTERS = [
    "filter[status__in]=ready,in_progress,completed",
    "filter[priority__gte]=0",
    "filter[split]=train,test",
    "filter[split]",
    "filter[resource__match]=R1",
    "filter[metadata][n]=1",
    "filter[wf_step]=start",
]
FIELDS = ["", "priority", "priority,dataset", "metadata,annotations"]


@st.composite
def queries(draw: st.DrawFn) -> str:
    said = draw(st.lists(st.sampled_from(FILTERS), unique_by=lambda one: one[:13], max_size=3))
    sorts = draw(st.lists(st.sampled_from(SORTS), unique=True, max_size=3))
    signs = draw(st.lists(st.sampled_from(["", "-"]), min_size=3, max_size=3))
    if sorts:
        said.append("sort=" + ",".join(sign + one for sign, one in zip(signs, sorts, strict=False)))
    if fields := draw(st.sampled_from(FIELDS)):
        said.append(f"fields[entries]={fields}")
    return "/entries?" + "&".join(said)


@given(queries(), st.sampled_from(MOUNTS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stream_is_all_pages_together(mixed: Lab, path: str, mount: str) -> None:
    person = mixed.owner.at(mount)

    assert stream(person, path) == paged(person, path)


@pytest.mark.parametrize("type", [*TYPES, "events", "jobs", "webhooks", "drafts"])
def test_every_list_is_streamed(viewer: Person, type: str) -> None:
    assert stream(viewer, f"/{type}") == paged(viewer, f"/{type}")


@pytest.mark.parametrize("sort", ["", "&sort=-priority", "&sort=split,-resource", "&sort=-external_id"])
def test_behind_any_line_comes_the_rest(mixed: Lab, mount: str, sort: str) -> None:
    person = mixed.owner.at(mount)
    whole = stream(person, f"/entries?{sort}")

    for at, record in enumerate(whole, 1):
        rest = stream(person, f"/entries?page[after]={record['meta']['page']['cursor']}{sort}")
        assert rest == whole[at:]
    assert len(whole) == MANY


def test_an_empty_cursor_is_the_start_and_an_empty_list_has_a_last_line(mixed: Lab, mount: str) -> None:
    person = mixed.owner.at(mount)

    assert stream(person, "/entries?page[after]=") == stream(person, "/entries")
    assert stream(person, "/entries?filter[external_id]=nobody") == []


@pytest.mark.parametrize("role", ["annotator", "reviewer", "project_owner", "admin", "outsider"])
def test_everybody_sees_what_their_pages_show(mixed: Lab, mount: str, role: str) -> None:
    person: Person = getattr(mixed, role).at(mount)

    seen = stream(person, "/entries")

    assert seen == paged(person, "/entries")
    assert (len(seen) == MANY) == (role in ("project_owner", "admin")), "a role that shows no difference"
    assert (seen == []) == (role == "outsider")


def test_what_a_record_links_to_is_streamed_alike(mixed: Lab, mount: str) -> None:
    person = mixed.owner.at(mount)
    path = f"/datasets/{mixed.dataset}/entries"

    assert stream(person, f"{path}?sort=-priority") == paged(person, f"{path}?sort=-priority")
    for missing in (f"/datasets/{NOBODY}/entries", "/datasets/nonsense/entries"):
        refused = person.get(missing, headers=ACCEPT)
        assert (refused.status, refused.code, refused.headers["content-type"]) == (
            404,
            "not_found",
            MEDIA_TYPE,
        )
    foreign = mixed.outsider.at(mount).get(path, headers=ACCEPT)
    assert foreign.status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/entries/{entries}",
        "/entries/{entries}/dataset",
        "/entries/{entries}/history",
        "/datasets/{datasets}/relationships/entries",
        "/datasets/{datasets}/statistics",
    ],
)
def test_what_is_no_list_of_records_has_no_lines(viewer: Person, records: dict[str, str], path: str) -> None:
    reply = viewer.get(path.format(**records), headers=ACCEPT)

    assert (reply.status, reply.code, reply.source) == (406, "not_acceptable", {"header": "Accept"})


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("page[number]=2", "parameter_conflict", "page[number]"),
        ("page[size]=10", "parameter_conflict", "page[size]"),
        ("page[before]={cursor}", "parameter_conflict", "page[before]"),
        ("include=dataset", "parameter_conflict", "include"),
        ("included=dataset", "parameter_conflict", "include"),
        ("count=true", "parameter_conflict", "count"),
        ("as_of=2030-01-01T00:00:00Z", "parameter_conflict", "as_of"),
        ("page[after]=nonsense", "cursor_invalid", "page[after]"),
        ("page[size]=5000", "page_size_invalid", "page[size]"),
        ("filter[colour]=red", "filter_unknown", "filter[colour]"),
        ("limit=5", "parameter_unknown", "limit"),
    ],
)
def test_what_belongs_to_a_page_is_refused(
    mixed: Lab, mount: str, query: str, code: str, parameter: str
) -> None:
    person = mixed.owner.at(mount)
    cursor = person.get("/entries", headers=PROFILED).data[1]["meta"]["page"]["cursor"]

    reply = person.get(f"/entries?{query.format(cursor=cursor)}", headers=ACCEPT)

    assert (reply.status, reply.code, reply.source) == (400, code, {"parameter": parameter})
    assert reply.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize(
    ("accept", "type"),
    [
        (LINES.upper(), LINES),
        (f"{LINES};charset=utf-8", LINES),
        (f"{LINES}, */*;q=0.8", LINES),
        (f"{LINES}, application/json", LINES),
        (f"text/html, {LINES};q=0.5", LINES),
        (f"{LINES}, {MEDIA_TYPE};q=0.9", LINES),
        (f"{LINES}, {MEDIA_TYPE};charset=utf-8", LINES),
        (f"{LINES}, {MEDIA_TYPE}", MEDIA_TYPE),
        (f"{LINES};q=0.9, {MEDIA_TYPE}", MEDIA_TYPE),
        (f"{LINES};q=0, */*", MEDIA_TYPE),
        (f"{LINES};q=x, {MEDIA_TYPE};q=0.5", LINES),
    ],
)
def test_lines_come_where_they_are_wanted_more(asker: Person, accept: str, type: str) -> None:
    reply = asker.get("/entries", headers={"Accept": accept})

    assert (reply.status, reply.headers["content-type"]) == (200, type)
    assert reply.headers["vary"].startswith("Accept")


def test_lines_that_are_refused_are_no_way_out(asker: Person) -> None:
    assert asker.get("/entries", headers={"Accept": f"{LINES};q=0"}).status == 406


def test_a_key_is_asked_for_as_ever(lab: Lab, mount: str) -> None:
    stranger = lab.stranger.at(mount).get("/entries", headers=ACCEPT)
    writer = Person(lab.house, lab.key(lab.owner.account, ("write",)), mount=mount)
    unfit = writer.get("/entries", headers=ACCEPT)
    id = lab.owner.get(f"/api_keys?filter[account_id]={lab.annotator.account}").ids[0]
    lab.owner.delete(f"/api_keys/{id}")
    revoked = lab.annotator.at(mount).get("/entries", headers=ACCEPT)

    assert (stranger.status, stranger.code) == (401, "unauthenticated")
    assert (unfit.status, unfit.code) == (403, "scope_missing")
    assert (revoked.status, revoked.code) == (401, "unauthenticated")


def test_a_head_is_checked_alike_and_has_no_body(mixed: Lab, mount: str) -> None:
    person = mixed.owner.at(mount)

    # At once after each other: more than may run at once, so each has given up its place.
    replies = [person.ask("HEAD", "/entries", headers=ACCEPT) for _ in range(9)]
    refused = person.ask("HEAD", "/entries?page[number]=2", headers=ACCEPT)

    assert {(one.status, one.headers["content-type"], one.text) for one in replies} == {(200, LINES, "")}
    assert refused.status == 400


def test_events_by_lines_end_where_the_feed_does(mixed: Lab, mount: str) -> None:
    person = mixed.owner.at(mount)
    numbers = [one["attributes"]["sequence"] for one in stream(person, "/events?after=3&until=idle")]

    assert numbers == list(range(4, 4 + len(numbers)))
    assert len(numbers) > MANY


def test_the_first_pages_and_the_stream_agree_by_offset_too(mixed: Lab) -> None:
    path = "/entries?sort=-priority,resource&page[size]=5"

    found = [id for page in pages(mixed.owner, path) for id in page.ids]

    assert [one["id"] for one in stream(mixed.owner, path.replace("&page[size]=5", ""))] == found
