"""Document structure and compound documents: items 9 to 18 of the JSON:API checklist."""

from typing import Any

import pytest

from app.declare import RESOURCES, ToMany
from tests.app.jsonapi.asking import NOBODY, TYPES, named, query_of
from tests.app.jsonapi.documents import check
from tests.lab import Lab, Person


def _addresses(type: str, id: str) -> list[str]:
    """Every address of a record and of its list, plain, whole and with all that can be included."""
    card = RESOURCES[type]
    paths = ",".join(sorted(card.include_paths))
    found = [f"/{type}", f"/{type}?include={paths}", f"/{type}?count=true&page[size]=1"]
    found += [f"/{type}/{id}", f"/{type}/{id}?include={paths}", f"/{type}?page[after]="]
    for link in card.links:
        found += [f"/{type}/{id}/{link.name}", f"/{type}/{id}/relationships/{link.name}"]
        found.append(f"/{type}/{id}/relationships/{link.name}?include={link.name}")
    return found


def test_09_to_16_and_18_every_answer_keeps_the_rules_of_documents(
    records: dict[str, str], viewer: Person, mount: str
) -> None:
    addresses = [address for type in TYPES for address in _addresses(type, records[type])]

    replies = [viewer.get(address) for address in addresses]

    assert {reply.status for reply in replies} == {200}
    for reply in replies:
        check(reply.document, named(mount, ""))


def test_09_an_error_document_has_errors_and_no_data(owner: Person, mount: str) -> None:
    for path in (f"/entries/{NOBODY}", "/nowhere", "/entries?filter[no]=1", "/entries?page[size]=1001"):
        document = owner.get(path).document

        check(document, named(mount, ""))
        assert "errors" in document


def test_10_a_collection_is_a_list_with_no_record_and_with_one(lab: Lab, owner: Person) -> None:
    none = owner.get("/entries")
    lab.new_entry()
    one = owner.get("/entries")

    assert none.data == []
    assert len(one.data) == 1


def test_10_a_record_is_an_object_and_an_empty_link_is_null(lab: Lab, owner: Person) -> None:
    record = owner.get(f"/entries/{lab.entry}")
    empty = owner.get(f"/entries/{lab.entry}/assigned_to")

    assert isinstance(record.data, dict)
    assert (empty.status, empty.data) == (200, None)


def test_11_types_are_those_of_the_mount(records: dict[str, str], viewer: Person, mount: str) -> None:
    for type, id in records.items():
        data = viewer.get(f"/{type}/{id}").data

        assert (data["type"], data["id"]) == (named(mount, type), id)


def test_12_no_field_is_called_id_or_type_nor_twice() -> None:
    for card in RESOURCES.values():
        assert not {"id", "type"} & (card.attributes.keys() | card.link_of.keys())
        assert not card.attributes.keys() & card.link_of.keys()


def test_13_a_single_record_s_relationships_lead_on(
    records: dict[str, str], viewer: Person, mount: str
) -> None:
    for type, id in records.items():
        relationships = viewer.get(f"/{type}/{id}").data.get("relationships", {})

        assert relationships.keys() == RESOURCES[type].link_of.keys()
        for name, relationship in relationships.items():
            base = f"http://testserver{mount}/{type}/{id}"
            assert relationship["links"] == {
                "self": f"{base}/relationships/{name}",
                "related": f"{base}/{name}",
            }


def test_13_linkage_is_null_or_an_identifier_or_a_list(
    records: dict[str, str], viewer: Person, mount: str
) -> None:
    entry = records["entries"]

    linked = viewer.get(f"/entries/{entry}?include=annotations").data["relationships"]
    fresh = viewer.get(f"/entries/{entry}").data["relationships"]

    assert linked["annotations"]["data"] == [
        {"type": named(mount, "annotations"), "id": records["annotations"]}
    ]
    assert linked["dataset"]["data"] == {"type": named(mount, "datasets"), "id": records["datasets"]}
    assert fresh["reviewed_by"]["data"] is None
    assert "data" not in fresh["annotations"]


