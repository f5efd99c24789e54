"""The rules of people: they join, change roles, are disabled and enabled, in a project or in all."""

from typing import Any

from hypothesis import strategies as st

from tests.app.model.telling import (
    KEYED,
    MOSTLY,
    NUMBERS,
    PEOPLE,
    TAGS,
    WHO,
    Request,
    Telling,
    body_of,
    event,
    headers_of,
)
from tests.app.model.world import Outcome, Record, Refusal

MANAGERS = st.sampled_from(["owner"] * 5 + ["lead", "lead", "ana", "outsider", "stranger"])
ROLES = st.sampled_from(["project_owner", "annotator", "annotator", "reviewer"])
NEW = ("outsider", "outsider", "ana")
SINCE = "2030-01-01T00:00:00.000000Z"


class People(Telling):
    """What is done to people."""

    @event(1, who=MANAGERS, number=NUMBERS, person=st.sampled_from(NEW), role=ROLES)
    def join(self, who: str, number: int, person: str, role: str) -> None:
        project, me, account = self.pick("projects", number), self.me(who), self.accounts[person]
        body = body_of("project_members", project_id=project, account_id=account, role=role)
        self.do(
            Request(who, "POST", "/project_members", body),
            lambda: self._join(me, project, account, role),
            is_keyed=True,
        )

    def _join(self, me: str, project: str, account: str, role: str) -> Outcome:
        self._parent(me, "projects", project)
        if not self.world.is_enabled(account):
            raise Refusal(422, "account_disabled")
        self._check_giver(me, role)
        places = self.world.records["project_members"].values()
        if any((one["project_id"], one["account_id"]) == (project, account) for one in places):
            raise Refusal(409, "value_taken")
        if not self.world.owns(me, project):
            raise Refusal(403, "forbidden")
        place = {"project_id": project, "account_id": account, "role": role, "disabled_at": None}

        def apply(reply: Any) -> None:
            self.world.add("project_members", reply.data["id"], place, me)

        return Outcome(201, apply, shows=lambda: place)

    @event(who=MANAGERS, number=NUMBERS, role=ROLES, tag=TAGS, is_keyed=KEYED)
    def change_role(self, who: str, number: int, role: str, tag: str | None, is_keyed: bool) -> None:
        self._change_member(who, number, tag, is_keyed, role=role)

    @event(who=MANAGERS, number=NUMBERS, tag=TAGS, is_keyed=KEYED)
    def enable_member(self, who: str, number: int, tag: str | None, is_keyed: bool) -> None:
        self._change_member(who, number, tag, is_keyed, disabled_at=None)

    def _change_member(
        self, who: str, number: int, tag: str | None, is_keyed: bool, **values: str | None
    ) -> None:
        id, me = self._member(number, is_back="disabled_at" in values), self.me(who)
        version = self.tag(tag, "project_members", id)
        body = body_of("project_members", id, **values)
        request = Request(who, "PATCH", f"/project_members/{id}", body, headers_of(version))
        self.do(request, lambda: self._changed(me, id, values, version), is_keyed=is_keyed)

    def _member(self, number: int, *, is_back: bool = False) -> str:
        """A member; mostly one that is disabled, where one is to come back."""
        members = self.world.records["project_members"]
        disabled = [id for id, one in members.items() if one["disabled_at"]]
        return (
            disabled[number % len(disabled)] if is_back and disabled else self.pick("project_members", number)
        )

    def _changed(self, me: str, id: str, values: Record, tag: int | None) -> Outcome:
        member = self._owned_member(me, id, tag)
        after = member | values
        is_back = member["disabled_at"] is not None and after["disabled_at"] is None
        if after["role"] != member["role"] or is_back:
            self._check_giver(me, after["role"])
        is_own = (member["account_id"], member["disabled_at"]) == (me, None)
        if me != self.world.owner and is_own and after["role"] != "project_owner":
            raise Refusal(403, "forbidden")  # it would leave their hands

        def apply(reply: Any) -> None:
            self.world.change("project_members", id, values, "update", me)

        return Outcome(200, apply, shows=self.shows("project_members", id))

    @event(who=MANAGERS, number=NUMBERS, tag=TAGS, is_keyed=KEYED)
    def disable_member(self, who: str, number: int, tag: str | None, is_keyed: bool) -> None:
        id, me = self._member(number), self.me(who)
        version = self.tag(tag, "project_members", id)
        request = Request(who, "DELETE", f"/project_members/{id}", headers=headers_of(version))
        self.do(request, lambda: self._disable(me, id, version), is_keyed=is_keyed)

    def _disable(self, me: str, id: str, tag: int | None) -> Outcome:
        member = self._owned_member(me, id, tag)
        if member["disabled_at"] is not None:
            raise Refusal(404, "not_found")

        def apply(reply: Any) -> None:
            self._leave("_assigned_to", id, me)
            self.world.change("project_members", id, {"disabled_at": self.world.now}, "delete", me)

        return Outcome(204, apply)

    @event(
        who=WHO,
        person=st.sampled_from(PEOPLE[:-1]),
        is_back=MOSTLY,
        tag=TAGS,
        is_keyed=KEYED,
    )
    def switch_account(self, who: str, person: str, is_back: bool, tag: str | None, is_keyed: bool) -> None:
        id, me = self.accounts[person], self.me(who)
        since, version = (None if is_back else SINCE), self.tag(tag, "accounts", id)
        body = body_of("accounts", id, disabled_at=since)
        request = Request(who, "PATCH", f"/accounts/{id}", body, headers_of(version))
        self.do(request, lambda: self._switch(me, id, since, version), is_keyed=is_keyed)

    def _switch(self, me: str, id: str, since: str | None, tag: int | None) -> Outcome:
        account = self.reach(me, "accounts", id, lambda one: me in (self.world.owner, id), tag=tag)
        was_disabled = account["disabled_at"] is not None
        if me != self.world.owner and account["disabled_at"] != since:
            raise Refusal(403, "forbidden")
        if id == self.world.owner and since:
            raise Refusal(409, "last_owner")

        def apply(reply: Any) -> None:
            self.world.change("accounts", id, {"disabled_at": since}, "update", me)
            if since and not was_disabled:
                self._leave("assigned_to_id", id, me)

        return Outcome(200, apply, shows=self.shows("accounts", id))

    # -- what they share

    def _leave(self, field: str, id: str, me: str) -> None:
        """What FIELD says that ID holds is everybody's again."""
        for entry_id in sorted(self.world.living("entries")):
            entry = self.world.records["entries"][entry_id]
            if entry[field] == id:
                self.world.end(entry, "take_away")
                nobody = {"assigned_to_id": None, "_assigned_to": None}
                self.world.change("entries", entry_id, nobody, "assign", me)

    def _owned_member(self, me: str, id: str, tag: int | None) -> Record:
        return self.reach(
            me, "project_members", id, lambda one: self.world.owns(me, one["project_id"]), tag=tag
        )

    def _check_giver(self, me: str, role: str) -> None:
        if role == "project_owner" and me != self.world.owner:
            raise Refusal(403, "role_not_allowed")

    def _parent(self, me: str, type: str, id: str) -> Record:
        """The record that a new one is to belong to."""
        try:
            return self.world.find(me, type, id)
        except Refusal:
            raise Refusal(404, "related_not_found") from None
