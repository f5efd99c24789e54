"""Rows to JSON text, as Postil writes it: an f-string each."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from json.encoder import encode_basestring as text
from typing import Any
from urllib.parse import quote

BASE = "http://localhost"  # the measures' Host
START = '{"jsonapi":{"version":"1.1"},"links":{'
ENTRY = """id, created_at, updated_at, project_id, dataset_id, resource, priority, wf_step, status, job_id,
 assigned_to_id, submitted_by_id, reviewed_by_id, external_id, split, metadata,
 assigned_to_member_id, submitted_by_member_id, reviewed_by_member_id, lease_token, lease_expires_at,
 workflow_version, due_at, agreement, width, height, content_hash, media_type, label_status,
 media, reviewer_id, vendor, library_entry_id"""
ANNOTATION = """id, created_at, updated_at, project_id, dataset_id, entry_id, dimensions, annotation,
 metadata, created_by_email, layer_id"""

Row = tuple[Any, ...]
Params = list[tuple[str, str]]


def quoted(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def member(id: str | None) -> str:
    return "null" if id is None else identifier("project_members", id)


def identifier(type: str, id: str) -> str:
    return f'{{"type":"{type}","id":"{id}"}}'


def attributes_of(row: Row) -> str:
    _, made, changed, project, dataset, resource, priority, step, status, job, *more = row
    holder, giver, judge, external, split, metadata, *_ = more
    version, due, agreement, width, height, hash, kind, labels, media, reviewer, vendor, library = more[-12:]
    return (
        f'"created_at":"{made}","updated_at":"{changed}","project_id":"{project}","dataset_id":"{dataset}",'
        f'"resource":{text(resource)},"priority":{priority},"wf_step":"{step}",'
        f'"workflow_version":{version},"status":"{status}",'
        f'"job_id":{"null" if job is None else text(job)},"assigned_to_id":{quoted(holder)},'
        f'"submitted_by_id":{quoted(giver)},"reviewed_by_id":{quoted(judge)},'
        f'"external_id":{"null" if external is None else text(external)},'
        f'"width":{"null" if width is None else width},"height":{"null" if height is None else height},'
        f'"content_hash":{quoted(hash)},"media_type":{quoted(kind)},"label_status":{quoted(labels)},'
        f'"split":{quoted(split)},"metadata":{metadata},"media":{media or "null"},'
        f'"reviewer_id":{quoted(reviewer)},"vendor":{vendor or "null"},"due_at":{quoted(due)},'
        f'"agreement":{"null" if agreement is None else agreement},"library_entry_id":{quoted(library)}'
    )


def entry_of(row: Row, links: str = "", meta: str = "") -> str:
    """An entry of a page."""
    return (
        f'{{"type":"entries","id":"{row[0]}","attributes":{{{attributes_of(row)}}},'
        f'"relationships":{{"dataset":{{"data":{{"type":"datasets","id":"{row[4]}"}}}},'
        f'"assigned_to":{{"data":{member(row[16])}}},"submitted_by":{{"data":{member(row[17])}}},'
        f'"reviewed_by":{{"data":{member(row[18])}}}{links}}},'
        f'"links":{{"self":"{BASE}/entries/{row[0]}"}}{meta}}}'
    )


def link(at: str, name: str, data: str | None = None) -> str:
    """The relationship NAME of the record AT an address."""
    linkage = "" if data is None else f',"data":{data}'
    return f'"{name}":{{"links":{{"self":"{at}/relationships/{name}","related":"{at}/{name}"}}{linkage}}}'


def document_of_entry(row: Row) -> str:
    at = f"{BASE}/entries/{row[0]}"
    token, until = row[19:21]
    meta = f',"meta":{{"lease":{{"expires_at":"{until}","token":"{token}"}}}}' if token else ""
    return (
        f'{START}"self":"{at}"}},"data":{{"type":"entries","id":"{row[0]}",'
        f'"attributes":{{{attributes_of(row)}}},"relationships":{{'
        f"{link(at, 'dataset', identifier('datasets', row[4]))},"
        f"{link(at, 'assigned_to', member(row[16]))},{link(at, 'submitted_by', member(row[17]))},"
        f"{link(at, 'reviewed_by', member(row[18]))},{link(at, 'annotations')},{link(at, 'layers')},"
        f"{link(at, 'note_feeds')}}},"
        f'"links":{{"self":"{at}"}}{meta}}}}}'
    )


def address_of(params: Iterable[tuple[str, str]]) -> str:
    pairs = [f"{quote(name, safe='')}={quote(value, safe=',:')}" for name, value in params]
    return f"{BASE}/entries?{'&'.join(pairs)}"


def document_of_page(rows: list[Row], params: Params, size: int, number: int) -> str:
    rest = [pair for pair in params if pair[0] != "page[number]"]

    def to(page: int) -> str:
        return address_of([*rest, ("page[number]", str(page))])

    links = f'"self":"{address_of(params)}","first":"{to(1)}"'
    if number > 1:
        links += f',"prev":"{to(number - 1)}"'
    if len(rows) > size:
        links += f',"next":"{to(number + 1)}"'
    data = ",".join([entry_of(row) for row in rows[:size]])
    return f'{START}{links}}},"data":[{data}]}}'


def cursor_of(row: Row) -> str:
    return urlsafe_b64encode(f'["-priority",{row[6]},"{row[0]}"]'.encode()).decode().rstrip("=")


def document_of_cursor_page(rows: list[Row], params: Params, size: int) -> str:
    """A page that follows a cursor, of a list sorted by -priority."""
    rest = [pair for pair in params if pair[0] != "page[after]"]
    shown = rows[:size]
    links = f'"self":"{address_of(params)}","first":"{address_of([*rest, ("page[after]", "")])}"'
    links += f',"prev":"{address_of([*rest, ("page[before]", cursor_of(shown[0]))])}"'
    if len(rows) > size:
        links += f',"next":"{address_of([*rest, ("page[after]", cursor_of(shown[-1]))])}"'
    data = ",".join(
        [entry_of(row, "", f',"meta":{{"page":{{"cursor":"{cursor_of(row)}"}}}}') for row in shown]
    )
    return f'{START}{links}}},"data":[{data}]}}'


def document_of_including(rows: list[Row], marks: list[Row], params: Params, size: int) -> str:
    """The first page of entries, with their annotations: MARKS, by entry."""
    links = f'"self":"{address_of(params)}","first":"{address_of([*params, ("page[number]", "1")])}"'
    if len(rows) > size:
        links += f',"next":"{address_of([*params, ("page[number]", "2")])}"'
    known: dict[str, list[str]] = {}
    for mark in marks:
        known.setdefault(mark[5], []).append(identifier("annotations", mark[0]))
    data = ",".join(
        [
            entry_of(row, f',"annotations":{{"data":[{",".join(known.get(row[0], ()))}]}}')
            for row in rows[:size]
        ]
    )
    return f'{START}{links}}},"data":[{data}],"included":[{",".join(map(annotation_of, marks))}]}}'


def attributes_of_annotation(row: Row) -> str:
    _, made, changed, project, dataset, entry, dimensions, annotation, metadata, email, layer = row
    return (
        f'"created_at":"{made}","updated_at":"{changed}","project_id":"{project}","dataset_id":"{dataset}",'
        f'"entry_id":"{entry}","layer_id":"{layer}","dimensions":{dimensions},"annotation":{annotation},"metadata":{metadata},'
        f'"created_by_email":{text(email)}'
    )


def annotation_of(row: Row) -> str:
    """An annotation of a page."""
    return (
        f'{{"type":"annotations","id":"{row[0]}","attributes":{{{attributes_of_annotation(row)}}},'
        f'"relationships":{{"entry":{{"data":{identifier("entries", row[5])}}},'
        f'"layer":{{"data":{identifier("layers", row[10])}}}}},'
        f'"links":{{"self":"{BASE}/annotations/{row[0]}"}}}}'
    )


def document_of_annotation(row: Row) -> str:
    here = f"{BASE}/annotations/{row[0]}"
    return (
        f'{START}"self":"{here}"}},"data":{{"type":"annotations","id":"{row[0]}",'
        f'"attributes":{{{attributes_of_annotation(row)}}},"relationships":{{'
        f"{link(here, 'entry', identifier('entries', row[5]))},"
        f"{link(here, 'layer', identifier('layers', row[10]))},{link(here, 'note_feeds')}}},"
        f'"links":{{"self":"{here}"}}}}}}'
    )


def document_of_batch(rows: list[Row], ids: list[int]) -> str:
    """The answers to calls of IDS, each of which made an annotation."""
    return f"[{','.join([_answer(row, id) for row, id in zip(rows, ids, strict=True)])}]"


def _answer(row: Row, id: int) -> str:
    record = f'{{"id":"{row[0]}",{attributes_of_annotation(row)}}}'
    return f'{{"jsonrpc":"2.0","result":{record},"id":{id}}}'
