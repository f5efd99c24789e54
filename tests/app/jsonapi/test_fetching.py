"""Fetching: items 19 to 27 of the JSON:API checklist."""

import pytest

from app.declare import RESOURCES, ToOne
from tests.app.jsonapi.asking import NOBODY, TYPES, named, query_of, values
from tests.lab import Lab, Person


@pytest.mark.parametrize("type", TYPES)
def test_19_lists_and_records_are_found_and_unknown_ones_are_not(
    asker: Person, type: str, mount: str
) -> None:
    listed = asker.get(f"/{type}")
    unknown = asker.get(f"/{type}/{NOBODY}")

    assert (listed.status, unknown.status, unknown.code) == (200, 404, "not_found")


def test_19_an_empty_collection_is_a_list(owner: Person) -> None:
    reply = owner.get("/note_comments")

    assert (reply.status, reply.data) == (200, [])


def test_19_behind_an_empty_to_one_link_there_is_null(lab: Lab, owner: Person) -> None:
    reply = owner.get(f"/entries/{lab.entry}/reviewed_by")

    assert (reply.status, reply.data) == (200, None)


def test_19_behind_an_empty_to_many_link_there_is_an_empty_list(lab: Lab, owner: Person) -> None:
    reply = owner.get(f"/entries/{lab.entry}/annotations")

    assert (reply.status, reply.data) == (200, [])


def test_20_every_link_can_be_followed(records: dict[str, str], viewer: Person, mount: str) -> None:
    links: set[str] = set()
    for type, id in records.items():
        data = viewer.get(f"/{type}/{id}").data
        links.add(data["links"]["self"])
        for relationship in data.get("relationships", {}).values():
            links |= set(relationship["links"].values())

    statuses = {viewer.get(link).status for link in links}

    assert statuses == {200}
    assert all(link.startswith(f"http://testserver{mount}/") for link in links)


def test_20_so_can_those_of_relationships(records: dict[str, str], viewer: Person) -> None:
    entry = records["entries"]
    for link in RESOURCES["entries"].links:
        document = viewer.get(f"/entries/{entry}/relationships/{link.name}").document

        for address in (document["links"]["self"], document["links"]["related"]):
            assert viewer.get(address).status == 200


def test_21_a_relationship_gives_linkage(records: dict[str, str], viewer: Person, mount: str) -> None:
    entry = f"/entries/{records['entries']}"

    one = viewer.get(f"{entry}/relationships/dataset")
    many = viewer.get(f"{entry}/relationships/annotations")

    assert one.data == {"type": named(mount, "datasets"), "id": records["datasets"]}
    assert many.data == [{"type": named(mount, "annotations"), "id": records["annotations"]}]
    assert one.document["links"] == {
        "self": f"http://testserver{mount}{entry}/relationships/dataset",
        "related": f"http://testserver{mount}{entry}/dataset",
    }


def test_21_an_empty_relationship_gives_null_or_an_empty_list(lab: Lab, owner: Person) -> None:
    one = owner.get(f"/entries/{lab.entry}/relationships/assigned_to")
    many = owner.get(f"/entries/{lab.entry}/relationships/annotations")

    assert (one.status, one.data) == (200, None)
    assert (many.status, many.data) == (200, [])


@pytest.mark.parametrize(
    "path",
    [
        "/entries/{entry}/relationships/colour",
        "/entries/{entry}/colour",
        "/entries/{entry}/relationships",
        "/entries/{nobody}/relationships/dataset",
        "/entries/{nobody}/relationships/annotations",
        "/entries/{nobody}/annotations",
        "/entries/{nobody}/dataset",
        "/entries/nonsense/dataset",
    ],
)
def test_21_an_unknown_relationship_or_parent_is_not_found(still: Lab, asker: Person, path: str) -> None:
    reply = asker.get(path.format(entry=still.entry, nobody=NOBODY))

    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize("path", ["colour", "dataset.colour", "dataset.entries", "annotations,colour", "."])
@pytest.mark.parametrize("name", ["include", "included", "include[]"])
def test_22_an_unknown_include_is_refused(still: Lab, asker: Person, name: str, path: str) -> None:
    reply = asker.get(f"/entries/{still.entry}?{name}={path}")

    assert (reply.status, reply.code) == (400, "include_unknown")
    assert reply.source == {"parameter": name}


def test_22_an_include_that_leads_nowhere_gives_an_empty_included(lab: Lab, owner: Person) -> None:
    document = owner.get(f"/entries/{lab.entry}?include=annotations").document

    assert document["included"] == []


def test_22_nothing_is_included_unasked(records: dict[str, str], viewer: Person) -> None:
    for type, id in records.items():
        assert "included" not in viewer.get(f"/{type}/{id}").document
        assert "included" not in viewer.get(f"/{type}").document


