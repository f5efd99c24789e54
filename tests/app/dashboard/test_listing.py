"""A page's address is the API's own query: what its form shows, keeps and drops."""

from app.web.dashboard import listing
from app.web.dashboard.listing import Field

PAIRS = [("filter[status__in]", "ready,in_progress"), ("filter[metadata]", '{"a": "é&"}'), ("sort", "-id")]
KNOWN = {"status": ("filter[status]", "filter[status__in]"), "step": ("filter[wf_step]",), "sort": ("sort",)}


def test_an_address_is_spelt_as_the_api_is_documented() -> None:
    assert listing.address("/ui/x", PAIRS[:1]) == "/ui/x?filter[status__in]=ready,in_progress"
    assert listing.address("/ui/x", PAIRS[1:2]) == "/ui/x?filter[metadata]=%7B%22a%22:%20%22%C3%A9%26%22%7D"
    assert listing.address("/ui/x", []) == "/ui/x"


def test_a_field_says_the_parameter_that_the_address_does() -> None:
    shown, others = listing.fields(PAIRS, KNOWN)

    assert shown["status"] == Field("filter[status__in]", "ready,in_progress")
    assert shown["step"] == Field("filter[wf_step]", "")
    assert others == [("filter[metadata]", '{"a": "é&"}')]


def test_what_is_said_twice_is_kept_and_shown_by_no_field() -> None:
    twice = [("sort", "id"), ("sort", "priority")]

    shown, others = listing.fields(twice, KNOWN)

    assert (shown["sort"].value, others) == ("", twice)


def test_each_parameter_can_be_dropped_alone() -> None:
    ways = [part.without for part in listing.parts("/ui/x", [("a", "1"), ("b", "2"), ("a", "3")])]

    assert ways == ["/ui/x?b=2&a=3", "/ui/x?a=1&a=3", "/ui/x?a=1&b=2"]


def test_the_pages_before_and_after_keep_the_filter_and_lose_the_place() -> None:
    said = [("filter[status]", "ready"), ("page[after]", "old")]
    links = {"next": "http://host/datasets/1/entries?page[size]=50&page%5Bafter%5D=new", "prev": None}

    assert listing.ways("/ui/x", said, links) == {
        "prev": None,
        "next": "/ui/x?filter[status]=ready&page[after]=new",
    }
