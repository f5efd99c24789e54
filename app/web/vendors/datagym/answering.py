"""What answers of this face have in common: lists that are written piece by piece, and waiting for jobs."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from app.resources import libraries
from app.web.vendors.calls import Call
from app.web.vendors.datagym import finding
from app.work import Work

PATIENCE = 600.0  # seconds that an answer waits for what it began
MEDIA_TYPE = "application/json"
_HEADERS = {"Vary": "Authorization"}


def empty() -> Response:
    """That it is done, which DataGym says with no body."""
    return Response(status_code=200, headers=_HEADERS)


async def streamed(
    call: Call, pieces: AsyncIterator[bytes], headers: Mapping[str, str] | None = None
) -> Response:
    """PIECES as they come, as JSON. The first is there before the answer begins: a failure is told by it."""
    first = await anext(pieces, b"")
    told = _HEADERS | dict(headers or {})
    if call.request.method == "HEAD":
        return Response(b"", 200, told, media_type=MEDIA_TYPE)

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return StreamingResponse(all_of_them(), media_type=MEDIA_TYPE, headers=told)


async def settled(call: Call, dataset_ids: tuple[str, ...]) -> None:
    """Waits until no items are on their way into the datasets any more: then their tasks are there."""
    until = time.monotonic() + PATIENCE
    for job_id in await call.read(lambda work: _on_their_way(work, dataset_ids)):
        await call.ended(job_id, max(0.0, until - time.monotonic()))


def _on_their_way(work: Work, dataset_ids: tuple[str, ...]) -> list[str]:
    asked: dict[str, Any] = {"kind": libraries.KIND, "dataset_id": dataset_ids, "finished_at": None}
    return [job.id for job in finding.rows_of(work, "jobs", **asked)] if dataset_ids else []
