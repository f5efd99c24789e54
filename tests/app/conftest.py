"""What tests of the service share: a real S3 server, started where one of them needs it."""

from collections.abc import Iterator, Mapping

import pytest

from tests.app.seaweed import seaweed


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """A real S3 server: the environment in which it is found."""
    with seaweed(tmp_path_factory.mktemp("seaweed")) as environment:
        yield environment
