"""What was deleted by who made it."""

from tests.app.matrix.people import Cast
from tests.app.matrix.scenes.entries import annotated, empty_dataset, free, pass_on
from tests.app.matrix.scenes.happenings import webhook
from tests.app.matrix.scenes.marks import (
    an_annotation,
    annotation,
    annotation_in_review,
    comment,
    feed,
    feed_in_review,
)
from tests.app.matrix.scenes.people import another_owner, bystander
from tests.app.matrix.scenes.projects import another_project
from tests.app.matrix.scenes.queue import draft
from tests.app.matrix.scenes.references import reference_answer
from tests.app.matrix.scenes.scene import Scene, moved, scene


def _trashed(cast: Cast, type: str, scene: Scene) -> Scene:
    moved(cast.lab.owner.delete(f"/{type}/{scene.id}{'?force=true' if type == 'entries' else ''}"))
    return Scene(scene.id)


@scene
def trashed_account(cast: Cast) -> Scene:
    return _trashed(cast, "accounts", bystander(cast))


@scene
def trashed_owner(cast: Cast) -> Scene:
    return _trashed(cast, "accounts", another_owner(cast))


@scene
def trashed_project(cast: Cast) -> Scene:
    return _trashed(cast, "projects", another_project(cast))


@scene
def trashed_dataset(cast: Cast) -> Scene:
    return _trashed(cast, "datasets", empty_dataset(cast))


@scene
def trashed_free(cast: Cast) -> Scene:
    return _trashed(cast, "entries", free(cast))


@scene
def trashed_annotated(cast: Cast) -> Scene:
    return _trashed(cast, "entries", annotated(cast))


@scene
def trashed_annotation(cast: Cast) -> Scene:
    return _trashed(cast, "annotations", annotation(cast))


@scene
def trashed_annotation_in_review(cast: Cast) -> Scene:
    return _trashed(cast, "annotations", annotation_in_review(cast))


@scene
def trashed_annotation_of_done(cast: Cast) -> Scene:
    """Deleted while the entry was in review, which is completed by now."""
    entry, id = an_annotation(cast)
    pass_on(cast, entry)
    moved(cast.lab.owner.delete(f"/annotations/{id}"))
    moved(cast.lab.reviewer.act(entry, "submit", approved=True))
    return Scene(id)


@scene
def trashed_feed(cast: Cast) -> Scene:
    return _trashed(cast, "note_feeds", feed(cast))


@scene
def trashed_feed_in_review(cast: Cast) -> Scene:
    return _trashed(cast, "note_feeds", feed_in_review(cast))


@scene
def trashed_comment(cast: Cast) -> Scene:
    return _trashed(cast, "note_comments", comment(cast))


@scene
def trashed_draft(cast: Cast) -> Scene:
    return _trashed(cast, "drafts", draft(cast))


@scene
def trashed_reference_answer(cast: Cast) -> Scene:
    return _trashed(cast, "reference_answers", reference_answer(cast))


@scene
def trashed_webhook(cast: Cast) -> Scene:
    return _trashed(cast, "webhooks", webhook(cast))
