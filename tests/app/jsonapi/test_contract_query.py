"""Section 3 of the contract: filters, orders, pages, counts, what is included, which fields."""

from typing import Any
from uuid import uuid4

import pytest

from app.declare import RESOURCES
from tests.app.jsonapi.asking import NOBODY, PROFILED, one_of_each, pages, values
from tests.lab import House, Lab, Person, escaped

# The filters that the seed prints, by resource.
SEED = {
    "annotations": """
        id project_id dataset_id entry_id dimensions annotation metadata created_by_email
        created_at updated_at
    """,
    "datasets": """
        id project_id name labels modality labeling_configuration workflow_configuration status
        progress entries_total_count entries_completed_count entries_in_progress_count created_at
        updated_at name__match status__in progress__gte progress__lte project_id__eq modality__in
        created_at__gte created_at__lte updated_at__gte updated_at__lte
    """,
    "entries": """
        id project_id dataset_id priority wf_step status job_id resource assigned_to_id
        submitted_by_id reviewed_by_id created_at updated_at resource__match status__in
        priority__in assigned_to_id__eq assigned_to_id__in wf_step__in participated
    """,
    "note_comments": """
        id note_feed_id content_md created_by_email created_at updated_at edited_at
        created_by_email__match created_at__gte created_at__lte updated_at__gte updated_at__lte
    """,
    "note_feeds": """
        id project_id dataset_id entry_id annotation_id created_by_email anchor_type position
        status content_md created_at updated_at edited_at status__in created_by_email__match
        created_at__gte created_at__lte updated_at__gte updated_at__lte
    """,
    "project_members": """
        id project_id account_id name email role invited_by_id disabled_at created_at updated_at
        email__match role__in created_at__gte created_at__lte organization_id__in enabled
    """,
    "projects": """
        id name description created_by_email created_at updated_at organization_id
        created_by_email__match created_at__gte created_at__lte organization_id__in
        updated_at__gte updated_at__lte
    """,
}


def _sample(type: str, name: str) -> str:
    """A value that the filter NAME of TYPE takes."""
    if name == "enabled":
        return "true"
    if name in ("participated", "organization_id__in"):
        return NOBODY
    attribute = RESOURCES[type].attribute(name.partition("__")[0])
    assert attribute is not None, name
    samples = {
        "id": NOBODY,
        "time": "2026-01-31T12:00:00Z",
        "number": "0.5",
        "integer": "1",
        "object": "{}",
        "texts": "vessel",
        "text": "x",
        "name": "start",
    }
    return attribute.choices[0] if attribute.choices else samples[attribute.kind.value]


@pytest.mark.parametrize("type", SEED)
def test_every_filter_that_the_seed_prints_is_taken(still: Lab, type: str) -> None:
    for name in SEED[type].split():
        reply = still.owner.get(f"/{type}?filter[{name}]={escaped(_sample(type, name))}")

        assert reply.status == 200, name


