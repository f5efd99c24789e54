"""A database is moved to the other kind and back: nothing is lost, and work goes on where it was."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from app.keeping import moving
from app.keeping.columns import TOLD
from app.keeping.progress import Silence
from app.keeping.refusals import Refused
from app.storage import postgresql, sqlite
from app.storage.opening import engine_of, open_database
from tests.app.keeping.conftest import Empty
from tests.app.keeping.scenes import Scene, answers, await_numbers, digests_of, serving
from tests.app.test_statistics import assert_exact, recount
from tests.lab import Person

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


def moved(scene: Scene, url: str) -> Scene:
    moving.move(scene.url, url, TOLD, Silence())
    return scene.at(url)


def kind_of(scene: Scene) -> str:
    return "sqlite" if scene.url.startswith("sqlite:") else "postgresql"


def test_moved_to_the_other_and_back_every_answer_is_the_same_byte_for_byte(
    scene: Scene, empty: Empty
) -> None:
    there = moved(scene, empty(OTHER[kind_of(scene)]))
    back = moved(there, empty(kind_of(scene)))

    first = answers(scene)
    assert answers(there) == first
    assert answers(back) == first
    assert digests_of(scene) == digests_of(there) == digests_of(back)
    assert sum(len(pages) for pages in first.values()) > 40


def work_on(scene: Scene, times: int) -> None:
    """Take, draw and submit so many entries, and make as many."""
    with serving(scene) as house:
        owner, annotator = Person(house, scene.key), Person(house, scene.annotator)
        for n in range(times):
            made = owner.create("entries", dataset_id=scene.dataset, resource=f"more{n}.png", priority=-9.5)
            taken = annotator.post(f"/datasets/{scene.dataset}/next")
            handed_on = annotator.act(taken.id, "submit")
            changed = owner.update("entries", taken.id, metadata={"n": n})
            assert [one.status for one in (made, taken, handed_on, changed)] == [201, 200, 200, 200]


def assert_sound(scene: Scene) -> None:
    """The feed has no gap, events of a record stand in their order, and figures are what rows give."""
    await_numbers(scene.url)
    with engine_of(scene.url) as engine, engine.connect() as connection:
        found = connection.execute(
            text("SELECT sequence, record_id, record_version, position FROM events ORDER BY sequence")
        ).all()
        counted = recount(connection, scene.dataset)
    assert [one.sequence for one in found] == list(range(1, len(found) + 1))
    by_position = sorted(found, key=lambda one: (one.record_id, one.position))
    by_version = sorted(found, key=lambda one: (one.record_id, one.sequence))
    assert by_position == by_version
    with serving(scene) as house:
        owner = Person(house, scene.key)
        told = owner.get(f"/datasets/{scene.dataset}/statistics").attributes
        assert_exact(told, counted, owner.get(f"/datasets/{scene.dataset}").attributes)


def test_work_goes_on_after_each_move(scene: Scene, empty: Empty) -> None:
    """Figures, numbers and leases go on; what PostgreSQL has numbered last does not stand in SQLite's way."""
    here = scene
    for kind in (OTHER[kind_of(scene)], kind_of(scene), OTHER[kind_of(scene)]):
        here = moved(here, empty(kind))
        work_on(here, 3)

        assert_sound(here)


def test_events_that_have_no_number_yet_get_it_on_the_way(
    scenes: dict[str, Scene], empty: Empty, tmp_path: Path
) -> None:
    mine = moved(scenes["postgresql"], empty("postgresql"))
    with engine_of(mine.url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE events SET position = 4000 + sequence"))
        last = "SELECT sequence FROM events ORDER BY sequence DESC LIMIT 5"
        connection.execute(text(f"UPDATE events SET sequence = NULL WHERE sequence IN ({last})"))

    there = moved(mine, empty("sqlite"))

    assert digests_of(there) == digests_of(scenes["postgresql"])
    work_on(there, 1)
    assert_sound(there)


def test_what_is_being_served_is_not_moved(scene: Scene, empty: Empty) -> None:
    to = empty("sqlite")

    with serving(scene), pytest.raises((sqlite.Locked, postgresql.Locked), match="in use"):
        moved(scene, to)

    moved(scene, to)


def test_what_is_being_moved_is_not_served(scenes: dict[str, Scene], empty: Empty) -> None:
    scene, before = scenes["postgresql"], set(threading.enumerate())
    with postgresql.hold(scene.url), pytest.raises(postgresql.Locked, match="being moved"):
        open_database(scene.url, connections=1)

    open_database(scene.url, connections=1).close()
    assert not [one for one in set(threading.enumerate()) - before if one.name == "postil-sequencer"]


def test_nothing_is_moved_onto_what_is_there(scenes: dict[str, Scene]) -> None:
    one, other = scenes["sqlite"], scenes["postgresql"]

    for source, target in ((one, other), (other, one), (other, other)):
        with pytest.raises(Refused, match="never mixes"):
            moving.move(source.url, target.url, TOLD, Silence())


def test_figures_that_are_at_odds_are_not_moved(scenes: dict[str, Scene], empty: Empty) -> None:
    """SQLite's counts are columns, and PostgreSQL's its tallies: what would answer otherwise is refused."""
    mine = moved(scenes["sqlite"], empty("sqlite"))
    with engine_of(mine.url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE datasets SET entries_total_count = entries_total_count + 1"))
    to = empty("postgresql")

    with pytest.raises(Refused, match="rows of datasets do not read"):
        moved(mine, to)

    moved(scenes["sqlite"], to)  # the place is as empty as before
