"""What every foreign client is given: a running server, a data set of its own, both mounts."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.web.jsonapi.mounts import MOUNTS, Mount
from tests.clients import node
from tests.clients.server import Server, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("clients")) as server:
        yield server


@pytest.fixture(scope="session")
def project(server: Server) -> str:
    return server.create("projects", name="Retina", organization_id=server.organization)


@pytest.fixture(scope="module", params=MOUNTS, ids=["plain", "prefixed"])
def mount(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def dataset(server: Server, project: str, mount: Mount) -> str:
    """A data set of one module's at one mount."""
    return server.create("datasets", name="Left eyes", project_id=project)


@pytest.fixture(scope="session")
def node_modules() -> None:
    node.install()