@pytest.mark.parametrize("type", RESOURCES)
def test_every_scalar_takes_eq_and_in_and_what_is_ordered_takes_more(still: Lab, type: str) -> None:
    for name, attribute in RESOURCES[type].attributes.items():
        sample = escaped(_sample(type, name))
        for operator in ("eq", "in", "gt", "gte", "lt", "lte"):
            reply = still.owner.get(f"/{type}?filter[{name}__{operator}]={sample}")

            is_taken = attribute.kind.is_scalar and (operator in ("eq", "in") or attribute.kind.is_ordered)
            assert reply.status == (200 if is_taken else 400), (name, operator)
            if not is_taken:
                assert reply.code == "filter_operator_unknown"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("colour", "filter_unknown"),
        ("dataset", "filter_unknown"),
        ("organization_id", "filter_unknown"),  # hidden
        ("worked_by", "filter_unknown"),  # hidden
        ("rank", "filter_unknown"),  # hidden
        ("hands", "filter_unknown"),  # hidden
        ("wf_step__match", "filter_operator_unknown"),
        ("wf_step__gt", "filter_operator_unknown"),
        ("version", "filter_unknown"),  # hidden
        ("resource__like", "filter_operator_unknown"),
        ("resource__gt", "filter_operator_unknown"),
        ("status__match", "filter_operator_unknown"),
        ("resource__", "filter_operator_unknown"),
        ("metadata__", "filter_operator_unknown"),
        ("__eq", "filter_unknown"),
        ("participated__eq", "filter_unknown"),
        ("metadata__eq", "filter_operator_unknown"),
    ],
)
def test_an_unknown_filter_or_operator_is_refused_by_name(still: Lab, name: str, code: str) -> None:
    reply = still.owner.get(f"/entries?filter[{name}]=1")

    assert (reply.status, reply.code, reply.source) == (400, code, {"parameter": f"filter[{name}]"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("priority", "high"),
        ("priority__in", "high"),
        ("priority__in", "1,high"),
        ("priority__in", "1,,2"),
        ("priority", ""),
        ("priority", "nan"),
        ("priority", "inf"),
        ("priority", "1e999"),
        ("priority__gt", "null"),
        ("id", "nonsense"),
        ("dataset_id", "1"),
        ("assigned_to_id", "me"),
        ("participated", "you"),
        ("participated", ""),
        ("status", "asleep"),
        ("status__in", "ready,asleep"),
        ("wf_step", "the start"),
        ("wf_step", ""),
        ("wf_step", "start%"),
        ("wf_step__in", "start,the end"),
        ("workflow_version", "first"),
        ("agreement", "high"),
        ("due_at__lt", "soon"),
        ("created_at", "yesterday"),
        ("created_at__gte", "2026-02-30"),
        ("created_at__gte", "2026-01-01T25:00:00Z"),
        ("metadata", "London"),
        ("metadata", "[1]"),
        ("metadata", "{"),
    ],
)
def test_a_value_of_another_type_is_refused(still: Lab, name: str, value: str) -> None:
    reply = still.owner.get(f"/entries?filter[{name}]={escaped(value)}")

    assert (reply.status, reply.code, reply.source) == (
        400,
        "filter_value_invalid",
        {"parameter": f"filter[{name}]"},
    )


@pytest.mark.parametrize("value", ["1.5", "x", "99999999999999999999", "-"])
def test_a_count_is_a_whole_number(still: Lab, value: str) -> None:
    assert still.owner.get(f"/datasets?filter[entries_total_count]={value}").code == "filter_value_invalid"


@pytest.mark.parametrize("value", ["yes", "1", "True", ""])
def test_enabled_is_true_or_false(still: Lab, value: str) -> None:
    assert still.owner.get(f"/project_members?filter[enabled]={value}").code == "filter_value_invalid"


@pytest.fixture(scope="module")
def four(house: House) -> Lab:
    """A laboratory with four entries, each unlike the others."""
    lab = Lab(house, "Four entries")
    lab.new_entry(priority=-0.5, resource="Vessel 100%.png")
    lab.new_entry(priority=1, resource="under_score", split="train", external_id="a")
    lab.new_entry(priority=2, resource="Åse", split="test", external_id="b")
    held = lab.new_entry(priority=3, resource="a,b", split="valid", external_id="null")
    lab.owner.act(held, "assign", assigned_to_id=lab.annotator.account)
    return lab


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("priority=1", [1]),
        ("priority__eq=1", [1]),
        ("priority=1.0", [1]),
        ("priority=1e0", [1]),
        ("priority__in=1,3", [1, 3]),
        ("priority=1,3", [1, 3]),
        ("priority__gt=1", [2, 3]),
        ("priority__gte=1", [1, 2, 3]),
        ("priority__lt=2", [-0.5, 1]),
        ("priority__lte=2", [-0.5, 1, 2]),
        ("priority__lt=-0.25", [-0.5]),
    ],
)
def test_numbers_are_compared(four: Lab, filter: str, expected: list[float]) -> None:
    name, _, value = filter.partition("=")

    reply = four.owner.get(f"/entries?filter[{name}]={value}&sort=priority")

    assert values(reply, "priority") == expected