def test_22_only_what_was_asked_for_is_included(records: dict[str, str], viewer: Person, mount: str) -> None:

    document = viewer.get("/entries?include=annotations").document

    assert {one["type"] for one in document["included"]} == {named(mount, "annotations")}


def test_22_an_empty_include_includes_nothing(records: dict[str, str], viewer: Person) -> None:

    reply = viewer.get("/entries?include=")

    assert reply.status == 200
    assert reply.document.get("included", []) == []


def test_23_include_works_at_relationships(records: dict[str, str], viewer: Person, mount: str) -> None:
    path = f"/entries/{records['entries']}/relationships"

    many = viewer.get(f"{path}/annotations?include=annotations").document
    deep = viewer.get(f"{path}/dataset?include=dataset.project").document
    refused = viewer.get(f"{path}/annotations?include=dataset")

    assert [one["id"] for one in many["included"]] == [records["annotations"]]
    assert {one["id"] for one in deep["included"]} == {records["datasets"], records["projects"]}
    assert (refused.status, refused.code) == (400, "include_unknown")


def test_23_include_works_behind_a_related_link(records: dict[str, str], viewer: Person) -> None:
    many = viewer.get(f"/datasets/{records['datasets']}/entries?include=annotations").document
    one = viewer.get(f"/annotations/{records['annotations']}/entry?include=dataset").document

    assert [one["id"] for one in many["included"]] == [records["annotations"]]
    assert [one["id"] for one in one["included"]] == [records["datasets"]]


def test_23_include_works_in_answers_to_changes(lab: Lab, owner: Person) -> None:
    body = {"data": {"type": "entries", "attributes": {"resource": "x", "dataset_id": lab.dataset}}}

    made = owner.post("/entries?include=dataset.project", body)
    body = {"data": {"type": "entries", "attributes": {"priority": 1}}}
    changed = owner.patch(f"/entries/{made.id}?include=dataset", body)

    assert {one["id"] for one in made.document["included"]} == {lab.dataset, lab.project}
    assert [one["id"] for one in changed.document["included"]] == [lab.dataset]


def test_24_fields_name_attributes_and_relationships(lab: Lab, owner: Person) -> None:
    data = owner.get(f"/entries/{lab.entry}?fields[entries]=resource,dataset").data

    assert data["attributes"].keys() == {"resource"}
    assert data["relationships"].keys() == {"dataset"}
    assert data["relationships"]["dataset"]["links"].keys() == {"self", "related"}


@pytest.mark.parametrize("path", ["/entries", "/entries/{entry}"])
def test_24_no_fields_leave_the_bare_record(still: Lab, asker: Person, path: str) -> None:
    data = asker.get(path.format(entry=still.entry) + "?fields[entries]=").data

    record = data[0] if isinstance(data, list) else data
    assert record.keys() == {"type", "id", "links"}


def test_24_fields_hold_for_what_is_included(lab: Lab, owner: Person, mount: str) -> None:
    document = owner.get(
        f"/entries/{lab.entry}?include=dataset.project&fields[datasets]=name,project&fields[projects]=name"
    ).document

    for one in document["included"]:
        assert one["attributes"].keys() == {"name"}
        if one["type"] == named(mount, "projects"):
            assert "relationships" not in one
    assert "resource" in document["data"]["attributes"]


def test_24_fields_hold_in_answers_to_changes(lab: Lab, owner: Person) -> None:
    body = {"data": {"type": "entries", "attributes": {"resource": "x", "dataset_id": lab.dataset}}}

    made = owner.post("/entries?fields[entries]=resource", body)
    patched = owner.patch(f"/entries/{made.id}?fields[entries]=priority", {"data": {"type": "entries"}})
    acted = owner.post(f"/entries/{made.id}/submit?fields[entries]=wf_step")

    assert made.attributes == {"resource": "x"}
    assert patched.attributes == {"priority": 0}
    assert acted.attributes == {"wf_step": "annotate"}


@pytest.mark.parametrize(
    "query",
    ["fields[entries]=colour", "fields[colours]=name", "fields[entries]=id", "fields[datasets]=resource"],
)
def test_24_an_unknown_field_is_refused(asker: Person, query: str) -> None:
    reply = asker.get(f"/entries?{query}")

    assert (reply.status, reply.code) == (400, "field_unknown")
    assert reply.source == {"parameter": query.partition("=")[0]}


