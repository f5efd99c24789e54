"""What settings say of where files are, and by what links to them are signed."""

from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.commands.sources import sources_of
from app.contents import Draft
from app.settings import Settings
from app.work import Sources


def test_files_are_in_the_data_folder_where_nothing_else_is_said(tmp_path: Path) -> None:
    sources = sources_of(Settings(data=tmp_path))

    with closing(sources.fetcher):
        hash = sources.blobs.put(b"here")
    assert (tmp_path / "files" / hash[:2] / hash).read_bytes() == b"here"


def test_all_processes_of_a_folder_sign_alike(tmp_path: Path) -> None:
    one, other = sources_of(Settings(data=tmp_path)), sources_of(Settings(data=tmp_path))

    with closing(one.fetcher), closing(other.fetcher):
        assert one.link_key == other.link_key


def test_processes_that_share_no_folder_are_given_a_secret(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, files="s3://bucket", database="postgresql://somewhere/postil")

    with pytest.raises(ValueError, match="POSTIL_SECRET is needed"):
        sources_of(settings)


def test_a_secret_does_not_show_in_settings(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, secret=SecretStr("zebra-canary-0123456789-abcdefghij"))

    assert "zebra" not in f"{settings} {settings!r}"


def test_whoever_was_handed_no_place_for_files_is_told() -> None:
    with pytest.raises(RuntimeError, match="no place for files"):
        Sources().blobs.put(b"x")


def test_a_draft_cannot_be_sought_in(tmp_path: Path) -> None:
    with (tmp_path / "draft").open("wb") as file:
        draft = Draft(file)

        assert draft.writable()
        assert not draft.seekable()
        assert draft.write(bytearray(b"abc")) == 3
