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
    """Runs one piece of work at a time, and gives where it stands; safe to share among threads.

    Attributes
    ----------
    work
        Does it, and tells its progress meanwhile.
    """

    work: Callable[[Tell], Found]
    now: Callable[[], int] = time.time_ns
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _state: Progress | Result[Found] | Exception | None = None

    def start(self) -> None:
        """Begin, unless it runs already."""
        with self._lock:
            if not isinstance(self._state, Progress):
                self._state = Progress()
                threading.Thread(target=self._run, name="work", daemon=True).start()

    def state(self) -> Progress | Result[Found] | None:
        """Say how far it is, or what it found; None: nobody asked yet, or what ended it was told.

        Raises
        ------
        Exception
            What ended it, once.
        """
        with self._lock:
            state = self._state
            if isinstance(state, Exception):
                self._state = None
                raise state
        return state

    def progress(self) -> Progress | None:
        """Say how far it is; None: it does not run."""
        return self._state if isinstance(self._state, Progress) else None

    def _run(self) -> None:
        try:
            self._state = Result(self.work(self._tell), moment(self.now()))
        except Exception as error:  # noqa: BLE001 (raised for whoever asks for the result)
            self._state = error

    def _tell(self, progress: Progress) -> None:
        self._state = progress
