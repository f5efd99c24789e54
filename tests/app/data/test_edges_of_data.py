"""What data does at its edges: odd input, two at once, and what is gone or cancelled meanwhile."""

import json
from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import bindparam, literal_column, null, select, update
from sqlmodel import col

from app.declare import RESOURCES
from app.jobs import copying, trash
from app.jobs.importing import lines, placing
from app.jobs.importing.annotating import Options
from app.jobs.importing.items import Item
from app.jobs.importing.placing import Place, place_items
from app.jobs.releasing import then, writing
from app.operations import changes, records
from app.operations.changes import Event
from app.resources import label_changes, libraries
from app.resources.jobs import enqueue
from app.resources.note_feeds import NoteFeed
from app.resources.releases import parts_of
from app.storage.statement import Statement
from app.work import SYSTEM, Work
from tests.app.data.doing import acted, annotations, begun, box, ended, entries, errors, imported
from tests.app.data.test_libraries import attached, library, resources
from tests.app.data.test_releases import exported, released
from tests.lab import Lab

CLASSES = [{"id": "dog", "name": "Dog"}, {"id": "cat", "name": "Cat"}]
_TALK = Statement(lambda: select(col(NoteFeed.id)).where(col(NoteFeed.id) == bindparam("id")))
_PAUSE = Statement(lambda: select(literal_column("CAST(pg_sleep(0.2) AS text)")))
_UNNUMBER = Statement(
    lambda: (
        update(Event)
        .where(col(Event.organization_id) == bindparam("organization_id"))
        .values(sequence=null())
    )
)
ALL = "9999-01-01T00:00:00.000000Z"  # a moment that lies behind all that is in a trash


def emptied(lab: Lab) -> None:
    """The trash of the laboratory is empty."""
    job: Any = SimpleNamespace(
        organization_id=lab.organization, arguments=json.dumps({"before": ALL}), done=0
    )
    while lab.house.database.write_now(SYSTEM, lambda work: trash.run(work, job, "")).cursor is not None:
        pass


def left_alone(work: Work, job_id: str) -> None:
    """The job looks as though a worker had it: no other takes it."""
    job = records.find(work, RESOURCES["jobs"], job_id)
    changes.adjust(work, RESOURCES["jobs"], job, {"state": "running", "lease_until": ALL})


def under_way(lab: Lab, kind: str, arguments: Any) -> str:
    """The id of a job that does not end."""

    def made(work: Work) -> str:
        job = enqueue(work, kind, lab.organization, arguments)
        left_alone(work, job.id)
        return job.id

    return lab.house.database.write_now(SYSTEM, made)


def unwritten(lab: Lab, type: str, **attributes: Any) -> tuple[str, str]:
    """The ids of a new record of TYPE, and of the job that does not come to write it."""

    def made(work: Work) -> tuple[str, str]:
        row = records.create(work, RESOURCES[type], attributes).row
        left_alone(work, row.job_id)
        return row.id, row.job_id

    return lab.house.database.write_now(SYSTEM, made)


def labelled(lab: Lab, **attributes: Any) -> str:
    made = lab.owner.create(
        "label_configurations", name="Animals", configuration={"classes": CLASSES}, **attributes
    )
    assert made.status == 201, made
    return made.id


def test_a_trash_with_releases_is_emptied(lab: Lab) -> None:
    lab.new_entry()
    release = released(lab)
    exported(lab, release)
    lab.owner.delete(f"/releases/{release}")

    emptied(lab)

    assert lab.owner.post(f"/releases/{release}/restore").status == 404


def test_a_trash_with_layers_whose_annotations_are_talked_about_is_emptied(lab: Lab) -> None:
    layer = lab.owner.create("layers", entry_id=lab.entry, label_set="model").id
    mark = lab.new_annotation(layer_id=layer)
    talk = lab.owner.create("note_feeds", annotation_id=mark, entry_id=lab.entry, anchor_type="annotation")
    lab.owner.delete(f"/layers/{layer}")

    emptied(lab)

    assert talk.status == 201
    assert lab.house.database.read_now(SYSTEM, lambda work: work.rows(_TALK, {"id": talk.id})) == []


