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
# Where nobody looked for so long, as on a laptop that slept, there may be much to catch up with.
_IDLE = timedelta(minutes=5)


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
    _forgotten: int = 0
    _asked: float = float("-inf")
    _looked: datetime | None = None
    _newest: datetime | None = None
    _failure: Exception | None = None

    def cursor(self) -> str:
        """Give the cursor of a page that is about to read the deliveries by itself; nothing is read."""
        with self._lock:
            self._forget_if_idle(moment(self.now()))
            return self._cursor()

    def since(self, cursor: str) -> tuple[Sequence[DeliverySummary] | None, str]:
        """Give what came or changed since a cursor, newest first, and the cursor from then on.

        None in its place where that is not known: of a cursor of another process, or of one so old that some
        of it is not kept any more. Such a page has to read the deliveries anew.

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
            if boot != self._boot or not number.isdecimal() or int(number) < self._forgotten:
                return None, self._cursor()
            seen = int(number)
            found = [each for at, each in self._changes.values() if at > seen]
            return sorted(found, key=lambda each: each.id, reverse=True), self._cursor()

    def _cursor(self) -> str:
        return f"{self._boot}-{self._last}"

    def _forget_if_idle(self, now: datetime) -> None:
        if self._looked is None or now - self._looked > _IDLE:
            self._changes.clear()
            self._last += 1
            self._forgotten, self._newest, self._looked = self._last, None, now

    def _ask(self) -> None:
        now = moment(self.now())
        self._forget_if_idle(now)
        self._looked = now
        since = (self._newest or now) - _LOOK_BACK
        days = {each.astimezone(BRASILIA).date().isoformat() for each in (since, now)}
        for day in sorted(days):
            for each in self.deliveries.find(Selection(day=day, since=since), oldest_first=True):
                known = self._changes.get(each.id)
                if known is None or known[1] != each:
                    self._last += 1
                    self._changes[each.id] = (self._last, each)
                    self._newest = max(self._newest or each.received_at, each.received_at)
        # What would be found again is kept, however much it is: else it would come again each time.
        kept_no_more = sorted(self._changes)[:-_KEPT]
        for old in [each for each in kept_no_more if self._changes[each][1].received_at < since]:
            self._forgotten = max(self._forgotten, self._changes.pop(old)[0])
