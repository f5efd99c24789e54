"""Datasets: the entries of one project that are labelled under one configuration."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import or_

from app.access import Role, in_my_projects, is_public, scope
from app.declare import Access, Action, Change, Resource, Summary, ToMany, ToOne, Values
from app.errors import Fault, Forbidden, Invalid
from app.operations import changes
from app.operations.records import lies_in, parent
from app.resources import (
    agreement_views,
    dataset_labels,
    imports,
    leases,
    libraries,
    moving,
    statistics,
    statistics_told,
    workflow_foresight,
    workflow_told,
    workflow_views,
    workflows,
)
from app.resources.accounts import ACCOUNTS
from app.resources.dataset_rows import LIVE, Dataset, DatasetStatus
from app.resources.label_configurations import LABEL_CONFIGURATIONS
from app.resources.organizations import ORGANIZATIONS
from app.resources.projects import PROJECTS
from app.work import Work
from workflow import dataset as flow
from workflow import quality as quality_rules
from workflow.default import is_default
from workflow.durations import seconds_of
from workflow.errors import BadConfiguration
from workflow.graph import Graph


def _place(work: Work, values: Values) -> None:
    if not values.get("project_id") and values.get("organization_id"):
        values["project_id"] = libraries.project_of(work, values)
    project = parent(work, PROJECTS, values, "project_id")
    if values.get("organization_id", project.organization_id) != project.organization_id:
        raise Invalid(
            Fault("parent_conflict", "the project is of another organization", "/data/relationships/project")
        )
    values["organization_id"] = project.organization_id
    _check_owner(work, values)
    dataset_labels.place(work, project, values)
    _check_settings(values)
    graph = _checked(work, project.id, values.get("workflow_configuration", "{}"))
    _check_paused(values, graph, ())


def _check_change(work: Work, dataset: Dataset, values: Values) -> None:
    dataset_labels.check_change(work, dataset, values)
    _check_settings(values)
    configuration = values.get("workflow_configuration", dataset.workflow_configuration)
    older_steps = msgspec.json.decode(dataset.older_steps)
    if workflows.is_same(configuration, dataset.workflow_configuration):
        graph = flow.workflow_of(dataset.workflow_configuration).graph
    else:
        graph = _checked(work, dataset.project_id, configuration)
        values["workflow_version"] = dataset.workflow_version + 1
        before = flow.workflow_of(dataset.workflow_configuration).graph
        worked = [step.name for step in before.steps.values() if step.is_worked]
        older_steps = list(dict.fromkeys([*older_steps, *worked]))
        values["older_steps"] = msgspec.json.encode(older_steps).decode()
    _check_paused(values, graph, older_steps)


def _keep_versions(work: Work, made: Sequence[Change]) -> None:
    """A workflow that has changed is a new version; entries that nobody has begun go by it at once."""
    for before, after in made:
        if after is None or (before is None and after.version > 1):  # to the trash, or out of it
            continue
        if before is None:
            workflows.keep(work, after)
        elif before.workflow_version != after.workflow_version:
            workflows.keep(work, after)
            moving.move_unbegun(work, after)


def _check_settings(values: Values) -> None:
    try:
        seconds_of(values.get("lease", leases.DEFAULT))
        quality_rules.rules_of(msgspec.json.decode(values.get("quality_configuration", "{}")))
    except ValueError as error:
        raise Invalid(Fault("attribute_invalid", f"lease: {error}", "/data/attributes/lease")) from None
    except BadConfiguration as error:
        raise Invalid(*workflows.faults_of(error, "/data/attributes/quality_configuration")) from None


def _check_paused(values: Values, graph: Graph, older: Sequence[str]) -> None:
    for name in msgspec.json.decode(values.get("paused_steps", "[]")):
        if name not in graph.steps and name not in older:
            detail = f"the workflow has no step {name[:64]} to pause"
            raise Invalid(Fault("workflow_step_unknown", detail, "/data/attributes/paused_steps"))


def _checked(work: Work, project_id: str, configuration: str) -> Graph:
    """The graph that CONFIGURATION is. Raises Invalid with all that is wrong with it for the project."""
    decoded = msgspec.json.decode(configuration)
    team = None if is_default(decoded) else workflows.team_of(work, project_id)
    try:
        return flow.check(decoded, team)
    except BadConfiguration as error:
        raise Invalid(*workflows.faults_of(error)) from None


def check_force(work: Work, card: Resource, row: Any, is_begun: bool, is_forced: bool) -> None:
    """Raise Forbidden where work would be lost, unless the project's owner forces it."""
    if is_begun and not (is_forced and lies_in(work, card, row.id, card.access.update)):
        raise Forbidden(
            "work has been done on it: add ?force=true to delete it all the same", code="force_required"
        )


def _check_delete(work: Work, dataset: Dataset, is_forced: bool) -> None:
    check_force(work, DATASETS, dataset, dataset.status != DatasetStatus.PENDING, is_forced)


def revoke_addresses(work: Work, dataset: Dataset, body: Values) -> Dataset:
    """DATASET, of whose files no address that needs no key is good any longer."""
    values = {"addresses_version": dataset.addresses_version + 1}
    changed: Dataset = changes.change(work, DATASETS, dataset, values, "revoke_addresses")
    return changed


