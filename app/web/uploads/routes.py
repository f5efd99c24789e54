"""Where bytes are taken. A route here stands in place of a card's own, which it hands on to."""

from app.web.errors import error_response
from app.web.jsonapi.mounts import Mount
from app.web.routing import Entry
from app.web.service import Service
from app.web.uploads.manifests import Manifests
from app.web.uploads.posting import Posting
from app.web.uploads.receiving import Receiver
from app.web.uploads.signing import Signed, Signing


def routes_of(mount: Mount, service: Service, receiver: Receiver) -> list[Entry]:
    """What takes bytes at MOUNT, with a key."""
    runs = {
        "/assets": Posting(mount, service, receiver).create,
        "/assets/uploads": Signing(mount, service).create,
        "/datasets/{id}/imports": Manifests(mount, service, receiver).create,
    }
    return [
        Entry("POST", mount.path + path, run, error_response, allows_head=False) for path, run in runs.items()
    ]


def signed_routes_of(service: Service, receiver: Receiver) -> list[Entry]:
    """What takes bytes by a signed address."""
    receive = Signed(service, receiver).receive
    return [Entry(method, "/uploads/{id}", receive, error_response) for method in ("PUT", "POST")]
