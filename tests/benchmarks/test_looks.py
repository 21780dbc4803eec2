"""How many calls a look takes in full stores: what CI holds on to, and never the time."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from benchmarks.calls import Calls
from benchmarks.inspector import PAGES, ask
from benchmarks.reading import LOOKS, Stores, fill, open_stores

from rubeus.cli.inspecting import inspecting
from rubeus.stack.child import listen
from rubeus.stack.emulator import emulator
from rubeus.stack.stores import create_stores, local_session
from rubeus.stack.target import Target
from rubeus.stack.template import read_template

PEOPLE = 200


@dataclass(frozen=True)
class Full:
    """Stores with 2,000 records, each from a delivery of its own; their calls are seen."""

    stores: Stores
    calls: Calls
    inspector: str


@pytest.fixture(scope="module")
def full() -> Iterator[Full]:
    """Fill the stores once, and open the inspector on them."""
    with ExitStack() as context:
        endpoint = context.enter_context(emulator(0))
        ids = create_stores(read_template(), endpoint, None)
        session = local_session()
        day = fill(session.client("dynamodb", endpoint_url=endpoint), ids, PEOPLE)
        calls = Calls(session)
        listener = context.enter_context(listen(0, "--port"))
        pages = context.enter_context(inspecting(Target(session, endpoint, ids, {}), None, listener))
        yield Full(open_stores(session, endpoint, ids, day), calls, pages)


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_takes_few_calls(full: Full, name: str) -> None:
    """Of 2,000 deliveries no more than of 10,000, and something is found."""
    look = LOOKS[name]
    spent = full.calls.during(lambda: look.look(full.stores))
    assert spent.answer
    assert 0 < spent.calls <= look.calls


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_few_calls(full: Full, name: str) -> None:
    """Also the first time."""
    spent = full.calls.during(lambda: ask(full.inspector, PAGES[name]))
    assert 0 < spent.calls <= PAGES[name].calls