def _check_owner(work: Work, values: Values) -> None:
    if values.get("owner_id") is not None:
        parent(work, ACCOUNTS, values, "owner_id")


_owned = scope(Dataset.organization_id, lambda: in_my_projects(Dataset.project_id, Role.OWNER))
_readable = scope(
    Dataset.organization_id, lambda: or_(in_my_projects(Dataset.project_id), is_public(Dataset.visibility))
)
_shared = scope(  # of which all that is in it may be copied
    Dataset.organization_id,
    lambda: or_(in_my_projects(Dataset.project_id, Role.OWNER), is_public(Dataset.visibility)),
)

DATASETS = Resource(
    Dataset,
    type="datasets",
    about="A batch of entries to be worked on together, with its labels and its workflow.",
    access=Access(
        read=_readable,
        create=_owned,
        update=_owned,
        delete=_owned,
    ),
    ancestors={"project_id": "projects"},
    example={
        "name": "Left eyes",
        "labels": ["vessel", "lesion"],
        "modality": "image",
        "labeling_configuration": {},
        "workflow_configuration": {"sample_rate": 0.5},
    },
    links=(
        ToOne("organization", ORGANIZATIONS.type, "organization_id"),
        ToOne("project", PROJECTS.type, "project_id"),
        ToOne("library", "datasets", "library_id"),
        ToOne("label_configuration", LABEL_CONFIGURATIONS.type, "label_configuration_id"),
        ToMany("releases", "releases", "dataset_id"),
        ToMany("entries", "entries", "dataset_id"),
        ToMany("label_sets", "label_sets", "dataset_id"),
        ToMany("workflow_versions", "workflow_versions", "dataset_id"),
    ),
    summaries=(
        Summary("statistics", statistics.of_record, "What the work on it amounts to.", statistics_told.TOLD),
        Summary(
            "agreement",
            agreement_views.of_dataset,
            "How far people agree who worked on the same entries, and how well they do on reference entries.",
            workflow_told.AGREED,
        ),
        Summary(
            "workflow",
            workflow_views.view,
            "Its workflow as it stands: steps with live counts and ages, edges, drawings.",
            workflow_told.TOLD,
        ),
        Summary(
            "workflow/validate",
            workflow_views.validate,
            "Check a draft of its workflow. Nothing is changed.",
            workflow_told.CHECKED,
            "POST",
            workflow_views.DraftBody,
            {"workflow_configuration": {"sample_rate": 0.2}},
            type="workflow_check",
        ),
        Summary(
            "workflow/simulate",
            workflow_foresight.simulated,
            "Play its workflow, or a draft, on given people and paces. Nothing is changed.",
            workflow_told.PLAYED,
            "POST",
            workflow_foresight.SimulateBody,
            {
                "entries": 500,
                "people": [{"role": "annotator", "count": 3}, {"role": "reviewer", "hours": 4}],
                "paces": {
                    "start": {"seconds": 1},
                    "annotate": {"seconds": 60},
                    "review": {"seconds": 20, "shares": {"reject": 0.1}},
                },
            },
            type="workflow_simulation",
        ),
        Summary(
            "workflow/forecast",
            workflow_foresight.foretold,
            "When what stands now will be done, by what was done so far, and which step holds it back.",
            workflow_told.FORETOLD,
            "POST",
            workflow_foresight.ForecastBody,
            {"seed": 1},
            type="workflow_forecast",
        ),
        Summary(
            "workflow/migrate",
            workflow_views.migrate,
            "Move the entries of older versions of its workflow to the newest, by a mapping of steps. A job "
            "moves them; a dry run says how many would go where.",
            workflow_told.MOVED,
            "POST",
            workflow_views.MoveBody,
            {"mapping": {"annotate": "label"}, "dry_run": True},
            changes=True,
            is_by_job=True,
            type="workflow_migration",
        ),
    ),
    actions=(
        Action(
            "imports",
            ("POST",),
            imports.start,
            _owned,
            imports.ImportBody,
            {"manifest_url": "https://bucket.example.org/manifest.json"},
            "Bring items in, by a job: from a manifest, addresses, files, an archive or a bucket. What is "
            "there already is told, and not brought twice; one that cannot be brought stops no other.",
            gives="jobs",
        ),
        Action(
            "revoke_addresses",
            ("POST",),
            revoke_addresses,
            _owned,
            about="Make an end of all addresses of its files that need no key; new ones are told then.",
        ),
        Action(
            "attach",
            ("POST",),
            libraries.attach,
            _shared,
            libraries.AttachBody,
            {"project_id": "0190a1b2-0000-7000-8000-000000000001"},
            "Attach the library to a project, by a job: a dataset there with entries of its own over the "
            "same items; later ones follow. The job tells its dataset. To detach it, delete that dataset.",
            gives="jobs",
        ),
        Action(
            "clone",
            ("POST",),
            libraries.clone,
            _shared,
            libraries.CloneBody,
            {"name": "Left eyes, once more", "with_annotations": True},
            "Copy the dataset, by a job: its settings and its items, with or without their annotations. The "
            "job tells the new dataset.",
            gives="jobs",
        ),
    ),
    live=LIVE,
    before_create=_place,
    before_change=_check_change,
    after_changes=_keep_versions,
    before_delete=_check_delete,
    before_restore=dataset_labels.check_restore,
)
