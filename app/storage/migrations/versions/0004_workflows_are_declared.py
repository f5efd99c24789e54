"""Workflows are declared, in versions; an entry knows who worked it, and a consensus has seats."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.storage import rows

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WAS_FREE = "assigned_to_id IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
IS_FREE = (
    "assigned_to_id IS NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
)
IN_SEAT = "seat IS NOT NULL"
RATED = "agreement IS NOT NULL"
IN_TRASH = "deleted_at IS NOT NULL"

# In place, also on SQLite: made anew, tables of millions of rows would take minutes, and lose what they compute.
NEW: dict[str, tuple[tuple[str, Any, str | None], ...]] = {  # table -> column, type, value; None: null
    "datasets": (
        ("workflow_version", rows.INTEGER, "1"),
        ("paused_steps", rows.TEXT, "'[]'"),
        ("older_steps", rows.TEXT, "'[]'"),
    ),
    "entries": (
        ("workflow_version", rows.INTEGER, "1"),
        ("due_at", rows.TEXT, None),
        ("agreement", rows.NUMBER, None),
        ("rank", rows.NUMBER, "0"),
        ("hands", rows.TEXT, "'{}'"),
        ("barred", rows.TEXT, "''"),
        ("ended_from", rows.TEXT, None),
        ("tries", rows.INTEGER, "0"),
    ),
    "leases": (("seat", rows.INTEGER, None), ("said", rows.TEXT, None)),
    "project_members": (("paused_at", rows.TEXT, None),),
}


def upgrade() -> None:
    _add_tables()
    for table, columns in NEW.items():
        for name, type, value in columns:
            column: sa.Column[Any] = sa.Column(
                name, type, nullable=value is None, server_default=value and sa.text(value)
            )
            op.add_column(table, column)
    _fill()
    op.drop_index("ix_entries_free", "entries")
    _index("ix_entries_free", "entries", ["dataset_id", "wf_step", "rank", "id"], IS_FREE)
    _index("ix_entries_agreement", "entries", ["dataset_id", "agreement", "id"], RATED)
    _index("ix_leases_seated", "leases", ["account_id", "entry_id"], IN_SEAT)
    _index("uq_leases_seat", "leases", ["entry_id", "seat"], IN_SEAT, unique=True)


def _add_tables() -> None:
    op.create_table(
        "crews",
        sa.Column("worker", rows.TEXT, nullable=False),
        sa.Column("crew", rows.TEXT, nullable=False),
        sa.PrimaryKeyConstraint("worker", "crew", name=op.f("pk_crews")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "workflow_versions",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("number", rows.INTEGER, nullable=False),
        sa.Column("configuration", rows.TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_workflow_versions_dataset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_versions")),
        sa.UniqueConstraint("dataset_id", "number", name=op.f("uq_workflow_versions_dataset_id_number")),
        sqlite_strict=True,
    )
    _index("ix_workflow_versions_trash", "workflow_versions", ["deleted_at", "id"], IN_TRASH)


def _fill() -> None:
    """What the new columns would say, had they been there: everything went by the default workflow."""
    op.execute("INSERT INTO crews (worker, crew) VALUES ('annotator', 'annotator'), ('reviewer', 'reviewer')")
    # The first version of a dataset's workflow has the dataset's own id: it is as good as any.
    op.execute(
        "INSERT INTO workflow_versions (id, created_at, updated_at, version, organization_id, project_id,"
        " dataset_id, number, configuration) SELECT id, created_at, updated_at, 1, organization_id,"
        " project_id, id, 1, workflow_configuration FROM datasets"
    )
    op.execute("UPDATE entries SET rank = priority WHERE priority <> 0")
    op.execute(
        "UPDATE entries SET hands = '{\"annotate\":[\"' || submitted_by_id || '\"]' || CASE"
        " WHEN reviewed_by_id IS NULL THEN '' ELSE ',\"review\":[\"' || reviewed_by_id || '\"]' END || '}'"
        " WHERE submitted_by_id IS NOT NULL"
    )
    op.execute(
        "UPDATE entries SET barred = submitted_by_id WHERE wf_step = 'review' AND submitted_by_id IS NOT NULL"
    )
    op.execute(
        "UPDATE entries SET ended_from = CASE WHEN reviewed_by_id IS NULL THEN 'annotate' ELSE 'review' END"
        " WHERE wf_step IN ('done', 'error')"
    )


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_index("uq_leases_seat", "leases")
    op.drop_index("ix_leases_seated", "leases")
    op.drop_index("ix_entries_agreement", "entries")
    op.drop_index("ix_entries_free", "entries")
    _index("ix_entries_free", "entries", ["dataset_id", "worked_by", "priority", "id"], WAS_FREE)
    for table, columns in NEW.items():
        for name, *_ in reversed(columns):
            op.drop_column(table, name)
    op.drop_table("workflow_versions")
    op.drop_table("crews")
