"""An organization in which every string that can be is markup, and the dashboard that shows it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import uvicorn

from tests.app.matrix.tenants import Tenant, settled
from tests.lab import House, Lab

# What a page would show as an element, if it took it for markup: in text, in attributes, in scripts.
MARKUP = "'\"></script><img/src=canary/onerror=canary()>{{7*7}}"
FOUND = "img[src*='canary'], [onerror], [onload], script:not([src]):not([type='application/json'])"
PATIENCE = 10  # seconds in which the server must have begun


@dataclass(frozen=True)
class Hostile:
    """The TENANT, and where its dashboard is served."""

    tenant: Tenant
    url: str

    @property
    def lab(self) -> Lab:
        return self.tenant.lab

    def path_of(self, template: str) -> str:
        """The path of a page, TEMPLATE, for a record of the tenant: `/ui/entries/{id}`."""
        parts = template.split("/")
        for n, part in enumerate(parts):
            if part == "{id}":
                parts[n] = self.tenant.ids[parts[n - 1]]
        assert "{" not in "".join(parts), f"no record is known for {template}"
        return "/".join(parts)


@contextmanager
def hostile(house: House) -> Iterator[Hostile]:
    """The dashboard of a hostile organization in HOUSE, at an address of its own."""
    house.dice.roll(0.0)
    lab = Lab(house, f"Hostile {uuid4().hex[:8]}", mark=MARKUP)
    tenant = settled(lab, b"hostile")
    with listening(house) as url:
        yield Hostile(tenant, url)


@contextmanager
def listening(house: House) -> Iterator[str]:
    """The service of this process, at a port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        server = uvicorn.Server(
            uvicorn.Config(house.client.app, lifespan="off", log_level="error", access_log=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < until, "the server does not begin"
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
