"""jsonapi-requests 0.8.0, unmodified, with its own settings: a slash at every end, a second, three tries."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from jsonapi_requests.orm import ApiModel, AttributeField, OrmApi, RelationField
from jsonapi_requests.request_factory import ApiClientError

from app.web.jsonapi.mounts import Mount
from tests.clients.server import Server


@pytest.fixture
def service(server: Server, mount: Mount) -> Any:
    def signed(request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {server.key}"
        return request

    return OrmApi.config({"API_ROOT": server.url + mount.path, "AUTH": signed})


@pytest.fixture
def models(service: Any, mount: Mount) -> Any:
    """Models as the client's readme declares them."""

    class Project(ApiModel):  # type: ignore[misc]  # the client has no types
        class Meta:
            type = f"{mount.type_prefix}projects"
            api = service
            path = "projects"

        name = AttributeField("name")

    class Dataset(ApiModel):  # type: ignore[misc]  # the client has no types
        class Meta:
            type = f"{mount.type_prefix}datasets"
            api = service
            path = "datasets"

        name = AttributeField("name")
        project = RelationField("project")

    class Entry(ApiModel):  # type: ignore[misc]  # the client has no types
        class Meta:
            type = f"{mount.type_prefix}entries"
            api = service
            path = "entries"

        resource = AttributeField("resource")
        priority = AttributeField("priority")
        dataset = RelationField("dataset")
        annotations = RelationField("annotations")

    class Annotation(ApiModel):  # type: ignore[misc]  # the client has no types
        class Meta:
            type = f"{mount.type_prefix}annotations"
            api = service
            path = "annotations"

        dimensions = AttributeField("dimensions")
        annotation = AttributeField("annotation")
        entry = RelationField("entry")

    return SimpleNamespace(Project=Project, Dataset=Dataset, Entry=Entry, Annotation=Annotation)


@pytest.fixture
def entry(models: Any, dataset: str) -> Any:
    """A new entry, saved by the client."""
    entry = models.Entry()
    entry.resource = "left.png"
    entry.priority = 5
    entry.dataset = models.Dataset.from_id(dataset)
    entry.save()
    return entry


def test_a_record_is_created_with_a_relationship(models: Any, entry: Any, dataset: str) -> None:
    mark = models.Annotation()
    mark.dimensions = {"type": "point", "x": 1, "y": 2}
    mark.annotation = {"label": "vessel"}
    mark.entry = entry
    mark.save()

    assert (entry.dataset.id, entry.attributes["status"]) == (dataset, "ready")
    assert mark.entry.resource == "left.png"


def test_a_page_is_listed_with_a_filter_and_what_is_included(models: Any, entry: Any, dataset: str) -> None:
    params = {
        "filter[dataset_id]": dataset,
        "filter[status__in]": "ready,in_progress",
        "include": "dataset.project,annotations",
        "sort": "-id",
        "page[number]": 1,
        "page[size]": 1,
    }

    page = models.Entry.get_list(params=params)

    assert [one.id for one in page] == [entry.id]
    assert page[0].dataset.project.name == "Retina"
    assert page[0].annotations == []


def test_a_link_that_was_not_included_is_fetched_when_it_is_read(models: Any, entry: Any) -> None:
    found = models.Entry.from_id(entry.id)

    assert (found.resource, found.dataset.name, found.dataset.project.name) == (
        "left.png",
        "Left eyes",
        "Retina",
    )


def test_a_whole_record_is_sent_back_as_it_was_shown(models: Any, entry: Any) -> None:
    found = models.Entry.from_id(entry.id)
    found.refresh()
    found.priority = 6
    found.save()

    assert models.Entry.from_id(entry.id).priority == 6


def test_a_whole_record_is_sent_back_as_it_was_listed(models: Any, entry: Any, dataset: str) -> None:
    [found] = models.Entry.get_list(params={"filter[dataset_id]": dataset, "sort": "-id", "page[size]": 1})
    found.priority = 7
    found.save()

    assert models.Entry.from_id(entry.id).priority == 7


def test_a_record_is_deleted_with_a_body(models: Any, entry: Any) -> None:
    assert models.Entry.exists(entry.id)

    entry.delete()

    assert not models.Entry.exists(entry.id)


def test_an_error_is_read_from_what_the_client_raises(models: Any, service: Any, dataset: str) -> None:
    entry = models.Entry()
    entry.priority = "high"
    entry.dataset = models.Dataset.from_id(dataset)

    with pytest.raises(ApiClientError) as invalid:
        entry.save()
    with pytest.raises(ApiClientError) as unknown:
        models.Entry.get_list(params={"filter[colour]": "red"})

    assert invalid.value.status_code == 422
    assert pointers(invalid.value) == ["/data/attributes", "/data/attributes/priority"]
    assert unknown.value.status_code == 400
    assert json.loads(unknown.value.content)["errors"][0]["source"] == {"parameter": "filter[colour]"}


def test_documents_are_read_without_models(service: Any, entry: Any, dataset: str) -> None:
    answer = service.endpoint("entries").get(
        params={"filter[dataset_id]": dataset, "include": "dataset", "page[size]": 1, "count": "true"}
    )

    assert len(answer.data) == 1
    assert answer.content.meta["count"] >= 1
    assert answer.content.links["first"].startswith("http")
    assert [one.id for one in answer.content.included] == [dataset]


def pointers(error: ApiClientError) -> list[str]:
    return [one["source"]["pointer"] for one in json.loads(error.content)["errors"]]
