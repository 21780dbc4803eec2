"""Time as the receiver knows it: a clock that is passed in, and how moments are written."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

BRASILIA: Final = ZoneInfo("America/Sao_Paulo")
"""The zone of every time that Rubeus sends without an offset, and of every day that people name."""


class Clock(Protocol):
    """The part of the module `time` that the receiver uses."""

    def time_ns(self) -> int:
        """Give the nanoseconds since the Unix epoch."""
        ...

    def monotonic(self) -> float:
        """Give seconds that only ever go forward."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


def moment(nanoseconds: int) -> datetime:
    """Give nanoseconds since the Unix epoch as a time, aware, UTC, to the microsecond."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


# Every item of a delivery says its time, and to write one takes longer than to find it here.
@lru_cache(maxsize=64)
def timestamp(moment: datetime) -> str:
    """Write an aware time, of any zone, in UTC as RFC 3339 text that sorts: 2026-11-24T11:00:00.123456Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=64)
def day(moment: datetime) -> str:
    """Give the day of an aware time in Brasília: YYYY-MM-DD."""
    return moment.astimezone(BRASILIA).date().isoformat()
