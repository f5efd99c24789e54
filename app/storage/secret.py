"""The secret that links are signed with: a setting, or made at the first start and kept in a folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.storage.blobs.folder import flush

NAME = "secret"
SHORTEST = 32  # characters
FEWEST = 10  # different ones: what is made at random has more
_KNOWN = ("changeme", "change_me", "change-me", "password", "example", "secret", "default")


def secret_of(setting: str, folder: Path) -> bytes:
    """The secret SETTING or, where it is empty, that of FOLDER, which all processes that share it share.

    Raises ValueError for one that is short, or that others know.
    """
    if setting:
        if any(word in setting.lower() for word in _KNOWN):
            raise _guessed("POSTIL_SECRET")
        return checked(setting, "POSTIL_SECRET")
    path = folder / NAME
    if not path.exists():
        _make(path)
    return checked(path.read_text(errors="replace"), str(path))


def checked(secret: str, place: str) -> bytes:
    """SECRET as bytes. Raises ValueError, naming PLACE, where it is short, uniform or damaged."""
    is_damaged = "\0" in secret or "\ufffd" in secret
    if len(secret) < SHORTEST or len(set(secret)) < FEWEST or is_damaged:
        raise _guessed(place)
    return secret.encode()


def _guessed(place: str) -> ValueError:
    return ValueError(
        f"{place} can be guessed: it has to be {SHORTEST} random characters or more, such as"
        ' python3 -c "import secrets; print(secrets.token_urlsafe(32))" prints'
    )


def _make(path: Path) -> None:
    """Make the secret at PATH, for its owner alone. Where two do at once, both find the same."""
    draft = path.with_name(f".{NAME}-{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
        flush(draft)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    flush(path.parent)
