"""What an operator asks: whether the service lives, whether it is ready, and its figures."""

import asyncio
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest
from sqlalchemy import literal, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.errors import Problem
from app.storage.statement import Statement
from app.web.errors import error_response
from app.web.routing import Entry
from app.web.service import Service
from app.work import SYSTEM

PATIENCE = 2  # seconds that the database is given to answer
SECONDS = Histogram(
    "postil_request_seconds",
    "How long requests took, by route and status.",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

_ONE = Statement(lambda: select(literal(1)))


def routes_of(service: Service) -> list[Entry]:
    return [
        Entry("GET", "/health/live", _live, error_response),
        Entry("GET", "/health/ready", partial(_ready, service), error_response),
        Entry("GET", "/metrics", _metrics, error_response),
    ]


async def _live(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _ready(service: Service, request: Request) -> Response:
    """Ready is who can read its database now."""
    try:
        await asyncio.wait_for(service.database.read(SYSTEM, lambda work: work.rows(_ONE, {})), PATIENCE)
    except (Problem, TimeoutError):
        return JSONResponse({"status": "the database does not answer"}, 503, {"Retry-After": "1"})
    return JSONResponse({"status": "ok"})


async def _metrics(request: Request) -> Response:
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
