"""The rules of work: next, select, assign, submit, error, and the leases that go with them."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.app.model.telling import (
    KEYED,
    MINUTES,
    NUMBERS,
    TAGS,
    WHO,
    Request,
    Telling,
    body_of,
    event,
    headers_of,
    later,
)
from tests.app.model.world import LOST, OVER, Outcome, Record, Refusal

ANYONE = st.sampled_from(["holder"] * 12 + ["owner", "lead", "ana", "bo", "rey", "outsider", "stranger"])
# Whose token is sent: none, the entry's, one that was given at any time, one that never was, none at all.
TOKENS = st.sampled_from([None] * 6 + ["right"] * 4 + ["any", "any", "unknown", "malformed"])
THROWS = st.sampled_from([0.0, 0.0, 0.6, 0.99])
LABELS = st.lists(st.sampled_from(["vessel", "lesion", "é"]), max_size=2)
VERDICTS = st.sampled_from([None, True, True, False, False])
ACCOUNTS = st.sampled_from([None, "ana", "bo", "rey", "lead", "outsider"])


class Work(Telling):
    """What people do with entries."""

    # -- the queue

    @event(6, who=WHO, place=st.sampled_from(["datasets", "projects"]), number=NUMBERS, is_keyed=KEYED)
    def next(self, who: str, place: str, number: int, is_keyed: bool) -> None:
        id, me = self.pick(place, number), self.me(who)
        self.do(
            Request(who, "POST", f"/{place}/{id}/next"), lambda: self._next(me, place, id), is_keyed=is_keyed
        )

    def _next(self, me: str, place: str, id: str) -> Outcome:
        self.world.find(me, place, id)
        key = "dataset_id" if place == "datasets" else "project_id"
        found = [self.world.records["entries"][one] for one in self.world.living("entries")]
        served = [one for one in found if one[key] == id and one["status"] in ("ready", "in_progress")]
        if own := [one for one in served if one["assigned_to_id"] == me]:
            entry = min(own, key=lambda one: (one["_expires"] is None, one["priority"], one["id"]))
            return self._renewed(me, entry, None)
        free = [one for one in served if self._is_served(me, one)]
        if not free:
            return Outcome(204)
        return self._taken(me, min(free, key=lambda one: (one["priority"], one["id"])))

    def _is_served(self, me: str, entry: Record) -> bool:
        """Whether the entry is one that `next` may give me."""
        dataset = self.world.records["datasets"][entry["dataset_id"]]
        is_own = entry["wf_step"] == "review" and entry["submitted_by_id"] == me
        may = self.world.owns(me, entry["project_id"]) or self.world.works(me, entry)
        return dataset["assignment"] == "pull" and self.world.is_free(entry) and may and not is_own

    # -- taking and leaving

    @event(4, who=ANYONE, number=NUMBERS, token=TOKENS, tag=TAGS, is_keyed=KEYED)
    def select(self, who: str, number: int, token: str | None, tag: str | None, is_keyed: bool) -> None:
        self._act(who, number, "POST", "select", self._select, token, tag, is_keyed)

    def _select(self, me: str, id: str, token: str | None, tag: int | None) -> Outcome:
        entry = self.reach(me, "entries", id, lambda one: self._may_select(me, one), tag=tag)
        if entry["assigned_to_id"] == me and entry["wf_step"] not in OVER:
            return self._renewed(me, entry, token)
        if entry["wf_step"] in OVER:
            raise Refusal(409, "invalid_transition")
        if entry["assigned_to_id"] not in (None, me) and not self.world.has_run_out(entry):
            raise Refusal(409, "already_assigned")
        self._refuse_own_review(me, entry)
        return self._taken(me, entry)

    def _may_select(self, me: str, entry: Record) -> bool:
        is_over = entry["wf_step"] in OVER
        return is_over or self.world.owns(me, entry["project_id"]) or self.world.works(me, entry)

    @event(6, number=NUMBERS)
    def pass_on(self, number: int) -> None:
        """Somebody is away for longer than a lease, and somebody else takes what they had."""
        entries = self.world.records["entries"]
        held = [id for id in self.world.living("entries") if entries[id]["_token"]]
        if not held:
            return
        id = held[number % len(held)]
        entry = entries[id]
        others = [self.names[one] for one in self.accounts.values() if self.world.works(one, entry)]
        others = [one for one in (*others, "owner") if self.accounts[one] != entry["assigned_to_id"]]
        self.twins.move(timedelta(hours=2, minutes=1))
        who = others[number % len(others)]
        me = self.accounts[who]
        self.do(Request(who, "POST", f"/entries/{id}/select"), lambda: self._select(me, id, None, None))

    @event(who=ANYONE, number=NUMBERS, token=TOKENS, tag=TAGS, is_keyed=KEYED)
    def renew(self, who: str, number: int, token: str | None, tag: str | None, is_keyed: bool) -> None:
        self._act(who, number, "POST", "lease", self._renew, token, tag, is_keyed)

    def _renew(self, me: str, id: str, token: str | None, tag: int | None) -> Outcome:
        return self._renewed(me, self._held(me, id, tag), token)

    @event(who=ANYONE, number=NUMBERS, tag=TAGS, is_keyed=KEYED)
    def give_up(self, who: str, number: int, tag: str | None, is_keyed: bool) -> None:
        self._act(who, number, "DELETE", "lease", self._give_up, None, tag, is_keyed)

    def _give_up(self, me: str, id: str, token: str | None, tag: int | None) -> Outcome:
        entry = self._held(me, id, tag)
        if entry["wf_step"] in OVER:
            raise Refusal(409, "invalid_transition")

        def apply(reply: Any) -> None:
            self.world.end(entry, "give_up" if entry["assigned_to_id"] == me else "take_away")
            self.world.change("entries", id, holder(None), "release", me)

        return Outcome(200, apply, shows=self.shows("entries", id))

    @event(who=WHO, number=NUMBERS, to=ACCOUNTS, tag=TAGS, is_keyed=KEYED)
    def assign(self, who: str, number: int, to: str | None, tag: str | None, is_keyed: bool) -> None:
        account = self.accounts[to] if to else None

        def predict(me: str, id: str, token: str | None, tag: int | None) -> Outcome:
            return self._assign(me, id, account, tag)

        self._act(who, number, "PATCH", "assign", predict, None, tag, is_keyed, assigned_to_id=account)

    def _assign(self, me: str, id: str, account: str | None, tag: int | None) -> Outcome:
        entry = self.reach(me, "entries", id, lambda one: self.world.owns(me, one["project_id"]), tag=tag)
        member = self.world.member(entry["project_id"], account) if account else None
        if account and member is None:
            raise Refusal(422, "not_a_member")
        if entry["wf_step"] in OVER:
            raise Refusal(409, "invalid_transition")

        def apply(reply: Any) -> None:
            if account:
                self._lease(entry, account)
            else:
                self.world.end(entry, "take_away")
            self.world.change("entries", id, holder(account, member), "assign", me)

        return Outcome(200, apply, shows=self.shows("entries", id))

    # -- handing on

    @event(
        14,
        who=ANYONE,
        number=NUMBERS,
        token=TOKENS,
        tag=TAGS,
        is_keyed=KEYED,
        throw=THROWS,
        approved=VERDICTS,
        labels=LABELS,
    )
    def submit(
        self,
        who: str,
        number: int,
        token: str | None = None,
        tag: str | None = None,
        is_keyed: bool = False,
        throw: float = 0.0,
        approved: bool | None = None,
        labels: list[str] | None = None,
    ) -> None:
        self.twins.throw(throw)
        content: Record = {} if approved is None else {"approved": approved}
        content |= {"annotations": [mark(label) for label in labels]} if labels else {}

        def predict(me: str, id: str, token: str | None, tag: int | None) -> Outcome:
            return self._submit(me, id, token, tag, content)

        self._act(who, number, "POST", "submit", predict, token, tag, is_keyed, **content)

    def _submit(self, me: str, id: str, token: str | None, tag: int | None, content: Record) -> Outcome:
        try:
            entry = self.reach(me, "entries", id, lambda one: self._may_submit(me, one), "not_assignee", tag)
        except Refusal as refusal:
            is_there = self.world.is_living("entries", id)
            if refusal.status != 412 and is_there and self.world.was_lost(id, me):
                return self._lost(me, self.world.records["entries"][id], content)
            raise
        if not self.world.check_token(me, entry, token):
            return self._lost(me, entry, content)
        self._refuse_own_review(me, entry)
        member = self.world.member(entry["project_id"], me)
        after = self._after(entry, me, member, content.get("approved"))
        labels = [one["annotation"]["label"] for one in content.get("annotations", [])]
        is_first = entry["wf_step"] == "start"

        def apply(reply: Any) -> None:
            if not is_first:
                self.learn_marks(id, labels, me)
            self.world.end(entry, "submit")
            if after["assigned_to_id"]:
                self._lease(entry, after["assigned_to_id"])
            self.world.change("entries", id, after, "submit", me)
            if is_first:
                self.learn_marks(id, labels, me)

        return Outcome(200, apply, shows=self.shows("entries", id))

    @event(8, number=NUMBERS, labels=LABELS, approved=VERDICTS, has_token=st.booleans(), is_keyed=KEYED)
    def submit_late(
        self, number: int, labels: list[str], approved: bool | None, has_token: bool, is_keyed: bool
    ) -> None:
        """Somebody hands on what went to somebody else meanwhile."""
        lost = [
            (token, one)
            for token, one in self.world.leases.items()
            if one["ending"] in LOST and self.world.is_living("entries", one["entry"])
        ]
        if not lost:
            return
        token, lease = lost[-1 - number % min(len(lost), 3)]
        id, me = lease["entry"], lease["account"]
        content: Record = {"annotations": [mark(label) for label in labels]} if labels else {}
        content |= {} if approved is None else {"approved": approved}
        sent = token if has_token else None
        body = body_of(**content) if content else None
        request = Request(self.names[me], "POST", f"/entries/{id}/submit", body, headers_of(token=sent))
        self.do(request, lambda: self._submit(me, id, sent, None, content), is_keyed=is_keyed)

    def _may_submit(self, me: str, entry: Record) -> bool:
        is_open = entry["wf_step"] == "start" and self.world.is_free(entry) and self.world.works(me, entry)
        return is_open or self._may_hold(me, entry)

    def _after(self, entry: Record, me: str, member: str | None, approved: bool | None) -> Record:
        """What a submit of the entry sets. Raises Refusal."""
        dataset = self.world.records["datasets"][entry["dataset_id"]]
        is_sampled = self.twins.told.throw < dataset["workflow_configuration"]["sample_rate"]
        submitted = {"submitted_by_id": me, "_submitted_by": member}
        reviewed = {"reviewed_by_id": me, "_reviewed_by": member}
        over = {"wf_step": "done", "status": "completed", **holder(None)}
        if entry["wf_step"] == "start":
            return {"wf_step": "annotate", "status": "in_progress", **holder(me, member)}
        if entry["wf_step"] == "annotate" and is_sampled:
            earlier = holder(entry["reviewed_by_id"], entry["_reviewed_by"])
            return {"wf_step": "review", "status": "in_progress", **earlier, **submitted}
        if entry["wf_step"] == "annotate":
            return over | submitted
        if entry["wf_step"] != "review":
            raise Refusal(409, "invalid_transition")
        if approved is None:
            raise Refusal(422, "approved_missing")
        if approved:
            return over | reviewed
        back = holder(entry["submitted_by_id"], entry["_submitted_by"])
        return {"wf_step": "annotate", "status": "in_progress", **back, **reviewed}

    @event(who=ANYONE, number=NUMBERS, token=TOKENS, tag=TAGS, is_keyed=KEYED)
    def error(self, who: str, number: int, token: str | None, tag: str | None, is_keyed: bool) -> None:
        self._act(who, number, "POST", "error", self._error, token, tag, is_keyed, message="black")

    def _error(self, me: str, id: str, token: str | None, tag: int | None) -> Outcome:
        entry = self._held(me, id, tag)
        if not self.world.check_token(me, entry, token):
            return self._lost(me, entry, {"message": "black"})
        if entry["wf_step"] in ("start", *OVER):
            raise Refusal(409, "invalid_transition")

        def apply(reply: Any) -> None:
            self.world.end(entry, "error")
            self.world.change("entries", id, {"wf_step": "error", "status": "errored"}, "error", me)

        return Outcome(200, apply, shows=self.shows("entries", id))

    def _lost(self, me: str, entry: Record, content: Record) -> Outcome:
        """A submit that came too late: what it carried is kept."""

        def apply(reply: Any) -> None:
            kept = draft_of(entry, me, "lease_lost", content)
            self.world.add("drafts", reply.meta["draft_id"], kept, me)

        return Outcome(409, apply, "lease_lost")

    # -- what they share

    def _act(
        self,
        who: str,
        number: int,
        method: str,
        name: str,
        predict: Any,
        token: str | None,
        tag: str | None,
        is_keyed: bool,
        **attributes: Any,
    ) -> None:
        """An event of an entry."""
        id = self.pick("entries", number)
        who = self.somebody(who, id)
        sent, version = self._token(token, id, number), self.tag(tag, "entries", id)
        body = body_of(**attributes) if attributes else None
        request = Request(who, method, f"/entries/{id}/{name}", body, headers_of(version, sent))
        me = self.me(who)
        self.do(request, lambda: predict(me, id, sent, version), is_keyed=is_keyed)

    def _token(self, token: str | None, entry: str, number: int) -> str | None:
        given = list(self.world.leases)
        if token == "right":
            found: str | None = self.world.records["entries"].get(entry, {}).get("_token")
            return found
        if token == "any":
            return given[number % len(given)] if given else None
        return {None: None, "unknown": "A" * 24, "malformed": "x"}[token]

    def _held(self, me: str, id: str, tag: int | None) -> Record:
        """The entry, where I hold it or own its project, or it is at its end."""
        return self.reach(me, "entries", id, lambda one: self._may_hold(me, one), "not_assignee", tag)

    def _may_hold(self, me: str, entry: Record) -> bool:
        is_mine = entry["assigned_to_id"] == me or entry["wf_step"] in OVER
        return is_mine or self.world.owns(me, entry["project_id"])

    def _refuse_own_review(self, me: str, entry: Record) -> None:
        is_own = entry["wf_step"] == "review" and entry["submitted_by_id"] == me
        if is_own and not self.world.owns(me, entry["project_id"]):
            raise Refusal(403, "own_submission")

    def _renewed(self, me: str, entry: Record, token: str | None) -> Outcome:
        """The lease of the entry that I hold goes on: no version, no event."""
        if entry["assigned_to_id"] != me:
            raise Refusal(409, "not_holder")
        if entry["wf_step"] in OVER:
            raise Refusal(409, "invalid_transition")
        if not self.world.check_token(me, entry, token):
            raise Refusal(409, "lease_lost")

        def apply(reply: Any) -> None:
            if entry["_token"] is None:
                self._lease(entry, me)
            entry["_expires"] = self._expiry(entry)
            self._see_lease(entry, reply)

        return Outcome(200, apply, shows=self.shows("entries", entry["id"]))

    def _taken(self, me: str, entry: Record) -> Outcome:
        """I take the entry, by a lease of my own."""
        member = self.world.member(entry["project_id"], me)

        def apply(reply: Any) -> None:
            self._lease(entry, me)
            self.world.change("entries", entry["id"], holder(me, member), "select", me)
            self._see_lease(entry, reply)

        return Outcome(200, apply, shows=self.shows("entries", entry["id"]))

    def _lease(self, entry: Record, account: str) -> None:
        told = self.twins.told
        assert told.taken == self.taken + 1, "one lease, one token"
        self.world.take(entry, account, told.token)
        entry["_expires"] = self._expiry(entry)

    def _see_lease(self, entry: Record, reply: Any) -> None:
        """The answer tells me the lease that I have."""
        known = {"expires_at": entry["_expires"], "token": entry["_token"]}
        assert reply.data["meta"]["lease"] == known, (self.world.now, known, reply)

    def _expiry(self, entry: Record) -> str:
        lease = self.world.records["datasets"][entry["dataset_id"]]["lease"]
        return later(self.world.now, minutes=MINUTES[lease])


def holder(account: str | None, member: str | None = None) -> Record:
    return {"assigned_to_id": account, "_assigned_to": member}


def mark(label: str) -> Record:
    return {"dimensions": {"type": "point", "x": 1, "y": 2.5}, "annotation": {"label": label}}


def draft_of(entry: Record, account: str, reason: str, content: Record) -> Record:
    parents = {"project_id": entry["project_id"], "dataset_id": entry["dataset_id"], "entry_id": entry["id"]}
    return parents | {"account_id": account, "reason": reason, "content": content}
