"""What takes longer than a page may: worked out in a thread when asked for, kept until asked for again."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from models.clock import moment

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: a share from 0 to 1, and how many items have been read."""

    share: float = 0.0
    read: int = 0


Tell: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Result(Generic[Found]):
    """What was found, and when; aware, UTC."""

    found: Found
    at: datetime


@dataclass
class Work(Generic[Found]):
    """Runs one piece of work at a time; safe to share among threads.

    Attributes
    ----------
    work
        Does it, and tells its progress meanwhile.
    state
        How far it is, what it found, or what ended it; None: nobody asked yet.
    """

    work: Callable[[Tell], Found]
    state: Progress | Result[Found] | Exception | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin, unless it runs already."""
        with self._lock:
            if not isinstance(self.state, Progress):
                self.state = Progress()
                threading.Thread(target=self._run, name="work", daemon=True).start()

    def _run(self) -> None:
        try:
            self.state = Result(self.work(self._tell), moment(time.time_ns()))
        except Exception as error:  # noqa: BLE001 (told to whoever looks)
            self.state = error

    def _tell(self, progress: Progress) -> None:
        self.state = progress
