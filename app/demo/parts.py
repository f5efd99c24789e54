"""The parts that the sample's story is made of: people, events, notes, entries, datasets. No data here."""

from dataclasses import dataclass, field
from typing import Literal

from app.demo.pictures import Picture

OrganizationRole = Literal["owner", "admin", "member"]
ProjectRole = Literal["project_owner", "reviewer", "annotator"]
Split = Literal["train", "valid", "test"]
WorkflowStep = Literal["start", "annotate", "review", "done", "error"]
Status = Literal["ready", "in_progress", "completed", "errored"]
Kind = Literal["submit", "select", "annotate", "assign", "error"]


@dataclass(frozen=True)
class Person:
    """An account and, with a PROJECT_ROLE, a member of the project. The story calls them by USERNAME."""

    name: str
    email: str
    username: str
    organization_role: OrganizationRole
    project_role: ProjectRole | None = None


@dataclass(frozen=True)
class Event:
    """One thing done to an entry BY someone. What is not of its KIND is left alone."""

    kind: Kind
    by: str
    sampled: bool = True  # submit at annotate: what the dice say, True is on to review
    approved: bool | None = None  # submit at review
    reason: str = ""  # submit at review
    message: str = ""  # error
    marks: tuple[int, ...] | None = None  # annotate: which of the picture's marks are written, None is all
    to: str | None = None  # assign: the new holder, None is nobody


@dataclass(frozen=True)
class Note:
    """A thread opened BY someone, on the mark ON or, if that is None, on the entry. TEXT is its content_md.

    COMMENTS follow at once, in order; RESOLVED_BY then closes it. What is said later is a Reply.
    """

    by: str
    text: str
    on: int | None = None
    comments: tuple[tuple[str, str], ...] = ()
    resolved_by: str | None = None
    position: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """A later comment on the NOTE-th thread of the same path, from 0. RESOLVES closes the thread after it."""

    note: int
    by: str
    text: str
    resolves: bool = False


Step = Event | Note | Reply


@dataclass(frozen=True)
class End:
    """Where a path leads: what the entry has to show once it is played."""

    wf_step: WorkflowStep
    status: Status
    holder: str | None = None


@dataclass(frozen=True)
class Item:
    """One entry: its PICTURE and the PATH that leads it to END. A lower PRIORITY is served sooner."""

    picture: Picture
    split: Split
    priority: int
    path: tuple[Step, ...]
    end: End

    @property
    def external_id(self) -> str:
        return self.picture.file.rsplit(".", 1)[0]

    @property
    def metadata(self) -> dict[str, object]:
        shown = self.picture
        return {"title": shown.title, "licence": shown.licence, "source": shown.source}


@dataclass(frozen=True)
class Dataset:
    name: str
    modality: str
    labels: tuple[str, ...]
    labeling_configuration: dict[str, object]
    workflow_configuration: dict[str, object]
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Project:
    """A project, opened BY someone of the organization."""

    name: str
    description: str
    by: str
    datasets: tuple[Dataset, ...]
