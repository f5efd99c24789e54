"""The people of the matrix, made once for each file of tests and each database."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.app.matrix.client import QuickClient
from tests.app.matrix.people import Cast
from tests.lab import House, Lab


@pytest.fixture(scope="session")
def quick_house(house: House) -> Iterator[House]:
    """The running service, by a quick client."""
    client: Any = QuickClient(house.client.app)
    yield replace(house, client=client)
    client.close()


@pytest.fixture(scope="module")
def cast(quick_house: House) -> Cast:
    quick_house.dice.roll(0.0)
    return Cast(quick_house)


@pytest.fixture
def lab(quick_house: House) -> Lab:
    """A new organization, by the quick client."""
    quick_house.dice.roll(0.0)
    return Lab(quick_house, f"Lab {uuid4().hex[:8]}")
