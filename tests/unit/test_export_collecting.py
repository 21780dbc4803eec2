import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from models.clock import day
from models.record import Key
from rubeus.export.collecting import Collection
from rubeus.reading.record_state import RecordState

NOW = datetime.now(UTC)


@dataclass
class Store:
    """Records whose index is read page by page while somebody writes: as `rubeus.reading.records.Records`."""

    clock: Any = time
    stored: dict[Key, list[RecordState]] = field(default_factory=dict)

    def write(self, identifier: int, received_at: datetime) -> None:
        """Store a new state."""
        key = Key("contato", str(identifier))
        states = self.stored.setdefault(key, [])
        number = len(states) + 1
        receipt = f"{received_at.isoformat()}#{number:05}"
        states.append(RecordState(key, number, received_at, receipt, "", "", (), {"id": key.id}))

    def days_since(self, since: datetime) -> Iterator[str]:
        """Give the days to today."""
        first, today = day(max(since, NOW - timedelta(days=5))), datetime.now(UTC)
        return (each for n in range(6, -1, -1) if (each := day(today - timedelta(days=n))) >= first)

    def receipts_of_day(self, kind: str, of_day: str) -> Iterator[tuple[Key, datetime]]:
        """Give what the index has when it is asked, three at a time."""
        last = datetime.min.replace(tzinfo=UTC)
        while page := sorted(
            (states[-1].received_at, key)
            for key, states in self.stored.items()
            if key.kind == kind and day(states[-1].received_at) == of_day and states[-1].received_at > last
        )[:3]:
            last = page[-1][0]
            yield from ((key, received_at) for received_at, key in page)

    def current(self, keys: Iterable[Key]) -> Iterator[RecordState]:
        """Give what is stored when it is taken."""
        return (self.stored[key][-1] for key in keys)

    def history(self, key: Key) -> Sequence[RecordState]:
        """Give all versions."""
        return self.stored[key]


def filled() -> Store:
    """Give 40 records, received within four days."""
    store = Store()
    for number in range(1, 41):
        store.write(number, NOW - timedelta(hours=96 - 2 * number))
    return store


def exported(store: Store, posts: int, *, all_versions: bool = False) -> list[RecordState]:
    """Collect while so many posts come, one after each state; some change what was, or was not, read yet."""
    random = Random(20261124)
    taken = []
    for state in Collection(store, "contato", all_versions=all_versions).states():  # type: ignore[arg-type]  # stands in
        taken.append(state)
        if posts:
            posts -= 1
            store.write(random.randint(1, 60), datetime.now(UTC))
    assert not posts
    return taken


def test_what_comes_meanwhile_is_in_it() -> None:
    """Beside 200 posts, the last that is given of every record is its state at the end."""
    store = filled()
    last = {state.key: state for state in exported(store, 200)}

    assert last == {key: states[-1] for key, states in store.stored.items()}


def test_it_looks_again_until_nothing_more_came() -> None:
    """Recovery stores what came in hours ago: behind what was read of today, once and once more."""
    store = filled()
    found = []
    for state in Collection(store, "contato").states():  # type: ignore[arg-type]  # stands in
        found.append(state.key.id)
        if len(found) in (40, 41, 42):
            store.write(60 + len(found), NOW - timedelta(hours=len(found) - 34))

    assert found[40:] == ["100", "101", "102"]


def test_all_versions_are_in_it_once() -> None:
    """Also those that came meanwhile."""
    store = filled()
    given = [(state.key, state.version) for state in exported(store, 200, all_versions=True)]

    assert len(given) == len({*given})
    assert {*given} == {(key, each.version) for key, states in store.stored.items() for each in states}


def test_it_begins_with_the_oldest() -> None:
    """By the day of the present state."""
    received = [state.received_at for state in exported(filled(), 0)]

    assert received == sorted(received)


def test_since_leaves_out_what_came_before() -> None:
    """Of present states and of versions."""
    store = filled()
    store.write(1, NOW - timedelta(minutes=1))
    since = NOW - timedelta(hours=20)
    found = Collection(store, "contato", since, all_versions=True)  # type: ignore[arg-type]  # stands in

    assert {(state.key.id, state.version) for state in found.states()} == {
        ("1", 2), *((str(number), 1) for number in range(38, 41)),
    }  # fmt: skip
