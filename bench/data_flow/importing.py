"""What comes in: a large manifest into an empty dataset, and into one that is full beside an empty one."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.data import Filled
from bench.data_flow import manifests
from bench.data_flow.driven import Cost, Driven
from bench.report import Result

SECONDS, MEBIBYTES = 60, 150  # that a manifest may take
RATIO = 1.2  # that an item may cost in a full dataset, beside one in an empty dataset

Told = Callable[[str], None]  # what is being done, told before each step


class Source(NamedTuple):
    """Manifests of so many ITEMS: written into the folder FILES, which is handed out AT an address."""

    files: Path
    at: str
    items: int


def manifest_of(postil: Driven, data: Filled, source: Source) -> Result:
    """What it takes to import the manifest of SOURCE into an empty dataset."""
    cost = imported(postil, new_dataset(postil, data, "From a manifest"), source, "manifest")
    return {
        "about": f"a manifest of {source.items:,} items becomes entries",
        "items": source.items,
        "wanted_seconds": SECONDS,
        "wanted_mebibytes": MEBIBYTES,
        **asdict(cost),
    }


def growth_of(
    empty: tuple[Driven, Filled], full: tuple[Driven, Filled], source: Source, rounds: int, told: Told
) -> Result:
    """What an item costs in the FULL dataset beside one in EMPTY's, which gets a new dataset each round."""
    found: dict[str, list[Cost]] = {"empty": [], "full": []}
    for n in range(rounds):
        for name, (postil, data) in (("empty", empty), ("full", full)):
            told(f"growth: round {n + 1} of {rounds}, {name}")
            dataset = data.main if name == "full" else new_dataset(postil, data, f"Round {n}")
            found[name].append(imported(postil, dataset, source, f"round{n}"))
    return {
        "about": f"{source.items:,} items into a dataset of {full[1].entries:,} entries beside an empty one",
        "items": source.items,
        "entries": full[1].entries,
        "wanted_ratio": RATIO,
        "ratio": _ratio(found, "seconds"),
        "ratio_of_cpu": _ratio(found, "cpu"),
        "rounds": {name: [asdict(one) for one in costs] for name, costs in found.items()},
    }


def _ratio(found: dict[str, list[Cost]], name: str) -> float:
    of_empty, of_full = ([getattr(one, name) for one in found[which]] for which in ("empty", "full"))
    return round(float(median(of_full) / median(of_empty)), 3)


def new_dataset(postil: Driven, data: Filled, name: str) -> str:
    """The id of a dataset without entries, beside those of DATA."""
    project = postil.get(f"/datasets/{data.main}")["attributes"]["project_id"]
    made: Any = postil.made("datasets", project_id=project, name=name)
    return str(made["id"])


def imported(postil: Driven, dataset: str, source: Source, series: str) -> Cost:
    """What an import of a SERIES of items costs, from request to end. Raises RuntimeError."""
    path = source.files / f"{series}.ndjson"
    manifests.write(path, series, source.items)

    def run() -> Any:
        job = postil.acted(f"/datasets/{dataset}/imports", manifest_url=f"{source.at}/{path.name}")
        return postil.ended(job["id"])

    job, cost = postil.cost_of(run)
    if job["result"]["imported"] != source.items or job["errors_count"]:
        raise RuntimeError(
            f"an import of {source.items} items gave {job['result']}, {job['errors_count']} errors"
        )
    return cost
