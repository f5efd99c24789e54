"""Files by name, label configurations, layers, releases and exports; entries know what their items are."""

from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.storage import rows

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IN_TRASH = "deleted_at IS NOT NULL"
LIVING = "deleted_at IS NULL"
LIBRARY = "kind = 'library' AND deleted_at IS NULL"
WITH_CONTENT = "content_hash IS NOT NULL"
FROM_LIBRARY = "library_entry_id IS NOT NULL"

TEXT, INTEGER, NUMBER = rows.TEXT, rows.INTEGER, rows.NUMBER
_ROW = (
    *(("id", TEXT, False), ("created_at", TEXT, False), ("updated_at", TEXT, False)),
    *(("version", INTEGER, False), ("deleted_at", TEXT, True)),
)
_ORGANIZATION = ("organization_id", TEXT, False)
_DATASET = (_ORGANIZATION, ("project_id", TEXT, False), ("dataset_id", TEXT, False))
TABLES: dict[str, tuple[Any, ...]] = {
    "assets": (
        *(*_ROW, _ORGANIZATION, ("account_id", TEXT, True), ("name", TEXT, False)),
        *(("content_hash", TEXT, False), ("media_type", TEXT, False), ("size", INTEGER, False)),
        *(("width", INTEGER, True), ("height", INTEGER, True)),
    ),
    "label_configurations": (
        *(*_ROW, _ORGANIZATION, ("project_id", TEXT, True), ("name", TEXT, False)),
        *(("description", TEXT, True), ("configuration", TEXT, False), ("labels", TEXT, False)),
        ("revision", INTEGER, False),
    ),
    "layers": (
        *(*_ROW, *_DATASET, ("entry_id", TEXT, False), ("label_set", TEXT, False)),
        *(("status", TEXT, True), ("score", NUMBER, True), ("created_by_id", TEXT, False)),
    ),
    "releases": (
        *(*_ROW, *_DATASET, ("name", TEXT, False), ("description", TEXT, True)),
        *(("label_set", TEXT, False), ("filter", TEXT, False), ("status", TEXT, False)),
        *(("as_of", TEXT, True), ("entries_count", INTEGER, False), ("annotations_count", INTEGER, False)),
        *(("checksum", TEXT, True), ("job_id", TEXT, True), ("created_by_email", TEXT, False)),
        *(("classes", TEXT, False), ("sequence", INTEGER, True)),
    ),
    "exports": (
        *(*_ROW, *_DATASET, ("release_id", TEXT, False), ("format", TEXT, False), ("pictures", TEXT, False)),
        *(("status", TEXT, False), ("file_name", TEXT, False), ("media_type", TEXT, False)),
        *(("content_hash", TEXT, True), ("size", INTEGER, False), ("errors_count", INTEGER, False)),
        ("job_id", TEXT, True),
    ),
}
PARENTS = {  # table -> column, and the table that it is of
    "label_configurations": (("organization_id", "organizations"), ("project_id", "projects")),
    "layers": (("entry_id", "entries"),),
    "releases": (("dataset_id", "datasets"),),
    "exports": (("release_id", "releases"),),
}
INDEXES = {
    "assets": (("organization_id", "content_hash"),),
    "label_configurations": (("organization_id",), ("project_id",)),
    "layers": (("dataset_id", "label_set", "id"),),
    "releases": (("dataset_id",),),
    "exports": (("release_id", "id"),),
}
ADDED: tuple[tuple[str, str, Any, str | None], ...] = (  # table, column, type, and what older rows have
    ("annotations", "layer_id", TEXT, "''"),
    ("datasets", "description", TEXT, None),
    ("datasets", "readme", TEXT, "''"),
    ("datasets", "category", TEXT, None),
    ("datasets", "visibility", TEXT, "'private'"),
    ("datasets", "attachments_count", INTEGER, "0"),
    ("datasets", "library_id", TEXT, None),
    ("datasets", "label_configuration_id", TEXT, None),
    ("entries", "width", INTEGER, None),
    ("entries", "height", INTEGER, None),
    ("entries", "content_hash", TEXT, None),
    ("entries", "media_type", TEXT, None),
    ("entries", "label_status", TEXT, None),
    ("entries", "item_key", TEXT, None),
    ("entries", "is_shared", INTEGER, "0"),
    ("entries", "library_entry_id", TEXT, None),
    ("projects", "kind", TEXT, "'project'"),
    ("projects", "label_configuration_id", TEXT, None),
)
LAYERS = """INSERT INTO layers (id, created_at, updated_at, version, organization_id, project_id, dataset_id,
 entry_id, label_set, created_by_id)
 SELECT id, created_at, created_at, 1, organization_id, project_id, dataset_id, id, 'ground-truth', ''
 FROM entries"""
