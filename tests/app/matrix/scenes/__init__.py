"""What the rows of roles.md happen on: each scene makes its records anew, and says what is sent.

A scene is a function in a file of its subject, by whose name a row calls it.
"""

from tests.app.matrix.scenes import (
    assets,
    datasets,
    entries,
    happenings,
    labels,
    layers,
    marks,
    people,
    projects,
    queue,
    references,
    releases,
    trash,
)
from tests.app.matrix.scenes.scene import SCENES, Scene

__all__ = [
    "SCENES",
    "Scene",
    "assets",
    "datasets",
    "entries",
    "happenings",
    "labels",
    "layers",
    "marks",
    "people",
    "projects",
    "queue",
    "references",
    "releases",
    "trash",
]
