"""Lists of entries are read from an index that knows what is in the trash."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD = "ix_entries_dataset_id_status_priority_id"
NEW = "ix_entries_dataset_id_status_deleted_at_priority_id"


def upgrade() -> None:
    op.drop_index(OLD, "entries")
    op.create_index(NEW, "entries", ["dataset_id", "status", "deleted_at", "priority", "id"])


def downgrade() -> None:
    op.drop_index(NEW, "entries")
    op.create_index(OLD, "entries", ["dataset_id", "status", "priority", "id"])
