"""The sample's data: files are the checked ones, marks lie in them, paths obey the rules of work."""

import sys
from dataclasses import replace
from pathlib import Path
from struct import unpack

import pytest

from app.demo import pictures
from app.demo.parts import End, Event, Item, Note, Reply, Status, WorkflowStep
from app.demo.pictures import PICTURES, Mark, Picture, folder, read
from app.demo.story import PEOPLE, PROJECT

each_picture = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.file)
ITEMS = tuple(item for dataset in PROJECT.datasets for item in dataset.items)
each_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.external_id)
ROLES = {person.username: person.project_role for person in PEOPLE}
STATUSES: dict[WorkflowStep, Status] = {
    "start": "ready",
    "annotate": "in_progress",
    "review": "in_progress",
    "done": "completed",
    "error": "errored",
}


def size_of_png(content: bytes) -> tuple[int, int]:
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = unpack(">II", content[16:24])
    return width, height


def size_of_jpeg(content: bytes) -> tuple[int, int]:
    """Width and height from the frame header, the segments before it skipped (ITU T.81, B.2.2)."""
    assert content[:2] == b"\xff\xd8"
    at = 2
    while content[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + unpack(">H", content[at + 2 : at + 4])[0]
    height, width = unpack(">HH", content[at + 5 : at + 9])
    return width, height


def corners(mark: Mark) -> list[tuple[int, int]]:
    shape = mark.dimensions
    match shape:
        case {"type": "point", "x": int(x), "y": int(y)}:
            return [(x, y)]
        case {"type": "box", "x": int(x), "y": int(y), "width": int(width), "height": int(height)}:
            assert width > 0
            assert height > 0
            return [(x, y), (x + width, y + height)]
        case {"type": "polygon", "points": list(points)}:
            assert len(points) >= 3
            return [(x, y) for x, y in points]
    raise AssertionError(f"no shape that the sample knows: {shape}")


class Play:
    """A simple reading of the workflow: it fails on any step that a person may not take."""

    def __init__(self, item: Item) -> None:
        self.step: WorkflowStep = "start"
        self.holder: str | None = None
        self.submitter: str | None = None
        self.reviewer: str | None = None
        self.written: set[int] = set()
        self.threads: list[str] = []
        self.resolved: set[int] = set()
        self.all_marks = range(len(item.picture.marks))
        for part in item.path:
            self.take(part)

    @property
    def end(self) -> End:
        return End(self.step, STATUSES[self.step], self.holder)

    def take(self, part: Event | Note | Reply) -> None:
        match part:
            case Event():
                getattr(self, part.kind)(part)
            case Note():
                self.open(part)
            case Reply():
                self.answer(part.note, part.by, part.text)
                if part.resolves:
                    self.resolve(part.note, part.by)

    def works(self, by: str, *roles: str) -> bool:
        return ROLES[by] == "project_owner" or ROLES[by] in roles

    def submit(self, event: Event) -> None:
        assert self.holder in (None, event.by)
        if self.step == "start":
            assert self.works(event.by, "annotator")
            self.step, self.holder = "annotate", event.by
        elif self.step == "annotate":
            assert self.holder == event.by
            assert self.written
            self.submitter = event.by
            self.step = "review" if event.sampled else "done"
            self.holder = self.reviewer if event.sampled else None
        else:
            assert self.step == "review"
            assert self.holder == event.by
            assert event.approved is not None
            assert event.approved or event.reason
            self.reviewer = event.by
            self.step = "done" if event.approved else "annotate"
            self.holder = None if event.approved else self.submitter

    def select(self, event: Event) -> None:
        assert self.holder in (None, event.by)
        assert (self.step, ROLES[event.by]) in (("annotate", "annotator"), ("review", "reviewer"))
        assert event.by != self.submitter or self.step == "annotate"
        self.holder = event.by

    def assign(self, event: Event) -> None:
        assert ROLES[event.by] == "project_owner"
        assert event.to is None or ROLES[event.to]
        self.holder = event.to

    def annotate(self, event: Event) -> None:
        assert (self.step, self.holder) == ("annotate", event.by)
        marks = set(self.all_marks if event.marks is None else event.marks)
        assert marks <= set(self.all_marks)
        assert not marks & self.written
        self.written |= marks

    def error(self, event: Event) -> None:
        assert self.step in ("annotate", "review")
        assert self.holder == event.by
        assert event.message
        self.step = "error"

    def open(self, note: Note) -> None:
        assert self.step in ("annotate", "review")
        assert self.holder == note.by or ROLES[note.by] == "project_owner"
        assert note.on is None or note.on in self.written
        self.threads.append(note.by)
        for by, text in note.comments:
            self.answer(len(self.threads) - 1, by, text)
        if note.resolved_by:
            self.resolve(len(self.threads) - 1, note.resolved_by)

    def answer(self, thread: int, by: str, text: str) -> None:
        assert text
        assert by in (self.threads[thread], self.holder) or ROLES[by] == "project_owner"

    def resolve(self, thread: int, by: str) -> None:
        assigned_reviewer = self.holder if self.step == "review" else None
        assert by in (self.threads[thread], assigned_reviewer) or ROLES[by] == "project_owner"
        self.resolved.add(thread)


def test_the_sample_has_at_least_twelve_photographs() -> None:
    assert len({picture.file for picture in PICTURES}) == len(PICTURES) >= 12


@each_picture
def test_a_picture_is_the_file_that_was_checked(picture: Picture) -> None:
    content = read(picture)

    size = size_of_jpeg(content) if picture.media_type == "image/jpeg" else size_of_png(content)
    assert size == (picture.width, picture.height)


@each_picture
def test_a_picture_says_whose_it_is(picture: Picture) -> None:
    assert picture.title
    assert picture.source
    assert picture.licence in ("CC0 1.0", "Public domain")


@each_picture
def test_marks_lie_within_their_picture(picture: Picture) -> None:
    assert 2 <= len(picture.marks) <= 8

    for mark in picture.marks:
        for x, y in corners(mark):
            assert 0 <= x <= picture.width
            assert 0 <= y <= picture.height


def test_finding_the_pictures_imports_nothing() -> None:
    folder()

    assert "skimage" not in sys.modules


def test_a_changed_file_is_refused() -> None:
    changed = replace(PICTURES[0], sha256="0" * 64)

    with pytest.raises(ValueError, match=PICTURES[0].file):
        read(changed)


def test_missing_pictures_are_named_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)

    with pytest.raises(LookupError, match="pip install"):
        folder()