LABEL_STATUS = """UPDATE entries SET label_status = CASE
 WHEN status = 'completed' AND reviewed_by_id IS NOT NULL THEN 'reviewed'
 WHEN status = 'completed' AND submitted_by_id IS NOT NULL THEN 'labeled'
 WHEN status = 'in_progress' AND wf_step = 'review' THEN 'labeled'
 WHEN status = 'in_progress' AND wf_step = 'annotate' AND reviewed_by_id IS NOT NULL THEN 'rejected'
 END WHERE status IN ('completed', 'in_progress')"""


def upgrade() -> None:
    for name, columns in TABLES.items():
        op.create_table(
            name,
            *(sa.Column(column, type, nullable=nullable) for column, type, nullable in columns),
            *(_parent(name, column, owner) for column, owner in PARENTS.get(name, ())),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sqlite_strict=True,
        )
        _index(f"ix_{name}_trash", name, ["deleted_at", "id"], IN_TRASH)
        for indexed in INDEXES[name]:
            op.create_index(f"ix_{name}_{'_'.join(indexed)}", name, list(indexed))
    op.create_table(
        "release_parts",
        sa.Column("release_id", TEXT, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("entries_count", INTEGER, nullable=False),
        _parent("release_parts", "release_id", "releases"),
        sa.PrimaryKeyConstraint("release_id", "number", name=op.f("pk_release_parts")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _index("ix_layers_entry_id_label_set", "layers", ["entry_id", "label_set"], LIVING, unique=True)
    _index("ix_releases_dataset_id_name", "releases", ["dataset_id", "name"], LIVING, unique=True)
    for table, column, type, value in ADDED:
        default = None if value is None else sa.text(value)
        op.add_column(table, sa.Column(column, type, nullable=value is None, server_default=default))
    for column in ("library_id", "label_configuration_id"):
        op.create_index(f"ix_datasets_{column}", "datasets", [column])
    _index("ix_projects_library", "projects", ["organization_id"], LIBRARY, unique=True)
    op.execute(LAYERS)
    op.execute(LABEL_STATUS)
    _tell_items_apart()
    op.create_index("ix_entries_dataset_id_item_key", "entries", ["dataset_id", "item_key"])
    _index("ix_entries_content", "entries", ["dataset_id", "content_hash"], WITH_CONTENT)
    _index("ix_entries_library", "entries", ["dataset_id", "library_entry_id"], FROM_LIBRARY, unique=True)
    op.execute("UPDATE annotations SET layer_id = entry_id")
    op.create_index("ix_annotations_layer_id_id", "annotations", ["layer_id", "id"])


def _tell_items_apart() -> None:
    """What `app.resources.items` made of an item when this was written."""
    connection, last = op.get_bind(), ""
    read = sa.text("SELECT id, resource FROM entries WHERE id > :last ORDER BY id LIMIT 5000")
    write = sa.text("UPDATE entries SET item_key = :key WHERE id = :id")
    while found := connection.execute(read, {"last": last}).fetchall():
        last = found[-1][0]
        connection.execute(write, [{"id": id, "key": _key_of(resource)} for id, resource in found])


def _key_of(resource: str) -> str:
    return blake2b(f"resource {resource}".encode(), digest_size=12).hexdigest()


def _parent(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=name, ondelete="CASCADE")


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_index("ix_annotations_layer_id_id", "annotations")
    op.drop_index("ix_entries_library", "entries")
    op.drop_index("ix_entries_content", "entries")
    op.drop_index("ix_entries_dataset_id_item_key", "entries")
    op.drop_index("ix_projects_library", "projects")
    for column in ("library_id", "label_configuration_id"):
        op.drop_index(f"ix_datasets_{column}", "datasets")
    for table, column, _, _ in reversed(ADDED):
        op.drop_column(table, column)
    for name in ("release_parts", *reversed(TABLES)):
        op.drop_table(name)
