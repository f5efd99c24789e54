"""Whole projects that come over from DataGym's exports, by the command line."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.commands.failures import Failed
from app.commands.from_datagym import project_in
from app.commands.moving_in import VENDORS, Brought, Place, actor_at, bring
from app.formats.datagym_writing import classes_told
from app.work import SYSTEM
from tests.app.data.doing import annotations, entries
from tests.app.formats.samples import PNG
from tests.app.formats.test_datagym_marks import ITEM, ROOTS
from tests.lab import Lab

MEDIUM = ITEM | {"external_media_ID": "a.png", "file": "images/a.png"}
EXPORT = [{"label_classes": classes_told(ROOTS)}, MEDIUM]


def moved(lab: Lab, path: Path, **place: Any) -> Brought:
    to = Place(**({"project": lab.project} | place))
    database = lab.house.database
    actor = database.read_now(SYSTEM, lambda work: actor_at(work, to))
    return bring(database, actor, project_in, path, to)


def written(tmp_path: Path, document: Any) -> Path:
    path = tmp_path / "streets.json"
    path.write_text(json.dumps(document))
    return path


def test_it_is_one_of_the_systems_that_are_known() -> None:
    assert VENDORS["datagym"] is project_in


def test_an_export_comes_with_its_labels_and_once(lab: Lab, tmp_path: Path) -> None:
    path = written(tmp_path, EXPORT)

    brought = moved(lab, path)

    assert (brought.items, brought.known, brought.problems) == (1, 0, [])
    dataset = lab.owner.get(f"/datasets/{brought.dataset}").attributes
    assert dataset["name"] == "streets"
    assert "car" in [one["id"] for one in dataset["labeling_configuration"]["classes"]]
    (entry,) = entries(lab, brought.dataset)
    assert entry["resource"] == "a.png"
    assert len(annotations(lab, entry["id"])) > 1
    again = moved(lab, path)
    assert (again.dataset, again.items, again.known) == (brought.dataset, 0, 1)


def test_an_archive_brings_pictures(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "streets.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("labels.json", json.dumps(EXPORT))
        file.writestr("images/a.png", PNG)

    brought = moved(lab, path)

    (entry,) = entries(lab, brought.dataset)
    assert (brought.problems, entry["media_type"]) == ([], "image/png")


def test_what_is_no_export_is_refused(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(Failed):
        moved(lab, written(tmp_path, {"no": "list"}))
