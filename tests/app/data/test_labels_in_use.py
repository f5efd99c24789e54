"""A label configuration is put into the trash, or referred to: of two who want either, one is refused."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import Problem
from app.operations import records
from app.resources.datasets import DATASETS
from app.resources.label_configurations import LABEL_CONFIGURATIONS
from app.work import SYSTEM, Work
from tests.lab import Lab

CLASSES = {"classes": [{"id": "vessel"}]}


def at_once(lab: Lab, *jobs: Callable[[Work], Any]) -> list[Problem | None]:
    """What came of JOBS, each of which has done its part before any of them is committed, where it can."""
    together = threading.Barrier(len(jobs))
    found: list[Problem | None] = [None] * len(jobs)

    def run(n: int) -> None:
        def job(work: Work) -> None:
            jobs[n](work)
            try:
                together.wait(1.0)  # nobody comes where the other waits for us
            except threading.BrokenBarrierError:
                return

        try:
            lab.house.database.write_now(SYSTEM, job)
        except Problem as problem:
            found[n] = problem

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_no_dataset_refers_to_what_lies_in_the_trash(lab: Lab, order: tuple[int, int]) -> None:
    id = lab.owner.create("label_configurations", project_id=lab.project, configuration=CLASSES).id
    values = {"project_id": lab.project, "name": "Eyes", "label_configuration_id": id}
    jobs: list[Callable[[Work], Any]] = [
        lambda work: records.create(work, DATASETS, dict(values)),
        lambda work: records.delete(work, LABEL_CONFIGURATIONS, id),
    ]

    problems = at_once(lab, *(jobs[n] for n in order))

    assert sum(problem is not None for problem in problems) == 1
    is_there = lab.owner.get(f"/label_configurations/{id}").status == 200
    refers = len(lab.owner.get(f"/datasets?filter[label_configuration_id]={id}").ids)
    assert refers == int(is_there)
