"""What the two databases keep unlike, told alike: so a backup of one is restored into the other.

* A dataset's counts are columns on SQLite, and stand in its tallies on PostgreSQL (`app.resources.datasets`).
* An event's position is its number in the feed on SQLite. On PostgreSQL it is drawn before there is a number,
  and may be greater: what SQLite numbers next would come before it. Numbers are given in the order of
  positions, so the number tells the order as well. What has no number yet gets the one that is next.
"""

from sqlalchemy import literal_column
from sqlmodel import col

from app.keeping.snapshots import Told
from app.operations.changes import Event
from app.resources.dataset_rows import COUNTED
from app.storage.functions import by_database
from app.storage.rows import INTEGER

_NUMBER = literal_column(
    "coalesce(events.sequence, (SELECT coalesce(max(known.sequence), 0) FROM events AS known"
    " WHERE known.organization_id = events.organization_id) + (SELECT count(*) FROM events AS fresh"
    " WHERE fresh.sequence IS NULL AND fresh.organization_id = events.organization_id"
    " AND fresh.position <= events.position))",
    INTEGER,
)

TOLD: Told = {
    "datasets": dict(COUNTED),
    "events": {
        "position": by_database(col(Event.position), _NUMBER),
        "sequence": by_database(col(Event.sequence), _NUMBER),
    },
}
