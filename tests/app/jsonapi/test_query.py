"""Query parameters: items 42 and 43 of the JSON:API checklist."""

import pytest

from tests.lab import Lab, Person

UNKNOWN = ["colour=1", "Colour=1", "x-y=1", "fooBar=1", "sort[]=id", "count[]=true", "filters[a]=1", "=1"]


@pytest.mark.parametrize("query", UNKNOWN)
@pytest.mark.parametrize("path", ["/entries", "/entries/{entry}", "/entries/{entry}/relationships/dataset"])
def test_42_an_unknown_parameter_is_refused(still: Lab, asker: Person, path: str, query: str) -> None:
    reply = asker.get(f"{path.format(entry=still.entry)}?{query}")

    assert (reply.status, reply.code) == (400, "parameter_unknown")
    assert reply.source == {"parameter": query.partition("=")[0]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/entries"),
        ("PATCH", "/entries/{entry}"),
        ("DELETE", "/entries/{entry}"),
        ("POST", "/entries/{entry}/submit"),
        ("PATCH", "/entries/{entry}/relationships/dataset"),
    ],
)
def test_42_so_is_one_of_a_change_which_changes_nothing(
    still: Lab, asker: Person, method: str, path: str
) -> None:
    before = asker.get(f"/entries/{still.entry}").data

    reply = asker.ask(method, f"{path.format(entry=still.entry)}?colour=1")

    assert (reply.status, reply.source) == (400, {"parameter": "colour"})
    assert asker.get(f"/entries/{still.entry}").data == before


@pytest.mark.parametrize("query", ["sort=id", "page[size]=1", "filter[id]=1", "count=true"])
def test_42_what_is_asked_of_lists_is_not_asked_of_records(still: Lab, asker: Person, query: str) -> None:
    for path in (f"/entries/{still.entry}", f"/entries/{still.entry}/dataset"):
        reply = asker.get(f"{path}?{query}")

        assert (reply.status, reply.code) == (400, "parameter_unknown")


@pytest.mark.parametrize("name", ["included", "include"])
def test_42_the_documented_names_are_known(still: Lab, asker: Person, name: str) -> None:
    reply = asker.get(f"/entries?count=true&{name}=dataset")

    assert reply.status == 200


@pytest.mark.parametrize(
    "name",
    [
        "filter[_]",
        "filter[]",
        "filter",
        "filter[a]b",
        "filter[a",
        "filter[id][x]",
        "page[foo]",
        "page[]",
        "page",
        "page[size][x]",
        "fields[]",
        "fields[_]",
        "fields[entries][x]",
    ],
)
def test_43_a_bad_member_of_a_family_is_refused(asker: Person, name: str) -> None:
    reply = asker.get(f"/entries?{name}=1")

    assert (reply.status, reply.source) == (400, {"parameter": name})


def test_43_a_filter_of_the_resource_s_own_has_no_members(asker: Person) -> None:
    reply = asker.get("/project_members?filter[enabled][x]=true")

    assert (reply.status, reply.source) == (400, {"parameter": "filter[enabled][x]"})


def test_43_a_plus_is_a_space(lab: Lab, owner: Person) -> None:
    spaced, plus = lab.new_entry(resource="a b"), lab.new_entry(resource="a+b")

    assert owner.get("/entries?filter[resource]=a+b").ids == [spaced]
    assert owner.get("/entries?filter[resource]=a%20b").ids == [spaced]
    assert owner.get("/entries?filter[resource]=a%2Bb").ids == [plus]


@pytest.mark.parametrize("query", ["filter[resource]=%ff", "filter[resource]=%00", "filter[%ff]=1", "%00=1"])
def test_43_a_query_that_is_no_text_is_refused(asker: Person, query: str) -> None:
    assert asker.get(f"/entries?{query}").status == 400