def test_times_are_compared_in_every_spelling(lab: Lab) -> None:
    first, second = lab.new_entry(), lab.new_entry()
    at = lab.owner.get(f"/entries/{second}").attributes["created_at"]

    assert lab.owner.get(f"/entries?filter[created_at]={at}").ids == [second]
    assert lab.owner.get(f"/entries?filter[created_at__gte]={at}").ids == [second]
    assert lab.owner.get(f"/entries?filter[created_at__gt]={at}").ids == []
    assert lab.owner.get(f"/entries?filter[created_at__lt]={at}").ids == [first]
    assert lab.owner.get(f"/entries?filter[created_at__lte]={at}").ids == [first, second]
    assert lab.owner.get("/entries?filter[created_at__gte]=2020-01-01").ids == [first, second]
    assert lab.owner.get("/entries?filter[created_at__gte]=2020-01-01T00:00:00%2B02:00").ids == [
        first,
        second,
    ]
    assert lab.owner.get(f"/entries?filter[created_at]={at.replace('Z', '%2B00:00')}").ids == [second]


@pytest.mark.parametrize(
    "query",
    [
        "filter[external_id__in][]=a&filter[external_id__in][]=b",
        "filter[external_id__in]=a&filter[external_id__in]=b",
        "filter[external_id]=a&filter[external_id]=b",
        "filter[external_id][]=a&filter[external_id][]=b",
        "filter[priority__in]=1,2",
        "filter[priority]=1,2",
        "filter[priority__in][]=1&filter[priority__in][]=2",
        "filter[priority__in]=1&filter[priority__in]=2",
        "filter[priority__in]=1,2&filter[priority__in][]=2",
        "filter%5Bpriority__in%5D%5B%5D=1&filter%5Bpriority__in%5D%5B%5D=2",
        "filter[split__in]=train,test",
        "filter[split]=train,test",
    ],
)
def test_a_list_comes_in_every_spelling(four: Lab, query: str) -> None:
    assert values(four.owner.get(f"/entries?{query}"), "priority") == [1, 2]


@pytest.mark.parametrize(
    ("filter", "steps"),
    [
        ("wf_step=start", ["start"]),
        ("wf_step__in=start,review", ["review", "start"]),
        ("wf_step=start,annotate", ["annotate", "start"]),
        ("wf_step=Start", []),  # a name, though of no step
        ("wf_step__in=no-such_step,start", ["start"]),
    ],
)
def test_a_step_is_asked_for_by_any_name(lab: Lab, filter: str, steps: list[str]) -> None:
    for step in ("start", "annotate", "review"):
        lab.at(step)

    assert sorted(values(lab.owner.get(f"/entries?filter[{filter.replace('=', ']=')}"), "wf_step")) == steps


def test_ids_come_as_a_list_in_either_case(lab: Lab) -> None:
    made = [lab.new_entry() for _ in range(3)]

    assert lab.owner.get(f"/entries?filter[id__in]={made[0]},{made[2].upper()}").ids == [made[0], made[2]]
    assert lab.owner.get(f"/entries?filter[id]={made[1]}").ids == [made[1]]


def test_a_comma_in_a_text_is_part_of_it(lab: Lab) -> None:
    entry = lab.new_entry(resource="a,b")
    lab.new_entry(resource="a")

    for name in ("resource", "resource__eq", "resource__in", "resource__match"):
        assert lab.owner.get(f"/entries?filter[{name}]=a,b").ids == [entry]


def test_filters_are_joined_by_and(lab: Lab) -> None:
    lab.new_entry(resource="a", priority=1)
    both = lab.new_entry(resource="b", priority=1)

    reply = lab.owner.get("/entries?filter[resource]=b&filter[priority]=1&filter[priority__gte]=0")

    assert reply.ids == [both]


def test_a_list_has_at_most_a_thousand_values(still: Lab) -> None:
    def listed(count: int) -> str:
        return "/entries?filter[priority__in]=" + ",".join(map(str, range(count)))

    assert still.owner.get(listed(1000)).ids == still.owner.get("/entries").ids
    assert still.owner.get(listed(1001)).code == "filter_too_many_values"


