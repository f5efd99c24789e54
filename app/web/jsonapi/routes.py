"""A card's JSON:API routes, at one mount."""

from functools import partial

from app.declare import Resource, ToOne
from app.web.errors import error_response
from app.web.jsonapi.many import Many
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.reads import Reads
from app.web.jsonapi.writes import Writes
from app.web.routing import Endpoint, Entry
from app.web.service import Service


def routes_of(card: Resource, mount: Mount, service: Service) -> list[Entry]:
    """All that may be asked of CARD at MOUNT."""
    reads, writes = Reads(card, mount, service), Writes(card, mount, service)
    path, record = mount.path + card.path, f"{mount.path}{card.path}/{{id}}"
    verbs: list[tuple[str, str, str, Endpoint]] = [
        ("index", "GET", path, reads.index),
        ("create", "POST", path, writes.create),
        ("show", "GET", record, reads.show),
        ("update", "PATCH", record, writes.update),
        ("delete", "DELETE", record, writes.delete),
    ]
    entries = [_entry(method, at, run) for verb, method, at, run in verbs if verb in card.verbs]
    if card.has_trash:
        entries.append(_entry("GET", f"{record}/history", reads.history))
        entries.append(_entry("GET", f"{record}/difference", reads.difference))
    if card.has_trash and card.delete is None and "delete" in card.verbs:
        entries.append(_entry("POST", f"{record}/restore", writes.restore))
    if card.is_changed_by_filter:
        entries.append(_entry("PATCH", path, Many(card, mount, service).change))
    for summary in card.summaries:
        tell = writes.summary if summary.changes else reads.summary
        at = f"{record}/{summary.name}"
        entries.append(
            _entry(summary.method, at, partial(tell, summary), allows_head=summary.method == "GET")
        )
    entries += [*_actions(card, mount, writes), *_offers(card, mount, reads, writes)]
    return [*entries, *_links(card, record, reads, writes)]


def _actions(card: Resource, mount: Mount, writes: Writes) -> list[Entry]:
    record = f"{mount.path}{card.path}/{{id}}"
    entries = []
    for action in card.actions:
        for method in action.methods:
            at = f"{record}/{action.name}"
            entries.append(_entry(method, at, partial(writes.act, action), allows_head=False))
    return entries


def _offers(card: Resource, mount: Mount, reads: Reads, writes: Writes) -> list[Entry]:
    entries = []
    for offer in card.offers:
        run = reads.offer if offer.is_read else writes.offer
        for parent in offer.parents:
            at = f"{mount.path}/{parent}/{{id}}/{offer.name}"
            entries += [_entry(method, at, partial(run, offer, parent)) for method in offer.methods]
    return entries


def _links(card: Resource, record: str, reads: Reads, writes: Writes) -> list[Entry]:
    entries = []
    for link in card.links:
        entries.append(_entry("GET", f"{record}/{link.name}", partial(reads.related, link)))
        at = f"{record}/relationships/{link.name}"
        entries.append(_entry("GET", at, partial(reads.relationship, link)))
        for method in ("PATCH",) if isinstance(link, ToOne) else ("PATCH", "POST", "DELETE"):
            entries.append(_entry(method, at, partial(writes.change_relationship, link)))
    return entries


def _entry(method: str, at: str, run: Endpoint, *, allows_head: bool = True) -> Entry:
    return Entry(method, at, run, error_response, allows_head)
