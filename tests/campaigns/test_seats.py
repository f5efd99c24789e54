"""Two people never hold one seat: many clients work at one consensus at once; each entry has its people."""

import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import text

from app.storage.opening import engine_of
from tests.campaigns.serving import Caller, Site, fill, settle

ENTRIES, CLIENTS, PEOPLE = 24, 8, 3
PATIENCE = 60  # seconds
DRAWN: dict[str, Any] = {
    "start": "together",
    "steps": {
        "together": {
            "kind": "consensus",
            "people": PEOPLE,
            "agreement": 0.5,
            "on": {"agree": "done", "disagree": "done"},
        },
        "done": {"kind": "done"},
    },
}
MARK = {"dimensions": {"type": "box", "x": 1, "y": 1, "width": 9, "height": 9}, "annotation": {"label": "a"}}


def work(caller: Caller, dataset: str, holding: dict[str, set[int]], lock: threading.Lock) -> list[str]:
    """Take and submit until there is nothing left; what went wrong."""
    me, faults = id(caller), list[str]()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        taken = caller.ask("POST", f"/datasets/{dataset}/next")
        if taken.status == 204:  # or somebody else is just taking what is left
            if caller.ask("GET", f"/datasets/{dataset}").data["attributes"]["status"] == "completed":
                return faults
            time.sleep(0.02)
            continue
        assert taken.status == 200, taken
        with lock:
            holding[taken.id].add(me)
            if len(holding[taken.id]) > PEOPLE:
                faults.append(f"{len(holding[taken.id])} people began {taken.id}")
        body = {"data": {"attributes": {"annotations": [MARK]}}}
        done = caller.ask("POST", f"/entries/{taken.id}/submit", body)
        if done.status != 200:
            faults.append(f"{done}")
    return [*faults, "there is always something left"]


def test_no_two_people_hold_one_seat(site: Site) -> None:
    site.serve(1 if site.is_embedded else 2)
    owner = site.caller()
    people = settle(owner, site.organization, ["annotator"] * CLIENTS)
    dataset = owner.make("datasets", project_id=people.project, name="Together", workflow_configuration=DRAWN)
    fill([owner], dataset, ENTRIES)
    callers = [site.caller(key, n % len(site.processes)) for n, key in enumerate(people.keys)]
    holding: dict[str, set[int]] = defaultdict(set)
    lock = threading.Lock()

    with ThreadPoolExecutor(CLIENTS) as pool:
        faults = [
            one for some in pool.map(lambda c: work(c, dataset, holding, lock), callers) for one in some
        ]

    assert faults == []
    entries = owner.every(f"/datasets/{dataset}/entries?fields=wf_step,agreement")
    assert {tuple(one["attributes"].values()) for one in entries} == {("done", 1.0)}
    assert leases_of(site, dataset) == Counter({PEOPLE: ENTRIES})
    kept = owner.ask("GET", f"/annotations?filter[dataset_id]={dataset}&page[size]=1&count=true")
    assert kept.document["meta"]["count"] == ENTRIES  # of those who agree, one person's


def leases_of(site: Site, dataset: str) -> Counter[int]:
    """How many entries had so many different people who submitted."""
    with engine_of(site.database) as engine, engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT count(DISTINCT account_id) FROM leases"
                " WHERE dataset_id = :d AND ending = 'submit' GROUP BY entry_id"
            ),
            {"d": dataset},
        )
        return Counter(count for (count,) in rows)
