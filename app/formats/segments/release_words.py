"""The words of a release file, as far as we read them. It must not know how they are got."""

from typing import Any

import msgspec
from msgspec import Struct


class Label(Struct):
    """A label of a sample, in one label set."""

    label_status: str = ""
    attributes: Any = None
    score: float | None = None


class Sample(Struct):
    """A sample. SPLIT is ours, and FILE too: the member of an archive that holds its picture."""

    name: str
    uuid: str = ""
    attributes: Any = None
    metadata: dict[str, Any] | None = None
    priority: float = 0.0
    created_at: str | None = None
    readme: str | None = None
    labels: dict[str, Label | None] | None = None
    split: str | None = None
    file: str | None = None


class Labelset(Struct):
    """A label set of the dataset."""

    name: str
    description: str | None = ""


class About(Struct):
    """The dataset, but for its samples."""

    name: str = ""
    description: str | None = None
    owner: Any = None  # a name, or an object with username
    task_type: str = ""
    task_attributes: dict[str, Any] | None = None
    labelsets: list[Labelset] | None = None
    category: str | None = None
    readme: str | None = None
    metadata: dict[str, Any] | None = None


sample_decoder = msgspec.json.Decoder(Sample)
value_decoder = msgspec.json.Decoder(Any)
