"""The entries of the sample: who works on which picture, what they say, and where each ends. Pure data.

A path is written so that the rules of work allow every step of it.
"""

from app.demo.parts import End, Event, Item, Note, Reply, Split, Step
from app.demo.pictures import PICTURES


def take(by: str) -> Event:
    """The submit at start, which makes its caller the holder."""
    return Event("submit", by)


def annotate(by: str, *marks: int) -> Event:
    return Event("annotate", by, marks=marks or None)


def finish(by: str, sampled: bool = True) -> Event:
    """The submit at annotate: on to review if it is SAMPLED, else done."""
    return Event("submit", by, sampled=sampled)


def select(by: str) -> Event:
    return Event("select", by)


def approve(by: str) -> Event:
    return Event("submit", by, approved=True)


def reject(by: str, reason: str) -> Event:
    return Event("submit", by, approved=False, reason=reason)


BY_FILE = {picture.file: picture for picture in PICTURES}


def item(file: str, split: Split, priority: int, end: End, *path: Step) -> Item:
    return Item(BY_FILE[file], split, priority, path, end)


WAITING = (
    item("brick.png", "train", 10, End("start", "ready")),
    item("gravel.png", "valid", 20, End("start", "ready")),
)

AT_WORK = (
    item(
        "astronaut.png",
        "train",
        1,
        End("annotate", "in_progress", "ada"),
        take("ada"),
        annotate("ada", 0, 1, 2, 3),
        Note(
            "ada",
            "There are two patches on the suit, a round one and a name tag. Are both a `badge`?",
            position={"x": 305, "y": 358},
            comments=(("mara", "Yes, both. Say in `kind` which one it is."),),
        ),
    ),
    item(
        "cell.png",
        "train",
        2,
        End("annotate", "in_progress"),
        take("ben"),
        annotate("ben", 0),
        Note(
            "ben",
            "I cannot tell the **bright spots** from noise. Someone who knows cells should go on from here.",
        ),
        Event("assign", "mara", to=None),
    ),
    item(
        "rocket.jpg",
        "test",
        4,
        End("annotate", "in_progress", "ada"),
        take("ada"),
        annotate("ada"),
        finish("ada"),
        select("sol"),
        Note(
            "sol",
            "Three lamps are marked and I count seven. One shines beside the tower on the left.",
            position={"x": 82, "y": 349},
        ),
        reject("sol", "Four lamps are missing."),
        Reply(0, "ada", "I took the others for reflections. I will add them."),
    ),
)

IN_REVIEW = (
    item(
        "camera.png",
        "train",
        3,
        End("review", "in_progress"),
        take("ada"),
        annotate("ada"),
        finish("ada"),
    ),
    item(
        "coffee.png",
        "valid",
        3,
        End("review", "in_progress", "rui"),
        take("ben"),
        annotate("ben"),
        finish("ben"),
        select("rui"),
        Note(
            "rui",
            "The handle of the spoon runs *behind* the cup. Do we draw only what can be seen?",
            on=3,
            comments=(
                ("mara", "Only what can be seen."),
                ("rui", "Then the outline is right as it is."),
            ),
            resolved_by="rui",
        ),
    ),
    item(
        "retina.jpg",
        "train",
        5,
        End("review", "in_progress", "sol"),
        take("ada"),
        annotate("ada", 0, 1),
        finish("ada"),
        select("sol"),
        reject("sol", "The macula is missing, and the notch at the rim should be marked too."),
        annotate("ada", 2, 3),
        finish("ada"),
    ),
)

FINISHED = (
    item(
        "chelsea.png",
        "train",
        6,
        End("done", "completed"),
        take("ada"),
        annotate("ada"),
        Note(
            "ada",
            "Only the inside of this ear is in the picture. Shall I keep it?",
            on=4,
            comments=(("mara", "Keep it. Left and right are the cat's own, as you have it."),),
            resolved_by="mara",
        ),
        finish("ada"),
        select("sol"),
        approve("sol"),
    ),
    item(
        "clock_motion.png",
        "valid",
        6,
        End("done", "completed"),
        take("ben"),
        annotate("ben", 0),
        finish("ben"),
        select("rui"),
        Note(
            "rui",
            "The box fits the blurred case. The bright dial inside it needs an outline of its own.",
            on=0,
        ),
        reject("rui", "The dial is missing."),
        annotate("ben", 1),
        Reply(0, "ben", "Drawn along the edge of the bright part."),
        finish("ben"),
        Reply(0, "rui", "That is it, thank you.", resolves=True),
        approve("rui"),
    ),
    item(
        "hubble_deep_field.jpg",
        "test",
        7,
        End("done", "completed"),
        take("ben"),
        annotate("ben"),
        finish("ben", sampled=False),
    ),
)

GIVEN_UP = (
    item(
        "grass.png",
        "train",
        8,
        End("error", "errored", "ben"),
        take("ben"),
        annotate("ben", 0, 1, 2),
        Event("error", "ben", message="The blades overlap: no single one can be outlined from end to end."),
    ),
    item(
        "microaneurysms.png",
        "test",
        9,
        End("error", "errored", "rui"),
        take("ada"),
        annotate("ada"),
        finish("ada"),
        select("rui"),
        Note("rui", "Are these the only two? The crop ends too soon to say.", on=1),
        Event(
            "error",
            "rui",
            message="A detail of 102 by 102 pixels cannot be judged without the whole photograph.",
        ),
    ),
)

ITEMS = WAITING + AT_WORK + IN_REVIEW + FINISHED + GIVEN_UP
