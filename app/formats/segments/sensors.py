"""Labels of many sensors: each has a label of its own, of its own task type. It must not know annotations."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.formats.errors import BadMember
from app.formats.segments.kinds import TASKS
from app.formats.segments.placing import Layout, Sensor, name_of, objects_in
from app.formats.segments.reading import Reader, listed
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import object_in
from app.formats.segments.writing import Writer

MOST_SENSORS = 200


def read_sensors(reader: Reader, given: Any) -> Json:
    """What is kept of GIVEN, the attributes of a label of sensors, beside the annotations."""
    if given in (None, [], {}):
        return {"rest": given}
    if not isinstance(given, dict):
        raise BadMember("label_invalid", "", "a label is an object with its sensors")
    if not isinstance(given.get("sensors"), list):
        raise BadMember("label_invalid", "/sensors", "a label of this task type has a list of sensors")
    names: set[str] = set()
    ones = listed(given, "sensors", "", MOST_SENSORS)
    records = [_read_sensor(reader, one, f"/sensors/{n}", names) for n, one in enumerate(ones)]
    return {"rest": {name: given[name] for name in given if name != "sensors"}, "sensors": records}


def _read_sensor(reader: Reader, given: Any, at: str, names: set[str]) -> Json:
    if not isinstance(given, dict):
        raise BadMember("label_invalid", at, "a sensor is an object with its name and its task_type")
    for member in ("name", "task_type"):
        if not isinstance(given.get(member), str) or not given[member]:
            raise BadMember("label_invalid", f"{at}/{member}", f"{member} is a text")
    name, task = given["name"], TASKS.get(given["task_type"])
    if name in names:
        raise BadMember("label_invalid", f"{at}/name", "another sensor has this name")
    names.add(name)
    if task is None or "attributes" not in given:
        return {"rest": given}
    rest = {member: given[member] for member in given if member != "attributes"}
    return {"rest": rest, "label": reader.label(given["attributes"], f"{at}/attributes", task, name)}


def write_sensors(writer: Writer, layout: Layout, sensors: Sequence[Sensor], kept: Mapping[str, Any]) -> Any:
    """The label of SENSORS, of which KEPT was kept: those that were there, and those that have something."""
    if "rest" in kept and not isinstance(kept["rest"], dict) and not layout.has_any():
        return kept["rest"]
    records = {name_of(object_in(one, "rest")): one for one in objects_in(kept, "sensors")}
    if "rest" in kept and not records and "sensors" not in kept and not layout.has_any():
        return kept["rest"]
    added = [one for one in sensors if one.name not in records and (not kept or layout.has_any(one))]
    named = {one.name: one for one in sensors}
    written = [_kept_sensor(writer, layout, named.get(name), record) for name, record in records.items()]
    written += [
        {"name": one.name, "task_type": one.task_type, "attributes": writer.label(one, {})} for one in added
    ]
    if added:
        order = {one.name: n for n, one in enumerate(sensors)}
        written.sort(key=lambda one: order.get(one["name"], len(order)))
    return object_in(kept, "rest") | {"sensors": written}


def _kept_sensor(writer: Writer, layout: Layout, sensor: Sensor | None, record: Json) -> Json:
    rest = object_in(record, "rest")
    if sensor is None or not ("label" in record or layout.has_any(sensor)):
        return rest
    return rest | {"attributes": writer.label(sensor, object_in(record, "label"))}
