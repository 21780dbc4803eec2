from datetime import UTC, datetime

from rubeus.reading.days import FIRST, days

NOW = datetime(2026, 11, 3, 2, 59, tzinfo=UTC)


def test_days_are_those_of_brasilia() -> None:
    """Three hours behind UTC."""
    assert days(datetime(2026, 11, 2, 2, 59, tzinfo=UTC), NOW) == ["2026-11-01", "2026-11-02"]
    assert days(NOW, NOW) == ["2026-11-02"]
    assert days(datetime(2027, 1, 1, tzinfo=UTC), NOW) == []


def test_nobody_asks_a_store_for_the_days_before_any_receiver() -> None:
    """A day is a call or more, and `--since 1900-01-01` would make tens of thousands."""
    since_first = days(FIRST, NOW)
    assert days(datetime(1900, 1, 1, tzinfo=UTC), NOW) == since_first
    assert days(datetime(1, 1, 1, tzinfo=UTC), NOW) == since_first
    assert (since_first[0], since_first[-1]) == ("2026-09-01", "2026-11-02")