@pytest.mark.parametrize("operator", ["gt", "match", "lte"])
def test_other_operators_take_one_value(still: Lab, operator: str) -> None:
    name = f"filter[{'resource' if operator == 'match' else 'priority'}__{operator}]"

    reply = still.owner.get(f"/entries?{name}=1&{name}=2")

    assert (reply.status, reply.source) == (400, {"parameter": name})


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("vessel", ["Vessel 100%.png"]),
        ("VESSEL", ["Vessel 100%.png"]),
        ("%", ["Vessel 100%.png"]),
        ("_", ["under_score"]),
        ("r_s", ["under_score"]),
        ("100_", []),
        ("v%l", []),
        ("Å", ["Åse"]),
        ("å", []),  # ASCII letters alone are folded
        ("ÅSE", ["Åse"]),
        ("\\", []),
        ("'", []),
        (".*", []),
        ("s", ["Vessel 100%.png", "under_score", "Åse"]),
    ],
)
def test_match_is_a_literal_part_of_either_case(four: Lab, part: str, expected: list[str]) -> None:
    reply = four.owner.get(f"/entries?filter[resource__match]={escaped(part)}&sort=resource")

    assert values(reply, "resource") == expected


def test_match_takes_256_characters_and_no_more(lab: Lab) -> None:
    entry = lab.new_entry(resource="é" * 300)

    assert lab.owner.get(f"/entries?filter[resource__match]={escaped('é' * 256)}").ids == [entry]
    too_long = lab.owner.get(f"/entries?filter[resource__match]={escaped('é' * 257)}")
    assert (too_long.status, too_long.code) == (400, "filter_value_too_long")
    for nothing in ("filter[resource__match]=", "filter[resource__match]"):
        assert lab.owner.get(f"/entries?{nothing}").code == "filter_value_invalid"


@pytest.mark.parametrize(
    "query",
    [
        "filter[assigned_to_id]",
        "filter[assigned_to_id__eq]",
        "filter[assigned_to_id__in]",
        "filter[assigned_to_id]=null",
        "filter[assigned_to_id__eq]=null",
        "filter[assigned_to_id__in]=null",
        "filter[assigned_to_id__in][]=null",
        "filter[external_id]",
        "filter[external_id__in]",
        "filter[split]=null",
        "filter[split]",
    ],
)
def test_null_is_asked_for_in_every_spelling(four: Lab, query: str) -> None:
    found = values(four.owner.get(f"/entries?{query}"), "priority")

    assert found == ([-0.5, 1, 2] if "assigned" in query else [-0.5])


def test_null_is_a_text_where_a_text_may_be_null_by_name(lab: Lab) -> None:
    lab.new_entry()
    named = lab.new_entry(external_id="null")

    assert lab.owner.get("/entries?filter[external_id]=null").ids == [named]


def test_null_may_stand_in_a_list(lab: Lab) -> None:
    empty, held, other = lab.new_entry(), lab.new_entry(), lab.new_entry()
    lab.owner.act(held, "assign", assigned_to_id=lab.annotator.account)
    lab.owner.act(other, "assign", assigned_to_id=lab.reviewer.account)

    reply = lab.owner.get(f"/entries?filter[assigned_to_id__in]=null,{lab.annotator.account}")

    assert reply.ids == [empty, held]


_METADATA: dict[str, Any] = {
    "city": "London",
    "n": 1,
    "half": 0.5,
    "ok": True,
    "none": None,
    "tags": ["a", "b", {"deep": [1, 2]}],
    "at": {"street": {"number": 7, "name": "Mile End, Road"}},
    "a.b": "dot",
    "digits": "1",
}


