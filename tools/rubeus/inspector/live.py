"""What is new among the deliveries: asked for once a second, however many pages ask."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.clock import BRASILIA, moment
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.selection import Selection
from rubeus.reading.summary import DeliverySummary

_SECONDS = 0.8
# Deliveries that were received first may be seen last: the index is a moment behind, clocks differ, and a
# delivery that is open changes when it is done.
_LOOK_BACK = timedelta(seconds=60)
_KEPT = 500


@dataclass
class Live:
    """The one poller of a process; safe to share among threads.

    It asks when a page does, and at most once in `_SECONDS`: where nobody looks, nothing is read.
    """

    deliveries: Deliveries
    now: Callable[[], int] = time.time_ns
    _boot: str = field(default_factory=lambda: secrets.token_hex(4))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _changes: dict[str, tuple[int, DeliverySummary]] = field(default_factory=dict)
    _last: int = 0
    _asked: float = float("-inf")
    _newest: datetime | None = None
    _failure: Exception | None = None

    def cursor(self) -> str:
        """Give the cursor of a page that is about to read the deliveries by itself; nothing is read."""
        return f"{self._boot}-{self._last}"

    def since(self, cursor: str) -> tuple[Sequence[DeliverySummary], str]:
        """Give what came or changed since a cursor, newest first, and the cursor from then on.

        A cursor of another process gets all that is kept, so that a restart loses nothing.

        Raises
        ------
        Exception
            What reading the deliveries raises, also where the reading was for another page.
        """
        with self._lock:
            if time.monotonic() - self._asked >= _SECONDS:
                self._failure = None
                try:
                    self._ask()
                except Exception as error:  # noqa: BLE001 (raised below, for every page that asks meanwhile)
                    self._failure = error
                self._asked = time.monotonic()
            if self._failure:
                raise self._failure
            boot, _, number = cursor.partition("-")
            seen = int(number) if boot == self._boot and number.isdigit() else -1
            found = [each for at, each in self._changes.values() if at > seen]
            return sorted(found, key=lambda each: each.id, reverse=True), f"{self._boot}-{self._last}"

    def _ask(self) -> None:
        now = moment(self.now())
        since = (self._newest or now) - _LOOK_BACK
        days = {each.astimezone(BRASILIA).date().isoformat() for each in (since, now)}
        for day in sorted(days):
            for each in self.deliveries.find(Selection(day=day, since=since), oldest_first=True):
                known = self._changes.get(each.id)
                if known is None or known[1] != each:
                    self._last += 1
                    self._changes[each.id] = (self._last, each)
                    self._newest = max(self._newest or each.received_at, each.received_at)
        for old in sorted(self._changes)[:-_KEPT]:
            del self._changes[old]