@pytest.mark.parametrize("text", ["", "{", "[1", '{"a":1e999}', '{"a":100000000000000000000000}'])
@pytest.mark.parametrize("name", ["metadata", "annotations"])
def test_an_item_with_a_text_in_place_of_an_object_is_told(lab: Lab, name: str, text: str) -> None:
    job, id = imported(lab, items=[{"url": "https://x.example.org/1.jpg", name: text}])

    assert (job["errors_count"], entries(lab)) == (1, [])
    assert errors(lab, id) == [("https://x.example.org/1.jpg", "item_invalid")]


def test_an_item_says_only_how_far_labels_can_be(lab: Lab) -> None:
    said = ("rubbish", "labeled")
    items = [{"url": f"https://x.example.org/{one}", "annotations": [], "label_status": one} for one in said]

    _, job = imported(lab, items=items)

    assert errors(lab, job) == [("https://x.example.org/rubbish", "item_invalid")]
    assert [one["label_status"] for one in entries(lab)] == ["labeled"]


def test_long_lines_come_a_few_at_a_time(lab: Lab) -> None:
    blobs = lab.house.database.sources.blobs
    long = [json.dumps({"resource": str(n), "metadata": {"text": "x" * 400_000}}) for n in range(4)]
    hash = blobs.put("".join(f"{line}\n" for line in long).encode())

    first = lines.read(blobs, hash, 0)
    assert first.next is not None
    second = lines.read(blobs, hash, first.next)

    assert [one.resource for one in (*first.items, *second.items) if isinstance(one, Item)] == list("0123")
    assert (len(first.items), len(second.items), second.next) == (2, 2, None)


def test_an_author_of_another_organization_is_a_name_like_any(lab: Lab) -> None:
    foreign = Lab(lab.house, f"Far {lab.name}").owner.account
    marks = [{"dimensions": box(), "annotation": {}, "created_by": id} for id in (foreign, lab.owner.account)]

    imported(lab, items=[{"url": "https://x.example.org/1", "annotations": marks}], keep_authorship=True)

    (entry,) = entries(lab)
    assert [one["created_by_email"] for one in annotations(lab, entry["id"])] == [foreign, ""]