@pytest.fixture(scope="module")
def documented(house: House) -> Lab:
    """A laboratory whose first entry bears metadata of every kind, and another that bears others."""
    lab = Lab(house, "Metadata")
    lab.new_entry(metadata=_METADATA)
    lab.new_entry(metadata={"cities": ["London"]})
    return lab


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ('[metadata]={"city":"London"}', True),
        ('[metadata]={"city":"london"}', False),
        ('[metadata]={"city":"Lon"}', False),
        ('[metadata]={"city":"London","n":1}', True),
        ('[metadata]={"city":"London","n":2}', False),
        ('[metadata]={"n":1.0}', True),
        ('[metadata]={"n":"1"}', False),
        ('[metadata]={"n":true}', False),
        ('[metadata]={"ok":1}', False),
        ('[metadata]={"none":null}', True),
        ('[metadata]={"nothing":null}', False),
        ('[metadata]={"tags":["b"]}', True),
        ('[metadata]={"tags":["b","a","b"]}', True),
        ('[metadata]={"tags":[]}', True),
        ('[metadata]={"tags":{}}', False),
        ('[metadata]={"tags":"a"}', False),
        ('[metadata]={"tags":[{"deep":[2]}]}', True),
        ('[metadata]={"tags":[{"deep":[3]}]}', False),
        ('[metadata]={"at":{"street":{"number":7}}}', True),
        ('[metadata]={"at":{}}', True),
        ("[metadata][city]=London", True),
        ("[metadata][city]=london", False),
        ("[metadata][n]=1", True),
        ("[metadata][n]=1.0", True),
        ("[metadata][digits]=1", True),
        ("[metadata][half]=0.5", True),
        ("[metadata][ok]=true", True),
        ("[metadata][ok]=false", False),
        ("[metadata][none]=null", True),
        ("[metadata][at][street][number]=7", True),
        ("[metadata][at][street][name]=Mile End, Road", True),
        ("[metadata][a.b]=dot", True),
        ("[metadata][city]=London&filter[metadata][n]=1", True),
        ("[metadata][city]=London&filter[metadata][n]=2", False),
    ],
)
def test_a_json_attribute_is_filtered_by_what_it_contains(
    documented: Lab, query: str, is_found: bool
) -> None:
    found = values(documented.owner.get(f"/entries?filter{query}"), "metadata")

    assert found == ([_METADATA] if is_found else [])


def test_every_object_contains_the_empty_one(documented: Lab) -> None:
    assert len(documented.owner.get("/entries?filter[metadata]={}").ids) == 2


def test_every_json_attribute_is_filtered_so(lab: Lab) -> None:
    dataset = lab.new_dataset(sample_rate=0.25, labeling_configuration={"tool": "box"})
    entry = lab.new_entry(dataset_id=dataset)
    annotation = lab.new_annotation(entry, metadata={"by": "hand"})
    feed = lab.new_feed(entry, position={"x": 1})

    assert lab.owner.get("/datasets?filter[labeling_configuration][tool]=box").ids == [dataset]
    assert lab.owner.get("/datasets?filter[workflow_configuration][sample_rate]=0.25").ids == [dataset]
    assert lab.owner.get("/annotations?filter[dimensions][type]=box").ids == [annotation]
    assert lab.owner.get("/annotations?filter[annotation][label]=vessel").ids == [annotation]
    assert lab.owner.get("/annotations?filter[metadata][by]=hand").ids == [annotation]
    assert lab.owner.get('/note_feeds?filter[position]={"x":1}').ids == [feed]
    assert lab.owner.get('/note_feeds?filter[position]={"x":2}').ids == []


def test_labels_contain_all_that_are_given(lab: Lab) -> None:
    both = lab.new_dataset(labels=["vessel", "lesion"])
    one = lab.new_dataset(labels=["vessel"])
    comma = lab.new_dataset(labels=["a,b"])
    get = lab.owner.get

    assert get("/datasets?filter[labels]=vessel").ids == [both, one]
    assert get("/datasets?filter[labels]=vessel&filter[labels]=lesion").ids == [both]
    assert get("/datasets?filter[labels][]=lesion&filter[labels][]=vessel").ids == [both]
    assert get("/datasets?filter[labels]=a,b").ids == [comma]
    assert get("/datasets?filter[labels]=vess").ids == []


def test_participated_finds_what_went_through_somebody_s_hands(lab: Lab) -> None:
    submitted, held = lab.at("review"), lab.at("annotate")
    lab.new_entry()
    by_annotator = f"/entries?filter[participated]={lab.annotator.account}"

    assert lab.owner.get(by_annotator).ids == [submitted, held]
    assert lab.annotator.get("/entries?filter[participated]=me").ids == [submitted, held]
    lab.reviewer.act(submitted, "select")
    lab.reviewer.act(submitted, "submit", approved=True)
    assert lab.reviewer.get("/entries?filter[participated]=me").ids == [submitted]
    assert lab.owner.get("/entries?filter[participated]=me").ids == []


