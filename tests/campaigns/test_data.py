"""Data comes in, is relabelled and goes out while the workers are killed: everything is there once.

`make test` imports some hundred items; `make campaign-data` 20,000 (POSTIL_CAMPAIGN_ITEMS), and shows that
seeded bugs are seen.
"""

import os

import pytest

from tests.campaigns import data_checks
from tests.campaigns.data_jobs import Harm, Outcome, Play
from tests.campaigns.manifest import Model, manifest
from tests.campaigns.serving import Site

ITEMS = int(os.environ.get("POSTIL_CAMPAIGN_ITEMS", "0"))
FEW = 600  # items of `make test`: two chunks
HARM = Harm((0.4, 1.4), most=1_000_000, freezes=2.0)
LITTLE = Harm((0.1, 0.2), most=1, where=("import",))
NONE = Harm((1.0, 1.0), most=0)
OFTEN = Harm((0.3, 0.8), most=4, where=("import",))
# `postil work` is killed in the campaign alone: its jobs wait for the end of a lease each time.
RUNS = [("sqlite", HARM if ITEMS else LITTLE), ("postgresql", HARM if ITEMS else NONE)]
WITH_SHORT_LEASES = "tests.campaigns.short_leases"
SEEDED = "tests.campaigns.seeded_data"
in_the_campaign = pytest.mark.skipif(not ITEMS, reason="make campaign-data seeds bugs")


def faults(model: Model, outcome: Outcome) -> list[str]:
    """All that is at odds with the model."""
    entries, events = outcome.entries, outcome.events
    return [
        *data_checks.faults_of_errors(model, outcome.errors),
        *data_checks.faults_of_entries(model, entries),
        *data_checks.faults_of_marks(model, entries, outcome.annotations, is_merged=True),
        *data_checks.faults_of_history(model, entries, events),
        *data_checks.faults_of_writes(outcome.known, outcome.annotations, outcome.theirs),
        *data_checks.faults_of_lines(
            data_checks.stood(events, outcome.dataset, outcome.sequences["amid"]), outcome.lines["amid"]
        ),
        *faults_of_counts(model, outcome),
    ]


def faults_of_counts(model: Model, outcome: Outcome) -> list[str]:
    """What the jobs and the releases tell of how much there was."""
    jobs, releases = outcome.jobs, outcome.releases
    amid = outcome.lines["amid"]
    marks = sum(len(one.get("marks", ())) for one in amid)
    theirs = sum(
        event["resource"] == "annotations" and event["details"].get("job_id") == jobs["merge"]["id"]
        for event in outcome.events
    )
    told = {
        "lines of the import": (jobs["import"]["done"], len(model.lines)),
        "its total": (jobs["import"]["total"], len(model.lines)),
        "its errors": (jobs["import"]["errors_count"], model.errors.total()),
        "imported": (jobs["import"]["result"], {"imported": len(model.entries)}),
        "merged": (jobs["merge"]["result"]["changed"], theirs),
        "entries released": (releases["amid"]["entries_count"], len(amid)),
        "annotations released": (releases["amid"]["annotations_count"], marks),
        "annotations exported": (outcome.exported, marks),
        "errors of the export": (jobs["export"]["errors_count"], 0),
        "the checksum": (releases["harmed"]["checksum"], releases["calm"]["checksum"]),
    }
    return [f"{name}: {is_so}, not {wanted}" for name, (is_so, wanted) in told.items() if is_so != wanted]


@pytest.mark.parametrize(("site", "harm"), RUNS, indirect=["site"])
def test_everything_is_there_once_whoever_was_killed_meanwhile(site: Site, harm: Harm) -> None:
    model = manifest(ITEMS or FEW, seed=7)

    outcome = Play(site, model, harm, WITH_SHORT_LEASES).run()

    print(
        f"\n{site.kind}: {len(model.lines)} lines, {len(outcome.entries)} entries, {model.marks_count} "
        f"annotations, {model.merged_count} merged, {outcome.writes} writes beside it, "
        f"{dict(outcome.told)}, {outcome.seconds:.0f} s"
    )
    assert faults(model, outcome)[:10] == []
    assert outcome.told["kills"] >= min(harm.most, 10)


@in_the_campaign
@pytest.mark.parametrize(
    ("site", "bug", "items", "harm", "seen"),
    [
        ("sqlite", "loses its place", 3000, OFTEN, "layer_not_empty"),
        ("sqlite", "shows what is", 6000, NONE, "'marks'"),
    ],
    indirect=["site"],
)
def test_checker_detects_seeded_bugs(site: Site, bug: str, items: int, harm: Harm, seen: str) -> None:
    model = manifest(items, seed=7)

    outcome = Play(site, model, harm, SEEDED, POSTIL_SEEDED=bug).run()

    found = faults(model, outcome)
    print(f"\n{site.kind}, {bug}: {len(found)} faults, such as {found[0][:200] if found else 'none'}")
    assert any(seen in fault for fault in found)