def test_14_links_are_absolute_percent_encoded_addresses(lab: Lab, owner: Person, mount: str) -> None:
    lab.new_entry(resource="a b&c=d")

    links = owner.get("/entries?filter[resource]=a%20b%26c%3Dd&page[size]=1").document["links"]

    assert links["self"].startswith(f"http://testserver{mount}/entries?filter%5Bresource%5D=")
    assert query_of(links["self"]) == {"filter[resource]": "a b&c=d", "page[size]": "1"}
    assert not set(links["self"]) & set('[] "<>')


def test_14_a_related_link_holds_where_nothing_is_behind_it(lab: Lab, owner: Person) -> None:
    links = owner.get(f"/entries/{lab.entry}").data["relationships"]["submitted_by"]["links"]

    reply = owner.get(links["related"])

    assert (reply.status, reply.data) == (200, None)


def test_15_members_that_are_not_known_are_ignored_on_input(lab: Lab, owner: Person) -> None:
    data: dict[str, Any] = {
        "type": "projects",
        "attributes": {"name": "x", "organization_id": lab.organization, "@note": "mine"},
        "relationships": {"@note": 1},
        "@context": "here",
        "colour": "red",
        "meta": {"a": 1},
        "links": {"self": "/"},
    }

    reply = owner.post("/projects", {"data": data, "@graph": [], "colour": "red", "meta": {}, "links": {}})

    assert reply.status == 201
    assert not {"@note", "colour"} & reply.attributes.keys()


def test_16_the_version_is_1_1(owner: Person) -> None:
    for path in ("/entries", f"/entries/{NOBODY}"):
        assert owner.get(path).document["jsonapi"] == {"version": "1.1"}


def test_17_self_leads_back_to_the_record(records: dict[str, str], viewer: Person) -> None:
    for type, id in records.items():
        first = viewer.get(f"/{type}/{id}")
        again = viewer.get(first.data["links"]["self"])

        assert again.data == first.data


@pytest.mark.parametrize(
    "query",
    [
        {"filter[status__in]": "ready,in_progress", "sort": "-priority,id", "page[size]": "2"},
        {"include": "dataset.project", "fields[datasets]": "name"},
        {"filter[resource]": "å + b", "count": "true"},
    ],
)
def test_17_the_top_self_repeats_the_query(owner: Person, query: dict[str, str]) -> None:
    text = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in query.items())

    reply = owner.get(f"/entries?{text}")

    assert query_of(reply.document["links"]["self"]) == query
    assert owner.get(reply.document["links"]["self"]).document == reply.document


def test_18_what_many_records_share_is_included_once(lab: Lab, owner: Person, mount: str) -> None:
    for _ in range(3):
        lab.new_entry()

    document = owner.get("/entries?include=dataset,dataset.project").document

    assert sorted((one["type"], one["id"]) for one in document["included"]) == sorted(
        [(named(mount, "datasets"), lab.dataset), (named(mount, "projects"), lab.project)]
    )


def test_18_the_middle_of_a_path_is_included_too(lab: Lab, owner: Person, mount: str) -> None:
    included = owner.get(f"/entries/{lab.entry}?include=dataset.project").document["included"]

    assert {one["type"] for one in included} == {named(mount, "datasets"), named(mount, "projects")}


def test_18_only_sparse_fields_take_linkage_away(records: dict[str, str], viewer: Person) -> None:
    document = viewer.get("/entries?include=annotations&fields[entries]=resource").document

    assert document["included"]
    assert all("relationships" not in one for one in document["data"])


def test_18_every_to_many_link_that_is_included_has_its_linkage(
    records: dict[str, str], viewer: Person
) -> None:
    for type, id in records.items():
        for link in RESOURCES[type].links:
            if isinstance(link, ToMany):
                linkage = viewer.get(f"/{type}/{id}/relationships/{link.name}").data
                document = viewer.get(f"/{type}/{id}?include={link.name}").document

                assert document["data"]["relationships"][link.name]["data"] == linkage
                included = {(one["type"], one["id"]) for one in document["included"]}
                assert included == {(one["type"], one["id"]) for one in linkage}
