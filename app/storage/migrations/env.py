"""How alembic reaches the database: through the engine or connection that `app.storage.opening` hands it."""

from typing import Any

from alembic import context
from sqlalchemy import text
from sqlmodel import SQLModel

from app.storage import rows


def _render(kind: str, thing: Any, autogen: Any) -> Any:
    """Our own column types by their names."""
    names = (name for name in ("TEXT", "NUMBER", "INTEGER") if repr(getattr(rows, name)) == repr(thing))
    name = next(names, None) if kind == "type" else None
    return f"rows.{name}" if name else False


def _migrate(connection: Any) -> None:
    if connection.dialect.name == "postgresql":
        # Processes that start together migrate one after the other.
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(7160432601)"))
    elif not connection.connection.driver_connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


attributes = context.config.attributes
if "connection" in attributes:  # whose transaction is its owner's to end
    _migrate(attributes["connection"])
else:
    with attributes["engine"].connect() as opened:
        _migrate(opened)
        opened.commit()
