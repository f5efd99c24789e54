"""The two mounts, and who talks to them: what the conformance tests are run at."""

import pytest

from tests.app.jsonapi.asking import MOUNTS, one_of_each
from tests.lab import House, Lab, Person


@pytest.fixture(params=MOUNTS, ids=["plain", "seed"])
def mount(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def owner(lab: Lab, mount: str) -> Person:
    """The organization's owner, who may all, at the mount."""
    return lab.owner.at(mount)


@pytest.fixture(scope="session")
def still(house: House) -> Lab:
    """A laboratory with one entry, which no test changes: for what is refused, or read alone."""
    lab = Lab(house, "Still life")
    lab.entry  # noqa: B018 - made here, once
    return lab


@pytest.fixture
def asker(still: Lab, mount: str) -> Person:
    """Its owner, at the mount."""
    return still.owner.at(mount)


@pytest.fixture(scope="session")
def gallery(house: House) -> tuple[Lab, dict[str, str]]:
    """A laboratory with a record of every type, which no test changes, and their ids by type."""
    lab = Lab(house, "Gallery")
    return lab, one_of_each(lab)


@pytest.fixture
def records(gallery: tuple[Lab, dict[str, str]]) -> dict[str, str]:
    return gallery[1]


@pytest.fixture
def viewer(gallery: tuple[Lab, dict[str, str]], mount: str) -> Person:
    """The gallery's owner, at the mount."""
    return gallery[0].owner.at(mount)
