"""The steps that a story of the wires is made of."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.app.model.wires import PEOPLE, WAYS, Call, Play, Step, rpc_answer


@dataclass(frozen=True)
class Do(Step):
    """A verb on a record. VALUES may name ids as functions of the play."""

    verb: str
    type: str
    values: dict[str, Any]

    def call(self, play: Play) -> Call:
        values = {name: one(play) if callable(one) else one for name, one in self.values.items()}
        return Call(
            self.verb, self.type, None if self.verb == "create" else play.one(self.type, self.number), values
        )

    def take(self, play: Play) -> None:
        play.run(self.person, self.way, self.call(play))


@dataclass(frozen=True)
class Batch(Step):
    """Several verbs in one body of JSON-RPC: the first failure ends it."""

    parts: tuple[Do, ...]

    def take(self, play: Play) -> None:
        calls = [part.call(play) for part in self.parts]
        body = [play.rpc_call("rpc of all", call, n) for n, call in enumerate(calls)]
        _, text = play.ask(self.person, "POST", "/_rpc", body)
        documents = json.loads(text)
        if isinstance(documents, dict):  # the body as a whole was refused
            assert "error" in documents
            return
        answers = [rpc_answer(one) for one in documents]
        assert len(answers) == len(calls)
        has_failed = False
        for call, answer in zip(calls, answers, strict=True):
            assert not has_failed or answer.code == "cancelled"
            has_failed = answer.code is not None
            play.learn(self.person, call, answer)


@dataclass(frozen=True)
class List(Step):
    """A list, and the pages that follow it."""

    query: Callable[[Play], str]

    def take(self, play: Play) -> None:
        path = ("/api/v1/dataset" if self.way == "seed" else "") + self.query(play)
        for _ in range(3):
            status, text = play.ask(self.person, "GET", path)
            following = json.loads(text).get("links", {}).get("next") if status == 200 else None
            if not following:
                return
            path = following.removeprefix("http://testserver")


CHARACTERS = st.characters(blacklist_categories=["Cs"])
TEXTS = st.text(CHARACTERS, max_size=6) | st.sampled_from(
    ["a", "B", "É", "é", "100%", "a_b", "\\", '"', "😀", "\x01"]
)
NUMBERS = st.sampled_from(
    [0, -0.0, 1, -1, 0.1, 1e300, -1e300, 5e-324, 2**53, 2**63 - 1, 2**63, 1e22]
) | st.integers(-3, 3)
OBJECTS = st.dictionaries(
    st.sampled_from(["city", "n", "type", ""]),
    st.none() | st.booleans() | NUMBERS | TEXTS | st.lists(NUMBERS, max_size=2) | st.just({"n": 1}),
    max_size=3,
)
TIMES = st.sampled_from(["2031-01-01T00:00:00Z", "2030-12-31T23:00:00.5-01:00", "2031-01-01", "soon"])
SOME_NUMBER = st.integers(0, 40)


def some(type: str) -> st.SearchStrategy[Callable[[Play], str]]:
    """The id of a record of TYPE."""
    return SOME_NUMBER.map(lambda number: lambda play: play.one(type, number))


def attributes(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


DIMENSIONS = st.just({"type": "point", "x": 1, "y": 2.5}) | OBJECTS
ANNOTATION = {"dimensions": DIMENSIONS, "annotation": OBJECTS}
ENTRY: dict[str, Any] = {
    "priority": NUMBERS,
    "external_id": st.none() | st.sampled_from(["a", "b", "É", ""]),
    "split": st.sampled_from([None, "train", "valid", "test", "none"]),
    "metadata": OBJECTS,
}
WORDS = {"reason": TEXTS, "comment": TEXTS}
RESOURCE = st.sampled_from(["picture.png", "PICTURE.PNG", "É", "100%", "a_b", "1\\2"]) | TEXTS
DATASET: dict[str, Any] = {
    "name": TEXTS,
    "labels": st.lists(TEXTS, max_size=2),
    "workflow_configuration": st.sampled_from(
        [{}, {"sample_rate": 0}, {"sample_rate": 0.5}, {"sample_rate": 1}, {"x": 1}]
    ),
}
VERBS: list[tuple[str, str, st.SearchStrategy[dict[str, Any]]]] = [
    ("create", "entries", attributes({"dataset_id": some("datasets"), "resource": RESOURCE}, **ENTRY)),
    (
        "create",
        "entries",
        attributes({"dataset_id": some("datasets"), "resource": RESOURCE, "id": some("entries")}),
    ),
    ("update", "entries", attributes({}, resource=RESOURCE, **ENTRY)),
    ("delete", "entries", attributes({}, force=st.booleans())),
    ("show", "entries", st.just({})),
    ("submit", "entries", st.just({})),
    ("select", "entries", st.just({})),
    ("select", "entries", st.just({})),
    ("submit", "entries", attributes({"approved": st.booleans()}, **WORDS)),
    ("submit", "entries", attributes({}, approved=st.sampled_from([True, False]), **WORDS)),
    (
        "submit",
        "entries",
        attributes({"annotations": st.lists(attributes(ANNOTATION, metadata=OBJECTS), max_size=2)}),
    ),
    ("error", "entries", attributes({"message": TEXTS})),
    ("assign", "entries", attributes({"assigned_to_id": st.none() | some("accounts")})),
    ("create", "datasets", attributes({"project_id": some("projects")}, modality=TEXTS, **DATASET)),
    ("update", "datasets", attributes({}, labeling_configuration=OBJECTS, **DATASET)),
    ("delete", "datasets", attributes({}, force=st.booleans())),
    ("create", "annotations", attributes({"entry_id": some("entries"), **ANNOTATION}, metadata=OBJECTS)),
    ("update", "annotations", attributes({}, metadata=OBJECTS, **ANNOTATION)),
    ("delete", "annotations", st.just({})),
    (
        "create",
        "note_feeds",
        attributes(
            {"entry_id": some("entries")},
            content_md=TEXTS,
            position=OBJECTS,
            anchor_type=st.sampled_from(["entry", "annotation"]),
            annotation_id=some("annotations"),
        ),
    ),
    ("update", "note_feeds", attributes({}, content_md=TEXTS, position=OBJECTS)),
    ("resolve", "note_feeds", st.just({})),
    ("delete", "note_feeds", st.just({})),
    ("create", "note_comments", attributes({"note_feed_id": some("note_feeds"), "content_md": TEXTS})),
    ("update", "note_comments", attributes({"content_md": TEXTS})),
    ("delete", "note_comments", st.just({})),
    (
        "update",
        "project_members",
        attributes({}, role=st.sampled_from(["project_owner", "annotator", "reviewer", "king"]), name=TEXTS),
    ),
    ("update", "project_members", attributes({"disabled_at": st.none() | TIMES})),
    ("update", "project_members", attributes({"disabled_at": st.none()})),
    ("delete", "project_members", st.just({})),
    ("update", "projects", attributes({}, name=TEXTS, description=st.none() | TEXTS)),
    (
        "update",
        "accounts",
        attributes({}, name=TEXTS, username=st.none() | st.sampled_from(["ana", "Ana", "bo", "é"])),
    ),
    (
        "create",
        "api_keys",
        attributes({}, name=TEXTS, scopes=st.lists(st.sampled_from(["read", "write", "admin"]), max_size=2)),
    ),
    ("delete", "api_keys", st.just({})),
]

SORTS = [
    "priority",
    "-priority",
    "external_id",
    "-external_id,resource",
    "resource",
    "-split",
    "updated_at,-id",
    "status",
]
FILTERS: list[st.SearchStrategy[str]] = [
    st.sampled_from(["ready", "in_progress", "completed,errored"]).map("filter[status__in]={}".format),
    st.sampled_from(
        ["filter[split]=null", "filter[external_id]", "filter[split__in]=train,test", "filter[split]=x"]
    ),
    TEXTS.map(lambda text: f"filter[resource__match]={quote(text)}"),
    TEXTS.map(lambda text: f"filter[resource__in]={quote(text)}&filter[resource__in]=picture.png"),
    NUMBERS.map("filter[priority__gte]={}".format),
    NUMBERS.map("filter[priority]={}".format),
    OBJECTS.map(lambda value: f"filter[metadata]={quote(json.dumps(value))}"),
    st.sampled_from(["1", "null", "a", "0.1", "true", "É"]).map(
        lambda text: f"filter[metadata][n]={quote(text)}"
    ),
    st.sampled_from(["filter[participated]=me", "filter[assigned_to_id]=null", "filter[submitted_by_id]"]),
    st.sampled_from(
        [
            "count=true",
            "include=annotations,dataset.project",
            "include=note_feeds,reviewed_by",
            "fields[entries]=dataset,priority",
        ]
    ),
    st.sampled_from(
        ["page[size]=2", "page[size]=1&page[number]=2", "page[size]=2&page[after]=", "page[size]=0"]
    ),
    st.sampled_from(SORTS).map("sort={}".format),
]
QUERIES: st.SearchStrategy[Callable[[Play], str]] = st.one_of(
    st.lists(st.one_of(FILTERS), max_size=4).map(lambda parts: lambda play: "/entries?" + "&".join(parts)),
    st.sampled_from(
        [
            "/annotations?include=entry&sort=-id",
            "/annotations?filter[annotation][city]=a&count=true",
            "/note_feeds?include=note_comments,annotation&sort=-content_md",
            "/note_comments?sort=content_md&page[size]=2&page[after]=",
            "/project_members?include=account&sort=role,name&filter[enabled]=true",
            "/datasets?filter[name__match]=e&include=entries&sort=-progress,name",
            "/projects?include=datasets,project_members",
            "/accounts?sort=-username",
            "/api_keys?include=account&sort=-name",
            "/organizations",
        ]
    ).map(lambda path: lambda play: path),
    st.tuples(
        SOME_NUMBER,
        st.sampled_from(["", "/annotations", "/relationships/note_feeds", "/dataset", "/assigned_to"]),
    ).map(lambda pair: lambda play: f"/entries/{play.one('entries', pair[0])}{pair[1]}"),
)

WHO = st.sampled_from([*PEOPLE, "owner", "owner", "ana", "lead", "rey"])
THROWS = st.sampled_from([0.0, 0.4, 0.6, 0.99])
FRAME = {"person": WHO, "way": st.sampled_from(WAYS), "number": SOME_NUMBER, "throw": THROWS}
DOS = st.one_of(
    *(
        st.builds(Do, **FRAME, verb=st.just(verb), type=st.just(type), values=values)
        for verb, type, values in VERBS
    )
)
STEPS = st.one_of(
    DOS,
    DOS,
    DOS,
    st.builds(List, **FRAME, query=QUERIES),
    st.builds(Batch, **FRAME, parts=st.lists(DOS, min_size=1, max_size=4).map(tuple)),
)
