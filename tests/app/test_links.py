"""Links that need no key: good for a while, for one file, and for nothing else once anything is changed."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Forbidden
from app.links import LONGEST, Claim, Links
from app.storage.secret import secret_of
from tests.lab import Clock

HASH, OTHER = "a" * 64, "b" * 64
KEY = b"k" * 32


def parts_of(link: str) -> tuple[str, dict[str, str]]:
    """The hash that LINK leads to, and what it says."""
    split = urlsplit(link)
    return split.path.removeprefix("/files/"), dict(parse_qsl(split.query, strict_parsing=True))


def code_of(links: Links, hash: str, said: dict[str, str]) -> str:
    with pytest.raises(Forbidden) as refused:
        links.claim_of(hash, said)
    return refused.value.code


@pytest.fixture
def links(clock: Clock) -> Links:
    return Links(KEY, clock)


@given(st.text(max_size=60), st.sampled_from(["", "image/png", "application/zip", "text/csv"]))
@settings(max_examples=100, deadline=None)
def test_a_link_says_what_it_was_made_for(name: str, media_type: str) -> None:
    links = Links(KEY, Clock())
    try:
        name.encode()
    except UnicodeEncodeError:
        return

    hash, said = parts_of(links.link("org-1", HASH, name=name, media_type=media_type))

    assert links.claim_of(hash, said) == Claim("org-1", HASH, name, media_type)


def test_a_link_ends(links: Links, clock: Clock) -> None:
    hash, said = parts_of(links.link("org-1", HASH, seconds=60))

    clock.move(seconds=59)
    assert links.claim_of(hash, said).hash == HASH
    clock.move(seconds=1)

    assert code_of(links, hash, said) == "link_expired"


@pytest.mark.parametrize(
    "change",
    [
        {"organization": "org-2"},
        {"organization": ""},
        {"expires": "99999999999"},
        {"expires": ""},
        {"expires": "x"},
        {"name": "b.zip"},
        {"name": ""},
        {"type": "video/mp4"},
        {"type": "text/html"},
        {"signature": ""},
        {"signature": "A" * 43},
        {"signature": "ü\ud800"},
        {"more": "1"},
    ],
    ids=str,
)
def test_what_is_changed_is_no_link(links: Links, change: dict[str, str]) -> None:
    hash, said = parts_of(links.link("org-1", HASH, name="a.zip", media_type="application/zip"))

    assert code_of(links, hash, said | change) == "link_invalid"
    assert code_of(links, OTHER, said) == "link_invalid"


def test_nothing_moves_from_one_part_into_the_next(links: Links) -> None:
    hash, said = parts_of(links.link("org-1", HASH, name="ab", media_type="text/csv"))

    moved = said | {"name": "abtext", "type": "/csv"}

    assert code_of(links, hash, moved) == "link_invalid"


def test_a_link_of_another_installation_is_none_of_ours(links: Links, clock: Clock) -> None:
    hash, said = parts_of(Links(b"l" * 32, clock).link("org-1", HASH))

    assert code_of(links, hash, said) == "link_invalid"


def test_no_link_is_made_for_a_page_or_for_long(links: Links) -> None:
    for media_type in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/plain; charset=x", "x"):
        with pytest.raises(ValueError, match="handed out"):
            links.link("org-1", HASH, media_type=media_type)
    for seconds in (0, -1, LONGEST + 1):
        with pytest.raises(ValueError, match="seconds"):
            links.link("org-1", HASH, seconds=seconds)


# ---- the secret that signs them


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret_of("", tmp_path)

    assert secret_of("", tmp_path) == first
    assert len(first) >= 43
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    assert secret_of("", tmp_path / "a") != secret_of("", tmp_path / "b")


def test_a_setting_is_the_secret_and_leaves_no_file(tmp_path: Path) -> None:
    assert secret_of("0123456789abcdefghijklmnopqrstuvwxyz", tmp_path).startswith(b"0123")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("secret", ["short", "x" * 64, "changeme" * 8, "0123456789-This-is-a-Default-key"])
def test_a_secret_that_can_be_guessed_is_refused(secret: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="POSTIL_SECRET can be guessed"):
        secret_of(secret, tmp_path)


@pytest.mark.parametrize("content", [b"", b"\0" * 43, b"\xff" * 43, b"short"])
def test_a_damaged_secret_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(content)

    with pytest.raises(ValueError, match="can be guessed"):
        secret_of("", tmp_path)
