"""Files at addresses of this face: what every face sends, pictures of ids, which are drawn, and releases.

A release names addresses without a host, since the job that writes it knows none: it is put in as it is sent.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

from starlette.responses import Response, StreamingResponse

from app.addresses import Address
from app.errors import NotFound
from app.web.files.routes import BY_LINK
from app.web.files.sending import Sent
from app.web.service import Service
from app.web.vendors import files
from app.web.vendors.calls import Call
from app.web.vendors.files import EXPORTS, address_of, of_dataset, sender_of
from app.web.vendors.segments import drawing
from app.web.vendors.segments.addresses import BITMAPS, LAYERS, MOUNT
from app.work import SYSTEM, Work

T = TypeVar("T")

FORMAT = "segments"  # of exports that are releases for this face
_ADDRESS = f'"{MOUNT}/files/'.encode()  # what stands before the host is put in


async def in_thread(service: Service, run: Callable[[], T]) -> T:
    """What RUN gives, which may have to read and to draw."""
    return await sender_of(service).decoded(run)


async def show(call: Call) -> Response:
    said = address_of(call)
    if said.kind in (LAYERS, BITMAPS):
        return await _drawn(call, said)
    if said.kind == EXPORTS:
        hash = await call.service.database.read(SYSTEM, lambda work: _release_at(work, said))
        if hash is not None:
            return await _release(call, hash)
    return await files.show_file(call)


async def _drawn(call: Call, said: Address) -> Response:
    """A picture of ids: of labels as they are now, or as they were when their release was made."""

    def job(work: Work) -> drawing.Asking:
        if said.kind == LAYERS:
            return drawing.of_layer(work, of_dataset(work, LAYERS, said), said.name)
        return drawing.of_export(work, files.of_dataset(work, EXPORTS, said), said.name)

    database = call.service.database
    asking = await database.read(SYSTEM, job)
    png = await in_thread(call.service, lambda: drawing.drawn(database.sources.blobs, asking))
    sent = Sent("image/png", len(png), f'"{sha256(png).hexdigest()}"', "", BY_LINK)
    return sender_of(call.service).whole(call.request, png, sent)


def _release_at(work: Work, said: Address) -> str | None:
    """The content of the release's file at the address; None where that is an export of another kind."""
    export = of_dataset(work, EXPORTS, said)
    is_ours = export.format == FORMAT and export.media_type == "application/json"
    return export.content_hash if is_ours else None


async def _release(call: Call, hash: str) -> Response:
    pieces = _with_host(call.service.database.sources.blobs.read(hash), call.host.encode())
    read = sender_of(call.service).read
    try:  # before the answer begins: what cannot be read is told as an error
        first = await read(lambda: next(pieces, b""))
    except NotFound:
        raise files.nothing() from None

    async def each() -> AsyncIterator[bytes]:
        piece = first
        while piece:
            yield piece
            piece = await read(lambda: next(pieces, b""))

    headers = {"Cache-Control": f"{BY_LINK}, no-transform", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(each(), headers=headers, media_type="application/json")


def _with_host(pieces: Iterator[bytes], host: bytes) -> Iterator[bytes]:
    """PIECES, in which each address has the HOST."""
    whole = b'"' + host + _ADDRESS[1:]
    left = b""
    for piece in pieces:
        text = (left + piece).replace(_ADDRESS, whole)
        keep = len(_ADDRESS) - 1  # an address may go on in the next piece
        left = text[-keep:]
        if len(text) > keep:
            yield text[:-keep]
    if left:
        yield left


ROUTES = (replace(files.ROUTE, run=show),)
