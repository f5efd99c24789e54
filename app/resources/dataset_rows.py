"""The table of datasets, and what of it is read otherwise than as a column: counts and labels."""

import re
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import Column, Computed, bindparam, func, literal_column, select, update
from sqlmodel import Field, col

from app.attributes import FIXED, HIDDEN, READ_ONLY, Holds, Id, JsonObject, TextList, at_most, filter_by
from app.resources import leases, tallies
from app.resources.label_configurations import LabelConfiguration
from app.storage.functions import by_database
from app.storage.rows import NUMBER, STRICT, TEXT, VENDOR, Row, added, integer, parent_key, text
from app.storage.statement import Statement
from app.work import Work
from workflow import dataset as flow
from workflow import quality as quality_rules
from workflow.entry import BEGUN, COUNTED_AS_COMPLETED, Status


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
    owner_id: Annotated[Id | None, FIXED] = text(
        "The account whose name stands before its own; null: its organization's.", default=None
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
    addresses_version: Annotated[int, READ_ONLY] = integer(
        "How often the addresses of its files that need no key were revoked, and 1.", default=1, **added("1")
    )
    vendor: JsonObject = text(VENDOR, default="{}", **added("'{}'"))
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
LIVE = {
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
