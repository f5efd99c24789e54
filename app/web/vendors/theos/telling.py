"""What is told of examples: their images' addresses, their statuses, their labels."""

from collections.abc import Sequence

import msgspec

from app.declare import RESOURCES
from app.formats.theos_labels import Label
from app.operations import reading
from app.query import Filter, Query
from app.web.vendors import files
from app.web.vendors.calls import Call, Json, Numbering
from app.web.vendors.theos.labels import classes_in, labels_told
from app.web.vendors.theos.records import Row
from app.web.vendors.words import WORDS, standing_of
from app.work import Work

AT_ONCE = 1000  # annotations


class Telling:
    """Tells of examples of DATASET to who made CALL."""

    def __init__(self, work: Work, numbering: Numbering, call: Call, dataset: Row) -> None:
        self._work, self._numbering, self._call, self._dataset = work, numbering, call, dataset

    def told(self, rows: Sequence[Row]) -> list[Json]:
        """What is told of the entries ROWS."""
        ids = [row["id"] for row in rows]
        number_of = self._numbering(self._work, ids)
        labels = self._labels_of(ids)
        return [
            {
                "id": number_of[row["id"]],
                "external_id": row["external_id"],
                "split": row["split"] or "train",
                "url": self._url(row),
                "width": row["width"],
                "height": row["height"],
                "status": _status(row),
                "labels": labels.get(row["id"], []),
            }
            for row in rows
        ]

    def _url(self, row: Row) -> str:
        """Where the image is got without a key: here, or where it was left."""
        resource = str(row["resource"])
        if row["content_hash"] is None:
            return resource
        name = resource.partition("?")[0].rstrip("/").rpartition("/")[2]
        version = self._dataset["addresses_version"]
        path = self._work.sources.addresses.path(files.ENTRIES, row["id"], version, name)
        return f"{self._call.base}/{path}"

    def _labels_of(self, ids: Sequence[str]) -> dict[str, list[Label]]:
        """Entry id -> its labels, in the order in which they were made: those that Theos can hold."""
        if not ids:
            return {}
        query = Query((Filter("layer_id", "in", tuple(ids)),))  # the ground truth has the entry's id
        marks: dict[str, list[Json]] = {}
        fields = ("id", "layer_id", "dimensions", "annotation")
        with reading.every(self._work, RESOURCES["annotations"], query, fields) as fetch:
            while rows := fetch(AT_ONCE):
                for _, entry_id, *texts in rows:
                    dimensions, annotation = map(msgspec.json.decode, texts)
                    mark = {"dimensions": dimensions, "annotation": annotation}
                    marks.setdefault(entry_id, []).append(mark)
        classes = classes_in(self._dataset)
        return {id: labels_told(its, classes) for id, its in marks.items()}


def _status(row: Row) -> str:
    is_assigned = row["assigned_to_id"] is not None
    return WORDS[standing_of(row["status"], row["label_status"], is_assigned=is_assigned)].theos
