"""Data that comes in and goes out stays in its organization, and in its project where that is not public."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.declare import RESOURCES
from tests.app.data.doing import acted, begun, ended
from tests.app.matrix.asking import kept
from tests.app.matrix.scenes.assets import add_asset
from tests.app.matrix.scenes.datasets import add_library
from tests.app.matrix.scenes.labels import add_labels
from tests.app.matrix.scenes.releases import add_release
from tests.app.matrix.tenants import Tenant, Tenants, settle_two
from tests.app.matrix.test_tenancy import new_id, said
from tests.lab import House, Lab, Person, Reply


@pytest.fixture(scope="module")
def tenants(quick_house: House) -> Tenants:
    return settle_two(quick_house)


# ---- ids of theirs, in the bodies of what ours ask for


def _sent(path: str, **attributes: Any) -> Callable[[Tenant, str], Reply]:
    """Asks for PATH, of a record of ours; attributes that are `id` become the id that is tried."""

    def ask(ours: Tenant, id: str) -> Reply:
        type, tail = path.split("/")
        given = {
            name: id if value == "id" else [id] if value == ["id"] else value
            for name, value in attributes.items()
        }
        return acted(ours.lab, f"/{type}/{ours.ids[type]}/{tail}", **given)

    return ask


def _named(type: str) -> Callable[[Tenant, str], Reply]:
    return lambda ours, id: ours.lab.owner.update(type, ours.ids[type], label_configuration_id=id)


ASKED: dict[
    str, tuple[str, Callable[[Tenant, str], Reply]]
] = {  # name -> the type of the id, and what is asked
    "compared with": ("releases", _sent("releases/compare", with_id="id")),
    "cloned to": ("projects", _sent("datasets/clone", project_id="id")),
    "imported": ("assets", _sent("datasets/imports", assets=["id"])),
    "a manifest": ("assets", _sent("datasets/imports", manifest="id")),
    "an archive": ("assets", _sent("datasets/imports", archive="id", format="postil")),
    "taken back": ("jobs", _sent("label_configurations/undo", job_id="id")),
    "the labels of a dataset": ("label_configurations", _named("datasets")),
    "the labels of a project": ("label_configurations", _named("projects")),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_is_theirs_is_named_as_if_it_were_not_there(tenants: Tenants, what: str) -> None:
    type, ask = ASKED[what]
    ours = tenants.ours
    before = {one: kept(ours.lab.house, RESOURCES[one], id) for one, id in ours.ids.items()}

    foreign, random = (said(ask(ours, id), id) for id in (tenants.theirs.ids[type], new_id()))

    assert foreign[0] == 404
    assert foreign == random
    assert {one: kept(ours.lab.house, RESOURCES[one], id) for one, id in ours.ids.items()} == before


def test_a_library_is_attached_to_no_project_of_theirs(tenants: Tenants) -> None:
    lab = tenants.ours.lab
    library = add_library(lab)

    foreign, random = (
        said(acted(lab, f"/datasets/{library}/attach", project_id=id), id)
        for id in (tenants.theirs.ids["projects"], new_id())
    )

    assert foreign[0] == 404
    assert foreign == random


# ---- the file of an export


def test_an_export_of_theirs_is_got_by_no_link_of_ours(tenants: Tenants) -> None:
    ours, theirs = (_linked(tenant) for tenant in (tenants.ours, tenants.theirs))
    said_of_theirs = {**ours[1], "organization": tenants.theirs.lab.organization}
    client = tenants.ours.lab.house.client

    def status(path: str, said: dict[str, str]) -> int:
        response = client.request("GET", f"{path}?{urlencode(said)}", content=None, headers={})
        return int(response.status_code)

    assert [status(*ours), status(*theirs)] == [200, 200]
    assert status(theirs[0], ours[1]) == 403
    assert status(theirs[0], said_of_theirs) == 403
    assert status(ours[0], said_of_theirs) == 403
    assert tenants.ours.lab.owner.get(theirs[0]).status == 404


def _linked(tenant: Tenant) -> tuple[str, dict[str, str]]:
    """The path of the file of the tenant's export, and what its link says."""
    told = tenant.lab.owner.get(f"/exports/{tenant.ids['exports']}").data["meta"]["url"]
    parts = urlsplit(told)
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_a_public_dataset_is_public_in_its_organization_alone(tenants: Tenants) -> None:
    theirs, ours = tenants.theirs, tenants.ours
    entry = theirs.lab.new_entry(dataset_id=theirs.lab.new_dataset(visibility="public"))
    mark = theirs.lab.new_annotation(entry)
    dataset = theirs.lab.owner.get(f"/entries/{entry}").attributes["dataset_id"]
    paths = {
        "datasets": dataset,
        "entries": entry,
        "annotations": mark,
        "layers": entry,
    }

    for person in ours.people:
        for type, id in paths.items():
            foreign, random = (said(person.get(f"/{type}/{one}"), one) for one in (id, new_id()))

            assert foreign[0] == 404
            assert foreign == random
            assert id not in person.get(f"/{type}?filter[id]={id}").ids


# ---- within an organization: what goes out of a project, and what is told of another


