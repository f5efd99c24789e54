"""Files at addresses of this face: what every face sends, and pictures of ids, which are drawn then."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

from starlette.responses import Response

from app.web.files.routes import BY_LINK
from app.web.files.sending import Sent
from app.web.service import Service
from app.web.vendors import files
from app.web.vendors.calls import Call
from app.web.vendors.files import EXPORTS, address_of, of_dataset, sender_of
from app.web.vendors.segments import drawing
from app.web.vendors.segments.addresses import BITMAPS, LAYERS
from app.work import SYSTEM, Work

T = TypeVar("T")


async def in_thread(service: Service, run: Callable[[], T]) -> T:
    """What RUN gives, which may have to read and to draw."""
    return await sender_of(service).decoded(run)


async def show(call: Call) -> Response:
    said = address_of(call)
    if said.kind not in (LAYERS, BITMAPS):
        return await files.show_file(call)

    def job(work: Work) -> Any:
        """What is to be drawn: labels as they are now, or as they were when their release was made."""
        if said.kind == LAYERS:
            return drawing.of_layer(work, of_dataset(work, LAYERS, said), said.name)
        return drawing.of_export(work, of_dataset(work, EXPORTS, said), said.name)

    database = call.service.database
    asked = await database.read(SYSTEM, job)
    png = await in_thread(call.service, lambda: drawing.drawn(database.sources.blobs, asked))
    sent = Sent("image/png", len(png), f'"{sha256(png).hexdigest()}"', "", BY_LINK)
    return sender_of(call.service).whole(call.request, png, sent)


ROUTES = (replace(files.ROUTE, run=show),)