def test_a_missing_file_is_named_with_the_next_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pictures, "folder", lambda: tmp_path)

    with pytest.raises(LookupError, match="pip install"):
        read(PICTURES[0])


@each_item
def test_a_path_obeys_the_rules_and_leads_where_it_says(item: Item) -> None:
    assert Play(item).end == item.end


def test_every_picture_is_one_entry() -> None:
    assert sorted(item.picture.file for item in ITEMS) == sorted(picture.file for picture in PICTURES)


def test_every_state_is_reached() -> None:
    seen = {(item.end.wf_step, item.end.holder is not None) for item in ITEMS}

    held_or_not = {(step, held) for step in ("annotate", "review") for held in (False, True)}
    assert seen >= held_or_not | {("start", False), ("done", False), ("error", True)}


def test_an_entry_was_sent_back_one_passed_unseen_and_one_failed_at_each_step() -> None:
    events = [part for item in ITEMS for part in item.path if isinstance(part, Event)]

    assert any(event.approved is False for event in events)
    assert any(not event.sampled for event in events)
    assert {ROLES[event.by] for event in events if event.kind == "error"} == {"annotator", "reviewer"}


def test_threads_are_open_and_resolved_on_entries_and_on_marks() -> None:
    notes = [part for item in ITEMS for part in item.path if isinstance(part, Note)]
    played = [Play(item) for item in ITEMS]

    assert {note.on is None for note in notes} == {True, False}
    assert 0 < sum(len(play.resolved) for play in played) < len(notes)


def test_people_of_each_role_are_there() -> None:
    roles = list(ROLES.values())

    assert {person.organization_role for person in PEOPLE} == {"owner", "admin", "member"}
    assert "project_owner" in roles
    assert roles.count("annotator") >= 2
    assert roles.count("reviewer") >= 2
    assert len(ROLES) == len({person.email for person in PEOPLE}) == len(PEOPLE)


def test_labels_are_those_of_the_marks_and_all_splits_are_used() -> None:
    main = PROJECT.datasets[0]

    used = {mark.annotation["label"] for item in main.items for mark in item.picture.marks}
    assert used == set(main.labels)
    assert {item.split for item in main.items} == {"train", "valid", "test"}
    assert main.workflow_configuration == {"sample_rate": 0.5}


def test_the_page_about_the_sample_names_every_picture() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "sample.md").read_text(encoding="utf-8")

    for picture in PICTURES:
        assert f"| `{picture.file}` |" in page