def _mover(lab: Lab) -> tuple[Person, str]:
    """An annotator of the lab's project who owns another one, and that."""
    other = lab.owner.create("projects", name="Own", organization_id=lab.organization).id
    person = lab.person("annotator")
    lab.join(person.account, "project_owner", other)
    return person, other


def _acted(person: Person, path: str, **attributes: Any) -> Reply:
    return person.post(path, {"data": {"attributes": attributes}})


def test_who_only_works_on_a_dataset_takes_no_copy_of_it_home(lab: Lab) -> None:
    person, other = _mover(lab)

    refused = _acted(person, f"/datasets/{lab.dataset}/clone", project_id=other)
    lab.owner.update("datasets", lab.dataset, visibility="public")
    cloned = _acted(person, f"/datasets/{lab.dataset}/clone", project_id=other)

    assert (refused.status, refused.code) == (403, "forbidden")
    assert cloned.status == 202


def test_who_only_works_on_a_library_does_not_attach_it(lab: Lab) -> None:
    person, other = _mover(lab)
    library = add_library(lab)
    project = lab.owner.get(f"/datasets/{library}").attributes["project_id"]
    lab.join(person.account, "annotator", project)

    refused = _acted(person, f"/datasets/{library}/attach", project_id=other)

    assert (refused.status, refused.code) == (403, "forbidden")
    assert lab.owner.get(f"/projects/{other}/datasets").data == []


def test_nobody_hears_where_else_a_public_library_is_attached(lab: Lab) -> None:
    library = add_library(lab, "public")
    assert acted(lab, f"/datasets/{library}/attach", project_id=lab.project).status == 202

    unseen, random = (
        said(_acted(lab.outsider, f"/datasets/{library}/attach", project_id=id), id)
        for id in (lab.project, new_id())
    )

    assert unseen[0] == 404
    assert unseen == random


@pytest.mark.parametrize("type", ["datasets", "projects"])
def test_labels_of_another_project_are_not_referred_to(lab: Lab, type: str) -> None:
    _, other = _mover(lab)
    labels = add_labels(lab, other)
    id = lab.dataset if type == "datasets" else lab.project

    by_owner = lab.owner.update(type, id, label_configuration_id=labels)
    by_lead = lab.project_owner.update(type, id, label_configuration_id=labels)

    assert (by_owner.status, by_owner.code) == (422, "label_configuration_elsewhere")
    assert (by_lead.status, by_lead.code) == (404, "related_not_found")
    assert lab.owner.get(f"/{type}/{id}").attributes["label_configuration_id"] is None


def test_releases_of_another_project_are_compared_with_by_nobody_who_does_not_own_it(lab: Lab) -> None:
    person, other = _mover(lab)
    own, foreign = (add_release(lab, lab.new_dataset(project_id=project)) for project in (other, lab.project))

    unseen, random = (
        said(_acted(person, f"/releases/{own}/compare", with_id=id), id) for id in (foreign, new_id())
    )

    assert unseen[0] == 404
    assert unseen == random


def test_a_change_of_labels_elsewhere_is_not_taken_back_here(lab: Lab) -> None:
    person, other = _mover(lab)
    theirs, own = add_labels(lab, lab.project), add_labels(lab, other)
    renamed = {"change": "rename", "class_id": "vessel", "name": "Artery"}
    job = begun(acted(lab, f"/label_configurations/{theirs}/apply", **renamed))
    ended(lab, job)

    unseen, random = (
        said(_acted(person, f"/label_configurations/{own}/undo", job_id=id), id) for id in (job, new_id())
    )
    seen = acted(lab, f"/label_configurations/{own}/undo", job_id=job)

    assert unseen[0] == 404
    assert unseen == random
    assert (seen.status, seen.code) == (422, "job_unknown")


def test_an_asset_of_somebody_else_is_imported_by_administrators_alone(lab: Lab) -> None:
    asset = add_asset(lab, lab.annotator.account)

    def imported(person: Person, id: str) -> tuple[int, str, dict[str, str]]:
        return said(_acted(person, f"/datasets/{lab.dataset}/imports", assets=[id]), id)

    assert imported(lab.project_owner, asset) == imported(lab.project_owner, new_id())
    assert imported(lab.project_owner, asset)[0] == 404
    assert acted(lab, f"/datasets/{lab.dataset}/imports", assets=[asset]).status == 202


def test_what_a_public_entry_shows_is_no_work_of_whoever_reads_it(lab: Lab) -> None:
    entry = lab.at("done", dataset=lab.new_dataset(visibility="public"))
    outsider = lab.outsider
    before = kept(lab.house, RESOURCES["entries"], entry)
    saved: dict[str, Any] = {"data": {"attributes": {"content": {"annotations": []}}}}

    tried = [
        outsider.ask("PUT", f"/entries/{entry}/draft", saved),
        outsider.create("note_feeds", entry_id=entry, content_md="Mine."),
        *(outsider.act(entry, event) for event in ("select", "submit", "skip", "reopen", "lease")),
    ]

    assert {reply.status for reply in tried} <= {403, 409}
    assert kept(lab.house, RESOURCES["entries"], entry) == before
    assert lab.owner.get(f"/drafts?filter[entry_id]={entry}").data == []
    assert lab.owner.get(f"/note_feeds?filter[entry_id]={entry}").data == []
