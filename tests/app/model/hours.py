"""The rules of time: it goes on, is asked to go back, and old things are cleared away."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from app.jobs.keys import FORGETTING
from app.jobs.kinds import Kind
from app.jobs.thinning import thinning
from app.jobs.trash import emptying
from app.jobs.worker import Worker
from app.resources.jobs import enqueue
from app.work import SYSTEM
from app.work import Work as Unit
from tests.app.model.telling import Telling, event, later

SPANS = {  # past a lease, the day for which a key holds at least, its end, and the trash's time
    "lease": timedelta(minutes=31),
    "day": timedelta(hours=25),
    "keys": timedelta(hours=49),
    "trash": timedelta(days=31),
}
KEPT_DAYS = 20  # of superseded versions, where history is thinned


class Hours(Telling):
    """What time brings."""

    @event(7, span=st.sampled_from(["lease"] * 9 + ["day", "keys", "trash", "trash"]))
    def wait(self, span: str) -> None:
        self.twins.move(SPANS[span])

    @event(1, seconds=st.sampled_from([1, 5, 60, 7200]))
    def turn_back(self, seconds: int) -> None:
        """The clock is set back: the service's time stands still until it has caught up."""
        self.twins.move(timedelta(seconds=-seconds))

    @event(1)
    def empty_trash(self) -> None:
        self.pass_time()
        before = later(self.world.now, days=-30)
        dead = [
            (type, id)
            for type, known in self.world.records.items()
            for id, one in known.items()
            if one.get("deleted_at") and one["deleted_at"] < before
        ]
        self._work(emptying(30), is_due=bool(dead))
        for type, id in dead:
            if id in self.world.records[type]:
                self.world.vanish(type, id)

    @event(1)
    def forget_keys(self) -> None:
        self.pass_time()
        before = later(self.world.now, hours=-48)
        old = [key for key, kept in self.kept.items() if kept.at < before]
        self._work(FORGETTING, is_due=bool(old))
        for key in old:
            del self.kept[key]

    @event(3)
    def thin_history(self) -> None:
        # It is due by what the feed tells, so PostgreSQL's is to be numbered; it goes on where it ended.
        self.pass_time()
        self.twins.settle()
        before = later(self.world.now, days=-KEPT_DAYS)
        self._work(thinning(KEPT_DAYS), is_due=None)
        self.world.thin(before)

    def _work(self, kind: Kind, *, is_due: bool | None) -> None:
        """Do the chore KIND on both, where it is due; IS_DUE is what the model thinks of that."""
        made = [self._do_chore(twin, kind) for twin in self.twins.both]
        assert made[0] == made[1]
        assert is_due is None or made[0] == is_due, kind.name
        if made[0]:
            for version, event in enumerate(("create", "start", "finish"), 1):
                self.world.note_job(event, version)

    def _do_chore(self, twin: Any, kind: Kind) -> bool:
        def make(work: Unit) -> Mapping[str, Any] | None:
            organization = self.world.records["accounts"][self.world.owner]["organization_id"]
            assert kind.due is not None
            arguments = kind.due(work, organization)
            if arguments is not None:
                enqueue(work, kind.name, organization, arguments)
            return arguments

        is_made = twin.database.write_now(SYSTEM, make) is not None
        worker = Worker(twin.database, {kind.name: kind})
        while worker.run_next():
            pass
        return is_made
