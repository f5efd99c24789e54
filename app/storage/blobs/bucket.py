"""A bucket of S3 for contents. Where it is, and by whose credentials, stands in AWS_* of the environment."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.storage.blobs.folder import clear
from app.storage.blobs.presigning import Credentials, presigned

if TYPE_CHECKING:
    from obstore.store import S3Config

RENEWED = 1800.0  # seconds after which a content that is put again is sent again, and so counts as new
CONNECT = timedelta(seconds=5)
REQUEST = timedelta(seconds=60)  # a part of 5 MiB each
RETRIES = timedelta(seconds=10)
# Whoever is sent to the bucket itself gets a download, never a page.
_PLAIN = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}


class Bucket:
    """Keeps in the bucket NAME under PREFIX; DRAFTS is a folder here. NOW: seconds since 1970.

    Raises RuntimeError where the bucket cannot be used.
    """

    piece = 1 << 19  # each is a request

    def __init__(
        self,
        name: str,
        prefix: str,
        drafts: Path,
        now: Callable[[], float],
        environment: Mapping[str, str],
    ) -> None:
        self.drafts = drafts
        self._now = now
        self._name = name
        self._prefix = prefix
        self._environment = environment
        drafts.mkdir(parents=True, exist_ok=True)
        clear(drafts, now())
        self.store = store_of(name, prefix, environment)
        try:
            next(iter(obstore.list(self.store, prefix="files", chunk_size=1)), None)
        except BaseError as error:
            reason = str(error).partition("\n")[0]
            raise RuntimeError(
                f"the bucket {name} cannot be used: look at POSTIL_FILES and AWS_*: {reason}"
            ) from error

    def has(self, key: str, size: int) -> bool:
        try:
            found = obstore.head(self.store, key)
        except FileNotFoundError:
            return False
        return found["size"] == size and self._now() - found["last_modified"].timestamp() < RENEWED

    def keep(self, content: bytes, key: str) -> None:
        obstore.put(self.store, key, content, attributes=_PLAIN)

    def keep_file(self, draft: Path, key: str) -> None:
        obstore.put(self.store, key, draft, attributes=_PLAIN, max_concurrency=4)
        draft.unlink()

    def remove(self, key: str, age: float) -> bool:
        try:
            found = obstore.head(self.store, key)
        except FileNotFoundError:
            return False
        if age and self._now() - found["last_modified"].timestamp() < age:
            return False
        obstore.delete(self.store, key)
        return True

    def signed(self, key: str, seconds: int, disposition: str, media_type: str) -> str | None:
        credentials = _credentials_of(self._environment)
        if credentials is None:  # the machine's own, which nobody but obstore asks for
            return None
        base = endpoint_of(self._environment).rstrip("/")
        base = (
            f"{base}/{self._name}"
            if base
            else (f"https://{self._name}.s3.{credentials.region}.amazonaws.com")
        )
        said = {"response-content-disposition": disposition, "response-content-type": media_type}
        path = f"{self._prefix}/{key}" if self._prefix else key
        return presigned(f"{base}/{path}", said, credentials, self._now(), seconds)


def store_of(name: str, prefix: str, environment: Mapping[str, str]) -> S3Store:
    """What is in the bucket NAME below PREFIX, as ENVIRONMENT reaches it."""
    return S3Store(
        name,
        prefix=prefix or None,
        config=_config_of(environment),
        client_options={
            # Whoever names an http: endpoint means it; by any other way it is never taken.
            "allow_http": endpoint_of(environment).startswith("http://"),
            "connect_timeout": CONNECT,
            "timeout": REQUEST,
        },
        retry_config={"max_retries": 3, "retry_timeout": RETRIES},
    )


def endpoint_of(environment: Mapping[str, str]) -> str:
    """Where S3 is; empty: at Amazon's."""
    return environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""


_NAMES = {
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
    "AWS_DEFAULT_REGION": "region",
    "AWS_REGION": "region",
}


def _config_of(environment: Mapping[str, str]) -> "S3Config":
    """What is said of the bucket; obstore looks for the rest itself, such as the role of the machine."""
    said = {ours: environment[name] for name, ours in _NAMES.items() if environment.get(name)}
    if endpoint := endpoint_of(environment):
        said["endpoint"] = endpoint
    said.setdefault("region", "us-east-1")
    return cast("S3Config", said)


def _credentials_of(environment: Mapping[str, str]) -> Credentials | None:
    config = _config_of(environment)
    if "access_key_id" not in config or "secret_access_key" not in config:
        return None
    token = config.get("session_token", "")
    return Credentials(config["access_key_id"], config["secret_access_key"], config["region"], token)