def test_members_are_filtered_by_enabled_and_by_organization(lab: Lab) -> None:
    enabled, disabled = str(lab.annotator.member), str(lab.reviewer.member)
    lab.owner.delete(f"/project_members/{disabled}")
    get = lab.owner.get

    assert get("/project_members?filter[enabled]=true").ids == [enabled]
    assert get("/project_members?filter[enabled]=false").ids == [disabled]
    for query in (
        f"filter[organization_id__in]={lab.organization}",
        f"filter[organization_id__in]={NOBODY},{lab.organization}",
        f"filter[organization_id__in][]={NOBODY}&filter[organization_id__in][]={lab.organization}",
    ):
        assert get(f"/project_members?{query}").ids == [enabled, disabled]
    assert get(f"/project_members?filter[organization_id__in]={NOBODY}").ids == []


def test_texts_sort_by_their_code_points(lab: Lab) -> None:
    resources = ["B", "Z", "a", "b", "Å", "é", "日"]
    for resource in reversed(resources):
        lab.new_entry(resource=resource)

    assert values(lab.owner.get("/entries?sort=resource"), "resource") == resources
    assert values(lab.owner.get("/entries?sort=-resource"), "resource") == resources[::-1]


@pytest.fixture(scope="module")
def gappy(house: House) -> Lab:
    """A laboratory whose entries lack this and that."""
    lab = Lab(house, "Gaps")
    for n, (external_id, split) in enumerate(
        [
            (None, "train"),
            ("a", None),
            (None, None),
            ("b", "train"),
            ("", "test"),
            ("c", None),
            (None, "valid"),
        ]
    ):
        lab.new_entry(external_id=external_id, split=split, priority=n % 2)
    return lab


def test_nulls_sort_below_everything(gappy: Lab) -> None:
    up = values(gappy.owner.get("/entries?sort=external_id"), "external_id")
    down = values(gappy.owner.get("/entries?sort=-external_id"), "external_id")

    assert up == [None, None, None, "", "a", "b", "c"]
    assert down == up[::-1]


@pytest.mark.parametrize(
    "sort",
    [
        "external_id",
        "-external_id",
        "split",
        "-split",
        "split,-external_id",
        "-split,external_id",
        "-priority,split,external_id",
        "split,-priority,-id",
        "created_at",
        "-updated_at,priority",
        "assigned_to_id",
        "wf_step,-status,external_id",
    ],
)
def test_cursors_walk_a_list_in_both_directions(gappy: Lab, sort: str) -> None:
    whole = gappy.owner.get(f"/entries?sort={sort}").ids

    there = pages(gappy.owner, f"/entries?sort={sort}&page[size]=2&page[after]=")
    back = pages(gappy.owner, there[-1].document["links"]["prev"], "prev")
    profiled = gappy.owner.get(f"/entries?sort={sort}", headers=PROFILED)
    after_each = [
        gappy.owner.get(f"/entries?sort={sort}&page[after]={one['meta']['page']['cursor']}").ids
        for one in profiled.data
    ]

    assert [id for page in there for id in page.ids] == whole
    assert [id for page in reversed(back) for id in page.ids] == whole[:6]
    assert after_each == [whole[n + 1 :] for n in range(len(whole))]


@pytest.mark.parametrize("priority", [1e300, -1e300, 5e-324, 0.1, 9007199254740993])
def test_a_cursor_holds_every_number(lab: Lab, priority: float) -> None:
    made = [lab.new_entry(priority=priority) for _ in range(3)]

    found = pages(lab.owner, "/entries?sort=priority&page[size]=1&page[after]=")

    assert [id for page in found for id in page.ids] == made


