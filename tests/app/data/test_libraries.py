"""Libraries: datasets that belong to no project, what is attached of them, clones, and who may see them."""

from typing import Any

from tests.app.data.doing import acted, annotations, begun, box, ended, entries, imported
from tests.lab import Lab


def library(lab: Lab, **attributes: Any) -> str:
    made = lab.owner.create("datasets", organization_id=lab.organization, name="Eyes", **attributes)
    assert made.status == 201, made
    return made.id


def attached(lab: Lab, dataset: str, project: str) -> str:
    job = begun(acted(lab, f"/datasets/{dataset}/attach", project_id=project))
    return str(ended(lab, job)["result"]["dataset_id"])


def resources(lab: Lab, dataset: str) -> list[str]:
    return [one["resource"] for one in entries(lab, dataset)]


def eventually_has(lab: Lab, dataset: str, count: int) -> list[str]:
    jobs = lab.owner.get(f"/jobs?filter[dataset_id]={dataset}").ids
    for job in jobs:
        ended(lab, job)
    found = resources(lab, dataset)
    assert len(found) == count, found
    return found


def test_a_dataset_without_a_project_is_a_library(lab: Lab) -> None:
    one, other = library(lab), library(lab)

    projects = {lab.owner.get(f"/datasets/{id}").attributes["project_id"] for id in (one, other)}

    (project,) = projects
    assert lab.owner.get(f"/projects/{project}").attributes["kind"] == "library"


def test_a_dataset_needs_a_project_or_an_organization(lab: Lab) -> None:
    refused = lab.owner.create("datasets", name="Nowhere")

    assert (refused.status, refused.code) == (422, "parent_missing")


def test_an_attachment_has_entries_of_its_own_and_later_items_follow(lab: Lab) -> None:
    eyes = library(lab)
    imported(
        lab, eyes, items=[{"url": "https://x.example.org/1.jpg", "external_id": "1", "width": 5, "height": 6}]
    )
    one, other = (attached(lab, eyes, project) for project in (lab.project, new_project(lab)))
    lab.owner.create("entries", dataset_id=eyes, resource="https://x.example.org/2.jpg")
    imported(lab, eyes, urls=["https://x.example.org/3.jpg"])

    expected = [f"https://x.example.org/{n}.jpg" for n in (1, 2, 3)]
    assert sorted(eventually_has(lab, one, 3)) == sorted(eventually_has(lab, other, 3)) == expected
    ids = {entry["id"] for dataset in (eyes, one, other) for entry in entries(lab, dataset)}
    assert len(ids) == 9
    assert lab.owner.get(f"/datasets/{one}").attributes["library_id"] == eyes
    first = next(entry for entry in entries(lab, one) if entry["external_id"] == "1")
    assert (first["width"], first["height"]) == (5, 6)


def new_project(lab: Lab) -> str:
    return lab.owner.create("projects", name="Other", organization_id=lab.organization).id


def test_what_is_marked_in_an_attachment_is_its_own(lab: Lab) -> None:
    eyes = library(lab)
    imported(lab, eyes, urls=["https://x.example.org/1.jpg"])
    one, other = (attached(lab, eyes, project) for project in (lab.project, new_project(lab)))

    lab.new_annotation(entries(lab, one)[0]["id"])

    assert [len(annotations(lab, entries(lab, id)[0]["id"])) for id in (eyes, one, other)] == [0, 1, 0]


def test_a_library_is_attached_to_a_project_once_and_again_after_it_was_detached(lab: Lab) -> None:
    eyes = library(lab)
    one = attached(lab, eyes, lab.project)
    twice = acted(lab, f"/datasets/{eyes}/attach", project_id=lab.project)
    lab.owner.delete(f"/datasets/{one}")

    again = attached(lab, eyes, lab.project)

    assert (twice.status, twice.code) == (409, "already_attached")
    assert again != one


def test_only_libraries_are_attached(lab: Lab) -> None:
    refused = acted(lab, f"/datasets/{lab.dataset}/attach", project_id=new_project(lab))

    assert (refused.status, refused.code) == (409, "not_a_library")


def test_a_clone_has_the_items_and_the_settings_with_or_without_annotations(lab: Lab) -> None:
    dataset = lab.new_dataset(labels=["vessel"], lease="PT5M")
    lab.new_annotation(lab.new_entry(dataset_id=dataset, external_id="1"), dimensions=box(7))

    bare, whole = (
        ended(lab, begun(acted(lab, f"/datasets/{dataset}/clone", with_annotations=flag)))["result"][
            "dataset_id"
        ]
        for flag in (False, True)
    )

    shown = lab.owner.get(f"/datasets/{whole}").attributes
    assert (shown["name"], shown["labels"], shown["lease"]) == ("Left eyes-clone", ["vessel"], "PT5M")
    marks = [annotations(lab, entries(lab, id)[0]["id"]) for id in (bare, whole)]
    assert [[one["dimensions"]["x"] for one in found] for found in marks] == [[], [7]]
    assert [entries(lab, id)[0]["external_id"] for id in (bare, whole)] == ["1", "1"]


def test_a_public_dataset_is_read_by_all_of_the_organization_and_changed_by_none_of_them(lab: Lab) -> None:
    mark = lab.new_annotation()
    paths = [
        f"/datasets/{lab.dataset}",
        f"/entries/{lab.entry}",
        f"/annotations/{mark}",
        f"/layers/{lab.entry}",
    ]
    private = [lab.outsider.get(path).status for path in paths]

    lab.owner.update("datasets", lab.dataset, visibility="public")

    assert private == [404] * 4
    assert [lab.outsider.get(path).status for path in paths] == [200] * 4
    assert lab.outsider.update("datasets", lab.dataset, name="Mine").status == 403
    assert lab.outsider.update("annotations", mark, metadata={}).status == 403
    stranger = Lab(lab.house, f"Far {lab.name}").owner
    assert [stranger.get(path).status for path in paths] == [404] * 4


def test_a_library_is_seen_by_administrators_and_where_it_is_public_by_all(lab: Lab) -> None:
    eyes = library(lab)
    before = lab.outsider.get(f"/datasets/{eyes}").status

    lab.owner.update("datasets", eyes, visibility="public")

    assert (
        before,
        lab.outsider.get(f"/datasets/{eyes}").status,
        lab.admin.get(f"/datasets/{eyes}").status,
    ) == (
        404,
        200,
        200,
    )
