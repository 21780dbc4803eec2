import pytest

from rubeus.inspector.charts import BOTTOM, TOP, columns, hours, lines, rows, scale


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (7, [0, 2, 4, 6, 8]),
        (60, [0, 20, 40, 60]),
        (61, [0, 20, 40, 60, 80]),
        (2904, [0, 1000, 2000, 3000]),
    ],
)
def test_an_axis_counts_in_round_steps(largest: float, expected: list[int]) -> None:
    """From 0 to at least the largest value, in whole numbers."""
    assert scale(largest) == expected


def test_columns_stack_what_an_hour_had() -> None:
    """The heights are to scale, the first at the bottom, and nothing is drawn of nothing."""
    drawn = columns([{"c-ok": 3, "c-no": 1}, *({"c-ok": 0, "c-no": 0} for _ in range(23))], hours())
    ok, no = drawn.bars
    assert (ok.css, no.css) == ("c-ok", "c-no")
    assert ok.y + ok.height == pytest.approx(BOTTOM)
    assert no.y + no.height == pytest.approx(ok.y)
    assert no.y == pytest.approx(TOP)
    assert ok.height == pytest.approx(3 * no.height)
    assert [each.text for each in drawn.labels][:2] == ["0h", "3h"]


def test_lines_leave_out_hours_without_a_value_and_keep_their_names_apart() -> None:
    """A single hour is a line, too."""
    nothing: list[float | None] = [None] * 24
    low, high = [*nothing], [*nothing]
    low[8], high[8], high[9] = 20, 21, 21
    first, second = lines({"p50": low, "p95": high}, ["l1", "l2"]).lines
    assert first.path.count("L") == second.path.count("L") == 1
    assert abs(first.y - second.y) >= 14
    assert lines({"p50": nothing}, ["l1"]).lines == []


def test_rows_are_as_long_as_their_counts() -> None:
    """One below the other, with what is said of each; the parts of one follow each other."""
    drawn = rows([("contato", {"c-ok": 8, "c-no": 2}, "10"), ("evento", {"c-ok": 5, "c-no": 0}, "5")])
    ok, no, short = drawn.bars
    assert ok.width + no.width == pytest.approx(2 * short.width)
    assert no.x == pytest.approx(ok.x + ok.width)
    assert ok.y == no.y < short.y
    assert [(each.name, each.said) for each in drawn.rows] == [("contato", "10"), ("evento", "5")]


def test_columns_of_many_days_are_named_now_and_then() -> None:
    """So that the names do not stand on each other."""
    names = [f"{day:02}/11" for day in range(1, 15)]
    drawn = columns([{"c-ok": 1}] * 14, names)
    assert [each.text for each in drawn.labels] == names[::2]
