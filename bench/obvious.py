"""The obvious program: what a good developer writes in an afternoon with the same packages and tables.

Starlette's routes, SQLModel's objects, one session and one commit a request, marshmallow-jsonapi's dump.
It has the indexes that Postil has, checks the key and the membership, keeps the history, and sends the
same documents.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from marshmallow import ValidationError, fields
from marshmallow_jsonapi import Schema
from marshmallow_jsonapi.fields import Relationship
from pysqlite3 import dbapi2
from sqlalchemy import create_engine, event, func
from sqlmodel import Session, col, select
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.access import ProjectMember
from app.operations.changes import Event
from app.resources.accounts import Account
from app.resources.annotations import Annotation
from app.resources.api_keys import ApiKey
from app.resources.dataset_rows import Dataset
from app.resources.entry_rows import Entry
from app.work import Ids
from bench.serving import serve

new_id = Ids()


class Json(fields.Dict):
    """A JSON object that is kept as text."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **options: Any) -> Any:
        return None if value is None else json.loads(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        found = super()._deserialize(value, attr, data, **options)  # type: ignore[no-untyped-call]
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def to_one(type: str, attribute: str, **options: Any) -> Any:
    return Relationship(
        type_=type, attribute=attribute, include_resource_linkage=True, allow_none=True, **options
    )


def urls(of: str, name: str) -> dict[str, Any]:
    return {
        "self_url": f"/{of}/{{id}}/relationships/{name}",
        "self_url_kwargs": {"id": "<id>"},
        "related_url": f"/{of}/{{id}}/{name}",
        "related_url_kwargs": {"id": "<id>"},
    }


class EntrySchema(Schema):  # type: ignore[misc]
    """An entry in a list: its relationships bear their linkage alone."""

    class Meta:
        type_ = "entries"
        self_url = "/entries/{id}"
        self_url_kwargs: Mapping[str, str] = {"id": "<id>"}

    id = fields.String()
    created_at = fields.String(dump_only=True)
    updated_at = fields.String(dump_only=True)
    project_id = fields.String(dump_only=True)
    dataset_id = fields.String(dump_only=True)
    resource = fields.String()
    priority = fields.Float()
    wf_step = fields.String(dump_only=True)
    workflow_version = fields.Integer(dump_only=True)
    status = fields.String(dump_only=True)
    job_id = fields.String(allow_none=True)
    assigned_to_id = fields.String(dump_only=True)
    submitted_by_id = fields.String(dump_only=True)
    reviewed_by_id = fields.String(dump_only=True)
    external_id = fields.String(allow_none=True)
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)
    content_hash = fields.String(dump_only=True)
    media_type = fields.String(dump_only=True)
    label_status = fields.String(dump_only=True)
    split = fields.String(allow_none=True)
    metadata = Json(attribute="metadata_")
    media = Json(allow_none=True)
    reviewer_id = fields.String(allow_none=True)
    vendor = Json(allow_none=True)
    due_at = fields.String(allow_none=True)
    agreement = fields.Float(allow_none=True)
    library_entry_id = fields.String(dump_only=True)
    dataset = to_one("datasets", "dataset_id")
    assigned_to = to_one("project_members", "assigned_to_member_id")
    submitted_by = to_one("project_members", "submitted_by_member_id")
    reviewed_by = to_one("project_members", "reviewed_by_member_id")


class WholeEntrySchema(EntrySchema):
    """An entry by itself: its relationships bear their links too."""

    dataset = to_one("datasets", "dataset_id", **urls("entries", "dataset"))
    assigned_to = to_one("project_members", "assigned_to_member_id", **urls("entries", "assigned_to"))
    submitted_by = to_one("project_members", "submitted_by_member_id", **urls("entries", "submitted_by"))
    reviewed_by = to_one("project_members", "reviewed_by_member_id", **urls("entries", "reviewed_by"))
    annotations = Relationship(many=True, **urls("entries", "annotations"))
    layers = Relationship(many=True, **urls("entries", "layers"))
    note_feeds = Relationship(many=True, **urls("entries", "note_feeds"))


class AnnotationSchema(Schema):  # type: ignore[misc]
    class Meta:
        type_ = "annotations"
        self_url = "/annotations/{id}"
        self_url_kwargs: Mapping[str, str] = {"id": "<id>"}

    id = fields.String()
    created_at = fields.String(dump_only=True)
    updated_at = fields.String(dump_only=True)
    project_id = fields.String(dump_only=True)
    dataset_id = fields.String(dump_only=True)
    entry_id = fields.String(dump_only=True)
    layer_id = fields.String(dump_only=True)
    dimensions = Json(required=True)
    annotation = Json(required=True)
    metadata = Json(attribute="metadata_", load_default="{}")
    created_by_email = fields.String(dump_only=True)
    entry = to_one("entries", "entry_id", required=True, **urls("annotations", "entry"))
    layer = to_one("layers", "layer_id", **urls("annotations", "layer"))
    note_feeds = Relationship(many=True, **urls("annotations", "note_feeds"))


class JsonApiResponse(JSONResponse):
    media_type = "application/vnd.api+json"


