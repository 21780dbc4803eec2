"""Deliveries as they come, by asking again and again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models import clock
from models.outcome import State
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection

# The index may have a delivery later than one that came after it.
_OVERLAP = timedelta(minutes=1)
_LOOKS_WHILE_OPEN = 5


@dataclass
class Arriving:
    """Gives each delivery once that comes after the first look.

    Times are those of the deliveries: the clock of this machine may be wrong. Only the day is its own.
    """

    inbox: Deliveries
    _newest: datetime | None = None
    _given: dict[str, datetime] = field(default_factory=dict)
    _open: dict[str, int] = field(default_factory=dict)
    _began: bool = False

    def look(self) -> Sequence[DeliveryRow]:
        """Give what came since the look before, oldest first; raises what `Deliveries.list` raises.

        One that is still open is waited for, some looks long, since it mostly closes at once.
        """
        came, still_open = [], {}
        for each in self._listed():
            looks = self._open.get(each.id, 0) + 1
            if self._began and each.state is State.OPEN and looks <= _LOOKS_WHILE_OPEN:
                still_open[each.id] = looks
            elif each.id not in self._given:
                came.append(each)
        self._open = still_open
        self._keep({**self._given, **{each.id: each.received_at for each in came}})
        began, self._began = self._began, True
        return sorted(came, key=lambda each: each.id) if began else []

    def _listed(self) -> Sequence[DeliveryRow]:
        since = self._newest - _OVERLAP if self._newest else None
        today = clock.moment(self.inbox.clock.time_ns())
        days = dict.fromkeys(clock.day(moment) for moment in (since or today, today))
        return [each for day in days for each in self.inbox.list(Selection(day=day, since=since))]

    def _keep(self, given: Mapping[str, datetime]) -> None:
        """Remember no more than what the next look may list again."""
        self._newest = max(given.values(), default=None)
        if self._newest:
            oldest = self._newest - _OVERLAP
            self._given = {each: received_at for each, received_at in given.items() if received_at >= oldest}
