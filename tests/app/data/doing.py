"""What tests of data that comes in and goes out have in common: they begin jobs, and wait for their end."""

import json
import time
from typing import Any

from tests.lab import Lab, Reply

PATIENCE = 60.0  # seconds


def begun(reply: Reply) -> str:
    """The id of the job that REPLY tells of."""
    assert reply.status == 202, reply
    assert reply.data["type"] == "jobs"
    return reply.id


def ended(lab: Lab, job: str, state: str = "succeeded") -> dict[str, Any]:
    """The attributes of the job once it has come to its end, which is STATE."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        attributes: dict[str, Any] = lab.owner.get(f"/jobs/{job}").attributes
        if attributes["finished_at"]:
            assert attributes["state"] == state, (attributes, errors(lab, job))
            return attributes
        time.sleep(0.02)
    raise AssertionError(f"the job has not come to its end: {attributes}")


def errors(lab: Lab, job: str) -> list[tuple[str, str]]:
    """The items that the job could not do, and why."""
    found = lab.owner.get(f"/jobs/{job}/errors").data
    return sorted((one["attributes"]["item"], one["attributes"]["code"]) for one in found)


def imported(lab: Lab, dataset: str | None = None, **attributes: Any) -> tuple[dict[str, Any], str]:
    """An import that has ended: the job's attributes and id."""
    job = begun(acted(lab, f"/datasets/{dataset or lab.dataset}/imports", **attributes))
    return ended(lab, job), job


def acted(lab: Lab, path: str, **attributes: Any) -> Reply:
    return lab.owner.post(path, {"data": {"attributes": attributes}})


def entries(lab: Lab, dataset: str | None = None, more: str = "") -> list[dict[str, Any]]:
    path = f"/entries?filter[dataset_id]={dataset or lab.dataset}&sort=created_at{more}"
    return [one["attributes"] | {"id": one["id"]} for one in lab.owner.get(path).data]


def annotations(lab: Lab, layer: str) -> list[dict[str, Any]]:
    found = lab.owner.get(f"/annotations?filter[layer_id]={layer}").data
    return [one["attributes"] | {"id": one["id"]} for one in found]


def box(x: float = 1, **more: Any) -> dict[str, Any]:
    return {"type": "box", "x": x, "y": 2, "width": 30, "height": 40, **more}


def lines_of(*items: Any) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in items)
