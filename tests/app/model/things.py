"""The rules of things: they are made, changed, put into the trash and taken out again."""

from typing import Any

from hypothesis import strategies as st

from tests.app.model.people import People
from tests.app.model.telling import (
    KEYED,
    MINUTES,
    MOSTLY,
    NUMBERS,
    TAGS,
    WHO,
    Request,
    body_of,
    event,
    headers_of,
)
from tests.app.model.work import mark
from tests.app.model.world import ANCESTORS, FINISHED, Outcome, Record, Refusal

TRASHED = st.sampled_from(
    ["entries", "entries", "annotations", "annotations", "datasets", "projects", "drafts"]
)
PRIORITIES = st.sampled_from([-1.0, 0.0, 0.5, 3.0])
EXTERNAL = st.sampled_from([None, None, "a", "b"])
MAKERS = st.sampled_from(["holder"] * 6 + ["owner"] * 4 + ["lead", "ana", "outsider", "stranger"])


class Things(People):
    """What is done to datasets, entries and annotations."""

    # -- made and changed

    @event(who=WHO, number=NUMBERS, priority=PRIORITIES, external_id=EXTERNAL, is_keyed=KEYED)
    def create_entry(
        self, who: str, number: int, priority: float, external_id: str | None, is_keyed: bool
    ) -> None:
        dataset, me = self.pick("datasets", number), self.me(who)
        values: Record = {"priority": priority, "external_id": external_id, "resource": "x.png"}
        body = body_of("entries", dataset_id=dataset, **values)
        request = Request(who, "POST", "/entries", body)
        self.do(request, lambda: self._create_entry(me, dataset, values), is_keyed=is_keyed)

    def _create_entry(self, me: str, dataset: str, values: Record) -> Outcome:
        project = self._parent(me, "datasets", dataset)["project_id"]
        self._refuse_taken(dataset, values["external_id"])
        if not self.world.owns(me, project):
            raise Refusal(403, "forbidden")
        names = ("assigned_to_id", "submitted_by_id", "reviewed_by_id")
        nobody = dict.fromkeys(
            (*names, "_assigned_to", "_submitted_by", "_reviewed_by", "_token", "_expires")
        )
        parents = {"project_id": project, "dataset_id": dataset}
        entry = parents | values | nobody | {"wf_step": "start", "status": "ready"}

        def apply(reply: Any) -> None:
            self.world.add("entries", reply.data["id"], entry, me)

        return Outcome(201, apply)

    @event(who=WHO, number=NUMBERS, priority=PRIORITIES, external_id=EXTERNAL, tag=TAGS, is_keyed=KEYED)
    def change_entry(
        self, who: str, number: int, priority: float, external_id: str | None, tag: str | None, is_keyed: bool
    ) -> None:
        values = {"priority": priority, "external_id": external_id}
        self._change("entries", who, number, tag, is_keyed, values)

    @event(
        who=WHO,
        number=NUMBERS,
        lease=st.sampled_from(sorted(MINUTES)),
        assignment=st.sampled_from(["pull", "pull", "manual"]),
        tag=TAGS,
        is_keyed=KEYED,
    )
    def change_dataset(
        self, who: str, number: int, lease: str, assignment: str, tag: str | None, is_keyed: bool
    ) -> None:
        values = {"lease": lease, "assignment": assignment}
        self._change("datasets", who, number, tag, is_keyed, values)

    @event(who=WHO, number=NUMBERS, name=st.sampled_from(["A", "B"]), tag=TAGS, is_keyed=KEYED)
    def change_project(self, who: str, number: int, name: str, tag: str | None, is_keyed: bool) -> None:
        self._change("projects", who, number, tag, is_keyed, {"name": name})

    @event(who=MAKERS, number=NUMBERS, label=st.sampled_from("ab"), tag=TAGS, is_keyed=KEYED)
    def change_annotation(self, who: str, number: int, label: str, tag: str | None, is_keyed: bool) -> None:
        id = self.pick("annotations", number)
        who = self.somebody(who, self.world.records["annotations"].get(id, {}).get("entry_id", ""))
        self._change("annotations", who, number, tag, is_keyed, {"annotation": {"label": label}})

    def _change(
        self, type: str, who: str, number: int, tag: str | None, is_keyed: bool, values: Record
    ) -> None:
        id, me = self.pick(type, number), self.me(who)
        version = self.tag(tag, type, id)
        request = Request(who, "PATCH", f"/{type}/{id}", body_of(type, id, **values), headers_of(version))
        self.do(request, lambda: self._changed_to(me, type, id, values, version), is_keyed=is_keyed)

    def _changed_to(self, me: str, type: str, id: str, values: Record, tag: int | None) -> Outcome:
        record = self.reach(me, type, id, lambda one: self._may_change(me, type, one), tag=tag)
        if type == "entries" and record["external_id"] != values["external_id"]:
            self._refuse_taken(record["dataset_id"], values["external_id"])
        self._refuse_frozen(type, record)

        def apply(reply: Any) -> None:
            self.world.change(type, id, values, "update", me)

        return Outcome(200, apply, shows=self.shows(type, id))

    @event(4, who=MAKERS, number=NUMBERS, label=st.sampled_from("ab"), is_keyed=KEYED)
    def annotate(self, who: str, number: int, label: str, is_keyed: bool) -> None:
        entry = self.pick("entries", number)
        who = self.somebody(who, entry)
        me, values = self.me(who), mark(label)
        request = Request(who, "POST", "/annotations", body_of("annotations", entry_id=entry, **values))
        self.do(request, lambda: self._annotate(me, entry, values["annotation"]), is_keyed=is_keyed)

    def _annotate(self, me: str, id: str, value: Record) -> Outcome:
        entry = self._parent(me, "entries", id)
        if entry["status"] in FINISHED:
            raise Refusal(409, "entry_completed")
        if not self.world.owns(me, entry["project_id"]) and not self.world.holds(me, entry):
            raise Refusal(403, "forbidden")
        parents = {"project_id": entry["project_id"], "dataset_id": entry["dataset_id"], "entry_id": id}

        def apply(reply: Any) -> None:
            self.world.add("annotations", reply.data["id"], parents | {"annotation": value}, me)

        return Outcome(201, apply)

    # -- the trash

    @event(
        8,
        type=TRASHED,
        who=MAKERS,
        number=NUMBERS,
        is_forced=MOSTLY,
        tag=TAGS,
        is_keyed=KEYED,
    )
    def delete(
        self,
        type: str,
        who: str,
        number: int,
        is_forced: bool = True,
        tag: str | None = None,
        is_keyed: bool = False,
    ) -> None:
        id = self.pick(type, number)
        who = self._worker(who, type, id)
        me, version = self.me(who), self.tag(tag, type, id)
        path = f"/{type}/{id}{'?force=true' if is_forced else ''}"
        request = Request(who, "DELETE", path, headers=headers_of(version))
        self.do(request, lambda: self._delete(me, type, id, is_forced, version), is_keyed=is_keyed)

    def _delete(self, me: str, type: str, id: str, is_forced: bool, tag: int | None) -> Outcome:
        record = self.reach(me, type, id, lambda one: self._may_change(me, type, one), tag=tag)
        if self._is_begun(type, record) and not is_forced:
            raise Refusal(403, "force_required")
        self._refuse_frozen(type, record)

        def apply(reply: Any) -> None:
            self.world.change(type, id, {"deleted_at": self.world.now}, "delete", me)

        return Outcome(204, apply)

    def _is_begun(self, type: str, record: Record) -> bool:
        """Whether work would go to the trash with the record."""
        if type == "entries":
            return record["status"] in ("in_progress", *FINISHED)
        if type != "datasets":
            return False
        entries = self.world.records["entries"].values()
        mine = [one for one in entries if one["dataset_id"] == record["id"] and one["deleted_at"] is None]
        return any(one["wf_step"] != "start" for one in mine)

    @event(9, type=TRASHED, who=MAKERS, number=NUMBERS, tag=TAGS, is_keyed=KEYED)
    def restore(
        self, type: str, who: str, number: int, tag: str | None = None, is_keyed: bool = False
    ) -> None:
        dead = [id for id, one in self.world.records[type].items() if one["deleted_at"]]
        id = dead[number % len(dead)] if dead else self.pick(type, number)
        who = self._worker(who, type, id)
        me, version = self.me(who), self.tag(tag, type, id)
        request = Request(who, "POST", f"/{type}/{id}/restore", headers=headers_of(version))
        self.do(request, lambda: self._restore(me, type, id, version), is_keyed=is_keyed)

    def _restore(self, me: str, type: str, id: str, tag: int | None) -> Outcome:
        record = self.world.records[type].get(id)
        if record is None or record["deleted_at"] is None or not self.world.may_read(me, type, record):
            raise Refusal(404, "not_found")
        if not self.world.has_living_ancestors(type, record):
            raise Refusal(404, "not_found")
        if not self._may_change(me, type, record):
            raise Refusal(403, "forbidden")
        if tag is not None and tag != record["version"]:
            raise Refusal(412, "precondition_failed")
        self._refuse_frozen(type, record)
        if type == "entries":
            self._refuse_taken(record["dataset_id"], record["external_id"])
        if type == "drafts":
            self._refuse_superseded(record)

        def apply(reply: Any) -> None:
            self.world.change(type, id, {"deleted_at": None}, "restore", me)
            self._see_all_beneath(type, id)

        return Outcome(200, apply, shows=self.shows(type, id))

    def _see_all_beneath(self, type: str, id: str) -> None:
        """What went along is there again, and what was deleted for itself is not."""
        for child, one in self.world.beneath(type, id):
            reply = self.ask(Request("owner", "GET", f"/{child}/{one}"))
            assert reply.status == (200 if self.world.is_living(child, one) else 404), (child, one, reply)

    # -- what they share

    def _worker(self, who: str, type: str, id: str) -> str:
        """WHO; for "holder" whoever holds the record's entry."""
        record = self.world.records[type].get(id, {})
        return (
            self.somebody(who, record.get("entry_id", id))
            if "entry_id" in ANCESTORS[type]
            else ("owner" if who == "holder" else who)
        )

    def _may_change(self, me: str, type: str, record: Record) -> bool:
        """Whether I may change and delete a record that I may read."""
        if type == "annotations":
            return True  # who may read them works on them
        if type == "drafts":
            is_member = self.world.role(me, record["project_id"]) is not None
            return me == self.world.owner or (record["account_id"] == me and is_member)
        return self.world.owns(me, record["id"] if type == "projects" else record["project_id"])

    def _refuse_frozen(self, type: str, record: Record) -> None:
        if type == "annotations":
            entry = self.world.records["entries"][record["entry_id"]]
            if entry["status"] in FINISHED:
                raise Refusal(409, "entry_completed")

    def _refuse_taken(self, dataset: str, external_id: str | None) -> None:
        """An external id is unique among the living of a dataset."""
        wanted = (dataset, external_id, None)
        entries = self.world.records["entries"].values()
        if external_id is not None and any(
            (one["dataset_id"], one["external_id"], one["deleted_at"]) == wanted for one in entries
        ):
            raise Refusal(409, "value_taken")

    def _refuse_superseded(self, draft: Record) -> None:
        """Somebody has one saved draft of an entry."""
        words = ("entry_id", "account_id", "reason")
        mine = [
            one
            for one in self.world.records["drafts"].values()
            if one["deleted_at"] is None and all(one[name] == draft[name] for name in words)
        ]
        if draft["reason"] == "saved" and mine:
            raise Refusal(409, "draft_superseded")