def both(run: Callable[[Barrier], None]) -> None:
    """Two threads RUN it to their end."""
    barrier = Barrier(2)
    threads = [Thread(target=run, args=(barrier,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_two_imports_at_once_bring_an_item_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(lab.organization, lab.dataset, "job", Options())
    item = Item(resource="https://x.example.org/1.jpg")
    seen = placing._known

    def slowly(work: Work, *given: Any) -> Any:
        found = seen(work, *given)
        if not work.connection.has_one_writer:
            work.rows(_PAUSE, {})
        return found

    monkeypatch.setattr(placing, "_known", slowly)

    def run(barrier: Barrier) -> None:
        barrier.wait()
        lab.house.database.write_now(SYSTEM, lambda work: place_items(work, place, [item]))

    both(run)

    assert len(entries(lab)) == 1


def test_an_item_that_an_attachment_cannot_take_stops_no_other(lab: Lab) -> None:
    eyes = library(lab)
    imported(lab, eyes, items=[{"url": f"https://x.example.org/{n}", "external_id": str(n)} for n in "123"])
    one = attached(lab, eyes, lab.project)
    lab.new_entry(dataset_id=one, external_id="4")

    imported(lab, eyes, items=[{"url": f"https://x.example.org/{n}", "external_id": str(n)} for n in "345"])

    ids = {entry["external_id"]: entry["id"] for entry in entries(lab, eyes)}
    jobs = [id for id in lab.owner.get(f"/jobs?filter[dataset_id]={one}").ids if ended(lab, id)]
    told = [error for job in jobs for error in errors(lab, job)]
    assert told == [(ids["4"], "value_taken")]
    assert sorted(entry["external_id"] for entry in entries(lab, one)) == list("12345")


def test_an_attachment_gets_an_item_once_it_is_there(lab: Lab) -> None:
    eyes = library(lab)
    one = attached(lab, eyes, lab.project)

    imported(lab, eyes, items=[{"url": "https://127.0.0.1:1/1.jpg", "external_id": "1"}], download=True)

    for job in lab.owner.get(f"/jobs?filter[dataset_id]={one}").ids:
        ended(lab, job)
    assert [entry["status"] for entry in entries(lab, eyes)] == ["processing_error"]
    assert resources(lab, one) == []


def test_a_clone_tells_what_has_no_item_yet(lab: Lab) -> None:
    imported(lab, items=[{"url": "https://127.0.0.1:1/1.jpg"}], download=True)
    lab.new_entry()

    job = begun(acted(lab, f"/datasets/{lab.dataset}/clone"))

    copied = ended(lab, job)["result"]["dataset_id"]
    assert len(entries(lab, copied)) == 1
    assert [code for _, code in errors(lab, job)] == ["not_ready"]


def test_a_clone_copies_annotations_a_few_at_a_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "MARKS", 3)
    for n in range(4):
        entry = lab.new_entry(external_id=str(n))
        for _ in range(2):
            lab.new_annotation(entry)

    copied = ended(lab, begun(acted(lab, f"/datasets/{lab.dataset}/clone", with_annotations=True)))

    found = [len(annotations(lab, one["id"])) for one in entries(lab, copied["result"]["dataset_id"])]
    assert found == [2, 2, 2, 2]


def test_a_copy_has_a_name_as_long_as_a_name_may_be(lab: Lab) -> None:
    dataset = lab.new_dataset(name="x" * 255)

    copied = ended(lab, begun(acted(lab, f"/datasets/{dataset}/clone")))["result"]["dataset_id"]
    refused = acted(lab, f"/datasets/{dataset}/clone", name="x" * 256)

    assert lab.owner.get(f"/datasets/{copied}").attributes["name"] == f"{'x' * 249}-clone"
    assert refused.status == 422


def test_two_first_libraries_at_once_stand_in_one_project(lab: Lab) -> None:
    def run(barrier: Barrier) -> None:
        def made(work: Work) -> None:
            barrier.wait()
            libraries.project_of(work, {"organization_id": lab.organization})
            if not work.connection.has_one_writer:
                work.rows(_PAUSE, {})

        lab.house.database.write_now(SYSTEM, made)

    if lab.house.database.rung_at is None:
        pytest.skip("there is one writer: nobody is second")
    both(run)

    kinds = [one["attributes"]["kind"] for one in lab.owner.get("/projects").data]
    assert kinds.count("library") == 1


@pytest.mark.parametrize("undoes", [False, True])
def test_a_change_of_labels_waits_for_the_one_before(lab: Lab, undoes: bool) -> None:
    configuration = labelled(lab, project_id=lab.project)
    path = f"/label_configurations/{configuration}"
    merge = {"change": "merge", "class_ids": ["dog", "cat"], "into": {"id": "dog"}}
    job = begun(acted(lab, f"{path}/apply", **merge))
    ended(lab, job)
    kind = label_changes.UNDO if undoes else label_changes.KIND
    other = under_way(lab, kind, {"label_configuration_id": configuration, "undone_job_id": job})

    refused = acted(lab, f"{path}/apply", change="delete", class_id="dog")
    kept = acted(lab, f"{path}/undo", job_id=job)
    renamed = acted(lab, f"{path}/apply", change="rename", class_id="dog", name="Hound")

    assert other
    assert [(one.status, one.code) for one in (refused, kept)] == [(409, "label_change_under_way")] * 2
    assert renamed.status == 202


def test_a_preview_is_for_who_may_make_the_change(lab: Lab) -> None:
    configuration = labelled(lab, organization_id=lab.organization)
    body = {"data": {"attributes": {"change": "clear"}}}

    statuses = [
        who.post(f"/label_configurations/{configuration}/preview", body).status
        for who in (lab.admin, lab.project_owner, lab.annotator, lab.outsider)
    ]

    assert statuses == [200, 403, 403, 403]


def test_what_lay_in_the_trash_while_its_class_went_does_not_come_back(lab: Lab) -> None:
    configuration = labelled(lab, project_id=lab.project)
    entry = lab.new_entry(dataset_id=lab.new_dataset(label_configuration_id=configuration))
    marks = [lab.new_annotation(entry, dimensions=box(), annotation={"label": one}) for one in ("dog", "cat")]
    for mark in marks:
        lab.owner.delete(f"/annotations/{mark}")
    path = f"/label_configurations/{configuration}/apply"
    ended(lab, begun(acted(lab, path, change="delete", class_id="cat")))

    statuses = [lab.owner.post(f"/annotations/{mark}/restore").status for mark in marks]

    assert statuses == [200, 422]


def test_a_dataset_comes_back_with_its_labels_alone(lab: Lab) -> None:
    configuration = labelled(lab, project_id=lab.project)
    dataset = lab.new_dataset(label_configuration_id=configuration)
    for path in (f"/datasets/{dataset}", f"/label_configurations/{configuration}"):
        assert lab.owner.delete(path).status == 204

    refused = lab.owner.post(f"/datasets/{dataset}/restore")
    lab.owner.post(f"/label_configurations/{configuration}/restore")

    assert (refused.status, refused.code) == (409, "labels_in_trash")
    assert lab.owner.post(f"/datasets/{dataset}/restore").status == 200


@pytest.mark.parametrize("type", ["releases", "exports"])
def test_what_nobody_writes_any_more_has_failed(lab: Lab, type: str) -> None:
    of = {"dataset_id": lab.dataset, "name": "v2"}
    if type == "exports":
        of = {"release_id": released(lab), "format": "postil"}
    id, job = unwritten(lab, type, **of)

    assert lab.owner.post(f"/jobs/{job}/cancel").status == 200

    assert lab.owner.get(f"/{type}/{id}").attributes["status"] == "failed"


def test_a_release_holds_little_at_once_of_entries_with_much_to_know(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        lab.new_entry(external_id=str(n), metadata={"text": "x" * 400})
    monkeypatch.setattr(then, "MOST_BYTES", 1000)

    release = released(lab)

    assert lab.owner.get(f"/releases/{release}").attributes["entries_count"] == 5
    parts = lab.house.database.read_now(SYSTEM, lambda work: parts_of(work, release))
    assert [count for _, _, count in parts] == [2, 2, 1]


def test_a_release_waits_until_what_was_done_before_has_its_number(lab: Lab) -> None:
    lab.new_entry()
    job: Any = SimpleNamespace(
        arguments=json.dumps({"release_id": unwritten(lab, "releases", dataset_id=lab.dataset, name="v2")[0]})
    )

    def begun_with(work: Work, *, is_numbered: bool) -> str | None:
        if not is_numbered:
            work.run(_UNNUMBER, {"organization_id": lab.organization})
        return writing.RELEASING.run(work, job, "").cursor

    cursors = [rolled_back(lab, partial(begun_with, is_numbered=one)) for one in (False, True)]

    assert [str(cursor).startswith("numbering") for cursor in cursors] == [True, False]


class Undone(Exception):
    """What a transaction came to, of which nothing stays."""


def rolled_back(lab: Lab, run: Callable[[Work], Any]) -> Any:
    def undone(work: Work) -> None:
        raise Undone(run(work))

    with pytest.raises(Undone) as raised:
        lab.house.database.write_now(SYSTEM, undone)
    return raised.value.args[0]
