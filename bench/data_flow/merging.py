"""Classes become one while somebody else writes: how long the writes of those wait."""

import http.client
import json
from collections.abc import Sequence
from dataclasses import asdict
from threading import Event, Thread
from time import perf_counter
from typing import Any

from bench.data import Filled
from bench.data_flow.driven import Driven
from bench.data_flow.importing import Told
from bench.report import Result
from bench.rows import OWNERS_KEY

EVERY = 0.02  # seconds from one write to the next; the next waits for an answer that comes later
WORST = 100  # milliseconds that a write may wait
LABELS = ("lesion", "vessel", "disc")  # those of the rows; they become INTO
INTO = "finding"


class Writer:
    """Makes an annotation on one of ENTRIES every 20 ms, within `with`. TIMES are in milliseconds."""

    def __init__(self, port: int, entries: Sequence[str]) -> None:
        self.times: list[float] = []
        self.error: Exception | None = None
        self._port, self._entries = port, entries
        self._is_over = Event()
        self._thread = Thread(target=self._dared)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._is_over.set()
        self._thread.join()
        if self.error is not None and raised[0] is None:
            raise RuntimeError("a write beside the merge has failed") from self.error

    def _dared(self) -> None:
        try:
            self._write()
        except Exception as error:
            self.error = error

    def _write(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        due = perf_counter()
        while not self._is_over.is_set():
            body = _body(self._entries[len(self.times) % len(self._entries)])
            began = perf_counter()
            connection.request("POST", "/annotations", body, _HEADERS)
            answer = connection.getresponse()
            content = answer.read()
            self.times.append((perf_counter() - began) * 1000)
            if answer.status != 201:
                raise RuntimeError(f"a write was answered {answer.status}: {content[:300]!r}")
            due = max(due + EVERY, perf_counter())
            self._is_over.wait(due - perf_counter())
        connection.close()


def merge_of(
    postil: Driven, data: Filled, configuration: str, annotations: int, quiet: float, told: Told
) -> Result:
    """How long others' writes wait while the labels of ANNOTATIONS become one; and QUIET seconds before."""
    told("merge: writes while nothing else goes on")
    with Writer(postil.port, data.open_ids) as alone:
        Event().wait(quiet)

    def run() -> Any:
        path = f"/label_configurations/{configuration}/apply"
        job = postil.acted(path, change="merge", class_ids=list(LABELS), into={"id": INTO})
        return postil.ended(job["id"])

    told("merge: writes meanwhile")
    with Writer(postil.port, data.open_ids) as beside:
        job, cost = postil.cost_of(run)
    if job["result"]["changed"] != annotations:
        raise RuntimeError(f"a merge has changed {job['result']} annotations of {annotations}")
    return {
        "about": f"a write while {annotations:,} annotations are relabelled",
        "annotations": annotations,
        "wanted_worst": WORST,
        "alone": figures_of(alone.times),
        "meanwhile": figures_of(beside.times),
        **asdict(cost),
    }


def configured(postil: Driven, data: Filled) -> str:
    """The id of a new label configuration, which the dataset of DATA has from now on."""
    dataset = postil.get(f"/datasets/{data.main}")["attributes"]
    classes = [{"id": id, "name": id.capitalize()} for id in (*LABELS, INTO)]
    its = {name: dataset[name] for name in ("organization_id", "project_id")}
    made = postil.made("label_configurations", **its, name="Eyes", configuration={"classes": classes})
    postil.changed("datasets", data.main, label_configuration_id=made["id"])
    return str(made["id"])


def figures_of(times: Sequence[float]) -> Result:
    """The middle, the 99th percentile and the worst of TIMES, in their unit."""
    ranked = sorted(times)
    at = {"p50": 0.5, "p99": 0.99}
    found = {
        name: round(ranked[min(int(len(ranked) * share), len(ranked) - 1)], 2) for name, share in at.items()
    }
    return {"writes": len(ranked), **found, "worst": round(ranked[-1], 2)}


def _body(entry: str) -> bytes:
    attributes = {
        "entry_id": entry,
        "dimensions": {"type": "box", "x": 1, "y": 2, "width": 30, "height": 40},
        "annotation": {"label": INTO},
    }
    return json.dumps({"data": {"type": "annotations", "attributes": attributes}}).encode()


_HEADERS = {"Authorization": f"Bearer {OWNERS_KEY}", "Content-Type": "application/vnd.api+json"}
