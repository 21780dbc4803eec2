from rubeus.calling.load import percentile


def test_so_many_percent_do_not_exceed_a_percentile() -> None:
    """The nearest rank, in whatever order they came."""
    seconds = [float(number) for number in range(100, 0, -1)]
    assert [percentile(seconds, each) for each in (50, 95, 99)] == [50, 95, 99]
    assert [percentile([3.0, 1.0, 2.0], each) for each in (50, 95)] == [2, 3]
    assert percentile([7.0], 99) == 7
