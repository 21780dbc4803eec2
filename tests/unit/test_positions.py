import pytest

from aws.delivery_items import read_positions, write_positions


@pytest.mark.parametrize("positions", [(), (0,), (7, 8, 9), (0, 2, 3, 9_999), tuple(range(0, 398, 2))])
def test_positions_read_back(positions: tuple[int, ...]) -> None:
    """The records of a delivery that are not finished, as its head names them."""
    assert read_positions(write_positions(positions)) == set(positions)


@pytest.mark.parametrize("count", [401, 10_000])
def test_of_too_many_none_is_forgotten(count: int) -> None:
    """One that is not named would never be sent; one that is named too many is sent once more."""
    positions = range(0, count, 2)
    text = write_positions(positions)

    assert read_positions(text) >= set(positions)
    assert len(text) < 2_500
