"""The cursor pagination profile: items 52 to 54 of the JSON:API checklist."""

import base64
import json
from typing import Any

import pytest

from tests.app.jsonapi.asking import CURSOR_PROFILE, NOBODY, PROFILED, pages, query_of
from tests.lab import Lab, Person, Reply


def _made(lab: Lab, count: int = 5) -> list[str]:
    return [lab.new_entry(resource=f"r{n}", priority=n // 2) for n in range(count)]


def _cursor(*keys: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


def _walked(person: Person, path: str, link: str) -> list[list[str]]:
    found: list[Reply] = [person.get(path, headers=PROFILED)]
    while following := found[-1].document["links"][link]:
        found.append(person.get(following, headers=PROFILED))
    return [page.ids for page in found]


def test_52_the_first_page_needs_no_cursor(lab: Lab, owner: Person) -> None:
    made = _made(lab)

    reply = owner.get("/entries?page[size]=2", headers=PROFILED)

    assert reply.ids == made[:2]
    assert reply.document["links"]["prev"] is None
    assert query_of(reply.document["links"]["next"]).keys() == {"page[size]", "page[after]"}


def test_52_both_links_stand_on_every_page(lab: Lab, owner: Person) -> None:
    made = _made(lab)

    assert _walked(owner, "/entries?page[size]=2", "next") == [made[:2], made[2:4], made[4:]]
    last = owner.get("/entries?page[size]=9", headers=PROFILED).document["links"]
    assert (last["prev"], last["next"]) == (None, None)


def test_52_a_relationship_is_paged_alike(lab: Lab, owner: Person) -> None:
    made = _made(lab)

    path = f"/datasets/{lab.dataset}/relationships/entries?page[size]=2"

    assert _walked(owner, path, "next") == [made[:2], made[2:4], made[4:]]
    related = f"/datasets/{lab.dataset}/entries?page[size]=2"
    assert _walked(owner, related, "next") == [made[:2], made[2:4], made[4:]]


def test_52_without_the_profile_there_are_no_null_links(lab: Lab, owner: Person) -> None:
    _made(lab)

    found = pages(owner, "/entries?page[size]=2&page[after]=")

    assert [page.document["links"].keys() for page in found] == [
        {"self", "first", "next"},
        {"self", "first", "prev", "next"},
        {"self", "first", "prev"},
    ]


@pytest.mark.parametrize("sort", ["", "&sort=-priority", "&sort=priority,-resource", "&sort=-id"])
def test_52_there_and_back_every_record_is_met_once(lab: Lab, owner: Person, sort: str) -> None:
    _made(lab)
    whole = owner.get(f"/entries?page[size]=9{sort}").ids

    there = pages(owner, f"/entries?page[size]=2&page[after]={sort}")
    back = pages(owner, there[-1].document["links"]["prev"], "prev")

    assert [id for page in there for id in page.ids] == whole
    assert [id for page in reversed(back) for id in page.ids] == whole[:4]


def test_52_what_is_added_meanwhile_moves_nothing(lab: Lab, owner: Person) -> None:
    made = _made(lab)
    first = owner.get("/entries?sort=resource&page[size]=2&page[after]=")
    lab.new_entry(resource="a new first one")

    second = owner.get(first.document["links"]["next"])

    assert second.ids == made[2:4]


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "!!!",
        "%C3%A9",
        "e30",
        "W10",
        _cursor(),
        _cursor("", 1),
        _cursor("", None),
        _cursor("resource", "x", NOBODY),
        _cursor("", NOBODY, NOBODY),
        _cursor("", "\0"),
        "A" * 20_000,
    ],
)
@pytest.mark.parametrize("name", ["page[after]", "page[before]"])
def test_53_a_cursor_that_is_not_ours_is_refused(asker: Person, name: str, cursor: str) -> None:
    reply = asker.get(f"/entries?{name}={cursor}")

    assert (reply.status, reply.code, reply.source) == (400, "cursor_invalid", {"parameter": name})


def test_53_a_cursor_of_another_order_is_refused(lab: Lab, owner: Person) -> None:
    _made(lab)
    link = owner.get("/entries?sort=resource&page[size]=2&page[after]=").document["links"]["next"]

    reply = owner.get(link.replace("sort=resource", "sort=-resource"))

    assert (reply.status, reply.code) == (400, "cursor_invalid")


@pytest.mark.parametrize("size", ["0", "-1", "x", "", "1.5", "1e3", "%C2%B2", "99999999999999999999999"])
def test_53_a_size_that_is_none_is_refused(asker: Person, size: str) -> None:
    reply = asker.get(f"/entries?page[size]={size}")

    assert (reply.status, reply.code, reply.source) == (
        400,
        "page_size_invalid",
        {"parameter": "page[size]"},
    )


def test_53_a_size_beyond_the_maximum_is_told_the_maximum(asker: Person) -> None:
    error = asker.get("/entries?page[size]=1001").document["errors"][0]

    assert (error["status"], error["source"]) == ("400", {"parameter": "page[size]"})
    assert error["meta"] == {"page": {"maxSize": 1000}}
    assert error["links"] == {"type": f"{CURSOR_PROFILE}/max-size-exceeded"}
    assert asker.get("/entries?page[size]=1000").status == 200


def test_53_a_range_is_not_supported(lab: Lab, owner: Person) -> None:
    _made(lab, 1)
    cursor = owner.get("/entries", headers=PROFILED).data[0]["meta"]["page"]["cursor"]

    reply = owner.get(f"/entries?page[after]={cursor}&page[before]={cursor}")

    assert (reply.status, reply.code) == (400, "range_unsupported")
    assert reply.document["errors"][0]["links"] == {
        "type": f"{CURSOR_PROFILE}/range-pagination-not-supported"
    }


def test_53_an_order_that_is_not_supported_is_refused(asker: Person) -> None:
    reply = asker.get("/entries?sort=metadata&page[after]=", headers=PROFILED)

    assert (reply.status, reply.source) == (400, {"parameter": "sort"})


def test_54_every_record_bears_its_cursor(lab: Lab, owner: Person) -> None:
    made = _made(lab)
    page = owner.get("/entries?sort=-resource", headers=PROFILED)
    cursor = page.data[1]["meta"]["page"]["cursor"]

    after = owner.get(f"/entries?sort=-resource&page[after]={cursor}")
    before = owner.get(f"/entries?sort=-resource&page[before]={cursor}")

    assert page.ids == made[::-1]
    assert after.ids == made[2::-1]
    assert before.ids == made[4:]


def test_54_the_total_stands_in_the_page_s_meta(lab: Lab, owner: Person) -> None:
    _made(lab)

    counted = owner.get("/entries?count=true&page[size]=2", headers=PROFILED).document
    uncounted = owner.get("/entries?page[size]=2", headers=PROFILED).document

    assert counted["meta"] == {"count": 5, "total": 5, "page": {"total": 5}}
    assert "meta" not in uncounted
    assert not any("rangeTruncated" in str(document) for document in (counted, uncounted))
