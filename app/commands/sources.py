"""What settings say of where time, files and what is out there come from."""

from functools import partial

from app.fetching import Fetcher, hosts_of
from app.keeping import last
from app.settings import Settings
from app.storage.blobs import open_blobs
from app.storage.buckets import open_buckets
from app.storage.secret import secret_of
from app.work import Sources


def sources_of(settings: Settings) -> Sources:
    """The sources that SETTINGS name. Raises ValueError, RuntimeError where one of them cannot be used."""
    setting = settings.secret.get_secret_value()
    if settings.files and not settings.is_embedded and not setting:
        raise ValueError(
            "POSTIL_SECRET is needed with PostgreSQL and S3: the processes share no folder to keep one in"
        )
    settings.data.mkdir(parents=True, exist_ok=True)
    return Sources(
        fetcher=Fetcher(hosts_of(settings.allowed_private_hosts)),
        blobs=open_blobs(settings.files, settings.data),
        buckets=open_buckets(settings.buckets, settings.upload_bytes),
        link_key=secret_of(setting, settings.data),
        backup_at=partial(last.last, settings.data),
    )
