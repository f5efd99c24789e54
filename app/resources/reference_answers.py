"""Reference answers: the right annotations of an entry, which so is a reference entry. For owners alone."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from sqlalchemy import Index

from app.access import Role, in_my_projects, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, JsonObject
from app.declare import Access, Change, Resource, ToOne, Values
from app.errors import Fault, Forbidden, Invalid
from app.operations import changes, records
from app.operations.statements import Hold
from app.resources.entries import ENTRIES
from app.resources.projects import PROJECTS
from app.storage.rows import STRICT, Row, living_unique, parent_key, text
from app.work import Work, as_service


class ReferenceAnswer(Row, table=True):
    __tablename__ = "reference_answers"
    __table_args__ = (living_unique("entry_id"), Index(None, "dataset_id", "id"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its entry.")
    dataset_id: Annotated[Id, READ_ONLY] = text("The dataset of its entry.")
    entry_id: Annotated[Id, FIXED] = parent_key("entries.id", "The reference entry.")
    content: JsonObject = text(
        "What is right: `annotations`, a list of objects with `dimensions` and `annotation`.",
        default='{"annotations":[]}',
    )


def _place(work: Work, values: Values) -> None:
    entry = records.parent(work, ENTRIES, values, "entry_id", Hold.CHANGED)
    if not records.lies_in(work, PROJECTS, entry.project_id, PROJECTS.access.update):
        # Before the database finds that there is one already, which would tell that the entry has one.
        raise Forbidden("you may not create this record of reference_answers")
    _check(values)
    values |= {
        "organization_id": entry.organization_id,
        "project_id": entry.project_id,
        "dataset_id": entry.dataset_id,
    }


def _check_change(work: Work, answer: ReferenceAnswer, values: Values) -> None:
    _check(values)


def _check(values: Values) -> None:
    content = msgspec.json.decode(values.get("content", '{"annotations":[]}'))
    given = content.get("annotations")
    if not isinstance(given, list) or not all(map(_is_annotation, given)):
        detail = "content has annotations: a list of objects with dimensions and annotation, objects both"
        raise Invalid(Fault("reference_invalid", detail, "/data/attributes/content"))


def _is_annotation(given: object) -> bool:
    return isinstance(given, dict) and all(
        isinstance(given.get(name), dict) for name in ("dimensions", "annotation")
    )


def _mark_entries(work: Work, made: Sequence[Change]) -> None:
    """An entry is a reference entry for as long as its right answer is there; its history does not tell."""
    for before, after in made:
        is_reference = int(after is not None)
        if before is None or after is None:
            entry = records.find(as_service(work), ENTRIES, (after or before).entry_id)
            changes.adjust(work, ENTRIES, entry, {"is_reference": is_reference})


_owned = scope(
    ReferenceAnswer.organization_id, lambda: in_my_projects(ReferenceAnswer.project_id, Role.OWNER)
)

REFERENCE_ANSWERS = Resource(
    ReferenceAnswer,
    type="reference_answers",
    about="The right annotations of an entry. Who works on it is scored by them, and cannot tell it from any "
    "other entry.",
    access=Access(read=_owned, create=_owned, update=_owned, delete=_owned),
    inherited={"entry_id": ("organization_id", "project_id", "dataset_id")},
    ancestors={"project_id": "projects", "dataset_id": "datasets", "entry_id": "entries"},
    example={
        "content": {
            "annotations": [
                {
                    "dimensions": {"type": "box", "x": 12, "y": 40, "width": 100, "height": 80},
                    "annotation": {"label": "lesion"},
                }
            ]
        }
    },
    links=(ToOne("entry", ENTRIES.type, "entry_id"),),
    before_create=_place,
    before_change=_check_change,
    after_changes=_mark_entries,
)
