"""The rules of reading: what is, what was, and that a request repeated has one effect."""

from typing import Any

from hypothesis import strategies as st

from tests.app.model.telling import LARGE, NUMBERS, PEOPLE, WHO, Request, Telling, event
from tests.app.model.world import ANCESTORS, THINNED, Outcome, Record, Refusal

TYPES = st.sampled_from(["entries", "entries", "annotations", "datasets", "projects", "drafts"])
KEPT_TYPES = st.sampled_from(["entries", "entries", "annotations", "datasets", "projects"])
MOMENTS = st.integers(0, 10_000)


class Past(Telling):
    """Who sees what, and what it was."""

    # -- what is

    @event(type=TYPES, who=WHO, number=NUMBERS)
    def show(self, type: str, who: str, number: int) -> None:
        id = self.pick(type, number)

        def predict() -> Outcome:
            self.world.find(self.me(who), type, id)
            return Outcome(200, shows=self.shows(type, id))

        self.do(Request(who, "GET", f"/{type}/{id}"), predict)

    @event(type=TYPES, who=st.sampled_from(PEOPLE))
    def list(self, type: str, who: str) -> None:
        me = self.me(who)
        reply = self.do(Request(who, "GET", f"/{type}?{LARGE}"), lambda: Outcome(200))
        if reply.status == 200:
            found = [one["id"] for one in reply.data]
            records = self.world.records[type]
            assert found == sorted(
                id for id in self.world.living(type) if self.world.may_read(me, type, records[id])
            )

    # -- what was

    @event(5, type=KEPT_TYPES, who=WHO, number=NUMBERS, moment=MOMENTS)
    def show_then(self, type: str, who: str, number: int, moment: int) -> None:
        if not self.moments:
            return
        id, time = self.pick(type, number), self.moments[moment % len(self.moments)]

        def predict() -> Outcome:
            found = self.world.then(self.me(who), type, id, time)
            return Outcome(200, shows=lambda: found)

        self.do(Request(who, "GET", f"/{type}/{id}?as_of={time}"), predict)

    @event(3, type=KEPT_TYPES, who=WHO, moment=MOMENTS)
    def list_then(self, type: str, who: str, moment: int) -> None:
        if not self.moments:
            return
        time = self.moments[moment % len(self.moments)]
        expected: dict[str, Record] = {}

        def predict() -> Outcome:
            expected.update(self._all_then(self.me(who), type, time))
            return Outcome(200)

        reply = self.do(Request(who, "GET", f"/{type}?as_of={time}&{LARGE}"), predict)
        if reply.status == 200:
            assert [one["id"] for one in reply.data] == sorted(expected)
            for one in reply.data:
                known = expected[one["id"]]
                assert known == {name: one["attributes"][name] for name in known}

    def _all_then(self, me: str, type: str, time: str) -> dict[str, Record]:
        """The records as they were at TIME, of those that I may read today."""
        found = {}
        for id, record in self.world.records[type].items():
            last = self.world.last_event(id, time)
            if last is None or last.kind == "delete" or not self.world.may_read(me, type, record):
                continue
            if any(self._was_deleted(record[key], time) for key in ANCESTORS[type]):
                continue
            if last.record is THINNED:
                raise Refusal(410, "thinned")
            found[id] = last.record
        return found

    def _was_deleted(self, id: str, time: str) -> bool:
        last = self.world.last_event(id, time)
        return last is not None and last.kind == "delete"

    @event(type=TYPES, who=WHO, number=NUMBERS)
    def history(self, type: str, who: str, number: int) -> None:
        id = self.pick(type, number)

        def predict() -> Outcome:
            record = self.world.records[type].get(id)
            if record is None or not self.world.may_read(self.me(who), type, record):
                raise Refusal(404, "not_found")
            return Outcome(200)

        reply = self.do(Request(who, "GET", f"/{type}/{id}/history?page[size]=1000"), predict)
        if reply.status == 200:
            self.check_history(id, reply.data)

    def check_history(self, id: str, data: Any) -> None:
        events = [one for one in self.world.events if one.record_id == id]
        assert len(data) == len(events)
        for one, known in zip(data, events, strict=True):
            self.check_event(one["attributes"], known)
            if known.record is THINNED:
                assert one["attributes"]["record"] == {}

    # -- once more

    @event(8, back=st.integers(0, 6))
    def repeat(self, back: int) -> None:
        """A request whose answer was lost: the same once more."""
        if not self.sent:
            return
        sent = self.sent[-1 - back % len(self.sent)]
        self.do(sent.request, sent.predict, key=sent.key)

    @event(back=st.integers(0, 6))
    def reuse(self, back: int) -> None:
        """A key, used for something else."""
        if not self.sent:
            return
        sent = self.sent[-1 - back % len(self.sent)]
        path = f"/note_feeds/{self.pick('datasets', 1)}"  # where there is none: refused, and never kept
        request = Request(sent.request.who, "DELETE", path)

        def predict() -> Outcome:
            raise Refusal(404, "not_found")

        self.do(request, predict, key=sent.key)

    # -- everything

    def dump(self) -> None:
        """Look at all there is: records, the feed, every history, statistics, and what everybody sees."""
        self.check()
        for type, known in self.world.records.items():
            for id in known:
                self.check_history(id, self.get(f"/{type}/{id}/history?page[size]=1000"))
        for type in ("datasets", "projects"):
            for id in self.world.living(type):
                self.get(f"/{type}/{id}/statistics")
        for who in PEOPLE:
            self.list("entries", who)
            self.list("annotations", who)
