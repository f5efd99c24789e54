"""People sign in to the dashboard: passwords, links to choose them, and keys that are sessions."""

import sqlalchemy as sa
from alembic import op

from app.storage import rows

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passwords",
        sa.Column("account_id", rows.TEXT, nullable=False),
        sa.Column("hash", rows.TEXT, nullable=False),
        sa.Column("changed_at", rows.TEXT, nullable=False),
        sa.Column("failures", rows.INTEGER, nullable=False),
        sa.Column("failed_at", rows.TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_passwords_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_passwords")),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_in_links",
        sa.Column("hash", rows.TEXT, nullable=False),
        sa.Column("account_id", rows.TEXT, nullable=False),
        sa.Column("expires_at", rows.TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sign_in_links_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_links")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_links_account_id"), ["account_id"], unique=False)

    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", rows.TEXT, server_default=sa.text("'program'"), nullable=False))
        batch_op.add_column(sa.Column("opened_with_id", rows.TEXT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_column("opened_with_id")
        batch_op.drop_column("kind")

    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_links_account_id"))

    op.drop_table("sign_in_links")
    op.drop_table("passwords")
