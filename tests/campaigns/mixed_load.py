"""People who do all kinds of work on a dataset at once, and write down what they were told."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.campaigns.ledger import Line
from tests.campaigns.serving import PATIENCE, Answer, Caller, Lost

LEAST = 20  # acknowledged writes before the end, however slow the machine is
BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}


class Play:
    """A dataset, what its people know of it, and the ledger of what was acknowledged, its ENTRIES first."""

    def __init__(self, dataset: str, entries: list[str]) -> None:
        self.dataset = dataset
        self.entries = entries
        self.annotations: list[str] = []
        self.lines = [Line("entries", id, "create", 1, {}) for id in entries]
        self.faults: list[str] = []

    def run(self, workers: list["Worker"], seconds: float, end: Callable[[], None]) -> None:
        """Let WORKERS work for so many SECONDS, and until there is something to lose; then call END.

        END leaves them without a server, which is the end of their work.
        """
        at_first = len(self.lines)
        threads = [threading.Thread(target=worker.work, args=(self,), daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        until = time.monotonic() + PATIENCE
        while len(self.lines) < at_first + LEAST and time.monotonic() < until:
            time.sleep(0.01)
        end()
        for thread in threads:
            thread.join()

    def told(self, answer: Answer, kind: str) -> bool:
        """Write down the record that ANSWER tells; whether it was acknowledged."""
        if answer.status >= 500 and answer.status != 503:
            self.faults.append(repr(answer))
        if answer.status not in (200, 201):
            return False
        data = answer.data
        version = int(answer.headers["etag"].strip('W/"').partition("-")[0])
        self.lines.append(Line(data["type"], data["id"], kind, version, data["attributes"]))
        self.know(data["type"], data["id"])
        return True

    def know(self, type: str, id: str) -> None:
        known = {"entries": self.entries, "annotations": self.annotations}.get(type, [])
        if id not in known:
            known.append(id)


class Worker:
    """One of the people: an OWNER of the project does other things than those who annotate and review."""

    def __init__(self, caller: Caller, role: str, chance: random.Random) -> None:
        self._caller = caller
        self._deeds = OWNERS_DEEDS if role == "project_owner" else MEMBERS_DEEDS
        self._chance = chance
        self._held: str | None = None

    def work(self, play: Play) -> None:
        """Do one thing after another, until an answer does not come."""
        self._held = None
        try:
            while True:
                self._chance.choice(self._deeds)(self, play)
        except Lost:
            return
        except Exception as error:
            play.faults.append(f"a worker ended: {error!r}")

    # ---- what owners do

    def create_entry(self, play: Play) -> None:
        self._write(play, "POST", "/entries", "create", "entries", dataset_id=play.dataset, resource="x.png")

    def create_annotation(self, play: Play) -> None:
        entry = self._chance.choice(play.entries)
        marked = {"dimensions": BOX, "annotation": {"label": uuid4().hex}}
        self._write(play, "POST", "/annotations", "create", "annotations", entry_id=entry, **marked)

    def change_entry(self, play: Play) -> None:
        id = self._chance.choice(play.entries)
        new = {"priority": self._chance.randint(-9, 9), "metadata": {"n": uuid4().hex}}
        self._write(play, "PATCH", f"/entries/{id}", "update", "entries", **new)

    def change_annotation(self, play: Play) -> None:
        if play.annotations:
            id, new = self._chance.choice(play.annotations), {"annotation": {"n": uuid4().hex}}
            self._write(play, "PATCH", f"/annotations/{id}", "update", "annotations", **new)

    def change_dataset(self, play: Play) -> None:
        self._write(play, "PATCH", f"/datasets/{play.dataset}", "update", "datasets", name=uuid4().hex)

    def delete(self, play: Play) -> None:
        type = self._chance.choice(["entries", "annotations"])
        known = {"entries": play.entries, "annotations": play.annotations}[type]
        if not known:
            return
        id = self._chance.choice(known)
        forced = "?force=true" if type == "entries" else ""
        if self._caller.ask("DELETE", f"/{type}/{id}{forced}").status == 204:
            play.lines.append(Line(type, id, "delete", None, {}))
            if self._chance.random() < 0.5:
                play.told(self._caller.ask("POST", f"/{type}/{id}/restore"), "restore")

    def batch(self, play: Play) -> None:
        """Five calls in one request, of which the last changes what another made before."""
        changed = self._chance.choice(play.entries)
        new: dict[str, Any] = {"dataset_id": play.dataset, "resource": "batch.png"}
        marked = {"dimensions": BOX, "annotation": {"label": "batch"}, "entry_id": changed}
        calls = [("entries.create", new)] * 2 + [("annotations.create", marked)] * 2
        calls.append(("entries.update", {"id": changed, "metadata": {"batch": uuid4().hex}}))
        for (method, _), answer in zip(calls, self._caller.call("", calls), strict=True):
            if "result" in answer:
                type, _, verb = method.partition(".")
                attributes = dict(answer["result"])
                id = attributes.pop("id")
                version = 1 if verb == "create" else None
                play.lines.append(Line(type, id, verb, version, attributes))
                play.know(type, id)

    def assign(self, play: Play) -> None:
        id = self._chance.choice(play.entries)
        self._write(play, "PATCH", f"/entries/{id}/assign", "assign", "entries", assigned_to_id=None)

    def decide(self, play: Play) -> None:
        """Hand on whatever it is, wherever it stands."""
        id = self._chance.choice(play.entries)
        verdict = {
            "approved": self._chance.random() < 0.7,
            "reason": self._chance.choice(["blurred", "wrong"]),
        }
        self._write(play, "POST", f"/entries/{id}/submit", "submit", "entries", **verdict)

    # ---- what members do

    def take(self, play: Play) -> None:
        answer = self._caller.ask("POST", f"/datasets/{play.dataset}/next")
        if play.told(answer, ""):  # a renewed lease makes no version
            self._held = answer.id

    def save_draft(self, play: Play) -> None:
        if self._held:
            body = {"content": {"n": uuid4().hex}}
            self._write(play, "PUT", f"/entries/{self._held}/draft", "", "drafts", **body)

    def submit(self, play: Play) -> None:
        """Hand on what one holds, with an annotation whose id tells it apart."""
        if not self._held:
            return
        mark = {"id": str(uuid4()), "dimensions": BOX, "annotation": {"label": uuid4().hex}}
        given = {"annotations": [mark], "approved": True}
        if self._write(play, "POST", f"/entries/{self._held}/submit", "submit", "entries", **given):
            shown = {name: value for name, value in mark.items() if name != "id"}
            play.lines.append(Line("annotations", str(mark["id"]), "create", 1, shown))
            play.know("annotations", str(mark["id"]))

    def set_aside(self, play: Play) -> None:
        if self._held and self._chance.random() < 0.3:
            self._write(play, "POST", f"/entries/{self._held}/error", "error", "entries", message="black")

    def give_up(self, play: Play) -> None:
        if self._held and self._chance.random() < 0.3:
            play.told(self._caller.ask("DELETE", f"/entries/{self._held}/lease"), "release")

    def _write(self, play: Play, method: str, path: str, kind: str, type: str, **attributes: Any) -> bool:
        data: dict[str, Any] = {"type": type, "attributes": attributes}
        if method == "PATCH":
            data["id"] = path.split("/")[2]
        return play.told(self._caller.ask(method, path, {"data": data}), kind)


OWNERS_DEEDS = [
    Worker.create_entry,
    Worker.create_annotation,
    Worker.create_annotation,
    Worker.change_entry,
    Worker.change_annotation,
    Worker.change_dataset,
    Worker.delete,
    Worker.batch,
    Worker.assign,
    Worker.decide,
    Worker.decide,
]
MEMBERS_DEEDS = [
    Worker.take,
    Worker.take,
    Worker.submit,
    Worker.submit,
    Worker.save_draft,
    Worker.create_annotation,
    Worker.set_aside,
    Worker.give_up,
]
