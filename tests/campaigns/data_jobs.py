"""An import, a merge, releases and exports on a site whose workers are killed, and what came of it."""

import io
import json
import random
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from sqlalchemy import text

from app.storage.opening import engine_of
from tests.app.fetching.servers import reply, serving
from tests.campaigns.annotating import Annotator
from tests.campaigns.interrupting import Killer
from tests.campaigns.manifest import CLASSES, INTO, MERGED, SIDE, Json, Model
from tests.campaigns.retrying import Retrying
from tests.campaigns.serving import HOST, Caller, Process, Site, settle

CLIENTS = 2
THEIRS = 20  # entries that they annotate: half before all others, half behind them
WRITES = 60  # that are acknowledged before a release begins
PATIENCE = 1200  # seconds within which a job has ended
MOST_TRIES = 4  # kills of one thought: a job that five workers in a row die of is given up


@dataclass
class Harm:
    """What is done to the workers: killed every so many SECONDS (from, to), frozen for some."""

    seconds: tuple[float, float]
    most: int  # kills in one job
    where: tuple[str, ...] = ("import", "merge", "amid", "harmed", "export")  # the jobs
    freezes: float = 0.0  # seconds


@dataclass
class Outcome:
    """What is there in the end."""

    dataset: str = ""
    jobs: dict[str, Json] = field(default_factory=dict)  # name -> attributes
    errors: list[Json] = field(default_factory=list)
    entries: list[Json] = field(default_factory=list)  # the imported ones
    annotations: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    releases: dict[str, Json] = field(default_factory=dict)  # name -> attributes
    lines: dict[str, list[Json]] = field(default_factory=dict)  # of which release
    sequences: dict[str, int] = field(default_factory=dict)
    exported: int = 0  # annotations in the export
    known: dict[str, Json] = field(default_factory=dict)  # what the clients were told of
    theirs: set[str] = field(default_factory=set)  # entries
    writes: int = 0
    told: Counter[str] = field(default_factory=Counter)  # kills, freezes
    seconds: float = 0.0


