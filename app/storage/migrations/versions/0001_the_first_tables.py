"""the first tables."""

import sqlalchemy as sa
from alembic import op

from app.storage import rows

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE events_position")  # in the order in which changes of one record happened
    op.create_table(
        "events",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("position", rows.INTEGER, nullable=False),
        sa.Column("sequence", rows.INTEGER, nullable=True),
        sa.Column("kind", rows.TEXT, nullable=False),
        sa.Column("resource", rows.TEXT, nullable=False),
        sa.Column("record_id", rows.TEXT, nullable=False),
        sa.Column("record_version", rows.INTEGER, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=True),
        sa.Column("dataset_id", rows.TEXT, nullable=True),
        sa.Column("entry_id", rows.TEXT, nullable=True),
        sa.Column("actor_id", rows.TEXT, nullable=True),
        sa.Column("at", rows.TEXT, nullable=False),
        sa.Column("details", rows.TEXT, nullable=False),
        sa.Column("record", rows.TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_events_organization_id_at"), ["organization_id", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_events_organization_id_sequence"), ["organization_id", "sequence"], unique=True
        )
        batch_op.create_index(
            batch_op.f("ix_events_record_id_position"), ["record_id", "position"], unique=False
        )
        batch_op.create_index(
            "ix_events_unnumbered",
            ["position"],
            unique=False,
            sqlite_where=sa.text("sequence IS NULL"),
            postgresql_where=sa.text("sequence IS NULL"),
        )

    op.create_table(
        "files",
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("hash", rows.TEXT, nullable=False),
        sa.Column("media_type", rows.TEXT, nullable=False),
        sa.Column("size", rows.INTEGER, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "hash", name=op.f("pk_files")),
        sqlite_strict=True,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", rows.TEXT, nullable=False),
        sa.Column("key", rows.TEXT, nullable=False),
        sa.Column("fingerprint", rows.TEXT, nullable=False),
        sa.Column("status", rows.INTEGER, nullable=False),
        sa.Column("headers", rows.TEXT, nullable=False),
        sa.Column("body", rows.TEXT, nullable=True),
        sa.Column("at", rows.TEXT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_at"), ["at"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=True),
        sa.Column("dataset_id", rows.TEXT, nullable=True),
        sa.Column("account_id", rows.TEXT, nullable=True),
        sa.Column("kind", rows.TEXT, nullable=False),
        sa.Column("state", rows.TEXT, nullable=False),
        sa.Column("done", rows.INTEGER, nullable=False),
        sa.Column("total", rows.INTEGER, nullable=True),
        sa.Column("errors_count", rows.INTEGER, nullable=False),
        sa.Column("started_at", rows.TEXT, nullable=True),
        sa.Column("finished_at", rows.TEXT, nullable=True),
        sa.Column("result", rows.TEXT, nullable=False),
        sa.Column("arguments", rows.TEXT, nullable=False),
        sa.Column("cursor", rows.TEXT, nullable=False),
        sa.Column("attempt", rows.INTEGER, nullable=False),
        sa.Column("tries", rows.INTEGER, nullable=False),
        sa.Column("lease_until", rows.TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_jobs_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_jobs_organization_id_kind_id"), ["organization_id", "kind", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_jobs_project_id_id"), ["project_id", "id"], unique=False)
        batch_op.create_index(
            "ix_jobs_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "leases",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("entry_id", rows.TEXT, nullable=False),
        sa.Column("account_id", rows.TEXT, nullable=False),
        sa.Column("wf_step", rows.TEXT, nullable=False),
        sa.Column("taken_at", rows.TEXT, nullable=False),
        sa.Column("ended_at", rows.TEXT, nullable=True),
        sa.Column("expires_at", rows.TEXT, nullable=True),
        sa.Column("ending", rows.TEXT, nullable=True),
        sa.Column("token", rows.TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sa.UniqueConstraint("token", name=op.f("uq_leases_token")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_leases_entry_id_account_id"), ["entry_id", "account_id"], unique=False
        )

    op.create_table(
        "organizations",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("name", rows.TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_organizations_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "tallies",
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("name", rows.TEXT, nullable=False),
        sa.Column("key", rows.TEXT, nullable=False),
        sa.Column("part", rows.INTEGER, nullable=False),
        sa.Column("value", rows.INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("dataset_id", "name", "key", "part", name=op.f("pk_tallies")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "accounts",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("email", rows.TEXT, nullable=False),
        sa.Column("name", rows.TEXT, nullable=False),
        sa.Column("username", rows.TEXT, nullable=True),
        sa.Column("organization_role", rows.TEXT, nullable=False),
        sa.Column("disabled_at", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_accounts_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_organization_id_email"),
            ["organization_id", "email"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_accounts_organization_id_username"),
            ["organization_id", "username"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_accounts_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "job_errors",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("job_id", rows.TEXT, nullable=False),
        sa.Column("item", rows.TEXT, nullable=False),
        sa.Column("code", rows.TEXT, nullable=False),
        sa.Column("detail", rows.TEXT, nullable=False),
        sa.Column("at", rows.TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_errors_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_errors")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("job_errors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_errors_job_id_id"), ["job_id", "id"], unique=False)

    op.create_table(
        "projects",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("name", rows.TEXT, nullable=False),
        sa.Column("description", rows.TEXT, nullable=True),
        sa.Column("created_by_email", rows.TEXT, nullable=False),
        sa.Column("created_by_id", rows.TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_projects_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(
            "ix_projects_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "api_keys",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("account_id", rows.TEXT, nullable=False),
        sa.Column("name", rows.TEXT, nullable=False),
        sa.Column("scopes", rows.TEXT, nullable=False),
        sa.Column("expires_at", rows.TEXT, nullable=True),
        sa.Column("last_used_at", rows.TEXT, nullable=True),
        sa.Column("revoked_at", rows.TEXT, nullable=True),
        sa.Column("secret_hash", rows.TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_api_keys_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_keys_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "ix_api_keys_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "datasets",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("name", rows.TEXT, nullable=False),
        sa.Column("labels", rows.TEXT, nullable=False),
        sa.Column("modality", rows.TEXT, nullable=False),
        sa.Column("labeling_configuration", rows.TEXT, nullable=False),
        sa.Column("workflow_configuration", rows.TEXT, nullable=False),
        sa.Column("lease", rows.TEXT, nullable=False),
        sa.Column("assignment", rows.TEXT, nullable=False),
        sa.Column("entries_total_count", rows.INTEGER, nullable=False),
        sa.Column("entries_completed_count", rows.INTEGER, nullable=False),
        sa.Column("entries_in_progress_count", rows.INTEGER, nullable=False),
        sa.Column("entries_begun_count", rows.INTEGER, nullable=False),
        sa.Column(
            "status",
            rows.TEXT,
            sa.Computed(
                "CASE\n WHEN entries_total_count > 0 AND entries_completed_count = entries_total_count THEN 'completed'\n WHEN entries_begun_count = 0 THEN 'pending' ELSE 'in_progress' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "progress",
            rows.NUMBER,
            sa.Computed(
                "CASE WHEN entries_total_count = 0 THEN 0.0\n ELSE CAST(entries_completed_count AS DOUBLE PRECISION) / entries_total_count END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_datasets_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_datasets_project_id"), ["project_id"], unique=False)
        batch_op.create_index(
            "ix_datasets_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "project_members",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("account_id", rows.TEXT, nullable=False),
        sa.Column("name", rows.TEXT, nullable=False),
        sa.Column("email", rows.TEXT, nullable=False),
        sa.Column("role", rows.TEXT, nullable=False),
        sa.Column("invited_by_id", rows.TEXT, nullable=True),
        sa.Column("disabled_at", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_project_members_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_members_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_members")),
        sa.UniqueConstraint(
            "project_id", "account_id", name=op.f("uq_project_members_project_id_account_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("project_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_members_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "ix_project_members_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "webhooks",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=True),
        sa.Column("url", rows.TEXT, nullable=False),
        sa.Column("description", rows.TEXT, nullable=False),
        sa.Column("event_types", rows.TEXT, nullable=False),
        sa.Column("disabled_at", rows.TEXT, nullable=True),
        sa.Column("pending_count", rows.INTEGER, nullable=False),
        sa.Column("failures_count", rows.INTEGER, nullable=False),
        sa.Column("failures_in_a_row", rows.INTEGER, nullable=False),
        sa.Column("last_success_at", rows.TEXT, nullable=True),
        sa.Column("last_failure_at", rows.TEXT, nullable=True),
        sa.Column("resting_until", rows.TEXT, nullable=True),
        sa.Column("secret", rows.TEXT, nullable=False),
        sa.Column("position", rows.INTEGER, nullable=False),
        sa.Column("replay_after", rows.INTEGER, nullable=True),
        sa.Column("lease", rows.TEXT, nullable=True),
        sa.Column("leased_until", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_webhooks_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhooks_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_webhooks_project_id"), ["project_id"], unique=False)
        batch_op.create_index(
            "ix_webhooks_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "entries",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("resource", rows.TEXT, nullable=False),
        sa.Column("priority", rows.NUMBER, nullable=False),
        sa.Column("wf_step", rows.TEXT, nullable=False),
        sa.Column("status", rows.TEXT, nullable=False),
        sa.Column("job_id", rows.TEXT, nullable=True),
        sa.Column("assigned_to_id", rows.TEXT, nullable=True),
        sa.Column("submitted_by_id", rows.TEXT, nullable=True),
        sa.Column("reviewed_by_id", rows.TEXT, nullable=True),
        sa.Column("external_id", rows.TEXT, nullable=True),
        sa.Column("split", rows.TEXT, nullable=True),
        sa.Column("metadata", rows.TEXT, nullable=False),
        sa.Column("assigned_to_member_id", rows.TEXT, nullable=True),
        sa.Column("submitted_by_member_id", rows.TEXT, nullable=True),
        sa.Column("reviewed_by_member_id", rows.TEXT, nullable=True),
        sa.Column("worked_by", rows.TEXT, nullable=True),
        sa.Column("step_since", rows.TEXT, nullable=False),
        sa.Column("lease_token", rows.TEXT, nullable=True),
        sa.Column("lease_expires_at", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_entries_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_assigned_to_id"), ["assigned_to_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_entries_assigned_to_member_id"), ["assigned_to_member_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_entries_dataset_id_external_id"),
            ["dataset_id", "external_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_entries_dataset_id_id"), ["dataset_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_entries_dataset_id_status_priority_id"),
            ["dataset_id", "status", "priority", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_entries_free",
            ["dataset_id", "worked_by", "priority", "id"],
            unique=False,
            sqlite_where=sa.text("assigned_to_id IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"),
            postgresql_where=sa.text(
                "assigned_to_id IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
        )
        batch_op.create_index(
            "ix_entries_leased",
            ["dataset_id", "lease_expires_at"],
            unique=False,
            sqlite_where=sa.text("lease_expires_at IS NOT NULL"),
            postgresql_where=sa.text("lease_expires_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_entries_project_id_id"), ["project_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entries_reviewed_by_id"), ["reviewed_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entries_submitted_by_id"), ["submitted_by_id"], unique=False)
        batch_op.create_index(
            "ix_entries_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "webhook_deliveries",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("webhook_id", rows.TEXT, nullable=False),
        sa.Column("event_type", rows.TEXT, nullable=False),
        sa.Column("event_id", rows.TEXT, nullable=True),
        sa.Column("sequence", rows.INTEGER, nullable=True),
        sa.Column("record_id", rows.TEXT, nullable=True),
        sa.Column("state", rows.TEXT, nullable=False),
        sa.Column("attempt", rows.INTEGER, nullable=False),
        sa.Column("status_code", rows.INTEGER, nullable=True),
        sa.Column("error_code", rows.TEXT, nullable=True),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("first_attempt_at", rows.TEXT, nullable=True),
        sa.Column("at", rows.TEXT, nullable=True),
        sa.Column("next_attempt_at", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhook_deliveries_pending",
            ["webhook_id", "sequence"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(batch_op.f("ix_webhook_deliveries_state_at"), ["state", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_webhook_deliveries_webhook_id_id"), ["webhook_id", "id"], unique=False
        )

    op.create_table(
        "annotations",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("entry_id", rows.TEXT, nullable=False),
        sa.Column("dimensions", rows.TEXT, nullable=False),
        sa.Column("annotation", rows.TEXT, nullable=False),
        sa.Column("metadata", rows.TEXT, nullable=False),
        sa.Column("created_by_email", rows.TEXT, nullable=False),
        sa.Column("created_by_id", rows.TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_annotations_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotations")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("annotations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_annotations_dataset_id_id"), ["dataset_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_annotations_entry_id_id"), ["entry_id", "id"], unique=False)
        batch_op.create_index(
            "ix_annotations_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "drafts",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("entry_id", rows.TEXT, nullable=False),
        sa.Column("account_id", rows.TEXT, nullable=False),
        sa.Column("reason", rows.TEXT, nullable=False),
        sa.Column("content", rows.TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_drafts_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_drafts_entry_id_account_id"), ["entry_id", "account_id"], unique=False
        )
        batch_op.create_index(
            "ix_drafts_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "note_feeds",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("entry_id", rows.TEXT, nullable=False),
        sa.Column("annotation_id", rows.TEXT, nullable=True),
        sa.Column("created_by_email", rows.TEXT, nullable=False),
        sa.Column("created_by_id", rows.TEXT, nullable=False),
        sa.Column("anchor_type", rows.TEXT, nullable=False),
        sa.Column("position", rows.TEXT, nullable=False),
        sa.Column("status", rows.TEXT, nullable=False),
        sa.Column("content_md", rows.TEXT, nullable=False),
        sa.Column("edited_at", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotations.id"],
            name=op.f("fk_note_feeds_annotation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_note_feeds_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_feeds")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("note_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_feeds_annotation_id"), ["annotation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_feeds_entry_id_id"), ["entry_id", "id"], unique=False)
        batch_op.create_index(
            "ix_note_feeds_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "note_comments",
        sa.Column("id", rows.TEXT, nullable=False),
        sa.Column("created_at", rows.TEXT, nullable=False),
        sa.Column("updated_at", rows.TEXT, nullable=False),
        sa.Column("version", rows.INTEGER, nullable=False),
        sa.Column("deleted_at", rows.TEXT, nullable=True),
        sa.Column("organization_id", rows.TEXT, nullable=False),
        sa.Column("project_id", rows.TEXT, nullable=False),
        sa.Column("dataset_id", rows.TEXT, nullable=False),
        sa.Column("entry_id", rows.TEXT, nullable=False),
        sa.Column("annotation_id", rows.TEXT, nullable=True),
        sa.Column("note_feed_id", rows.TEXT, nullable=False),
        sa.Column("content_md", rows.TEXT, nullable=False),
        sa.Column("created_by_email", rows.TEXT, nullable=False),
        sa.Column("created_by_id", rows.TEXT, nullable=False),
        sa.Column("edited_at", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["note_feed_id"],
            ["note_feeds.id"],
            name=op.f("fk_note_comments_note_feed_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_comments")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("note_comments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_note_comments_note_feed_id_id"), ["note_feed_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_note_comments_trash",
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE events_position")
    with op.batch_alter_table("note_comments", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_note_comments_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_note_comments_note_feed_id_id"))

    op.drop_table("note_comments")
    with op.batch_alter_table("note_feeds", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_note_feeds_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_note_feeds_entry_id_id"))
        batch_op.drop_index(batch_op.f("ix_note_feeds_annotation_id"))

    op.drop_table("note_feeds")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_drafts_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_drafts_entry_id_account_id"))

    op.drop_table("drafts")
    with op.batch_alter_table("annotations", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_annotations_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_annotations_entry_id_id"))
        batch_op.drop_index(batch_op.f("ix_annotations_dataset_id_id"))

    op.drop_table("annotations")
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhook_deliveries_webhook_id_id"))
        batch_op.drop_index(batch_op.f("ix_webhook_deliveries_state_at"))
        batch_op.drop_index(
            "ix_webhook_deliveries_pending",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.drop_table("webhook_deliveries")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_entries_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_entries_submitted_by_id"))
        batch_op.drop_index(batch_op.f("ix_entries_reviewed_by_id"))
        batch_op.drop_index(batch_op.f("ix_entries_project_id_id"))
        batch_op.drop_index(
            "ix_entries_leased",
            sqlite_where=sa.text("lease_expires_at IS NOT NULL"),
            postgresql_where=sa.text("lease_expires_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_entries_free",
            sqlite_where=sa.text("assigned_to_id IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"),
            postgresql_where=sa.text(
                "assigned_to_id IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
            ),
        )
        batch_op.drop_index(batch_op.f("ix_entries_dataset_id_status_priority_id"))
        batch_op.drop_index(batch_op.f("ix_entries_dataset_id_id"))
        batch_op.drop_index(
            batch_op.f("ix_entries_dataset_id_external_id"),
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_entries_assigned_to_member_id"))
        batch_op.drop_index(batch_op.f("ix_entries_assigned_to_id"))

    op.drop_table("entries")
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_webhooks_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_webhooks_project_id"))
        batch_op.drop_index(batch_op.f("ix_webhooks_organization_id"))

    op.drop_table("webhooks")
    with op.batch_alter_table("project_members", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_project_members_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_project_members_account_id"))

    op.drop_table("project_members")
    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_datasets_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_datasets_project_id"))

    op.drop_table("datasets")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_api_keys_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_api_keys_account_id"))

    op.drop_table("api_keys")
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_projects_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_projects_organization_id"))

    op.drop_table("projects")
    with op.batch_alter_table("job_errors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_errors_job_id_id"))

    op.drop_table("job_errors")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_accounts_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_accounts_organization_id_username"),
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_accounts_organization_id_email"),
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("accounts")
    op.drop_table("tallies")
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_organizations_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.drop_table("organizations")
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leases_entry_id_account_id"))

    op.drop_table("leases")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_jobs_trash",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_jobs_project_id_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_organization_id_kind_id"))
        batch_op.drop_index(
            "ix_jobs_open",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.drop_table("jobs")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_at"))

    op.drop_table("idempotency_keys")
    op.drop_table("files")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_events_unnumbered",
            sqlite_where=sa.text("sequence IS NULL"),
            postgresql_where=sa.text("sequence IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_events_record_id_position"))
        batch_op.drop_index(batch_op.f("ix_events_organization_id_sequence"))
        batch_op.drop_index(batch_op.f("ix_events_organization_id_at"))

    op.drop_table("events")
