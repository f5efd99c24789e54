"""procrastinate's tables on PostgreSQL, where rings are kept. It knows no ring."""

from hashlib import blake2b
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager

from app.storage.postgresql import connect
from app.storage.rings import SCHEMA


def migrate(url: str) -> None:
    """Have the database at URL hold procrastinate's tables of this release.

    Those of another release are dropped: what they hold are hints, and what is not rung is rung anew.
    """
    sql = SchemaManager.get_schema()
    release = f"postil {blake2b((sql + _STEADY).encode(), digest_size=8).hexdigest()}"
    with connect(url, statement_timeout="0", lock_timeout="0") as connection, connection.transaction():
        # As migrations do: processes that start together come one after the other.
        connection.execute("SELECT pg_advisory_xact_lock(7160432601)")
        if _release(connection) == release:
            return
        connection.execute(
            f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA};"
            f"SET LOCAL search_path TO {SCHEMA}, pg_temp; SET LOCAL client_min_messages TO warning"
        )
        connection.execute(sql)
        connection.execute(_STEADY)
        connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{release}'")


# Its functions name its tables as they are: they find them, whoever calls.
_STEADY = f"""
DO $$
DECLARE function regprocedure;
BEGIN
  FOR function IN SELECT oid FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path TO {SCHEMA}, pg_temp', function);
  END LOOP;
END $$"""


def _release(connection: psycopg.Connection[Any]) -> str | None:
    found = connection.execute(
        f"SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = '{SCHEMA}'"
    ).fetchone()
    return found[0] if found else None