class Play:
    """One campaign: MODULE serves SITE, and HARM is done to it."""

    def __init__(self, site: Site, model: Model, harm: Harm, module: str, **settings: str) -> None:
        self.outcome = Outcome()
        self._site = site
        self._model = model
        self._harm = harm
        self._chance = random.Random(len(model.lines))
        given = {"POSTIL_ALLOWED_PRIVATE_HOSTS": HOST} | settings
        if site.is_embedded:
            self._workers: list[Process] = site.serve(1, module, **given)
        else:
            site.serve(1, "app", POSTIL_WORKERS="0", **given)
            self._workers = site.work(2, module, **given)

    def run(self) -> Outcome:
        began = time.monotonic()
        port, key = self._site.processes[0].port, self._site.key
        with closing(Retrying(port, key, "owner")) as self._owner, ExitStack() as beside:
            self._settle()
            theirs = self._filled()
            annotators = [
                beside.enter_context(Annotator(port, key, f"annotator-{n}", theirs)) for n in range(CLIENTS)
            ]
            self._import()
            for one in annotators:
                one.entries += self._filled()
            self._merge()
            self._await_writes(annotators)
            amid = self._release("amid")
            beside.close()  # the clients end
            self._release("harmed")
            self._release("calm")
            self._export(amid)
            self.outcome.lines = {"amid": self._lines_of(amid)}
        self.outcome.seconds = time.monotonic() - began
        self._look(annotators)
        return self.outcome

    # ---- what is done

    def _settle(self) -> None:
        with closing(self._caller()) as owner:
            project = settle(owner, self._site.organization, []).project
            self._configuration = owner.make(
                "label_configurations",
                organization_id=self._site.organization,
                name="Animals",
                configuration={"classes": CLASSES},
            )
            self.outcome.dataset = owner.make(
                "datasets", project_id=project, name="Data", label_configuration_id=self._configuration
            )

    def _filled(self) -> list[str]:
        place = {"dataset_id": self.outcome.dataset, "width": SIDE, "height": SIDE}
        calls = [("create", {**place, "resource": f"{n}.png"}) for n in range(THEIRS // 2)]
        with closing(self._caller()) as owner:
            made = [str(one["result"]["id"]) for one in owner.call("/entries", calls)]
        self.outcome.theirs |= set(made)
        return made

    def _import(self) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            reply(handler, 200, self._model.body)

        with serving(answer) as port:
            attributes = {"manifest_url": f"http://{HOST}:{port}/manifest"}
            self._work("import", f"/datasets/{self.outcome.dataset}/imports", attributes)

    def _merge(self) -> None:
        attributes = {"change": "merge", "class_ids": [INTO, *MERGED], "into": {"id": INTO}}
        self._work("merge", f"/label_configurations/{self._configuration}/apply", attributes)

    def _release(self, name: str) -> str:
        with self._harmed(name):
            made = self._made("releases", dataset_id=self.outcome.dataset, name=name)
            self.outcome.jobs[name] = self._ended(made.data["attributes"]["job_id"])
        self.outcome.releases[name] = self._owner.ask("GET", f"/releases/{made.id}").data["attributes"]
        return str(made.id)

    def _export(self, release: str) -> None:
        with self._harmed("export", MOST_TRIES):
            made = self._made("exports", release_id=release, format="coco_instances")
            self.outcome.jobs["export"] = self._ended(made.data["attributes"]["job_id"])
        with zipfile.ZipFile(io.BytesIO(self._file_of(made.id))) as archive:
            documents = [json.loads(archive.read(one)) for one in archive.namelist() if one.endswith(".json")]
        self.outcome.exported = sum(len(one["annotations"]) for one in documents)

    def _lines_of(self, release: str) -> list[Json]:
        made = self._made("exports", release_id=release, format="postil")
        self._ended(made.data["attributes"]["job_id"])
        _, *lines = self._file_of(made.id).splitlines()
        return [json.loads(line)["item"] for line in lines]

    def _file_of(self, export: str) -> bytes:
        told = self._owner.ask("GET", f"/exports/{export}").data
        return self._owner.ask("GET", told["meta"]["url"]).body

    # ---- how it is done

    def _work(self, name: str, path: str, attributes: Json) -> None:
        with self._harmed(name):
            answer = self._owner.ask("POST", path, {"data": {"attributes": attributes}})
            assert answer.status == 202, answer
            self.outcome.jobs[name] = self._ended(answer.id) | {"id": answer.id}

    @contextmanager
    def _harmed(self, job: str, most: int = 1_000_000) -> Iterator[None]:
        harm = self._harm
        limit = min(most, harm.most) if job in harm.where else 0
        freezes = 0.0 if self._site.is_embedded else harm.freezes
        killer = Killer(self._workers, self._chance, harm.seconds, most=limit, freezes=freezes)
        with killer:
            yield
        self.outcome.told += killer.told

    def _made(self, type: str, **attributes: Any) -> Any:
        answer = self._owner.ask("POST", f"/{type}", {"data": {"type": type, "attributes": attributes}})
        assert answer.status == 201, answer
        return answer

    def _ended(self, job: str) -> Json:
        """The job's attributes once it has succeeded."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found: Json = self._owner.ask("GET", f"/jobs/{job}").data["attributes"]
            if found["finished_at"]:
                assert found["state"] == "succeeded", found
                return found
            time.sleep(0.05)
        raise AssertionError(f"the job has not ended: {found}")

    def _await_writes(self, annotators: list[Annotator]) -> None:
        """Return once the clients have annotated entries behind all others, too."""
        enough = sum(one.writes for one in annotators) + WRITES
        until = time.monotonic() + PATIENCE
        while sum(one.writes for one in annotators) < enough:
            assert time.monotonic() < until, "the clients write nothing"
            for one in annotators:
                one.check()
            time.sleep(0.05)

    def _caller(self) -> Caller:
        return Caller(self._site.processes[0].port, self._site.key)

    # ---- what came of it

    def _look(self, annotators: list[Annotator]) -> None:
        outcome = self.outcome
        with closing(self._caller()) as owner:
            its = f"filter[dataset_id]={outcome.dataset}"
            all_entries = owner.every(f"/entries?{its}")
            outcome.entries = [one for one in all_entries if one["id"] not in outcome.theirs]
            outcome.annotations = owner.every(f"/annotations?{its}")
            outcome.errors = owner.every(f"/jobs/{outcome.jobs['import']['id']}/errors")
            outcome.events = [one["attributes"] for one in owner.every(f"/events?{its}")]
        for one in annotators:
            outcome.known |= one.known
            outcome.writes += one.writes
        with engine_of(self._site.database) as engine, engine.connect() as connection:
            rows = connection.execute(
                text("SELECT name, sequence FROM releases WHERE dataset_id = :d"), {"d": outcome.dataset}
            )
            outcome.sequences = dict(tuple(row) for row in rows)
