"""Reference entries, whose right answer is known, and people's scores on them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.storage import rows

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IN_TRASH = "deleted_at IS NOT NULL"
LIVING = "deleted_at IS NULL"
REFERENCES = "is_reference = 1 AND deleted_at IS NULL"

_ROW = (("id", rows.TEXT, False), ("created_at", rows.TEXT, False), ("updated_at", rows.TEXT, False))
_KEPT = (("version", rows.INTEGER, False), ("deleted_at", rows.TEXT, True))
_PARENTS = ("organization_id", "project_id", "dataset_id", "entry_id")
_OF_ENTRY = tuple((name, rows.TEXT, False) for name in _PARENTS)
TABLES: dict[str, Any] = {
    "reference_answers": (*_ROW, *_KEPT, *_OF_ENTRY, ("content", rows.TEXT, False)),
    "scores": (
        *(*_ROW, *_KEPT, *_OF_ENTRY, ("account_id", rows.TEXT, False)),
        *(("wf_step", rows.TEXT, False), ("score", rows.NUMBER, False)),
    ),
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.create_table(
            name,
            *(sa.Column(column, type, nullable=nullable) for column, type, nullable in columns),
            sa.ForeignKeyConstraint(
                ["entry_id"], ["entries.id"], name=op.f(f"fk_{name}_entry_id"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sqlite_strict=True,
        )
        _index(f"ix_{name}_trash", name, ["deleted_at", "id"], IN_TRASH)
    _index("ix_reference_answers_entry_id", "reference_answers", ["entry_id"], LIVING, unique=True)
    op.create_index("ix_reference_answers_dataset_id_id", "reference_answers", ["dataset_id", "id"])
    op.create_index("ix_scores_dataset_id_account_id_id", "scores", ["dataset_id", "account_id", "id"])
    op.create_index("ix_scores_project_id_id", "scores", ["project_id", "id"])
    op.create_index("ix_scores_entry_id", "scores", ["entry_id"])
    _add("datasets", "quality_configuration", rows.TEXT, "'{}'")
    _add("entries", "is_reference", rows.INTEGER, "0")
    _index("ix_entries_references", "entries", ["dataset_id", "wf_step", "rank", "id"], REFERENCES)


def _add(table: str, name: str, type: Any, value: str) -> None:
    op.add_column(table, sa.Column(name, type, nullable=False, server_default=sa.text(value)))


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_index("ix_entries_references", "entries")
    op.drop_column("entries", "is_reference")
    op.drop_column("datasets", "quality_configuration")
    for name in reversed(TABLES):
        op.drop_table(name)
