"""The service's settings, read once from the environment (POSTIL_*) and the command line."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, with its default. An environment variable POSTIL_<NAME> sets it."""

    model_config = SettingsConfigDict(env_prefix="POSTIL_", frozen=True, extra="ignore")

    data: Path = Path("data")  # the folder of the database file, the lock, the files and the secret
    files: str = ""  # s3://bucket/prefix, with AWS_* as everywhere; empty: in the data folder
    secret: SecretStr = SecretStr("")  # signs links to files; empty: made once, and kept in the data folder
    database: str = ""  # postgresql://... or sqlite:///path; empty: postil.db in the data folder
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # how clients reach us, e.g. https://postil.example.org; empty: the checked Host
    allowed_hosts: str = ""  # further names that a Host header may bear, by comma
    batch_limit: int = 1000  # calls in one JSON-RPC batch
    batch_seconds: Annotated[float, Field(gt=0)] = 2  # that one may run; what is left then is refused
    log_level: str = "info"
    database_connections: int = 8  # a process, on PostgreSQL
    workers: Annotated[int, Field(ge=0)] = (
        2  # threads of the serving process that work jobs; 0: `postil work` does
    )
    trash_days: Annotated[int, Field(ge=1)] = 30  # after which what is in the trash goes for good
    jobs_days: Annotated[int, Field(ge=1)] = 30  # after which a job that has ended is forgotten
    keep_revisions_days: Annotated[int, Field(ge=0)] = 0  # after which old versions are thinned out; 0: never

    allowed_private_hosts: str = ""  # hosts that webhooks and imports may reach, private and on any port
    upload_bytes: Annotated[int, Field(ge=1)] = 1 << 30  # of one file that is no picture; those have 64 MiB
    buckets: str = ""  # what imports may read, by comma: photos=s3://bucket/prefix,scans=/srv/scans
    webhook_retry: Annotated[float, Field(gt=0)] = 5  # seconds after which a failed delivery is tried again

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'postil.db'}"

    @property
    def is_embedded(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def host_names(self) -> frozenset[str]:
        """The names that a Host header may bear, beside addresses and localhost."""
        public = self.public_url.partition("://")[2].partition("/")[0].rpartition(":")
        names = [*self.allowed_hosts.split(","), public[0] or public[2], self.host]
        return frozenset(name.strip().lower() for name in names if name.strip())