def test_pages_are_numbered_from_one(lab: Lab) -> None:
    made = [lab.new_entry() for _ in range(3)]

    assert lab.owner.get("/entries?page[number]=1&page[size]=2").ids == made[:2]
    assert lab.owner.get("/entries?page[number]=2&page[size]=2").ids == made[2:]
    assert lab.owner.get("/entries?page[number]=3&page[size]=2").ids == []


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.0", "99999999999999999999"])
def test_a_page_number_that_is_none_is_refused(still: Lab, number: str) -> None:
    reply = still.owner.get(f"/entries?page[number]={number}")

    assert (reply.status, reply.code) == (400, "page_number_invalid")
    assert reply.source == {"parameter": "page[number]"}


def test_a_page_too_deep_is_refused(still: Lab) -> None:
    assert still.owner.get("/entries?page[number]=1001").status == 200
    assert still.owner.get("/entries?page[number]=1002").code == "page_too_deep"


def test_a_number_and_a_cursor_exclude_one_another(still: Lab) -> None:
    cursor = still.owner.get("/entries", headers=PROFILED).data[0]["meta"]["page"]["cursor"]

    assert still.owner.get(f"/entries?page[number]=1&page[after]={cursor}").status == 400


@pytest.mark.parametrize("name", ["page[size]", "page[number]", "page[after]", "sort", "count"])
def test_what_is_said_once_cannot_be_said_twice(still: Lab, name: str) -> None:
    value = {"sort": "id", "count": "true", "page[after]": ""}.get(name, "1")

    reply = still.owner.get(f"/entries?{name}={value}&{name}={value}")

    assert (reply.status, reply.code, reply.source) == (400, "parameter_duplicate", {"parameter": name})


def test_a_count_is_made_where_it_is_asked_for(lab: Lab) -> None:
    for _ in range(3):
        lab.new_entry()
    get = lab.owner.get

    assert get("/entries?count=true&page[size]=1").document["meta"] == {"count": 3, "total": 3}
    assert get("/entries?count=true&filter[priority]=1").document["meta"] == {"count": 0, "total": 0}
    assert get(f"/datasets/{lab.dataset}/entries?count=true").document["meta"] == {"count": 3, "total": 3}
    assert "meta" not in get("/entries?count=false").document
    assert "meta" not in get("/entries").document
    assert get("/entries?count=maybe").source == {"parameter": "count"}


def test_a_count_is_of_what_one_may_see(lab: Lab) -> None:
    lab.at("annotate")
    lab.new_entry()
    lab.at("annotate", holder=lab.person("annotator"))

    assert lab.annotator.get("/entries?count=true").document["meta"]["count"] == 2
    assert lab.outsider.get("/entries?count=true").document["meta"]["count"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "include=dataset,annotations",
        "included=dataset,annotations",
        "include[]=dataset&include[]=annotations",
        "included[]=dataset&included[]=annotations",
        "include=dataset&include=annotations",
        "included=dataset&included=annotations",
        "include=dataset,annotations&included=annotations,dataset",
        "include%5B%5D=dataset&include=annotations",
    ],
)
def test_what_is_included_comes_in_every_spelling(lab: Lab, query: str) -> None:
    annotation = lab.new_annotation()

    included = lab.owner.get(f"/entries?{query}").document["included"]

    assert {one["id"] for one in included} == {lab.dataset, annotation}


@pytest.mark.parametrize("query", ["include=dataset&included=annotations", "include=&included=dataset"])
def test_two_different_wishes_for_what_is_included_are_refused(still: Lab, query: str) -> None:
    reply = still.owner.get(f"/entries?{query}")

    assert (reply.status, reply.source) == (400, {"parameter": "include"})


def test_a_path_has_two_links_at_most(still: Lab) -> None:
    reply = still.owner.get("/entries?include=dataset.project.organization")

    assert (reply.status, reply.code) == (400, "include_too_deep")


def test_what_is_included_passes_its_own_scope(lab: Lab) -> None:
    open_entry = lab.new_entry()
    lab.new_annotation(open_entry)
    lab.new_feed(open_entry)
    held = lab.at("annotate")
    mine = lab.new_annotation(held)

    document = lab.annotator.get("/entries?include=annotations,note_feeds,dataset.project").document

    by_id = {one["id"]: one["relationships"] for one in document["data"]}
    assert by_id[open_entry]["annotations"]["data"] == []
    assert by_id[open_entry]["note_feeds"]["data"] == []
    assert [one["id"] for one in by_id[held]["annotations"]["data"]] == [mine]
    assert {one["id"] for one in document["included"]} == {mine, lab.dataset, lab.project}


