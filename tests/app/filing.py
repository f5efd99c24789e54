"""Files for tests: pictures drawn for them, and how one comes to an organization."""

import io
from pathlib import Path
from typing import Any

from PIL import Image

from app.resources import files
from app.work import SYSTEM
from tests.lab import Lab


def picture_of(format: str, width: int = 40, height: int = 30, mode: str = "RGB", **options: Any) -> bytes:
    """A picture of FORMAT, as Pillow names it, with a gradient in it; OPTIONS are of its writer."""
    picture = Image.linear_gradient("L").resize((width, height)).convert(mode)
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def keep(lab: Lab, content: bytes | Path) -> str:
    """The hash of CONTENT, which the lab's organization has then."""
    database = lab.house.database
    put = files.put(database.sources, content)
    return database.write_now(SYSTEM, lambda work: files.add(work, lab.organization, put))
