"""Files at addresses that need no key, below any face's mount: assets, items of entries, and exports.

It must not know a vendor; what a face draws when it is asked for, it sends by the same sender.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from starlette.responses import Response

from app.addresses import Address
from app.attributes import is_id
from app.declare import RESOURCES
from app.errors import NotFound
from app.operations.reading import show
from app.resources import files
from app.web.files.routes import BY_LINK
from app.web.files.sending import Sender, Sent
from app.web.service import Service
from app.web.vendors.calls import Call, Route
from app.work import SYSTEM, Work

ASSETS, ENTRIES, EXPORTS = "assets", "entries", "exports"
ALWAYS = 1  # the version of what is revoked by deleting it


class Found(NamedTuple):
    """A file that is kept: its HASH, what it is, and its size in bytes."""

    hash: str
    media_type: str
    size: int


@lru_cache(8)
def sender_of(service: Service) -> Sender:
    return Sender(service.database.sources.blobs)


def address_of(call: Call) -> Address:
    """The address that was asked for."""
    return Address(call.path["kind"], call.path["id"].lower(), call.path["token"], call.path["name"])


async def show_file(call: Call) -> Response:
    """The file at the address. Raises NotFound, Unsatisfiable, Overloaded, Unavailable."""
    said = address_of(call)
    found = await call.service.database.read(SYSTEM, lambda work: find(work, said))
    sent = Sent(found.media_type, found.size, f'"{found.hash}"', "", BY_LINK)
    return await sender_of(call.service).file(call.request, found.hash, sent)


def find(work: Work, said: Address) -> Found:
    """The file that SAID is the address of; WORK is the service's. Raises NotFound."""
    match said.kind:
        case "assets":
            asset = living(work, ASSETS, said.id)
            work.sources.addresses.check(said, ALWAYS)
            return Found(asset.content_hash, asset.media_type, asset.size)
        case "entries":
            entry = of_dataset(work, ENTRIES, said)
            if entry.content_hash is not None:
                told = files.find(work, entry.content_hash, entry.organization_id)
                return Found(entry.content_hash, *told)
        case "exports":
            export = of_dataset(work, EXPORTS, said)
            if export.content_hash is not None:
                return Found(export.content_hash, export.media_type, export.size)
    raise nothing()


def of_dataset(work: Work, type: str, said: Address) -> Any:
    """The record, of a dataset whose addresses are still good. Raises NotFound."""
    record = living(work, type, said.id)
    dataset = living(work, "datasets", record.dataset_id)
    work.sources.addresses.check(said, dataset.addresses_version)
    return record


def living(work: Work, type: str, id: str) -> Any:
    """The record, none of whose ancestors is in the trash either: who asks is nobody, and sees all."""
    if not is_id(id):
        raise nothing()
    card = RESOURCES[type]
    return card.of(show(work, card, id, card.fields))


def nothing() -> NotFound:
    return NotFound("there is no such file, or its address was revoked")


ROUTE = Route(
    "GET",
    "/files/{kind}/{id}/{token}/{name}",
    show_file,
    "A file at its address, which nobody guesses. No key is asked for.",
    is_open=True,
)
