"""entries are dealt."""

import sqlalchemy as sa
from alembic import op

from app.storage import rows

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("annotators_turn", rows.TEXT, nullable=True))
        batch_op.add_column(sa.Column("reviewers_turn", rows.TEXT, nullable=True))

    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_entries_under_way",
            ["assigned_to_id", "dataset_id", "priority", "id"],
            unique=False,
            sqlite_where=sa.text(
                "lease_expires_at IS NOT NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
            postgresql_where=sa.text(
                "lease_expires_at IS NOT NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
        )
        batch_op.create_index(
            "ix_entries_waiting",
            ["assigned_to_id", "dataset_id", "priority", "id"],
            unique=False,
            sqlite_where=sa.text(
                "assigned_to_id IS NOT NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
            postgresql_where=sa.text(
                "assigned_to_id IS NOT NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
        )
    # What an entry that was set aside leaves with its holder is no open work of theirs.
    op.execute(
        "INSERT INTO tallies (dataset_id, name, key, part, value) "
        "SELECT dataset_id, 'held_over', assigned_to_id, 0, count(*) FROM entries "
        "WHERE assigned_to_id IS NOT NULL AND worked_by IS NULL AND deleted_at IS NULL "
        "GROUP BY dataset_id, assigned_to_id"
    )


def downgrade() -> None:
    op.execute("DELETE FROM tallies WHERE name = 'held_over'")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_entries_waiting",
            sqlite_where=sa.text(
                "assigned_to_id IS NOT NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
            postgresql_where=sa.text(
                "assigned_to_id IS NOT NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
        )
        batch_op.drop_index(
            "ix_entries_under_way",
            sqlite_where=sa.text(
                "lease_expires_at IS NOT NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
            postgresql_where=sa.text(
                "lease_expires_at IS NOT NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
        )

    # SQLite drops a column in place; made anew the table would lose what it computes.
    with op.batch_alter_table("datasets", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("reviewers_turn")
        batch_op.drop_column("annotators_turn")
