"""Scores: how far somebody's work on a reference entry agrees with the right answer."""

from typing import Annotated

from sqlalchemy import Index

from app.access import Role, in_my_projects, scope
from app.attributes import HIDDEN, READ_ONLY, Id, Name
from app.declare import Access, Resource, ToOne
from app.resources.entries import ENTRIES
from app.resources.jobs import nobody
from app.storage.rows import STRICT, Row, number, parent_key, text


class Score(Row, table=True):
    __tablename__ = "scores"
    __table_args__ = (
        Index(None, "dataset_id", "account_id", "id"),
        Index(None, "project_id", "id"),
        Index(None, "entry_id"),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its entry.")
    dataset_id: Annotated[Id, READ_ONLY] = text("The dataset of its entry.")
    entry_id: Annotated[Id, READ_ONLY] = parent_key("entries.id", "The reference entry.")
    account_id: Annotated[Id, READ_ONLY] = text("Whose work it tells of.")
    wf_step: Annotated[Name, READ_ONLY] = text("At which step it was done.")
    score: Annotated[float, READ_ONLY] = number("How far it agrees with the right answer, 0 to 1.")


SCORES = Resource(
    Score,
    type="scores",
    about="How far somebody's work on a reference entry agrees with the right answer. For owners alone.",
    access=Access(
        # Not for those whose they are: they would tell which entries are watched.
        read=scope(Score.organization_id, lambda: in_my_projects(Score.project_id, Role.OWNER)),
        create=nobody,
        update=nobody,
        delete=nobody,
    ),
    ancestors={"project_id": "projects", "dataset_id": "datasets", "entry_id": "entries"},
    example={},
    links=(
        ToOne("entry", ENTRIES.type, "entry_id"),
        ToOne("account", "accounts", "account_id"),
    ),
    verbs=frozenset({"index", "show"}),
)
