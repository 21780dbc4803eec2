"""What personal data is shown for the moment: asked for with a reason, and covered again by itself."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.clock import moment

_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Showing:
    """Until when (aware, UTC) something is shown, and why."""

    until: datetime
    because: str


@dataclass
class Shown:
    """By what is shown, such as `entrega/01a2…` or `contato/341`; kept by this process alone."""

    now: Callable[[], int] = time.time_ns
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _showing: dict[str, Showing] = field(default_factory=dict)

    def show(self, what: str, because: str) -> None:
        """Show something for five minutes from now on."""
        with self._lock:
            self._showing[what] = Showing(moment(self.now()) + _FOR, because)

    def cover(self, what: str) -> None:
        """Cover it again."""
        with self._lock:
            self._showing.pop(what, None)

    def get(self, what: str) -> Showing | None:
        """Say until when it is shown; None: it is covered."""
        with self._lock:
            found = self._showing.get(what)
        return found if found and found.until > moment(self.now()) else None
