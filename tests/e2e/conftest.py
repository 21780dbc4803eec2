from collections.abc import Iterator

import pytest
from tests.e2e.serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run one local stack for all tests of a file; each test posts records of its own."""
    with serving(tmp_path_factory.mktemp("serve") / "log") as running:
        yield running