def engine_of(url: str) -> Any:
    """An engine for the SQLite database at URL, pool and transactions as SQLAlchemy has them by default."""
    engine = create_engine(url, module=dbapi2, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def signed_in(session: Session, request: Request, scope: str) -> Account:
    """The account whose key came with REQUEST."""
    secret = request.headers.get("authorization", "").removeprefix("Bearer ")
    found = session.exec(
        select(ApiKey, Account)
        .join(Account, col(Account.id) == col(ApiKey.account_id))
        .where(
            ApiKey.secret_hash == hashlib.sha256(secret.encode()).hexdigest(),
            col(ApiKey.revoked_at).is_(None),
            col(Account.disabled_at).is_(None),
        )
    ).first()
    if found is None or (found[0].expires_at and found[0].expires_at <= now()):
        raise HTTPException(401)
    if scope not in json.loads(found[0].scopes):
        raise HTTPException(403)
    return found[1]


def living(session: Session, model: Any, id: str) -> Any:
    """The record of MODEL with that id. Raises 404 where it is none, or in the trash."""
    found = session.get(model, id)
    if found is None or found.deleted_at is not None:
        raise HTTPException(404)
    return found


def created(annotation: Annotation, account: Account) -> Event:
    """The event that ACCOUNT made ANNOTATION, the next in the organization's feed."""
    record = annotation.model_dump()
    record["metadata"] = record.pop("metadata_")
    for name in ("dimensions", "annotation", "metadata"):
        record[name] = json.loads(record[name])
    last = select(func.coalesce(func.max(Event.sequence), 0))
    number: Any = last.where(Event.organization_id == annotation.organization_id).scalar_subquery() + 1
    return Event(
        id=new_id(),
        organization_id=annotation.organization_id,
        position=number,
        sequence=number,
        kind="create",
        resource="annotations",
        record_id=annotation.id,
        record_version=annotation.version,
        project_id=annotation.project_id,
        dataset_id=annotation.dataset_id,
        entry_id=annotation.entry_id,
        actor_id=account.id,
        at=annotation.created_at,
        details="{}",
        record=json.dumps(record, separators=(",", ":"), ensure_ascii=False),
    )


def check_owner(session: Session, account: Account, project_id: str, organization_id: str) -> None:
    """Raise 404 where ACCOUNT does not own the project. The measures' account does."""
    member = session.exec(
        select(ProjectMember).where(
            ProjectMember.project_id == project_id,
            ProjectMember.account_id == account.id,
            col(ProjectMember.disabled_at).is_(None),
        )
    ).first()
    if organization_id != account.organization_id or member is None or member.role != "project_owner":
        raise HTTPException(404)


def document_of(schema: Any, found: Any, links: dict[str, str]) -> dict[str, Any]:
    return {"jsonapi": {"version": "1.1"}, "links": links, "data": schema.dump(found)["data"]}


class Program:
    """The endpoints, on one engine."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def list_entries(self, request: Request) -> JsonApiResponse:
        params = request.query_params
        size, number = min(int(params.get("page[size]", 1000)), 1000), int(params.get("page[number]", 1))
        with Session(self.engine) as session:
            account = signed_in(session, request, "read")
            dataset = living(session, Dataset, params["filter[dataset_id]"])
            check_owner(session, account, dataset.project_id, dataset.organization_id)
            query = select(Entry).where(Entry.dataset_id == dataset.id, col(Entry.deleted_at).is_(None))
            if statuses := params.get("filter[status__in]"):
                query = query.where(col(Entry.status).in_(statuses.split(",")))
            for name in filter(None, params.get("sort", "").split(",")):
                column = getattr(Entry, name.removeprefix("-"))
                query = query.order_by(column.desc() if name.startswith("-") else column)
            is_down = params.get("sort", "").rpartition(",")[2].startswith("-")
            query = query.order_by(col(Entry.id).desc() if is_down else col(Entry.id))
            query = query.limit(size + 1).offset((number - 1) * size)
            entries = session.exec(query).all()
            links = {"self": str(request.url.path) + "?" + request.url.query, "first": page_link(request, 1)}
            if number > 1:
                links["prev"] = page_link(request, number - 1)
            if len(entries) > size:
                links["next"] = page_link(request, number + 1)
            return JsonApiResponse(document_of(EntrySchema(many=True), entries[:size], links))

    def show_entry(self, request: Request) -> JsonApiResponse:
        with Session(self.engine) as session:
            account = signed_in(session, request, "read")
            entry = living(session, Entry, request.path_params["id"])
            check_owner(session, account, entry.project_id, entry.organization_id)
            return JsonApiResponse(document_of(WholeEntrySchema(), entry, {"self": request.url.path}))

    async def create_annotation(self, request: Request) -> JsonApiResponse:
        return await run_in_threadpool(self.keep_annotation, request, await request.json())

    def keep_annotation(self, request: Request, body: Any) -> JsonApiResponse:
        try:
            values = AnnotationSchema().load(body)
        except ValidationError as error:
            return JsonApiResponse(error.messages, 422)
        with Session(self.engine) as session:
            account = signed_in(session, request, "write")
            entry = living(session, Entry, values["entry_id"])
            check_owner(session, account, entry.project_id, entry.organization_id)
            if entry.status in ("completed", "errored"):
                raise HTTPException(409)
            at = now()
            annotation = Annotation(
                id=new_id(),
                created_at=at,
                updated_at=at,
                organization_id=entry.organization_id,
                project_id=entry.project_id,
                dataset_id=entry.dataset_id,
                layer_id=entry.id,
                created_by_email=account.email,
                created_by_id=account.id,
                **values,
            )
            entry.updated_at = at
            session.add(annotation)
            session.add(created(annotation, account))
            session.commit()
            session.refresh(annotation)
            link = f"/annotations/{annotation.id}"
            document = document_of(AnnotationSchema(), annotation, {"self": link})
            return JsonApiResponse(document, 201, {"Location": link})


def page_link(request: Request, number: int) -> str:
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "page[number]"]
    return f"{request.url.path}?{urlencode([*others, ('page[number]', number)])}"


def build(url: str) -> Starlette:
    """The program on the database at URL."""
    program = Program(engine_of(url))
    return Starlette(
        routes=[
            Route("/entries", program.list_entries),
            Route("/entries/{id}", program.show_entry),
            Route("/annotations", program.create_annotation, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    serve(build(sys.argv[1]))
