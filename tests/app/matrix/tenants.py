"""Two organizations with a record of every kind; every string of the second holds the canary."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from app.operations import changes
from app.operations.records import find
from app.resources.jobs import JOBS
from app.work import SYSTEM, Work
from tests.app.filing import keep
from tests.app.matrix.scenes.assets import add_asset
from tests.app.matrix.scenes.happenings import HOOK, add_delivery, add_error, event_about, start_job
from tests.app.matrix.scenes.labels import add_label_set, add_labels
from tests.app.matrix.scenes.layers import add_layer
from tests.app.matrix.scenes.references import add_answer, score_of
from tests.app.matrix.scenes.releases import add_export, add_release, name_file
from tests.app.matrix.scenes.scene import PICTURE, made, moved
from tests.lab import CANARY, House, Lab, Person


@dataclass(frozen=True)
class Tenant:
    lab: Lab
    ids: dict[str, str]  # type -> the id of a record
    picture: str  # the hash of a file

    @property
    def people(self) -> tuple[Person, ...]:
        return (self.lab.owner, self.lab.project_owner, self.lab.annotator)


@dataclass(frozen=True)
class Tenants:
    ours: Tenant
    theirs: Tenant


def settle_two(house: House) -> Tenants:
    house.dice.roll(0.0)
    ours, theirs = Lab(house, f"Ours {uuid4().hex[:8]}"), Lab(house, f"Theirs {uuid4().hex[:8]}", mark=CANARY)
    return Tenants(settled(ours, b"ours"), settled(theirs, b"theirs"))


def settled(lab: Lab, picture: bytes) -> Tenant:
    """A record of every kind in LAB's organization, whose mark stands in whatever string can hold it."""
    mark, owner = lab.mark, lab.owner
    words = {"vendor": {"tool": f"{mark} word"}}
    short = {"key": f"{plain(mark)}-{uuid4().hex[:8]}", "category": f"{mark} eyes"}
    moved(owner.update("projects", lab.project, description=f"{mark} eyes", **short, **words))
    moved(owner.update("accounts", lab.annotator.account, username=f"{plain(mark)}-ana"))
    labels = add_labels(lab, lab.project)
    dataset, version = _with_a_workflow(lab, labels)
    worked, answer = _with_an_answer(lab, dataset)
    entry = lab.at("annotate")
    noted = {"external_id": f"{mark} 1", "job_id": f"{mark} job", "metadata": {"city": f"{mark} Lund"}}
    noted |= {"media": {"frames": [{"name": f"{mark} 1"}]}, **words}
    moved(owner.update("entries", entry, **noted))
    annotation = lab.new_annotation(entry, metadata={"tool": f"{mark} box"})
    feed = lab.new_feed(
        entry, annotation_id=annotation, anchor_type="annotation", position={"at": f"{mark} left"}
    )
    comment = owner.create("note_comments", note_feed_id=feed, content_md=f"{mark} two")
    key = owner.create("api_keys", account_id=lab.annotator.account, name=f"{mark} key")
    more = _behind_the_scenes(lab, entry) | _brought_in_and_out(lab, entry, dataset)
    ids = more | {
        "organizations": lab.organization,
        "accounts": lab.annotator.account,
        "api_keys": made(key),
        "projects": lab.project,
        "project_members": str(lab.annotator.member),
        "label_configurations": labels,
        "datasets": dataset,
        "workflow_versions": version,
        "entries": entry,
        "annotations": annotation,
        "note_feeds": feed,
        "note_comments": made(comment),
        "reference_answers": answer,
        "scores": score_of(lab, worked),
    }
    return Tenant(lab, ids, keep(lab, PICTURE + picture))


def plain(mark: str) -> str:
    """MARK, as far as it may stand in a name that is for URLs."""
    return "".join(one for one in mark if one.isalnum() or one in "-_") or "our"


def _with_a_workflow(lab: Lab, labels: str) -> tuple[str, str]:
    """A dataset whose workflow is a graph, a step of which is paused, and the version of that."""
    mark, step = lab.mark, f"{plain(lab.mark)}-step"
    _ = lab.annotator  # somebody who works it
    steps = {step: {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}}
    told: dict[str, Any] = {name: f"{mark} {name}" for name in ("readme", "category", "description")}
    told["vendor"] = {"tool": f"{mark} word"}
    dataset = lab.new_dataset(label_configuration_id=labels, **told)
    graph = {"start": step, "steps": steps}
    moved(lab.owner.update("datasets", dataset, workflow_configuration=graph, paused_steps=[step]))
    *_, version = lab.owner.get(f"/datasets/{dataset}/workflow_versions").ids
    return dataset, version


def _with_an_answer(lab: Lab, dataset: str) -> tuple[str, str]:
    """A reference entry of the dataset that the annotator has worked, and its right answer; another waits."""
    entry, _ = lab.new_entry(dataset_id=dataset), lab.new_entry(dataset_id=dataset)
    moved(lab.owner.act(entry, "assign", assigned_to_id=lab.annotator.account))
    answer = add_answer(lab, entry, hint=f"{lab.mark} see")
    moved(lab.annotator.act(entry, "submit"))
    return entry, answer


def _brought_in_and_out(lab: Lab, entry: str, dataset: str) -> dict[str, str]:
    """A model's layer, a release and an export of it, and an asset."""
    of_none: dict[str, Any] = {
        "label_set": f"{lab.mark} model",
        "filter": {"label_status": [f"{lab.mark} none"]},
    }
    release = add_release(lab, dataset, **of_none)
    export = add_export(lab, release)
    name_file(lab, export)
    asset = add_asset(lab, lab.annotator.account)
    layers = {"layers": add_layer(lab, entry), "label_sets": add_label_set(lab, dataset)}
    return {**layers, "releases": release, "exports": export, "assets": asset}


def _behind_the_scenes(lab: Lab, entry: str) -> dict[str, str]:
    """A draft, an event, a job that could not do something, and a webhook that was told."""
    mark, owner = lab.mark, lab.owner
    other = lab.at("annotate")
    moved(lab.annotator.act(other, "error", message=f"{mark} black"))
    event = event_about(owner, other)
    draft = {"data": {"attributes": {"content": {"comment": f"{mark} later"}}}}
    saved = lab.annotator.ask("PUT", f"/entries/{entry}/draft", draft)
    moved(saved)
    job = start_job(lab, lab.annotator.account, lab.project, f"{mark} unknown")

    def end(work: Work) -> None:
        result = msgspec.json.encode({"link": f"{mark} result"}).decode()
        changes.change(work, JOBS, find(work, JOBS, job), {"result": result})

    lab.house.database.write_now(SYSTEM, end)
    url = f"{HOOK['url']}/{plain(mark)}"
    hook = made(owner.create("webhooks", **HOOK | {"url": url, "description": f"{mark} hook"}))
    return {
        "drafts": saved.id,
        "events": event,
        "jobs": job,
        "job_errors": add_error(lab, job, f"{mark} item"),
        "webhooks": hook,
        "webhook_deliveries": add_delivery(lab, hook, event, f"{mark}.create"),
    }
