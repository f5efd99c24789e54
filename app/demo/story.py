"""The story of the sample: an organization, its people, a project and two datasets. Pure data, no database.

Everyone in it is invented.
"""

from app.demo.entries import ITEMS
from app.demo.parts import Dataset, Item, Person, Project

ORGANIZATION = "Lantern Picture Archive"

PEOPLE: tuple[Person, ...] = (
    Person("Ines Okafor", "ines@example.org", "ines", "owner"),
    Person("Tomas Lind", "tomas@example.org", "tomas", "admin"),
    Person("Mara Voss", "mara@example.org", "mara", "member", "project_owner"),
    Person("Ada Brandt", "ada@example.org", "ada", "member", "annotator"),
    Person("Ben Osei", "ben@example.org", "ben", "member", "annotator"),
    Person("Rui Tanaka", "rui@example.org", "rui", "member", "reviewer"),
    Person("Sol Herrera", "sol@example.org", "sol", "member", "reviewer"),
)


def labels_of(items: tuple[Item, ...]) -> tuple[str, ...]:
    """Every label that a mark of ITEMS bears, in the order of the alphabet."""
    return tuple(sorted({str(mark.annotation["label"]) for item in items for mark in item.picture.marks}))


PHOTOGRAPHS = Dataset(
    name="Photographs",
    modality="image",
    labels=labels_of(ITEMS),
    labeling_configuration={
        "shapes": ["box", "polygon", "point"],
        "attributes": {
            "badge": {"kind": ["mission patch", "name tag"]},
            "galaxy": {"kind": ["spiral", "elliptical", "interacting"]},
            "stone": {"tone": ["light", "mixed", "dark"]},
        },
    },
    workflow_configuration={"sample_rate": 0.5},
    items=ITEMS,
)

ARRIVALS = Dataset(
    name="Arrivals",
    modality="image",
    labels=("person", "animal", "vehicle"),
    labeling_configuration={"shapes": ["box"]},
    workflow_configuration={"sample_rate": 1},
)

PROJECT = Project(
    name="Open photographs",
    description="Thirteen photographs under free licences, from a cat to the far end of the universe.",
    by="ines",
    datasets=(PHOTOGRAPHS, ARRIVALS),
)
