"""How many calls a delivery takes: exact, so this is what CI holds on to, and never the time."""

from collections.abc import Iterator

import pytest
from benchmarks.processes import StandIn, Worker, checkout
from benchmarks.rounds import HANDLER, SERIES, raced, teach

FRESH = 2_000_001


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    """Run the stand-in."""
    with StandIn() as running:
        yield running


@pytest.fixture(scope="module")
def receiver(stand_in: StandIn) -> Iterator[Worker]:
    """Run the receiver; what the series take as known is known."""
    with Worker(checkout(), HANDLER, url=stand_in.url) as running:
        teach(stand_in, running, 1_000)
        yield running


def calls(stand_in: StandIn, receiver: Worker, series: str, records: int) -> dict[str, int]:
    """Count the calls of one delivery."""
    stand_in.control(raced=raced(series, records))
    assert receiver.deliver(SERIES[series](FRESH, records))["status"] == 200
    counted: dict[str, int] = stand_in.control()["calls"]
    return counted


@pytest.mark.parametrize(
    ("records", "many"), [(1, (1, 1, 1)), (10, (1, 1, 1)), (100, (1, 2, 10)), (1_000, (10, 20, 100))]
)
@pytest.mark.parametrize("series", ["new", "updated"])
def test_new_and_updated(
    stand_in: StandIn, receiver: Worker, series: str, records: int, many: tuple[int, int, int]
) -> None:
    """100 keys are read and 50 records stored in a call, 10 messages sent in one; the inbox takes two."""
    assert calls(stand_in, receiver, series, records) == {
        "PutItem": 1,
        "BatchGetItem": many[0],
        "TransactWriteItems": many[1],
        "SendMessageBatch": many[2],
        "UpdateItem": 1,
    }


@pytest.mark.parametrize(("records", "many"), [(1, 1), (10, 1), (100, 1), (1_000, 10)])
def test_repeated(stand_in: StandIn, receiver: Worker, records: int, many: int) -> None:
    """A repeat sends no message, and moves one receipt on: 100 of them in a call."""
    assert calls(stand_in, receiver, "repeated", records) == {
        "PutItem": 1,
        "BatchGetItem": many,
        "TransactWriteItems": many,
        "UpdateItem": 1,
    }


@pytest.mark.parametrize("series", ["1 in 10 repeated", "1 in 10 raced"])
def test_one_in_ten(stand_in: StandIn, receiver: Worker, series: str) -> None:
    """What one record in ten costs besides stays within three tenths."""
    new = sum(calls(stand_in, receiver, "new", 1_000).values())

    assert sum(calls(stand_in, receiver, series, 1_000).values()) <= 1.3 * new


def test_one_record_takes_four_round_trips(stand_in: StandIn, receiver: Worker) -> None:
    """Keep and read at the same time, store, publish, close."""
    stand_in.control(milliseconds=50)
    assert receiver.deliver(SERIES["new"](FRESH, 1))["status"] == 200

    assert stand_in.control(milliseconds=0)["in_sequence"] <= 4
