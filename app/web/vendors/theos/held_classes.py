"""The classes of a dataset while they are changed: its label configuration, held."""

from collections.abc import Sequence

import msgspec

from app.declare import RESOURCES
from app.errors import Conflict, Fault, Invalid
from app.json import text_of
from app.operations import reading, records
from app.query import Filter, Query
from app.web.vendors.calls import Call, Json
from app.web.vendors.theos.records import dataset_held, done
from app.work import Work

LONGEST_ID = 128  # characters


class HeldClasses:
    """The classes of the dataset that CALL names. Raises NotFound."""

    def __init__(self, work: Work, call: Call) -> None:
        self._work = work
        self._dataset = dataset_held(work, call)
        self.configuration: Json = msgspec.json.decode(self._dataset.labeling_configuration)

    @property
    def classes(self) -> list[Json]:
        return list(self.configuration.get("classes", ()))

    def named(self, numbers: Sequence[int]) -> list[Json]:
        """The classes with these NUMBERS. Raises Invalid, telling those that are of none."""
        by_number = {one["number"]: one for one in self.classes}
        if unknown := [str(number) for number in numbers if number not in by_number]:
            detail = f"the dataset has no class with the db_id {', '.join(unknown[:10])}"
            raise Invalid(Fault("class_unknown", detail, "db_ids"))
        return [by_number[number] for number in numbers]

    def refuse_taken(self, name: str, *but: Json) -> None:
        """Raise Conflict where a class is called NAME, and is none of BUT: who asks twice makes no two."""
        mine = {one["id"] for one in but}
        if any(one["name"] == name and one["id"] not in mine for one in self.classes):
            raise Conflict("the dataset has a class with this name", "name", code="class_name_taken")

    def free_id(self, name: str) -> str:
        """NAME as the id of a class, or where that is taken, NAME with a number."""
        ids = {one["id"] for one in (*self.classes, *self.configuration.get("classifications", ()))}
        found, number = name[:LONGEST_ID], 2
        while found in ids:
            tail = f" ({number})"
            found = name[: LONGEST_ID - len(tail)] + tail
            number += 1
        return found

    def set(self, classes: Sequence[Json]) -> None:
        """Have CLASSES, under which all labels fit as before."""
        values = {"labeling_configuration": text_of(self.configuration | {"classes": list(classes)})}
        records.update(self._work, RESOURCES["datasets"], self._dataset.id, values)
        self._look_again()

    def apply(self, change: Json) -> str:
        """The id of the job that makes CHANGE. Raises Conflict where other datasets have the same classes."""
        its = self._dataset.label_configuration_id
        query = Query((Filter("label_configuration_id", "eq", (its,)),), size=1)
        if reading.index(self._work, RESOURCES["datasets"], query, ("id",)).has_next:
            detail = "other datasets have the same classes: change them at /label_configurations"
            raise Conflict(detail, code="label_configuration_shared")
        job = done(self._work, "label_configurations", its, "apply", change)
        self._look_again()
        return str(job.id)

    def _look_again(self) -> None:
        fields = ("labeling_configuration",)
        (text,) = reading.show(self._work, RESOURCES["datasets"], self._dataset.id, fields)
        self.configuration = msgspec.json.decode(text)
