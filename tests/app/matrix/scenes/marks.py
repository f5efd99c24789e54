"""Annotations and notes: by the annotator, where no other is named."""

from typing import Any

from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.entries import annotated, done, free, pass_on
from tests.app.matrix.scenes.scene import Scene, made, moved, scene
from tests.lab import Person


@scene
def in_review(cast: Cast) -> Scene:
    entry = a_feed(cast, cast.lab.annotator)[0]
    pass_on(cast, entry)
    return Scene(entry, renewed=("resource",))


def _mark(entry: str | None) -> dict[str, Any]:
    return {"entry_id": entry, "dimensions": {"type": "point"}, "annotation": {"label": "vessel"}}


def an_annotation(cast: Cast) -> tuple[str, str]:
    """A held entry, and an annotation on it."""
    entry = cast.lab.at("annotate")
    return entry, made(cast.lab.annotator.create("annotations", **_mark(entry)))


@scene
def annotation(cast: Cast) -> Scene:
    entry, id = an_annotation(cast)
    pin: dict[str, Any] = {"entry_id": entry, "annotation_id": id, "anchor_type": "annotation"}
    made(cast.lab.annotator.create("note_feeds", **pin))
    return Scene(id, renewed=("annotation",))


@scene
def annotation_in_review(cast: Cast) -> Scene:
    entry, id = an_annotation(cast)
    pass_on(cast, entry)
    return Scene(id, renewed=("annotation",))


@scene
def annotation_of_done(cast: Cast) -> Scene:
    entry, id = an_annotation(cast)
    pass_on(cast, entry)
    moved(cast.lab.reviewer.act(entry, "submit", approved=True))
    return Scene(id, renewed=("annotation",))


@scene
def on_free(cast: Cast) -> Scene:
    return Scene(sent=_mark(free(cast).id))


@scene
def on_annotated(cast: Cast) -> Scene:
    return Scene(sent=_mark(annotated(cast).id))


@scene
def on_in_review(cast: Cast) -> Scene:
    return Scene(sent=_mark(in_review(cast).id))


@scene
def on_done(cast: Cast) -> Scene:
    return Scene(sent=_mark(done(cast).id))


def a_feed(cast: Cast, author: Person, is_pinned: bool = False) -> tuple[str, str]:
    """A held entry, and a feed on it."""
    entry, annotation = an_annotation(cast)
    pin: dict[str, Any] = {"annotation_id": annotation, "anchor_type": "annotation"} if is_pinned else {}
    return entry, made(author.create("note_feeds", entry_id=entry, content_md="One?", **pin))


@scene
def feed(cast: Cast) -> Scene:
    return Scene(a_feed(cast, cast.lab.annotator)[1], renewed=("content_md",))


@scene
def feed_of_lead(cast: Cast) -> Scene:
    return Scene(a_feed(cast, cast.lab.project_owner)[1], renewed=("content_md",))


@scene
def feed_in_review(cast: Cast) -> Scene:
    entry, id = a_feed(cast, cast.lab.annotator)
    made(cast.lab.annotator.create("note_comments", note_feed_id=id, content_md="Two."))
    pass_on(cast, entry)
    return Scene(id, renewed=("content_md",))


@scene
def pinned_feed_in_review(cast: Cast) -> Scene:
    entry, id = a_feed(cast, cast.lab.annotator, is_pinned=True)
    pass_on(cast, entry)
    return Scene(id)


@scene
def note_on_free(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": free(cast).id})


@scene
def note_on_annotated(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": annotated(cast).id})


@scene
def note_on_in_review(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": in_review(cast).id})


@scene
def note_on_done(cast: Cast) -> Scene:
    return Scene(sent={"entry_id": done(cast).id})


@scene
def in_feed(cast: Cast) -> Scene:
    return Scene(sent={"note_feed_id": feed(cast).id, "content_md": "Three."})


@scene
def in_feed_in_review(cast: Cast) -> Scene:
    return Scene(sent={"note_feed_id": feed_in_review(cast).id, "content_md": "Three."})


def _comment(cast: Cast, author: Person) -> Scene:
    entry, feed = a_feed(cast, cast.lab.annotator)
    id = made(author.create("note_comments", note_feed_id=feed, content_md="Four."))
    pass_on(cast, entry)
    return Scene(id, renewed=("content_md",))


@scene
def comment(cast: Cast) -> Scene:
    return _comment(cast, cast.lab.annotator)


@scene
def comment_of_lead(cast: Cast) -> Scene:
    return _comment(cast, cast.lab.project_owner)
