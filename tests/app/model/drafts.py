"""The rules of drafts: work that is saved on the way, and what came too late and is taken over."""

from typing import Any

from tests.app.model.telling import KEYED, NUMBERS, TAGS, Request, body_of, event, headers_of
from tests.app.model.work import ANYONE, LABELS, Work, draft_of, mark
from tests.app.model.world import FINISHED, Outcome, Record, Refusal


class Drafts(Work):
    """What people do with drafts."""

    @event(who=ANYONE, number=NUMBERS, labels=LABELS, is_keyed=KEYED)
    def save(self, who: str, number: int, labels: list[str], is_keyed: bool) -> None:
        id = self.pick("entries", number)
        who = self.somebody(who, id)
        me, content = self.me(who), {"annotations": [mark(label) for label in labels]}
        request = Request(who, "PUT", f"/entries/{id}/draft", body_of(content=content))
        self.do(request, lambda: self._save(me, id, content), is_keyed=is_keyed)

    def _save(self, me: str, id: str, content: Record) -> Outcome:
        entry = self.world.find(me, "entries", id)
        saved = self._saved(me, id)

        def apply(reply: Any) -> None:
            if saved:
                assert reply.data["id"] == saved
                self.world.change("drafts", saved, {"content": content}, "update", me)
            else:
                self.world.add("drafts", reply.data["id"], draft_of(entry, me, "saved", content), me)

        return Outcome(200, apply)

    def _saved(self, me: str, entry: str) -> str | None:
        """The draft that I saved last on the entry."""
        wanted = (entry, me, "saved", None)
        mine = [
            id
            for id, one in self.world.records["drafts"].items()
            if (one["entry_id"], one["account_id"], one["reason"], one["deleted_at"]) == wanted
        ]
        return max(mine, default=None)

    @event(who=ANYONE, number=NUMBERS)
    def read_draft(self, who: str, number: int) -> None:
        id = self.pick("entries", number)
        who = self.somebody(who, id)

        def predict() -> Outcome:
            self.world.find(self.me(who), "entries", id)
            saved = self._saved(self.me(who), id)
            return Outcome(200, shows=self.shows("drafts", saved)) if saved else Outcome(204)

        self.do(Request(who, "GET", f"/entries/{id}/draft"), predict)

    @event(6, who=ANYONE, number=NUMBERS, tag=TAGS, is_keyed=KEYED)
    def take_over(self, who: str, number: int, tag: str | None, is_keyed: bool) -> None:
        id = self.pick("drafts", number)
        who = self.somebody(who, self.world.records["drafts"].get(id, {}).get("entry_id", ""))
        me, version = self.me(who), self.tag(tag, "drafts", id)
        request = Request(who, "POST", f"/drafts/{id}/take_over", headers=headers_of(version))
        self.do(request, lambda: self._take_over(me, id, version), is_keyed=is_keyed)

    def _take_over(self, me: str, id: str, tag: int | None) -> Outcome:
        draft = self.reach(me, "drafts", id, lambda one: self._may_use(me, one), tag=tag)
        entry = self._held(me, draft["entry_id"], None)
        labels = [one["annotation"]["label"] for one in draft["content"].get("annotations", [])]
        if labels and entry["status"] in FINISHED:
            raise Refusal(409, "entry_completed")

        def apply(reply: Any) -> None:
            self.learn_marks(entry["id"], labels, me)
            self.world.change("drafts", id, {"deleted_at": self.world.now}, "delete", me)

        return Outcome(200, apply, shows=self.shows("drafts", id))

    def _may_use(self, me: str, draft: Record) -> bool:
        entry = self.world.records["entries"][draft["entry_id"]]
        return self.world.owns(me, draft["project_id"]) or self.world.holds(me, entry)
