"""Changes tables from one revision to another, by alembic. It knows no database's place.

It is loaded where there is something to change: alembic and what it brings take 10 MiB.
"""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from app.storage.revisions import MIGRATIONS


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest revision."""
    command.upgrade(configuration(engine), "head")


def migrate_within(connection: Connection, revision: str) -> None:
    """Bring the tables to REVISION (head: the newest) in the transaction of CONNECTION, which goes on."""
    config = configuration(connection.engine)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def configuration(engine: Engine) -> Config:
    """What alembic needs to know."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config
