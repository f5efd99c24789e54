"""Samples as Segments' clients read them: entries, with what else they ask for. It must not change any."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from app.resources.owners import owners_of
from app.resources.standings import label_status_of
from app.web.vendors.segments.addresses import Places
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.dataset_objects import full_name_of
from app.web.vendors.segments.people import Names, name_of
from app.web.vendors.segments.sample_media import attributes_of
from app.web.vendors.segments.statuses import word_of
from app.web.vendors.segments.vendor import corner
from app.web.vendors.words import priority_of
from app.work import Work
from workflow.entry import Status

_MAKING = (None, "prelabeled", "rejected")  # how far labels are where they are made


class Shown(NamedTuple):
    """What samples of DATASET are told by."""

    dataset: Any
    names: Names
    places: Places


def shown_by(work: Work, dataset: Any, host: str) -> Shown:
    return Shown(dataset, owners_of(work), Places(work, host))


def name_of_sample(entry: Any) -> str:
    """What the sample is called: as its client called it, else as the end of its address."""
    last = entry.resource.rstrip("/").rpartition("/")[2].partition("?")[0]
    name: str = entry.external_id or last or entry.resource
    return name


def status_of(entry: Any) -> str | None:
    """How far the labels that people make of ENTRY are, in Segments' words; None where it has none."""
    return word_of(entry.status, label_status_of(entry), is_held=entry.assigned_to_id is not None)


def told(shown: Shown, entry: Any, label: Json | None = None) -> Json:
    """ENTRY as a sample, with a LABEL where one was asked for."""
    said = corner(entry.vendor)
    names, dataset = shown.names, shown.dataset
    creator = said.get("created_by") or dataset.owner_id
    return {
        "uuid": entry.id,
        "name": name_of_sample(entry),
        "data_type": "IMAGE",
        "attributes": attributes_of(shown.places, entry, dataset.addresses_version),
        "metadata": msgspec.json.decode(entry.metadata_),
        "priority": priority_of(entry.priority),
        "created_at": entry.created_at,
        "created_by": name_of(names, creator) if creator else names[None].name,
        "readme": said.get("readme") or "",
        "assigned_labeler": _named(names, labeler_of(entry, said)),
        "assigned_reviewer": _named(names, entry.reviewer_id),
        "label": label,
        "dataset": full_name_of(names, dataset),
        "dataset_full_name": full_name_of(names, dataset),
    }


def labeler_of(entry: Any, said: Mapping[str, Any]) -> str | None:
    """The account that is to label ENTRY: who has it there, else who was to have it."""
    if entry.status in (Status.READY, Status.IN_PROGRESS) and entry.label_status in _MAKING:
        holder: str | None = entry.assigned_to_id
        return holder
    return said.get("labeler")


def _named(names: Names, account_id: str | None) -> str | None:
    return name_of(names, account_id) if account_id else None


def many_told(shown: Shown, entries: Sequence[Any], labels: Mapping[str, Json]) -> list[Json]:
    """ENTRIES as samples, with the LABELS by the ids of entries."""
    return [told(shown, one, labels.get(one.id)) for one in entries]
