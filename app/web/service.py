"""What every face works with, put together once."""

from dataclasses import dataclass
from pathlib import Path

from app.storage.database import Database
from app.web.auth import Keys


@dataclass(frozen=True)
class Service:
    """The open database, who may use it, and the settings that faces read."""

    database: Database
    keys: Keys
    public_url: str = ""  # without a slash at its end; empty: the checked Host
    batch_limit: int = 1000  # calls
    batch_seconds: float = 2.0  # that a batch may run
    upload_bytes: int = 1 << 30  # of one file that is no picture
    drafts: Path = Path("data/files/drafts")  # where files are while they arrive
