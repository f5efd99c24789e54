"""What tests of this face are given: the owner of a new organization, as the SDK speaks for them."""

import pytest

from tests.app.vendors.segments.client import Client
from tests.lab import Lab


@pytest.fixture
def owner(lab: Lab) -> Client:
    return Client(lab.owner)


@pytest.fixture
def at(owner: Client) -> str:
    """The path of a new dataset of boxes."""
    return owner.dataset()
