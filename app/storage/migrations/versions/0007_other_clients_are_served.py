"""What other systems' clients say is kept; label sets have words of their own, records numbers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.storage import rows

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT, INTEGER = rows.TEXT, rows.INTEGER
LIVING, IN_TRASH = "deleted_at IS NULL", "deleted_at IS NOT NULL"
ADDED: tuple[tuple[str, str, Any, str | None], ...] = (  # table, column, type, and what older rows have
    ("datasets", "owner_id", TEXT, None),
    ("datasets", "vendor", TEXT, "'{}'"),
    ("datasets", "addresses_version", INTEGER, "1"),
    ("entries", "media", TEXT, None),
    ("entries", "reviewer_id", TEXT, None),
    ("entries", "vendor", TEXT, None),
    ("layers", "vendor", TEXT, "'{}'"),
    ("projects", "key", TEXT, None),
    ("projects", "category", TEXT, None),
    ("projects", "vendor", TEXT, "'{}'"),
)


def upgrade() -> None:
    op.create_table(
        "label_sets",
        *(sa.Column(name, TEXT, nullable=False) for name in ("id", "created_at", "updated_at")),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("deleted_at", TEXT, nullable=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("organization_id", "project_id", "dataset_id")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("name", "description", "vendor")),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_label_sets_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_sets")),
        sqlite_strict=True,
    )
    _index("ix_label_sets_trash", "label_sets", ["deleted_at", "id"], IN_TRASH)
    _index("ix_label_sets_dataset_id_name", "label_sets", ["dataset_id", "name"], LIVING, unique=True)
    op.create_table(
        "numbers",
        sa.Column("organization_id", TEXT, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("record_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "number", name=op.f("pk_numbers")),
        sa.UniqueConstraint("record_id", name=op.f("uq_numbers_record_id")),
        sqlite_strict=True,
    )
    for table, column, type, value in ADDED:
        default = None if value is None else sa.text(value)
        op.add_column(table, sa.Column(column, type, nullable=value is None, server_default=default))
    _index("ix_projects_organization_id_key", "projects", ["organization_id", "key"], LIVING, unique=True)


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_index("ix_projects_organization_id_key", "projects")
    for table, column, _, _ in reversed(ADDED):
        op.drop_column(table, column)
    op.drop_table("numbers")
    op.drop_table("label_sets")
