from collections.abc import Iterator

import pytest
from tests.e2e.operating import Operator
from tests.e2e.serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run one local stack for all tests of a file; each test posts records of its own."""
    with serving(tmp_path_factory.mktemp("serve") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """Run a local stack whose schedule does not come while the tests run."""
    with serving(tmp_path_factory.mktemp("serve") / "log", "--recovery", "3600") as running:
        yield Operator(running)
