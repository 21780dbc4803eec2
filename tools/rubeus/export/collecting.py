"""Which states an export holds, while more come in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.clock import moment
from models.record import Key
from rubeus.reading.days import FIRST
from rubeus.reading.record_state import RecordState
from rubeus.reading.records import Records

# What was received yesterday may be stored today: recovery takes what the front door left open.
_STILL_COMING = timedelta(days=1)


@dataclass(frozen=True)
class Collection:
    """The states of one kind.

    Attributes
    ----------
    since
        Aware: only what was received then or later.
    all_versions
        Beside the present state of a record, all that it had before, late ones included.
    """

    records: Records
    kind: str
    since: datetime | None = None
    all_versions: bool = False
    _seen: dict[Key, datetime] = field(default_factory=dict)
    _given: set[str] = field(default_factory=set)

    def states(self) -> Iterator[RecordState]:
        """Give them by the day of the present state, oldest first, then what came meanwhile, to the end.

        A record whose state changes meanwhile comes again; no state comes twice.
        """
        yield from self._states_since(self.since or FIRST)
        more = True
        while more:
            more = False
            for state in self._states_since(self._now() - _STILL_COMING):
                more = True
                yield state

    def _states_since(self, since: datetime) -> Iterator[RecordState]:
        for day in self.records.days_since(max(since, self.since or since)):
            for state in self.records.current(self._unseen(day)):
                self._seen[state.key] = state.received_at
                for each in self.records.history(state.key) if self.all_versions else (state,):
                    identity = (
                        f"{each.receipt} {each.key.id}"  # as a tuple, garbage collection would look at it
                    )
                    if identity not in self._given and (self.since is None or each.received_at >= self.since):
                        self._given.add(identity)
                        yield each

    def _unseen(self, day: str) -> Iterator[Key]:
        """Give the records of a day that are not known in this state, by their time of receipt.

        Two states of one record may have the same time, so the last seconds are always looked at again.
        """
        settled = self._now() - timedelta(seconds=5)
        for key, received_at in self.records.receipts_of_day(self.kind, day):
            known = self._seen.get(key)
            if known is None or known < received_at or received_at > settled:
                yield key

    def _now(self) -> datetime:
        return moment(self.records.clock.time_ns())
