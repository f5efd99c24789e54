"""Datasets: the entries of one project that are labelled under one configuration."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from sqlalchemy import Column, Computed, bindparam, func, literal_column, or_, select, update
from sqlmodel import Field, col

from app.access import Role, in_my_projects, is_public, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Holds, Id, JsonObject, TextList, at_most, filter_by
from app.declare import Access, Action, Change, Resource, Summary, ToMany, ToOne, Values
from app.errors import Fault, Forbidden, Invalid
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
    tallies,
    workflow_foresight,
    workflow_told,
    workflow_views,
    workflows,
)
from app.resources.label_configurations import LABEL_CONFIGURATIONS, LabelConfiguration
from app.resources.organizations import ORGANIZATIONS
from app.resources.projects import PROJECTS
from app.storage.functions import by_database
from app.storage.rows import NUMBER, STRICT, TEXT, Row, added, integer, parent_key, text
from app.storage.statement import Statement
from app.work import Work
from workflow import dataset as flow
from workflow import quality as quality_rules
from workflow.default import is_default
from workflow.durations import seconds_of
from workflow.entry import BEGUN, COUNTED_AS_COMPLETED, Status
from workflow.errors import BadConfiguration
from workflow.graph import Graph


class DatasetStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Visibility(StrEnum):
    PRIVATE = "private"
    PUBLIC = "public"


class Assignment(StrEnum):
    PULL = "pull"  # who asks for the next one gets the most urgent
    ROUND_ROBIN = "round_robin"  # what becomes free is assigned to the members in turn
    BY_LOAD = "by_load"  # what becomes free is assigned to the member who has the least to do
    MANUAL = "manual"  # who asks gets only what was assigned to them


_STATUS = """CASE
 WHEN entries_total_count > 0 AND entries_completed_count = entries_total_count THEN 'completed'
 WHEN entries_begun_count = 0 THEN 'pending' ELSE 'in_progress' END"""
_PROGRESS = """CASE WHEN entries_total_count = 0 THEN 0.0
 ELSE CAST(entries_completed_count AS DOUBLE PRECISION) / entries_total_count END"""


def _computed(sql: str, type: Any, default: Any, about: str) -> Any:
    # The database computes it from the counts, so that it can never be at odds with them.
    column = Column(type, Computed(sql, persisted=True), nullable=False)
    return Field(default=default, sa_column=column, description=about)


class Dataset(Row, table=True):
    __tablename__ = "datasets"
    __table_args__ = STRICT

    organization_id: Annotated[Id, FIXED] = text(
        "Whose dataset it is; the project's, where one is given.", default=""
    )
    project_id: Annotated[Id, FIXED] = parent_key(
        "projects.id",
        "Where it is worked on; without one it is a library of the organization.",
        default="",
        index=True,
    )
    name: Annotated[str, at_most(255), filter_by("match")] = text("What people call it.", default="")
    description: str | None = text("What it is.", default=None)
    readme: Annotated[str, at_most(100_000)] = text(
        "What people should know of it, as Markdown.", default="", **added("''")
    )
    category: Annotated[str | None, at_most(64)] = text(
        "What its items are about, such as medical.", default=None
    )
    visibility: Visibility = text(
        "Who may read it and all that is in it: the people of its project (private), or all of the "
        "organization (public).",
        default=Visibility.PRIVATE.value,
        **added("'private'"),
    )
    library_id: Annotated[Id | None, READ_ONLY] = text(
        "The library whose items it has, where it is attached to one.",
        default=None,
        index=True,
    )
    attachments_count: Annotated[int, HIDDEN] = integer(default=0, **added("0"))  # how often it was attached
    label_configuration_id: Id | None = text(
        "What its labels are (label_configurations); null: any.", default=None, index=True
    )
    labels: TextList = text("The names of what may be marked.", default="[]")
    modality: Annotated[str, FIXED, at_most(64)] = text(
        "What its entries are, such as image.", default="image"
    )
    labeling_configuration: JsonObject = text("How entries are to be labelled: any object.", default="{}")
    workflow_configuration: Annotated[JsonObject, Holds(flow.SCHEMA)] = text(
        "How entries are worked: {} or {sample_rate: r}, the default workflow and the share (0 to 1) that it "
        "has reviewed; or a graph of steps.",
        default="{}",
    )
    workflow_version: Annotated[int, READ_ONLY] = integer(
        "How often the workflow was changed, and 1: entries that are new go by this version.",
        default=1,
        **added("1"),
    )
    paused_steps: TextList = text(
        "Steps from which nobody takes an entry for now.", default="[]", **added("'[]'")
    )
    # Where entries of older versions may be.
    older_steps: Annotated[TextList, HIDDEN] = text(default="[]", **added("'[]'"))
    quality_configuration: Annotated[JsonObject, Holds(quality_rules.SCHEMA)] = text(
        "What is asked of people's scores on reference entries, and what low ones lead to.",
        default="{}",
        **added("'{}'"),
    )
    lease: Annotated[str, at_most(64)] = text(
        "For how long an entry is in the hands of who takes it: an ISO 8601 duration.", default=leases.DEFAULT
    )
    assignment: Assignment = text(
        "How entries come to people: who asks for the next gets it (pull); they are assigned as they become "
        "free, in turn (round_robin) or to who has the least to do (by_load); by hand alone (manual).",
        default=Assignment.PULL.value,
    )
    # The members who were dealt to last, of each role.
    annotators_turn: Annotated[Id | None, HIDDEN] = text(default=None)
    reviewers_turn: Annotated[Id | None, HIDDEN] = text(default=None)
    entries_total_count: Annotated[int, READ_ONLY] = integer("Its entries.", default=0)
    entries_completed_count: Annotated[int, READ_ONLY] = integer("Those completed or errored.", default=0)
    entries_in_progress_count: Annotated[int, READ_ONLY] = integer("Those in progress.", default=0)
    entries_begun_count: Annotated[int, HIDDEN] = integer(default=0)  # those that were worked on
    status: Annotated[DatasetStatus, READ_ONLY] = _computed(
        _STATUS, TEXT, "pending", "pending until an entry leaves its start; completed when all entries are."
    )
    progress: Annotated[float, READ_ONLY] = _computed(_PROGRESS, NUMBER, 0.0, "Completed / total, 0 to 1.")


_COUNTS = (
    "entries_total_count",
    "entries_completed_count",
    "entries_in_progress_count",
    "entries_begun_count",
)
_COUNT = Statement(
    lambda: (
        update(Dataset)
        .where(col(Dataset.id) == bindparam("k_id"))
        .values({name: getattr(Dataset, name) + bindparam(f"v_{name}") for name in _COUNTS})
    )
)


def _sum_of(condition: str = "TRUE") -> str:
    return f"coalesce(sum(value) FILTER (WHERE {condition}), 0)"


_COMPLETED = ", ".join(f"'{status}'" for status in sorted(COUNTED_AS_COMPLETED))
_BEGUN = ", ".join(f"'{status}'" for status in sorted(BEGUN))
_FIGURES = {  # of the tallies of the dataset's entries, by "step:status" or "step:status:version"
    "entries_total_count": _sum_of(),
    "entries_completed_count": _sum_of(f"split_part(key, ':', 2) IN ({_COMPLETED})"),
    "entries_in_progress_count": _sum_of(f"split_part(key, ':', 2) = '{Status.IN_PROGRESS}'"),
    "entries_begun_count": _sum_of(f"split_part(key, ':', 2) IN ({_BEGUN})"),
}


def _live(field: str, sql: str, type: str) -> Any:
    """What FIELD is read by: on PostgreSQL from the tallies, as there no two submits may wait for one row."""
    figures = re.sub(r"entries_\w+_count", lambda found: _FIGURES[found[0]], sql)
    column = getattr(Dataset, field)
    its = f"tallies WHERE tallies.dataset_id = datasets.id AND tallies.name = '{tallies.ENTRIES}'"
    tallied = literal_column(f"(SELECT CAST({figures} AS {type}) FROM {its})", column.type)
    return by_database(column, tallied.collate("C") if column.type is TEXT else tallied)


def _of_labels(field: str, its: Any) -> Any:
    """What FIELD is read by: what the label configuration says, where there is one."""
    said = (
        select(col(its))
        .where(col(LabelConfiguration.id) == col(Dataset.label_configuration_id))
        .correlate(Dataset)
        .scalar_subquery()
    )
    return func.coalesce(said, col(getattr(Dataset, field)), type_=TEXT)


COUNTED = {  # what the two databases keep unlike
    **{name: _live(name, name, "bigint") for name in _FIGURES},
    "status": _live("status", _STATUS, "text"),
    "progress": _live("progress", _PROGRESS, "double precision"),
}
_LIVE = {
    "labeling_configuration": _of_labels("labeling_configuration", LabelConfiguration.configuration),
    "labels": _of_labels("labels", LabelConfiguration.labels),
    **COUNTED,
}


def count(work: Work, dataset_id: str, total: int, completed: int, in_progress: int, begun: int) -> None:
    """Move the dataset's counts by so many: on PostgreSQL, where they are read of its tallies, nothing."""
    if not work.connection.has_one_writer:
        return
    moves = dict(zip(_COUNTS, (total, completed, in_progress, begun), strict=True))
    if any(moves.values()):
        work.run(_COUNT, {"k_id": dataset_id} | {f"v_{name}": value for name, value in moves.items()})


def _place(work: Work, values: Values) -> None:
    if not values.get("project_id") and values.get("organization_id"):
        values["project_id"] = libraries.project_of(work, values)
    project = parent(work, PROJECTS, values, "project_id")
    if values.get("organization_id", project.organization_id) != project.organization_id:
        raise Invalid(
            Fault("parent_conflict", "the project is of another organization", "/data/relationships/project")
        )
    values["organization_id"] = project.organization_id
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
    live=_LIVE,
    before_create=_place,
    before_change=_check_change,
    after_changes=_keep_versions,
    before_delete=_check_delete,
    before_restore=dataset_labels.check_restore,
)
