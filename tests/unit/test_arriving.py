from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from models.clock import day
from models.outcome import State
from rubeus.reading.arriving import Arriving
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection

NOON = datetime(2026, 11, 24, 15, tzinfo=UTC)


@dataclass
class Inbox:
    """What an index has when it is asked: as `rubeus.reading.deliveries.Deliveries`."""

    now: datetime = NOON
    rows: dict[str, DeliveryRow] = field(default_factory=dict)

    @property
    def clock(self) -> SimpleNamespace:
        """Tell the time of who watches."""
        return SimpleNamespace(time_ns=lambda: int(self.now.timestamp() * 1e9))

    def came(self, name: str, received_at: datetime, state: State = State.DONE) -> None:
        """Add a delivery, or change its state."""
        self.rows[name] = DeliveryRow(name, received_at, state, 2, (), {}, None, {})

    def list(self, selection: Selection) -> Iterator[DeliveryRow]:
        """Give the rows of a day, newest first."""
        return iter(
            sorted(
                (
                    replace(row)
                    for row in self.rows.values()
                    if day(row.received_at) == selection.day
                    and (selection.since is None or row.received_at >= selection.since)
                ),
                key=lambda row: row.received_at,
                reverse=True,
            )
        )


def looked(inbox: Inbox) -> Arriving:
    """Look once."""
    arriving = Arriving(inbox)  # type: ignore[arg-type]  # stands in
    assert not arriving.look()
    return arriving


def told(arriving: Arriving) -> list[str]:
    """Give the ids of one look."""
    return [row.id for row in arriving.look()]


def test_each_is_told_once_and_those_before_never() -> None:
    """Oldest first, whatever the clock of who watches says within the day."""
    inbox = Inbox(now=NOON - timedelta(hours=3))
    inbox.came("a", NOON)
    arriving = looked(inbox)
    inbox.came("c", NOON + timedelta(seconds=2))
    inbox.came("b", NOON + timedelta(seconds=1))

    assert told(arriving) == ["b", "c"]
    assert told(arriving) == []


def test_one_that_the_index_has_later_is_told() -> None:
    """Although one that came after it was told before."""
    inbox = Inbox()
    inbox.came("a", NOON)
    arriving = looked(inbox)
    inbox.came("c", NOON + timedelta(seconds=40))
    assert told(arriving) == ["c"]
    inbox.came("b", NOON + timedelta(seconds=1))

    assert told(arriving) == ["b"]


def test_an_open_one_is_told_when_it_is_done() -> None:
    """Once, with what became of it; one that stays open is told as such after some looks."""
    inbox = Inbox()
    arriving = looked(inbox)
    inbox.came("a", NOON, State.OPEN)
    inbox.came("b", NOON, State.OPEN)
    assert told(arriving) == []
    inbox.came("a", NOON)
    assert told(arriving) == ["a"]

    looks = [told(arriving) for _ in range(10)]
    assert [each for each in looks if each] == [["b"]]


def test_midnight_hides_nothing() -> None:
    """What came in the last second of a day is told on the next."""
    midnight = datetime(2026, 11, 25, 3, tzinfo=UTC)
    inbox = Inbox(now=midnight - timedelta(seconds=2))
    inbox.came("a", midnight - timedelta(seconds=10))
    arriving = looked(inbox)
    inbox.now = midnight + timedelta(seconds=1)
    inbox.came("b", midnight - timedelta(seconds=1))
    inbox.came("c", midnight)

    assert told(arriving) == ["b", "c"]
