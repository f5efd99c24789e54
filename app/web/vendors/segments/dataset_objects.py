"""Datasets as Segments' clients read them. It must not change any."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.access import Role
from app.declare import RESOURCES
from app.formats.segments.categories import task_attributes_of
from app.resources import standings
from app.resources.layer_statuses import GROUND_TRUTH
from app.resources.owners import owners_of
from app.web.vendors.segments.configurations import configuration_of
from app.web.vendors.segments.finding import all_with, only
from app.web.vendors.segments.people import Json, Names
from app.web.vendors.segments.schemas import FLAGS
from app.web.vendors.segments.statuses import word_of
from app.web.vendors.segments.task_types import shown_to, task_type_of
from app.web.vendors.segments.vendor import corner
from app.work import Work

CATEGORIES = ("street_scenery", "garden", "agriculture", "satellite", "people", "medical", "fruit", "other")
ON = ("enable_skip_labeling", "enable_interpolation")  # the switches that are on unless said
OPTIONAL_FLAGS = ("enable_object_link_category_restrictions", "enable_extrapolation")
INACTIVITY = 300  # seconds, unless said
ROLES = {Role.ANNOTATOR: "labeler", Role.REVIEWER: "reviewer", Role.OWNER: "admin"}
_GROUND_TRUTH = {"name": GROUND_TRUTH, "description": "Ground truth labels.", "is_groundtruth": True}


class Shown(NamedTuple):
    """What datasets are told by: who is who, and the headers of who asks."""

    names: Names
    headers: Mapping[str, str]


def full_name_of(names: Names, dataset: Any) -> str:
    return f"{owner_of(names, dataset).name}/{dataset.name}"


def owner_of(names: Names, dataset: Any) -> Any:
    return names.get(dataset.owner_id) or names[None]


def told_one(work: Work, dataset: Any, headers: Mapping[str, str]) -> Json:
    """DATASET, with how far its labels are."""
    counts = standings.counts_of(work, dataset.id)
    return told_all(work, [dataset], headers)[0] | {"label_stats": stats_of(counts)}


def told_all(work: Work, datasets: Sequence[Any], headers: Mapping[str, str]) -> list[Json]:
    """Each of DATASETS, as lists tell them: without counts of labels, which take a look at all entries."""
    shown = Shown(owners_of(work), headers)
    ids = [dataset.id for dataset in datasets]
    label_sets: dict[str, list[Any]] = {}
    for one in all_with(work, RESOURCES["label_sets"], "dataset_id", ids):
        label_sets.setdefault(one.dataset_id, []).append(one)
    members: dict[str, list[Any]] = {}
    projects = list(dict.fromkeys(dataset.project_id for dataset in datasets))
    for one in all_with(
        work, RESOURCES["project_members"], "project_id", projects, only("disabled_at", None)
    ):
        members.setdefault(one.project_id, []).append(one)
    return [
        _told(work, one, shown, label_sets.get(one.id, ()), members.get(one.project_id, ()))
        for one in datasets
    ]


def _told(work: Work, dataset: Any, shown: Shown, label_sets: Sequence[Any], members: Sequence[Any]) -> Json:
    owner = owner_of(shown.names, dataset)
    said = corner(dataset.vendor)
    return {
        "name": dataset.name,
        "full_name": full_name_of(shown.names, dataset),
        "cloned_from": said.get("cloned_from"),
        "description": dataset.description or "",
        "data_type": "IMAGE",
        "category": dataset.category if dataset.category in CATEGORIES else "other",
        "public": dataset.visibility == "public",
        "owner": {"username": owner.name, "created_at": owner.created_at}
        | ({"email": owner.email} if owner.email else {}),
        "created_at": dataset.created_at,
        "archived": said.get("archived", False),
        **{name: said.get(name, name in ON) for name in FLAGS},
        **{name: said[name] for name in OPTIONAL_FLAGS if isinstance(said.get(name), bool)},
        "labeling_inactivity_timeout_seconds": said.get("labeling_inactivity_timeout_seconds", INACTIVITY),
        "task_type": shown_to(shown.headers, task_type_of(dataset)),
        "task_attributes": task_attributes_of(configuration_of(dataset)) or None,
        "label_stats": {},
        "samples_count": dataset.entries_total_count,
        "collaborators_count": sum(one.account_id != dataset.owner_id for one in members),
        "labelsets": [_GROUND_TRUTH, *(told_label_set(one) for one in label_sets)],
        "role": _role(work, members),
        "readme": dataset.readme,
        "metadata": said.get("metadata", {}),
        "noncollaborator_can_label": False,
        "noncollaborator_can_review": False,
        "region_of_interest": said.get("region_of_interest"),
    }


def told_label_set(label_set: Any) -> Json:
    return {
        "name": label_set.name,
        "description": label_set.description,
        "is_groundtruth": False,
        "uuid": label_set.id,
        "created_at": label_set.created_at,
    }


def ground_truth(dataset: Any) -> Json:
    return _GROUND_TRUTH | {"uuid": dataset.id, "created_at": dataset.created_at}


def _role(work: Work, members: Sequence[Any]) -> str | None:
    if work.actor.is_administrator:
        return "admin"
    mine = [one for one in members if one.account_id == work.actor.account_id]
    return ROLES[mine[0].role] if mine else None


def stats_of(counts: Sequence[standings.Count]) -> Json:
    """How many samples have labels of each status, by COUNTS of entries that stand alike."""
    stats: dict[str, int] = {}
    for one in counts:
        word = word_of(one.status, one.label_status, is_held=one.is_held) or "UNLABELED"
        stats[word] = stats.get(word, 0) + one.entries
    return stats | {"TOTAL": sum(one.entries for one in counts)}
