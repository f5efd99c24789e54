"""Reference answers, and the scores by them."""

from typing import Any

from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.entries import free, pass_on
from tests.app.matrix.scenes.marks import an_annotation, in_review
from tests.app.matrix.scenes.scene import Scene, made, scene
from tests.lab import Lab


@scene
def reference_answer(cast: Cast) -> Scene:
    """The right answer of an entry that the annotator holds."""
    entry, _ = an_annotation(cast)
    return Scene(add_answer(cast.lab, entry), renewed=("content",))


def add_answer(lab: Lab, entry: str, **content: Any) -> str:
    """The right answer of ENTRY: one mark."""
    mark: dict[str, Any] = {"dimensions": {"type": "point"}, "annotation": {"label": "vessel"}}
    given = {"annotations": [mark], **content}
    return made(lab.owner.create("reference_answers", entry_id=entry, content=given))


def _new_answer(entry: str | None) -> Scene:
    return Scene(sent={"entry_id": entry, "content": {"annotations": []}}, is_once=True)


@scene
def answer_to_free(cast: Cast) -> Scene:
    return _new_answer(free(cast).id)


@scene
def answer_to_in_review(cast: Cast) -> Scene:
    return _new_answer(in_review(cast).id)


@scene
def answer_to_answered(cast: Cast) -> Scene:
    entry = str(free(cast).id)
    add_answer(cast.lab, entry)
    return _new_answer(entry)


@scene
def score(cast: Cast) -> Scene:
    """How well the annotator did, who has submitted a reference entry."""
    entry, _ = an_annotation(cast)
    add_answer(cast.lab, entry)
    pass_on(cast, entry)
    return Scene(score_of(cast.lab, entry))


def score_of(lab: Lab, entry: str) -> str:
    """The one score of who worked ENTRY."""
    (id,) = lab.owner.get(f"/scores?filter[entry_id]={entry}").ids
    return str(id)