def test_nothing_leaks_through_a_related_link(lab: Lab) -> None:
    entry = lab.new_entry()
    annotation = lab.new_annotation(entry)

    assert lab.annotator.get(f"/entries/{entry}/annotations").data == []
    assert lab.annotator.get(f"/entries/{entry}/relationships/annotations").data == []
    assert lab.annotator.get(f"/annotations/{annotation}/entry").status == 404
    assert lab.outsider.get(f"/datasets/{lab.dataset}/entries").status == 404


@pytest.mark.parametrize(
    "query",
    [
        "fields[entries]=resource,dataset",
        "fields[entries][]=resource&fields[entries][]=dataset",
        "fields[entries]=resource&fields[entries]=dataset",
        "fields[dataset:entries]=resource,dataset",
        "fields=resource,dataset",
        "fields%5Bentries%5D=resource%2Cdataset",
    ],
)
def test_fields_come_in_every_spelling(still: Lab, query: str) -> None:
    one = still.owner.get(f"/entries?{query}").data[0]

    assert (one["attributes"].keys(), one["relationships"].keys()) == ({"resource"}, {"dataset"})


def test_a_list_is_lean(lab: Lab) -> None:
    one_of_each(lab)
    for type, card in RESOURCES.items():
        for one in lab.owner.get(f"/{type}").data:
            assert one["links"].keys() == {"self"}
            relationships = one.get("relationships", {})
            assert relationships.keys() == {link.name for link in card.to_ones}
            assert all(link.keys() == {"data"} for link in relationships.values())


@pytest.mark.parametrize("path", ["/entries", "/entries/{entry}", "/datasets/{dataset}/entries"])
def test_a_trailing_slash_is_accepted(still: Lab, path: str) -> None:
    path = path.format(entry=still.entry, dataset=still.dataset)

    with_slash, without = still.owner.get(f"{path}/"), still.owner.get(path)

    assert (with_slash.status, with_slash.data) == (200, without.data)
    assert with_slash.document["links"]["self"] == without.document["links"]["self"]


def test_a_post_to_a_trailing_slash_is_accepted(lab: Lab) -> None:
    body = {"data": {"type": "entries", "attributes": {"resource": "x", "dataset_id": lab.dataset}}}

    made = lab.owner.post("/entries/", body)

    assert made.status == 201
    assert made.headers["location"].endswith(f"/entries/{made.id}")


@pytest.mark.parametrize(
    "type", ["application/json", "text/plain", "application/vnd.api+json; charset=utf-8"]
)
def test_a_content_type_on_a_get_is_tolerated(still: Lab, type: str) -> None:
    assert still.owner.get(f"/entries/{still.entry}", headers={"Content-Type": type}).status == 200


@pytest.mark.parametrize("raw", [b"", b"null", b"{}", b'{"data": null}', b"nonsense"])
def test_a_body_on_a_delete_is_tolerated(lab: Lab, raw: bytes) -> None:
    assert lab.owner.delete(f"/entries/{lab.entry}", raw=raw).status == 204


def test_what_nobody_made_is_not_found_by_any_filter(still: Lab) -> None:
    person: Person = still.owner

    assert person.get(f"/entries?filter[id]={uuid4()}").ids == []
    assert person.get("/entries?filter[resource]=%27%20OR%201%3D1").ids == []


@pytest.mark.parametrize("name", ["fields[entries]", "include", "sort"])
@pytest.mark.parametrize("value", [",", ",,", "{0},", ",{0}"])
def test_an_empty_name_is_no_name(still: Lab, name: str, value: str) -> None:
    known = "dataset" if name == "include" else "priority"

    reply = still.owner.get(f"/entries?{name}={value.format(known)}")

    assert (reply.status, reply.source) == (400, {"parameter": name})
