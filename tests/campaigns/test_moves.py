"""A workflow is changed amid entries under way, and the server is killed again and again while they move.

`make test` moves some hundred; `make campaign-moves` ten thousand (POSTIL_CAMPAIGN_MOVES).
"""

import os
import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.web.jsonrpc.faults import UNAVAILABLE
from tests.campaigns.serving import Caller, Lost, Site, fill, settle

ENTRIES = int(os.environ.get("POSTIL_CAMPAIGN_MOVES", "200"))
KILLS = 5
PATIENCE = 300  # seconds within which the job has ended
DRAWN: dict[str, Any] = {
    "start": "label",
    "steps": {
        "label": {"kind": "annotate", "prefer": ["label"], "on": {"submit": "check", "skip": "done"}},
        "check": {"kind": "review", "not_by": ["label"], "on": {"accept": "done", "reject": "label"}},
        "done": {"kind": "done"},
    },
}
MAPPING = {"annotate": "label", "review": "check"}
# Where an entry of each step comes to; what is done stays where it is.
AIMS = {"start": ("label", 2), "annotate": ("label", 2), "review": ("check", 2), "done": ("done", 1)}


def bring(annotator: Caller, owner: Caller, ids: list[str]) -> dict[str, str]:
    """Bring a quarter of the entries to each step of the default workflow: entry -> step."""
    quarter = len(ids) // 4
    where = {id: step for n, step in enumerate(AIMS) for id in ids[n * quarter : (n + 1) * quarter]}
    begun, reviewed = ids[quarter:], ids[2 * quarter :]
    done = ids[3 * quarter :]
    for some in (begun, reviewed):
        _submit(annotator, [{"id": id} for id in some])
    _submit(owner, [{"id": id, "approved": True} for id in done])
    return where


def _submit(caller: Caller, all_params: list[dict[str, Any]]) -> None:
    for start in range(0, len(all_params), 100):
        rest = all_params[start : start + 100]
        until = time.monotonic() + PATIENCE
        while rest and time.monotonic() < until:  # who was told to ask again does
            answers = caller.call("/entries", [("submit", one) for one in rest])
            wrong = [one for one in answers if "result" not in one and one["error"]["code"] != UNAVAILABLE]
            assert not wrong, wrong[:2]
            rest = [one for one, answer in zip(rest, answers, strict=True) if "error" in answer]
        assert not rest


def draw(owner: Caller, dataset: str) -> None:
    body = {"data": {"type": "datasets", "id": dataset, "attributes": {"workflow_configuration": DRAWN}}}
    answer = owner.ask("PATCH", f"/datasets/{dataset}", body)
    assert answer.status == 200, answer


def migrate(owner: Caller, dataset: str, **more: Any) -> Any:
    attributes = {"mapping": MAPPING, **more}
    answer = owner.ask("POST", f"/datasets/{dataset}/workflow/migrate", {"data": {"attributes": attributes}})
    assert answer.status == 200, answer
    return answer.data["attributes"]


def kill_while_it_runs(site: Site, owner: Caller, job: str) -> int:
    """Kill the server some times while the job runs, and wait for its end; how often it was killed."""
    chance, kills = random.Random(7), 0
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            found = owner.ask("GET", f"/jobs/{job}").data["attributes"]
        except Lost:
            continue
        if found["state"] in ("succeeded", "failed", "cancelled"):
            assert found["state"] == "succeeded", found
            return kills
        if found["state"] == "running" and kills < KILLS:
            time.sleep(chance.uniform(0.0, 0.2))
            site.processes[0].kill()
            site.processes[0].start()
            kills += 1
        time.sleep(0.02)
    raise AssertionError("the job has not ended")


def misplaced(owner: Caller, dataset: str, where: Mapping[str, str]) -> list[str]:
    """What is at odds with where the mapping leads: entries, and their events."""
    found = owner.every(f"/datasets/{dataset}/entries?fields=wf_step,workflow_version")
    stands = {one["id"]: tuple(one["attributes"].values()) for one in found}
    faults = [f"{id} is {stands[id]}" for id, step in where.items() if stands[id] != AIMS[step]]
    events = owner.every(f"/events?filter[dataset_id]={dataset}&filter[kind]=migrate&fields=record_id")
    moves = Counter(one["attributes"]["record_id"] for one in events)
    wanted = Counter(id for id, step in where.items() if step != "done")
    return faults + [f"{id} has {moves[id]} moves" for id in moves | wanted if moves[id] != wanted[id]]


def test_after_kills_every_entry_is_where_the_mapping_says(site: Site) -> None:
    site.serve()
    owner = site.caller()
    people = settle(owner, site.organization, ["annotator", "reviewer"])
    dataset = owner.make("datasets", project_id=people.project, name="Moved")
    ids = fill([owner], dataset, ENTRIES)
    where = bring(site.caller(people.keys[0]), owner, ids)
    draw(owner, dataset)

    foretold = migrate(owner, dataset, dry_run=True)
    began = time.monotonic()
    told = migrate(owner, dataset)
    kills = kill_while_it_runs(site, owner, told["job_id"])

    print(f"{site.kind}: {ENTRIES} entries, {kills} kills, {time.monotonic() - began:.1f} s")
    assert misplaced(owner, dataset, where) == []
    assert sum(one["entries"] for one in foretold["moves"] if one["from"] != "start") == ENTRIES // 2
    assert foretold["stays"] == [{"step": "done", "entries": ENTRIES // 4}]
    view = owner.ask("GET", f"/datasets/{dataset}/workflow").data["attributes"]
    counts = {one["name"]: one["entries"] for one in view["steps"] if one["entries"]}
    assert counts == Counter(AIMS[step][0] for step in where.values())
    assert kills or ENTRIES < 5000


def test_checker_detects_an_entry_that_was_left_behind_and_one_that_moved_twice(site: Site) -> None:
    site.serve()
    owner = site.caller()
    people = settle(owner, site.organization, ["annotator", "reviewer"])
    dataset = owner.make("datasets", project_id=people.project, name="Left")
    ids = fill([owner], dataset, 4)
    where = bring(site.caller(people.keys[0]), owner, ids)
    draw(owner, dataset)

    faults = misplaced(owner, dataset, where)

    assert sorted(faults) == sorted(
        [
            *(f"{id} is {(step, 1)}" for id, step in where.items() if step in MAPPING),
            *(f"{id} has 0 moves" for id, step in where.items() if step in MAPPING),
        ]
    )
