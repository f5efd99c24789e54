"""What goes out: a release and its export as COCO, beside SQLite and a JSON library alone."""

import subprocess
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.contenders import ROOT, cores, kept_on
from bench.data import Filled
from bench.data_flow.driven import Cost, Driven
from bench.data_flow.importing import Told
from bench.data_flow.plainly import WRITERS
from bench.report import Result

GROWTH = 64  # mebibytes that an export may add
RATE = 0.4  # of that of SQLite and the JSON library alone, at least
BESIDE = "json"  # which of WRITERS that is


def export_of(
    postil: Driven, data: Filled, url: str, folder: Path, annotations: int, rounds: int, told: Told
) -> Result:
    """What a release of the dataset and its export cost; on SQLite beside the WRITERS."""
    plain: dict[str, list[Result]] = {}
    costs: dict[str, list[Cost]] = {"release": [], "export": []}
    for n in range(rounds):
        for writer in WRITERS if url.startswith("sqlite:///") else ():
            told(f"export: round {n + 1} of {rounds}, plainly by {writer}")
            plain.setdefault(writer, []).append(
                _plainly(url, data.main, writer, folder / "plain", annotations)
            )
        told(f"export: round {n + 1} of {rounds}, release")
        release, cost = postil.cost_of(partial(_released, postil, data.main, f"v{n + 1}", annotations))
        costs["release"].append(cost)
        told(f"export: round {n + 1} of {rounds}, export")
        costs["export"].append(postil.cost_of(partial(_exported, postil, release))[1])
    return {
        "about": f"{annotations:,} annotations as COCO instances",
        "annotations": annotations,
        "wanted_growth": GROWTH,
        "wanted_rate": RATE,
        "beside": BESIDE,
        "parts": {name: [asdict(one) for one in found] for name, found in costs.items()},
        "plain": plain,
        "rates": rates_of(costs, plain),
    }


def rates_of(costs: dict[str, list[Cost]], plain: dict[str, list[Result]]) -> Result:
    """How many times as fast as each writer the release, the export and both are, by clock and by CPU."""
    best = {
        name: {of: min(getattr(one, of) for one in found) for of in ("seconds", "cpu")}
        for name, found in costs.items()
    }
    best["both"] = {of: best["release"][of] + best["export"][of] for of in ("seconds", "cpu")}
    return {
        writer: {
            name: {of: round(min(one[of] for one in found) / took[of], 3) for of in ("seconds", "cpu")}
            for name, took in best.items()
        }
        for writer, found in plain.items()
    }


def _plainly(url: str, dataset: str, writer: str, out: Path, annotations: int) -> Result:
    with kept_on(cores().server):  # where Postil runs, too
        told = subprocess.run(
            [
                sys.executable,
                "-m",
                "bench.data_flow.plainly",
                url.removeprefix("sqlite:///"),
                dataset,
                writer,
                str(out),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
    found: Result = msgspec.json.decode(told)
    if found["count"] != annotations:
        raise RuntimeError(f"{writer} wrote {found['count']} annotations of {annotations}")
    return {name: round(found[name], 3) for name in ("seconds", "cpu")} | {
        "mebibytes": round(out.stat().st_size / 2**20)
    }


def _released(postil: Driven, dataset: str, name: str, annotations: int) -> str:
    made = postil.made("releases", dataset_id=dataset, name=name)
    postil.ended(made["attributes"]["job_id"])
    told: Any = postil.get(f"/releases/{made['id']}")["attributes"]
    if told["annotations_count"] != annotations:
        raise RuntimeError(f"a release has {told['annotations_count']} annotations of {annotations}")
    return str(made["id"])


def _exported(postil: Driven, release: str) -> None:
    made = postil.made("exports", release_id=release, format="coco_instances")
    postil.ended(made["attributes"]["job_id"])
    told: Any = postil.get(f"/exports/{made['id']}")["attributes"]
    if told["errors_count"]:
        raise RuntimeError(f"an export has left {told['errors_count']} things out")
