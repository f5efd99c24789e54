"""Contents in a bucket: signed addresses, and what is told of one that cannot be used."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import obstore
import pytest

from app.errors import Unavailable
from app.storage.blobs import open_blobs
from tests.app.seaweed import BUCKET
from tests.app.storage.contents import NONE, Hours, whole


def test_s3_is_sent_again_what_will_soon_be_old(
    s3: Mapping[str, str], tmp_path: Path, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = open_blobs(place_of(tmp_path), tmp_path, clock=hours, environment=s3)
    sent: list[Any] = []
    put: Callable[..., Any] = obstore.put
    monkeypatch.setattr(obstore, "put", lambda *given, **more: sent.append(put(*given, **more)))

    counts = []
    for ahead in (0.0, 0.4, 0.6):
        hours.ahead = ahead
        blobs.put(b"again")
        counts.append(len(sent))

    assert counts == [1, 1, 2]


def place_of(tmp_path: Path) -> str:
    return f"s3://{BUCKET}/{tmp_path.name}"


def test_s3_hands_out_what_is_signed_as_it_is_told(s3: Mapping[str, str], tmp_path: Path) -> None:
    blobs = open_blobs(place_of(tmp_path), tmp_path, environment=s3)
    said = "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.zip"

    url = blobs.signed(blobs.put(b"signed"), 60, said, "application/zip")

    assert url is not None
    with urlopen(url) as answer:
        assert answer.read() == b"signed"
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Content-Disposition"] == said
    for changed in (url.replace("zip", "html"), url.replace("Expires=60", "Expires=600"), url[:-1] + "g"):
        with pytest.raises(HTTPError) as refused:
            urlopen(changed)
        refused.value.close()
        assert refused.value.code == 403


def test_s3_hands_out_nothing_once_the_time_is_over(
    s3: Mapping[str, str], tmp_path: Path, hours: Hours
) -> None:
    blobs = open_blobs(place_of(tmp_path), tmp_path, clock=hours, environment=s3)
    hash = blobs.put(b"old")
    hours.ahead = -1

    url = blobs.signed(hash, 60, "inline", "text/plain")

    assert url is not None
    with pytest.raises(HTTPError) as refused:
        urlopen(url)
    refused.value.close()
    assert refused.value.code == 403


@pytest.mark.parametrize(
    "wrong", [{"AWS_SECRET_ACCESS_KEY": "guessed"}, {"AWS_ACCESS_KEY_ID": "somebody"}], ids=["secret", "id"]
)
def test_a_bucket_that_cannot_be_used_is_told_at_the_start(
    s3: Mapping[str, str], tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(RuntimeError, match="POSTIL_FILES"):
        open_blobs(place_of(tmp_path), tmp_path, environment={**s3, **wrong})


def test_a_bucket_that_is_not_there_is_told_at_the_start(s3: Mapping[str, str], tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nowhere-at-all"):
        open_blobs("s3://nowhere-at-all", tmp_path, environment=s3)


def test_a_server_that_is_gone_is_told(
    s3: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = open_blobs(place_of(tmp_path), tmp_path, environment=s3)

    def gone(*given: Any, **more: Any) -> Any:
        raise obstore.exceptions.GenericError("the connection was refused by 10.0.0.1")

    for name in ("head", "get", "get_range", "put"):
        monkeypatch.setattr(obstore, name, gone)
    for ask in (blobs.get, blobs.size, lambda hash: whole(blobs, hash)):
        with pytest.raises(Unavailable) as told:
            ask(NONE)
        assert "10.0.0.1" not in str(told.value)


@pytest.mark.parametrize("files", ["s3:/x", "s3://", "s3://A", "gs://b", "/srv/files", "s3://b/../c?x"])
def test_a_place_that_is_none_is_refused(files: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="POSTIL_FILES"):
        open_blobs(files, tmp_path)