def test_25_sorting_is_ascending_and_descending_and_by_several_keys(lab: Lab, owner: Person) -> None:
    for resource, priority in (("b", 1), ("a", 1), ("c", 0)):
        lab.new_entry(resource=resource, priority=priority)

    assert values(owner.get("/entries?sort=resource"), "resource") == ["a", "b", "c"]
    assert values(owner.get("/entries?sort=-resource"), "resource") == ["c", "b", "a"]
    assert values(owner.get("/entries?sort=priority,resource"), "resource") == ["c", "a", "b"]
    assert values(owner.get("/entries?sort=-priority,-resource"), "resource") == ["b", "a", "c"]


@pytest.mark.parametrize("sort", ["colour", "-colour", "resource,colour", "metadata", "dataset", "", "-"])
def test_25_an_unknown_sort_is_refused(asker: Person, sort: str) -> None:
    reply = asker.get(f"/entries?sort={sort}")

    assert (reply.status, reply.code) == (400, "sort_unknown")
    assert reply.source == {"parameter": "sort"}


def test_25_the_id_breaks_ties(lab: Lab, owner: Person) -> None:
    made = [lab.new_entry(resource="same") for _ in range(4)]

    assert owner.get("/entries?sort=resource").ids == sorted(made)
    assert owner.get("/entries?sort=-resource").ids == sorted(made, reverse=True)
    assert owner.get("/entries?sort=-id").ids == sorted(made, reverse=True)
    assert owner.get("/entries").ids == sorted(made)


def test_26_pages_have_links_that_keep_the_other_parameters(lab: Lab, owner: Person) -> None:
    for n in range(5):
        lab.new_entry(resource=f"r{n}")
    query = "sort=-resource&filter[resource__match]=r&page[size]=2&count=true&fields[entries]=resource"

    reply = owner.get(f"/entries?{query}&page[number]=2")

    links = reply.document["links"]
    assert links.keys() == {"self", "first", "prev", "next", "last"}
    for name, number in (("self", "2"), ("first", "1"), ("prev", "1"), ("next", "3"), ("last", "3")):
        assert query_of(links[name]) == {
            "sort": "-resource",
            "filter[resource__match]": "r",
            "page[size]": "2",
            "count": "true",
            "fields[entries]": "resource",
            "page[number]": number,
        }
    assert values(reply, "resource") == ["r2", "r1"]
    assert values(owner.get(links["first"]), "resource") == ["r4", "r3"]
    assert values(owner.get(links["last"]), "resource") == ["r0"]


def test_26_links_that_lead_nowhere_are_left_out(lab: Lab, owner: Person) -> None:
    lab.new_entry()

    only = owner.get("/entries").document["links"]
    beyond = owner.get("/entries?page[number]=9&page[size]=1")

    assert not {"prev", "next", "last"} & only.keys()
    assert beyond.data == []
    assert "next" not in beyond.document["links"]


def test_26_behind_a_related_link_there_are_pages_too(lab: Lab, owner: Person) -> None:
    made = sorted(lab.new_entry() for _ in range(3))

    for path in (f"/datasets/{lab.dataset}/entries", f"/datasets/{lab.dataset}/relationships/entries"):
        first = owner.get(f"{path}?page[size]=2")
        second = owner.get(first.document["links"]["next"])

        assert (first.ids, second.ids) == (made[:2], made[2:])
        assert "next" not in second.document["links"]


@pytest.mark.parametrize(
    ("raw", "encoded"),
    [
        ("filter[status]=ready", "filter%5Bstatus%5D=ready"),
        ("page[size]=1", "page%5bsize%5d=1"),
        ("fields[entries]=resource", "fields%5Bentries]=resource"),
        ("filter[metadata][city]=Lund", "filter%5Bmetadata%5D%5Bcity%5D=Lund"),
    ],
)
def test_27_raw_and_percent_encoded_brackets_are_the_same(
    lab: Lab, owner: Person, raw: str, encoded: str
) -> None:
    lab.new_entry(metadata={"city": "Lund"})
    lab.new_entry()

    one, other = owner.get(f"/entries?{raw}"), owner.get(f"/entries?{encoded}")

    assert one.status == 200
    assert one.document == other.document


@pytest.mark.parametrize(
    "query", ["status=ready", "where[status]=ready", "filter=ready", "Filter[status]=ready"]
)
def test_27_nothing_but_the_family_filters(asker: Person, query: str) -> None:
    assert asker.get(f"/entries?{query}").status == 400


# What the gallery's records do not have: a reviewer, a library, labels of their own.
NOT_THERE = ("reviewed_by", "library", "label_configuration")


def test_every_to_one_link_of_every_record_can_be_included(records: dict[str, str], viewer: Person) -> None:
    for type, id in records.items():
        for link in RESOURCES[type].links:
            if isinstance(link, ToOne) and link.name not in NOT_THERE:
                assert len(viewer.get(f"/{type}/{id}?include={link.name}").document["included"]) == 1
