"""When the last backup was made: a line in the data folder, which a server of that folder tells."""

from pathlib import Path

NAME = "last-backup"


def note(data: Path, made_at: str) -> None:
    """A backup of what stood at MADE_AT is whole. Raises OSError where the folder takes nothing."""
    data.mkdir(parents=True, exist_ok=True)
    draft = data / f".{NAME}"
    draft.write_text(f"{made_at}\n")
    draft.replace(data / NAME)


def last(data: Path) -> str | None:
    """Of when the last one is; None where there is none, or nothing of it can be read."""
    try:
        told = (data / NAME).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return told or None
