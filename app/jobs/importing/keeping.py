"""Keeps what an import has on disk as the content of an item. It knows no record, nor where it came from."""

from pathlib import Path

from app.errors import Fault, Invalid
from app.media_types import is_picture
from app.resources import files
from app.resources.files import Content
from app.work import Sources


def keep_item(sources: Sources, path: Path) -> Content:
    """The content of the file at PATH, put. Not in a transaction: it waits.

    Raises Invalid for what is neither a picture nor a video: the page that a server gives in place of a
    picture must not become an entry. What was put of it is swept. Unavailable.
    """
    content = files.put(sources, path)
    if is_picture(content.media_type) or content.media_type.startswith("video/"):
        return content
    raise Invalid(
        Fault("not_an_image", f"only pictures and videos are taken, and this is {content.media_type}")
    )
