"""What a database is when it is opened, and what is none."""

import pytest
from sqlmodel import SQLModel

from app.storage.database import Database
from app.storage.opening import engine_of, open_database


def test_a_check_finds_the_database_sound(kept: Database) -> None:
    report = kept.check()

    assert report["is_sound"] is True
    assert report["bytes"] > 0


def test_every_column_of_text_sorts_by_its_bytes_and_every_table_is_strict(url: str) -> None:
    with engine_of(url) as engine, engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            found = connection.exec_driver_sql(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
            ).fetchall()
        else:
            rows = connection.exec_driver_sql("PRAGMA table_list").mappings().all()
            found = [
                row["name"] for row in rows if row["name"] in SQLModel.metadata.tables and not row["strict"]
            ]

    assert list(found) == []


def test_an_address_of_an_unknown_database_is_refused() -> None:
    for address in ("mysql://x/y", "sqlite:", "sqlite:///", "file.db", ""):
        with pytest.raises(ValueError, match="no database we know"):
            open_database(address)
