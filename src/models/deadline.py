"""How long the work may still take."""

from typing import NamedTuple

from models.clock import Clock


class Deadline(NamedTuple):
    """The moment at which the work must be done.

    Attributes
    ----------
    at
        In the seconds of `clock.monotonic`.
    """

    at: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        """Set a deadline so many seconds from now."""
        return cls(clock.monotonic() + seconds, clock)

    def remaining(self) -> float:
        """Give the seconds that are left; may be negative."""
        return self.at - self.clock.monotonic()

    def at_most(self, seconds: float) -> "Deadline":
        """Give a deadline for one piece of the work: so many seconds from now, and no later than this one."""
        return Deadline(min(self.at, self.clock.monotonic() + seconds), self.clock)

    def backoff(self, attempt: int) -> bool:
        """Wait before attempt number `attempt` (from 1): 25 to 50 ms, 50 to 100 ms, … 0.8 to 1.6 s.

        The wait differs from process to process, so that two that met do not meet again.

        Returns
        -------
        bool
            False, at once, where too little time is left for that.
        """
        jitter = self.clock.time_ns() // 1_000 % 1_000 / 1_000  # the clock's microseconds
        seconds = (1 + jitter) * 0.025 * 2 ** min(attempt - 1, 5)
        if seconds >= self.remaining():
            return False
        self.clock.sleep(seconds)
        return True
