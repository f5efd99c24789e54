"""The table of layers, and the one that comes with every entry."""

from collections.abc import Sequence
from typing import Annotated, Any

from sqlalchemy import Index, bindparam, insert

from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, JsonObject, at_most
from app.resources.layer_statuses import GROUND_TRUTH, LayerStatus
from app.storage.rows import STRICT, VENDOR, Row, added, living_unique, number, parent_key, text
from app.storage.statement import Statement
from app.work import Work


class Layer(Row, table=True):
    """What one label set holds of an entry. That of the ground truth has the entry's own id."""

    __tablename__ = "layers"
    __table_args__ = (
        living_unique("entry_id", "label_set"),
        Index(None, "dataset_id", "label_set", "id"),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its entry.")
    dataset_id: Annotated[Id, READ_ONLY] = text("The dataset of its entry.")
    entry_id: Annotated[Id, FIXED] = parent_key("entries.id", "What it is of.")
    label_set: Annotated[str, FIXED, at_most(128)] = text(
        "Whose labels they are: a model's, a person's own. Each entry has one of a name.",
        default=GROUND_TRUTH,
    )
    status: LayerStatus | None = text(
        "How far it is; null: nothing was said of the entry yet. That of the ground truth follows the "
        "entry's workflow.",
        default=None,
    )
    score: float | None = number("How sure who made it was, such as a model: 0 to 1.", default=None)
    vendor: JsonObject = text(VENDOR, default="{}", **added("'{}'"))
    created_by_id: Annotated[Id, HIDDEN] = text(default="")


def add_ground_truth(work: Work, entries: Sequence[Any]) -> None:
    """The layer of the ground truth of each of ENTRIES, which are new: it has the entry's id.

    It leaves no event: it is there exactly when the entry is, and says what the entry says.
    """
    if entries:
        work.connection.run_many_later(_ADD, [_row(entry) for entry in entries])


def _row(entry: Any) -> dict[str, Any]:
    return {
        "v_id": entry.id,
        "v_organization_id": entry.organization_id,
        "v_project_id": entry.project_id,
        "v_dataset_id": entry.dataset_id,
        "v_entry_id": entry.id,
        "v_created_at": entry.created_at,
        "v_updated_at": entry.created_at,
    }


def _insert() -> Any:
    given = ("id", "organization_id", "project_id", "dataset_id", "entry_id", "created_at", "updated_at")
    known: dict[str, Any] = {
        "label_set": GROUND_TRUTH,
        "status": None,
        "score": None,
        "vendor": "{}",
        "created_by_id": "",
        "version": 1,
        "deleted_at": None,
    }
    return insert(Layer).values({**{name: bindparam(f"v_{name}") for name in given}, **known})


_ADD = Statement(_insert)
