"""What tests of the JSON:API face share: names at a mount, addresses, lists walked to their end."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.lab import Lab, Person, Reply

MOUNTS = ("", "/api/v1/dataset")
TYPES = (
    "organizations",
    "accounts",
    "api_keys",
    "projects",
    "project_members",
    "datasets",
    "workflow_versions",
    "entries",
    "annotations",
    "note_feeds",
    "note_comments",
    "reference_answers",
    "scores",
)
NEVER_CHANGED = ("workflow_versions", "scores")  # by clients
NEVER_MADE = ("organizations", *NEVER_CHANGED)  # by clients, nor deleted
NOBODY = "01900000-0000-7000-8000-00000000dead"  # the id of no record
CURSOR_PROFILE = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
PROFILED = {"Accept": f'application/vnd.api+json;profile="{CURSOR_PROFILE}"'}

ATOMIC = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"'


def operate(person: Person, *operations: Any, query: str = "", **headers: str) -> Reply:
    """The answer to OPERATIONS, done together."""
    sent = {"Content-Type": ATOMIC} | {name.replace("_", "-"): value for name, value in headers.items()}
    return person.post(f"/operations{query}", {"atomic:operations": operations}, headers=sent)


def results(reply: Reply) -> list[Any]:
    """The results of operations that were done."""
    assert reply.status == 200, reply
    found: list[Any] = reply.document["atomic:results"]
    return found


def named(mount: str, type: str) -> str:
    """TYPE as answers at MOUNT spell it."""
    return f"dataset:{type}" if mount else type


def one_of_each(lab: Lab) -> dict[str, str]:
    """Type -> the id of a record of it; they hang together, and the links of the entry are not empty."""
    entry = lab.at("annotate")
    answer = lab.owner.create("reference_answers", entry_id=entry).id
    lab.house.dice.roll(0.0)  # always reviewed
    lab.annotator.act(entry, "submit")
    annotation = lab.new_annotation(entry)
    feed = lab.new_feed(entry, anchor_type="annotation", annotation_id=annotation)
    comment = lab.owner.create("note_comments", note_feed_id=feed, content_md="Two.").id
    lab.owner.act(entry, "assign", assigned_to_id=lab.reviewer.account)
    return {
        "organizations": lab.organization,
        "accounts": lab.annotator.account,
        "api_keys": lab.owner.get(f"/api_keys?filter[account_id]={lab.annotator.account}").ids[0],
        "projects": lab.project,
        "project_members": str(lab.annotator.member),
        "datasets": lab.dataset,
        "workflow_versions": lab.owner.get(f"/datasets/{lab.dataset}/workflow_versions").ids[0],
        "entries": entry,
        "annotations": annotation,
        "note_feeds": feed,
        "note_comments": comment,
        "reference_answers": answer,
        "scores": lab.owner.get(f"/scores?filter[entry_id]={entry}").ids[0],
    }


def values(reply: Reply, name: str) -> list[Any]:
    """The attribute NAME of each record of a list."""
    assert reply.status == 200, reply
    return [one["attributes"][name] for one in reply.data]


def query_of(link: str) -> dict[str, str]:
    """The parameters of a link, decoded."""
    return dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))


def pages(person: Person, path: str, link: str = "next") -> list[Reply]:
    """The list at PATH, page by page along LINK."""
    found = [person.get(path)]
    while following := found[-1].document["links"].get(link):
        assert len(found) < 50, "the list has no end"
        found.append(person.get(following))
    return found


def pointed(document: Any, pointer: str) -> Any:
    """What the JSON pointer POINTER (RFC 6901) leads to in DOCUMENT. Raises LookupError."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


def pointers(reply: Reply) -> list[str]:
    return sorted(error["source"]["pointer"] for error in reply.document["errors"])


def but_ids(reply: Reply) -> str:
    """The text of an error document without the ids of the request."""
    text = reply.text
    for error in reply.document["errors"]:
        text = text.replace(error["id"], "")
    return text
