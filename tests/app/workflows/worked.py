"""The configurations that docs/workflows.md shows, as it shows them."""

import json
import re
from pathlib import Path
from typing import Any

_DOCS = Path(__file__).parents[3] / "docs" / "workflows.md"


def worked(name: str, **values: str) -> Any:
    """The configuration NAME of the docs, its {{placeholders}} replaced by VALUES."""
    found = re.search(rf"```json {name}\n(.*?)```", _DOCS.read_text("utf-8"), re.DOTALL)
    assert found, f"the docs show no configuration {name}"
    text = found[1]
    for placeholder, value in values.items():
        text = text.replace("{{" + placeholder + "}}", value)
    return json.loads(text)
